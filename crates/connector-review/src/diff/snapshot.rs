//! A sync's rows with short numbers for ids and texts, so that 200,000 grants are compared as
//! integers. Both syncs share the numbers.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::change::SyncRef;
use crate::{Named, ReviewError, SILENT, ScopeName};
use connector_store::{FormerNames, NamedRow, RunId, Store, StoreError, each_row, find_row};
use connector_types::ResourceId;

/// The number of a resource, entitlement or text.
pub(super) type Number = u32;

/// Ids and texts with their numbers, in the order of first use.
#[derive(Debug)]
pub(super) struct Numbers<T> {
    by_value: HashMap<T, Number>,
    values: Vec<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self {
            by_value: HashMap::new(),
            values: Vec::new(),
        }
    }
}

impl Numbers<Rc<str>> {
    fn of_text(&mut self, text: &str) -> Number {
        match self.by_value.get(text) {
            Some(known) => *known,
            None => self.number_of(text.into()),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn number_of(&mut self, value: T) -> Number {
        if let Some(known) = self.by_value.get(&value) {
            return *known;
        }
        let number = Number::try_from(self.values.len()).unwrap_or(Number::MAX);
        self.values.push(value.clone());
        self.by_value.insert(value, number);
        number
    }

    pub(super) fn value(&self, number: Number) -> Option<&T> {
        self.values.get(usize::try_from(number).ok()?)
    }

    pub(super) fn find_number(&self, value: &T) -> Option<Number> {
        self.by_value.get(value).copied()
    }
}

/// The numbers of both syncs.
#[derive(Debug, Default)]
pub(super) struct SnapshotTexts {
    pub(super) resources: Numbers<ResourceId>,
    /// By type and slug.
    pub(super) entitlements: Numbers<(String, String)>,
    pub(super) texts: Numbers<Rc<str>>,
}

impl SnapshotTexts {
    /// Returns the text of a number.
    pub(super) fn text_of(&self, number: Option<Number>) -> Option<&str> {
        self.texts.value(number?).map(|text| &**text)
    }
}

/// The facts that are compared, in the order of [`FIELDS`].
pub(super) type ResourceFacts = Box<[Option<Number>]>;

/// Names of the [`ResourceFacts`], in the same order.
pub(super) const FIELDS: [&str; 16] = [
    "display_name",
    "description",
    "parent",
    "status",
    "kind",
    "account_type",
    "email",
    "login",
    "last_login",
    "created_at",
    "updated_at",
    "created_by",
    "access_to",
    "expires_at",
    "last_used",
    "grants",
];

const RESOURCES: &str =
    "SELECT resource, resource_type, id, parent_type, parent_id, evidence, scope,
    attributes, display_name, description, parent_type || ' ' || parent_id AS parent, status, kind,
    account_type, email, login, last_login, created_at, updated_at,
    created_by_type || ' ' || created_by_id AS created_by, access_to_type || ' ' || access_to_id AS access_to,
    expires_at, last_used, grants
    FROM resources WHERE run = ?";

const ENTITLEMENTS: &str = "SELECT entitlement, resource_type, slug, display_name, description,
    purpose, grantable_to, exclusion_group, rank FROM entitlements WHERE run = ?";
/// The fields of an entitlement that are compared.
pub(super) const ENTITLEMENT_FIELDS: [&str; 6] = [
    "display_name",
    "description",
    "purpose",
    "grantable_to",
    "exclusion_group",
    "rank",
];

const GRANTS: &str = "SELECT resource, entitlement, principal, implied_by, expands, scope
    FROM grant_facts WHERE run = ?";

const SCOPES: &str = "SELECT scope, call, resource_type, id, parent_type, parent_id, outcome,
    json_extract(problem, '$.message') AS message FROM scopes WHERE run = ?";

/// A resource's row.
#[derive(Debug)]
pub(super) struct SnapshotResource {
    pub(super) listed: bool,
    pub(super) parent: Option<ResourceId>,
    /// The scope that read it, if the store states it.
    pub(super) scope: Option<i64>,
    /// A JSON object.
    pub(super) attributes: Number,
    pub(super) facts: ResourceFacts,
}

impl SnapshotResource {
    /// Returns the fact of this name.
    pub(super) fn fact_value<'a>(&self, field: &str, words: &'a SnapshotTexts) -> Option<&'a str> {
        let place = FIELDS.iter().position(|known| *known == field)?;
        words.text_of(*self.facts.get(place)?)
    }
}

/// A grant's row. Sorts by resource, entitlement and principal, which are its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SnapshotGrant {
    pub(super) identity: (Number, Number, Number),
    pub(super) implied_by: Option<Number>,
    pub(super) expands: Option<Number>,
    pub(super) scope: Option<i64>,
}

/// The end of a scope.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: String,
    pub(super) message: Option<String>,
}

/// One sync.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) sync: SyncRef,
    pub(super) resources: HashMap<Number, SnapshotResource>,
    pub(super) entitlements: HashMap<Number, ResourceFacts>,
    pub(super) grants: Vec<SnapshotGrant>,
    pub(super) scopes: HashMap<ScopeName, Ended>,
    pub(super) scope_names: HashMap<i64, ScopeName>,
    /// Code and text of the notice that makes the absence of a resource's grants prove nothing.
    pub(super) silent: HashMap<Number, (String, String)>,
    /// Names of what is referenced, from the run that listed it last.
    names: Arc<FormerNames>,
}

impl Snapshot {
    pub(super) fn read(
        store: &Store,
        run: RunId,
        words: &mut SnapshotTexts,
    ) -> Result<Self, ReviewError> {
        let connection = store.connection();
        let mut snapshot = Self {
            sync: sync_ref(connection, run)?,
            resources: HashMap::new(),
            entitlements: HashMap::new(),
            grants: Vec::new(),
            scopes: HashMap::new(),
            scope_names: HashMap::new(),
            silent: HashMap::new(),
            names: store.former_names(run)?,
        };
        let mut resources = HashMap::new();
        let mut entitlements = HashMap::new();
        each_of_run(connection, RESOURCES, run, |row| {
            let number = words.resources.number_of(row.id()?);
            resources.insert(row.get::<i64>("resource")?, number);
            snapshot.resources.insert(number, read_record(row, words)?);
            Ok(())
        })?;
        each_of_run(connection, ENTITLEMENTS, run, |row| {
            let names = (row.get("resource_type")?, row.get("slug")?);
            let number = words.entitlements.number_of(names);
            entitlements.insert(row.get::<i64>("entitlement")?, number);
            let facts = read_facts(row, &ENTITLEMENT_FIELDS, words)?;
            snapshot.entitlements.insert(number, facts);
            Ok(())
        })?;
        each_of_run(connection, GRANTS, run, |row| {
            let found = (
                resources.get(&row.get("resource")?),
                entitlements.get(&row.get("entitlement")?),
                resources.get(&row.get("principal")?),
            );
            // The store's keys see to it that each row has its three.
            if let (Some(resource), Some(entitlement), Some(principal)) = found {
                snapshot.grants.push(SnapshotGrant {
                    identity: (*resource, *entitlement, *principal),
                    implied_by: fact(row, "implied_by", words)?,
                    expands: fact(row, "expands", words)?,
                    scope: row.get("scope")?,
                });
            }
            Ok(())
        })?;
        snapshot.grants.sort_unstable();
        snapshot.read_scopes(connection, run, words)?;
        Ok(snapshot)
    }

    fn read_scopes(
        &mut self,
        connection: &Connection,
        run: RunId,
        words: &mut SnapshotTexts,
    ) -> Result<(), ReviewError> {
        each_of_run(connection, SCOPES, run, |row| {
            let name = ScopeName::read(row)?;
            let ended = Ended {
                outcome: row.get("outcome")?,
                message: row.get("message")?,
            };
            self.scope_names.insert(row.get("scope")?, name.clone());
            self.scopes.insert(name, ended);
            Ok(())
        })?;
        each_of_run(connection, SILENT, run, |row| {
            let Some(id) = row.maybe_id("about_type", "about_id")? else {
                return Ok(());
            };
            let number = words.resources.number_of(id);
            self.silent
                .insert(number, (row.get("code")?, row.get("message")?));
            Ok(())
        })
    }

    /// Returns whether a list shows the resource in this sync.
    pub(super) fn lists_resource(&self, number: Number) -> bool {
        self.resources.get(&number).is_some_and(|one| one.listed)
    }
}

fn sync_ref(connection: &Connection, run: RunId) -> Result<SyncRef, ReviewError> {
    let sql = "SELECT run, tenant_type, tenant_id, tenant_name, connector, started_at, complete
        FROM runs WHERE run = ? AND state = 'ended'";
    let found = find_row(connection, sql, [run.0], |row| {
        Ok::<_, StoreError>(SyncRef {
            run: row.get("run")?,
            tenant: Named::read_tenant(row)?,
            connector: row.get("connector")?,
            started_at: row.get("started_at")?,
            complete: row.get("complete")?,
        })
    });
    let missing = || ReviewError::Unfit(format!("there is no sync {} that has ended", run.0));
    found?.ok_or_else(missing)
}

fn each_of_run(
    connection: &Connection,
    sql: &str,
    run: RunId,
    mut take: impl FnMut(NamedRow<'_>) -> rusqlite::Result<()>,
) -> Result<(), ReviewError> {
    each_row(connection, sql, [run.0], |row| {
        Ok::<_, StoreError>(take(row)?)
    })?;
    Ok(())
}

fn read_record(row: NamedRow<'_>, words: &mut SnapshotTexts) -> rusqlite::Result<SnapshotResource> {
    Ok(SnapshotResource {
        listed: row.text("evidence")? == Some("listed"),
        parent: row.maybe_id("parent_type", "parent_id")?,
        scope: row.get("scope")?,
        attributes: words
            .texts
            .of_text(row.text("attributes")?.unwrap_or_default()),
        facts: read_facts(row, &FIELDS, words)?,
    })
}

fn read_facts(
    row: NamedRow<'_>,
    fields: &[&str],
    words: &mut SnapshotTexts,
) -> rusqlite::Result<ResourceFacts> {
    let facts = fields.iter().map(|field| fact(row, field, words));
    facts.collect()
}

/// Returns the number of a value as text, numbers included.
fn fact(
    row: NamedRow<'_>,
    field: &str,
    words: &mut SnapshotTexts,
) -> rusqlite::Result<Option<Number>> {
    let value = row.value(field)?;
    Ok(if let ValueRef::Integer(number) = value {
        Some(words.texts.of_text(&number.to_string()))
    } else {
        let text = value.as_str_or_null()?;
        text.map(|text| words.texts.of_text(text))
    })
}

/// Returns the name of a resource: that of the newer sync that lists it, else that of an earlier run.
pub(super) fn named_in(
    id: &ResourceId,
    newer: &Snapshot,
    older: &Snapshot,
    words: &SnapshotTexts,
) -> Named {
    let number = words.resources.find_number(id);
    let find = |is_wanted: fn(&SnapshotResource) -> bool| {
        let mut both = [newer, older].into_iter();
        both.find_map(|of| {
            let record = of.resources.get(&number?)?;
            is_wanted(record).then_some((of, record))
        })
    };
    let (lister, knower) = (find(|one| one.listed), find(|_| true));
    let record = lister.or(knower).map(|(_, record)| record);
    let name = record.and_then(|record| record.fact_value("display_name", words));
    let named = Named {
        display_name: name.unwrap_or(&id.id).to_owned(),
        name_from_run: None,
        id: id.clone(),
    };
    match (lister, knower) {
        (None, _) => named
            .with_former_name(&newer.names)
            .with_former_name(&older.names),
        (Some((lister, _)), Some((knower, _))) if !std::ptr::eq(lister, knower) => Named {
            name_from_run: Some(lister.sync.run),
            ..named
        },
        (Some(_), _) => named,
    }
}
