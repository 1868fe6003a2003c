//! What a reader must see of a resource at a glance: who is from outside, switched off, unlisted.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::Named;
use super::subject::from_run;
use connector_store::{FormerNames, NamedRow, RunId, Store, StoreError, collect_named};
use connector_types::AUDIENCES;
use connector_types::{AccountState, ResourceId, find_disabled};

/// Something about a resource that changes what its access means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Stands for whoever has the address, inside and outside of the tenant.
    Everyone,
    /// Somebody from outside of the tenant.
    Outside,
    /// A program's account.
    Service,
    /// Switched off here, or in every account of its address in another list.
    SwitchedOff,
    /// Nothing that was read lists it: it is known because something refers to it.
    Unlisted,
    /// A set of people of whom nobody is known.
    NobodyKnown,
}

impl Mark {
    /// The mark in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Outside => "outside",
            Self::Service => "service account",
            Self::SwitchedOff => "switched off",
            Self::Unlisted => "unlisted",
            Self::NobodyKnown => "nobody known in it",
        }
    }
}

/// A resource as answers show it. Names are as the provider sent them: clean them before they are
/// shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedResource {
    /// Its identity.
    #[serde(flatten)]
    pub id: ResourceId,
    /// Its name.
    pub display_name: String,
    /// The address of an account.
    pub email: Option<String>,
    /// The earlier run whose name and address these are, where the run does not list it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_from_run: Option<i64>,
    /// What changes the meaning of its access.
    pub marks: Vec<Mark>,
    /// Whether others hold what it holds.
    #[serde(skip)]
    pub(super) is_set: bool,
}

impl NamedResource {
    /// The resource without what is seen at a glance.
    pub(super) fn named(&self) -> Named {
        Named {
            id: self.id.clone(),
            display_name: self.display_name.clone(),
            name_from_run: self.name_from_run,
        }
    }

    /// Takes name and address from the last run that listed the resource, where this one does not.
    fn with_former_name(self, names: &FormerNames) -> Self {
        match names.get(&self.id) {
            None => self,
            Some(former) => Self {
                display_name: former.display_name.clone(),
                email: self.email.or_else(|| former.email.clone()),
                name_from_run: Some(former.run.0),
                ..self
            },
        }
    }

    /// The resource as the holder of a right: a set stands for itself where nobody in it is known.
    fn as_holder(&self) -> Self {
        let mut holder = self.clone();
        if self.is_set {
            holder.marks.push(Mark::NobodyKnown);
        }
        holder
    }

    /// The marks in words, and the run that the name is from, joined by commas.
    pub fn marks_in_words(&self) -> String {
        let words = self.marks.iter().map(|mark| mark.words().to_owned());
        let words: Vec<_> = words.chain(self.name_from_run.map(from_run)).collect();
        words.join(", ")
    }
}

/// Every resource of a run by its key in the store.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    by_key: HashMap<i64, Known>,
}

/// A resource, with its places among all: there are many more rights than resources to sort.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) subject: Rc<NamedResource>,
    /// The same as the holder of a right: a set stands for itself where nobody in it is known.
    pub(super) holder: Rc<NamedResource>,
    pub(super) by_name: usize,
    pub(super) by_type: usize,
}

const SQL: &str = "SELECT resource, resource_type, id, display_name, email, evidence, status, kind,
    account_type FROM resources WHERE run = ? ORDER BY resource";

/// A row that has no marks yet.
struct AccountDraft {
    key: i64,
    subject: NamedResource,
    listed: bool,
    disabled: bool,
    is_audience: bool,
    account_type: Option<String>,
}

impl Subjects {
    /// Reads all of a run.
    pub(super) fn read(store: &Store, run: RunId) -> Result<Self, StoreError> {
        let connection = store.connection();
        let drafts = collect_named(connection, SQL, [run.0], draft)?;
        let names = store.former_names(run)?;
        let off = disabled_accounts(connection, run)?;
        let off: HashSet<i64> = off.into_iter().collect();
        let marked = drafts.into_iter().map(|draft| {
            let marks = marks(&draft, off.contains(&draft.key));
            let subject = NamedResource {
                marks,
                ..draft.subject
            };
            (draft.key, subject.with_former_name(&names))
        });
        Ok(Self {
            by_key: placed(marked.collect()),
        })
    }

    /// One of them.
    pub(super) fn get(&self, key: i64) -> Result<&Known, StoreError> {
        let missing = || StoreError::Damaged(format!("it refers to resource {key} of another run"));
        self.by_key.get(&key).ok_or_else(missing)
    }
}

/// Every resource with its places by name and by type.
fn placed(mut all: Vec<(i64, NamedResource)>) -> HashMap<i64, Known> {
    let by_name = |one: &NamedResource| (one.display_name.clone(), one.id.clone());
    all.sort_by_cached_key(|(_, one)| by_name(one));
    let mut all: Vec<_> = all.into_iter().enumerate().collect();
    // Sorting is stable: within a type, the order stays that of names.
    all.sort_by(|(_, (_, a)), (_, (_, b))| a.id.resource_type.cmp(&b.id.resource_type));
    let known = all.into_iter().enumerate();
    let known = known.map(|(by_type, (by_name, (key, subject)))| {
        let known = Known {
            holder: Rc::new(subject.as_holder()),
            subject: Rc::new(subject),
            by_name,
            by_type,
        };
        (key, known)
    });
    known.collect()
}

/// Writes what is shared as if it were not.
pub(super) fn shared<T: Serialize, S: Serializer>(one: &Rc<T>, to: S) -> Result<S::Ok, S::Error> {
    (**one).serialize(to)
}

fn draft(row: NamedRow<'_>) -> rusqlite::Result<AccountDraft> {
    Ok(AccountDraft {
        key: row.get("resource")?,
        subject: NamedResource {
            id: row.id()?,
            display_name: row.get("display_name")?,
            email: row.get("email")?,
            name_from_run: None,
            marks: Vec::new(),
            is_set: matches!(row.text("kind")?, Some("group" | "tenant")),
        },
        listed: row.text("evidence")? == Some("listed"),
        disabled: row.text("status")? == Some("disabled"),
        is_audience: row
            .text("kind")?
            .is_some_and(|kind| AUDIENCES.contains(&kind)),
        account_type: row.get("account_type")?,
    })
}

/// Returns the keys of the accounts of a run that are disabled.
pub(super) fn disabled_accounts(
    connection: &Connection,
    run: RunId,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT resource, resource_type, email, status = 'disabled' AS is_disabled
        FROM resources WHERE run = ? AND kind = 'user' ORDER BY resource";
    let rows = collect_named(connection, sql, [run.0], |row| {
        let resource_type: String = row.get("resource_type")?;
        let email: Option<String> = row.get("email")?;
        let is_disabled: bool = row.get("is_disabled")?;
        Ok::<_, StoreError>((row.get("resource")?, resource_type, email, is_disabled))
    })?;
    let states = rows.iter();
    let states: Vec<_> = states
        .map(|(_, resource_type, email, disabled)| AccountState {
            resource_type,
            email: email.as_deref(),
            disabled: *disabled,
        })
        .collect();
    let found = rows.iter().zip(find_disabled(&states));
    let found = found.filter_map(|((key, ..), is_disabled)| is_disabled.then_some(*key));
    Ok(found.collect())
}

fn marks(draft: &AccountDraft, is_off: bool) -> Vec<Mark> {
    if draft.is_audience {
        return vec![Mark::Everyone];
    }
    let mut marks = Vec::new();
    match draft.account_type.as_deref() {
        Some("external") => marks.push(Mark::Outside),
        Some("service") => marks.push(Mark::Service),
        _ => {}
    }
    if is_off || draft.disabled {
        marks.push(Mark::SwitchedOff);
    }
    // The provider lists nobody from outside and may list no programs: that they are not listed says nothing.
    if !draft.listed
        && !marks
            .iter()
            .any(|mark| [Mark::Outside, Mark::Service].contains(mark))
    {
        marks.push(Mark::Unlisted);
    }
    marks
}
