//! A resource as an answer shows it, with marks for what a reader must see at a glance: external,
//! disabled, unlisted.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::Named;
use super::subject::from_run;
use connector_store::{FormerNames, NamedRow, RunId, Store, StoreError, collect_named};
use connector_types::AUDIENCES;
use connector_types::{AccountRecord, ResourceId, find_disabled, find_last_logins};

/// Something about a resource that changes what its access means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessMark {
    /// Stands for anyone who has the address, inside and outside of the tenant.
    Everyone,
    /// An account from outside the tenant.
    Outside,
    /// A program's account.
    Service,
    /// Switched off here, or in every account of its address in another list.
    SwitchedOff,
    /// Nothing that was read lists it: it is known because something refers to it.
    Unlisted,
    /// A group of which no member is known.
    NobodyKnown,
}

impl AccessMark {
    /// Returns the text of the mark.
    pub fn mark_text(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Outside => "outside",
            Self::Service => "service account",
            Self::SwitchedOff => "switched off",
            Self::Unlisted => "unlisted",
            Self::NobodyKnown => "no known members",
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
    /// The marks: facts that change the meaning of its access.
    pub marks: Vec<AccessMark>,
    /// True if its grants are passed on to others.
    #[serde(skip)]
    pub(super) is_set: bool,
}

impl NamedResource {
    /// Returns the resource without its marks.
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

    /// Returns the resource as a principal: a group stands for itself if no member of it is known.
    fn as_principal(&self) -> Self {
        let mut principal = self.clone();
        if self.is_set {
            principal.marks.push(AccessMark::NobodyKnown);
        }
        principal
    }

    /// Returns the texts of the marks, and the run that the name is from, joined by commas.
    pub fn marks_in_words(&self) -> String {
        let words = self.marks.iter().map(|mark| mark.mark_text().to_owned());
        let words: Vec<_> = words.chain(self.name_from_run.map(from_run)).collect();
        words.join(", ")
    }
}

/// Every resource of a run by its key in the store.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    by_key: HashMap<i64, Known>,
}

/// A resource with its sort positions: there are many more grants than resources to sort.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) subject: Rc<NamedResource>,
    /// The same as a principal: a group stands for itself if no member of it is known.
    pub(super) principal: Rc<NamedResource>,
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
        let drafts = collect_named(connection, SQL, [run.0], read_draft)?;
        let names = store.former_names(run)?;
        let off = RunAccounts::read(connection, run)?.disabled_keys();
        let off: HashSet<i64> = off.into_iter().collect();
        let marked = drafts.into_iter().map(|draft| {
            let marks = account_marks(&draft, off.contains(&draft.key));
            let subject = NamedResource {
                marks,
                ..draft.subject
            };
            (draft.key, subject.with_former_name(&names))
        });
        Ok(Self {
            by_key: index_subjects(marked.collect()),
        })
    }

    /// Returns the resource of this key.
    pub(super) fn get(&self, key: i64) -> Result<&Known, StoreError> {
        let missing = || StoreError::Damaged(format!("it refers to resource {key} of another run"));
        self.by_key.get(&key).ok_or_else(missing)
    }
}

/// Returns every resource with its positions by name and by type.
fn index_subjects(mut all: Vec<(i64, NamedResource)>) -> HashMap<i64, Known> {
    let by_name = |one: &NamedResource| (one.display_name.clone(), one.id.clone());
    all.sort_by_cached_key(|(_, one)| by_name(one));
    let mut all: Vec<_> = all.into_iter().enumerate().collect();
    // Sorting is stable: within a type, the order stays that of names.
    all.sort_by(|(_, (_, a)), (_, (_, b))| a.id.resource_type.cmp(&b.id.resource_type));
    let known = all.into_iter().enumerate();
    let known = known.map(|(by_type, (by_name, (key, subject)))| {
        let known = Known {
            principal: Rc::new(subject.as_principal()),
            subject: Rc::new(subject),
            by_name,
            by_type,
        };
        (key, known)
    });
    known.collect()
}

/// Writes what is shared as if it were not.
pub(super) fn serialize_shared<T: Serialize, S: Serializer>(
    one: &Rc<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    (**one).serialize(to)
}

fn read_draft(row: NamedRow<'_>) -> rusqlite::Result<AccountDraft> {
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

/// The accounts of a run, and the rules across their lists.
pub(super) struct RunAccounts(Vec<AccountRow>);

struct AccountRow {
    key: i64,
    resource_type: String,
    email: Option<String>,
    is_disabled: bool,
    last_login: Option<String>,
}

impl RunAccounts {
    pub(super) fn read(connection: &Connection, run: RunId) -> Result<Self, StoreError> {
        let sql =
            "SELECT resource, resource_type, email, last_login, status = 'disabled' AS is_disabled
            FROM resources WHERE run = ? AND kind = 'user' ORDER BY resource";
        let rows = collect_named(connection, sql, [run.0], |row| {
            Ok::<_, StoreError>(AccountRow {
                key: row.get("resource")?,
                resource_type: row.get("resource_type")?,
                email: row.get("email")?,
                is_disabled: row.get("is_disabled")?,
                last_login: row.get("last_login")?,
            })
        })?;
        Ok(Self(rows))
    }

    /// Returns the keys of the disabled accounts.
    pub(super) fn disabled_keys(&self) -> Vec<i64> {
        let found = self.0.iter().zip(find_disabled(&self.records()));
        let found = found.filter_map(|(row, is_disabled)| is_disabled.then_some(row.key));
        found.collect()
    }

    /// Returns the keys of the accounts of which a last use is known, with its time.
    pub(super) fn last_logins(&self) -> Vec<(i64, &str)> {
        let found = self.0.iter().zip(find_last_logins(&self.records()));
        let found = found.filter_map(|(row, time)| Some((row.key, time?)));
        found.collect()
    }

    fn records(&self) -> Vec<AccountRecord<'_>> {
        let rows = self.0.iter();
        let records = rows.map(|row| AccountRecord {
            resource_type: &row.resource_type,
            email: row.email.as_deref(),
            disabled: row.is_disabled,
            last_login: row.last_login.as_deref(),
        });
        records.collect()
    }
}

fn account_marks(draft: &AccountDraft, is_off: bool) -> Vec<AccessMark> {
    if draft.is_audience {
        return vec![AccessMark::Everyone];
    }
    let mut marks = Vec::new();
    match draft.account_type.as_deref() {
        Some("external") => marks.push(AccessMark::Outside),
        Some("service") => marks.push(AccessMark::Service),
        _ => {}
    }
    if is_off || draft.disabled {
        marks.push(AccessMark::SwitchedOff);
    }
    // The provider does not list external accounts and may not list service accounts: their absence
    // from the list says nothing.
    if !draft.listed
        && !marks
            .iter()
            .any(|mark| [AccessMark::Outside, AccessMark::Service].contains(mark))
    {
        marks.push(AccessMark::Unlisted);
    }
    marks
}
