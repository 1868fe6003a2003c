//! A sync's rows with short numbers for ids and words, so that 200,000 grants are compared as
//! integers. Both syncs share the numbers.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::change::SyncRef;
use crate::{Named, ReviewError, SILENT, ScopeName};
use connector_store::{FormerNames, RunId, Store, id_at, maybe_id_at};
use connector_types::ResourceId;

/// The number of a resource, entitlement or word.
pub(super) type Number = u32;

/// Ids and words, each with its number. Numbers go by the order of first sight.
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

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn of(&mut self, value: T) -> Number {
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

    pub(super) fn number(&self, value: &T) -> Option<Number> {
        self.by_value.get(value).copied()
    }
}

/// The numbers of both syncs.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) resources: Numbers<ResourceId>,
    /// By type and slug.
    pub(super) entitlements: Numbers<(String, String)>,
    pub(super) texts: Numbers<String>,
}

/// The facts of a resource that are compared, in the order of [`FIELDS`]; `attributes` is JSON.
pub(super) type Facts = Vec<Option<String>>;

/// What [`Facts`] are called. The place of a field here is its place there.
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
    attributes, display_name, description, parent_type || ' ' || parent_id, status, kind, account_type,
    email, login, last_login, created_at, updated_at, created_by_type || ' ' || created_by_id,
    access_to_type || ' ' || access_to_id, expires_at, last_used, grants
    FROM resources WHERE run = ?";
/// Where [`FIELDS`] begin in a row of [`RESOURCES`].
const FIRST_FIELD: usize = 8;

const ENTITLEMENTS: &str = "SELECT entitlement, resource_type, slug, display_name, description,
    purpose, grantable_to, exclusion_group, rank FROM entitlements WHERE run = ?";
/// What is compared of an entitlement.
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
    json_extract(problem, '$.message') FROM scopes WHERE run = ?";

/// A resource's row.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) listed: bool,
    pub(super) parent: Option<ResourceId>,
    /// Where it was read, where the store says so.
    pub(super) scope: Option<i64>,
    pub(super) attributes: String,
    pub(super) facts: Facts,
}

impl Record {
    /// The fact of this name.
    pub(super) fn fact(&self, field: &str) -> Option<&str> {
        let place = FIELDS.iter().position(|known| *known == field)?;
        self.facts.get(place)?.as_deref()
    }
}

/// A grant's row. Sorts by resource, entitlement and principal, which are its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GrantRow {
    pub(super) triple: (Number, Number, Number),
    pub(super) implied_by: Option<Number>,
    pub(super) expands: Option<Number>,
    pub(super) scope: Option<i64>,
}

/// How a scope ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: String,
    pub(super) message: Option<String>,
}

/// One sync.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) sync: SyncRef,
    pub(super) resources: HashMap<Number, Record>,
    pub(super) entitlements: HashMap<Number, Facts>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) scopes: HashMap<ScopeName, Ended>,
    pub(super) scope_names: HashMap<i64, ScopeName>,
    /// Code and words of the notice that makes a resource's silence mean nothing.
    pub(super) silent: HashMap<Number, (String, String)>,
    /// Names of what is only referred to, from the run that listed it last.
    names: FormerNames,
}

impl Snapshot {
    pub(super) fn read(store: &Store, run: RunId, words: &mut Words) -> Result<Self, ReviewError> {
        let connection = store.connection();
        let mut snapshot = Self {
            sync: sync_ref(connection, run)?,
            resources: HashMap::new(),
            entitlements: HashMap::new(),
            grants: Vec::new(),
            scopes: HashMap::new(),
            scope_names: HashMap::new(),
            silent: HashMap::new(),
            names: FormerNames::read(connection, run)?,
        };
        let mut resources = HashMap::new();
        let mut entitlements = HashMap::new();
        each(connection, RESOURCES, run, |row| {
            let number = words.resources.of(id_at(row, 1)?);
            resources.insert(row.get::<_, i64>(0)?, number);
            snapshot.resources.insert(number, record(row)?);
            Ok(())
        })?;
        each(connection, ENTITLEMENTS, run, |row| {
            let number = words.entitlements.of((row.get(1)?, row.get(2)?));
            entitlements.insert(row.get::<_, i64>(0)?, number);
            let facts = (3..3 + ENTITLEMENT_FIELDS.len()).map(|at| text(row, at));
            let facts = facts.collect::<rusqlite::Result<_>>()?;
            snapshot.entitlements.insert(number, facts);
            Ok(())
        })?;
        each(connection, GRANTS, run, |row| {
            let triple = (row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?);
            let found = (
                resources.get(&triple.0),
                entitlements.get(&triple.1),
                resources.get(&triple.2),
            );
            // The store's keys see to it that each row has its three.
            if let (Some(resource), Some(entitlement), Some(principal)) = found {
                snapshot.grants.push(GrantRow {
                    triple: (*resource, *entitlement, *principal),
                    implied_by: word(row, 3, words)?,
                    expands: word(row, 4, words)?,
                    scope: row.get(5)?,
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
        words: &mut Words,
    ) -> Result<(), ReviewError> {
        each(connection, SCOPES, run, |row| {
            let name = ScopeName {
                call: row.get(1)?,
                resource_type: row.get(2)?,
                id: row.get(3)?,
                parent: maybe_id_at(row, 4)?,
            };
            let ended = Ended {
                outcome: row.get(6)?,
                message: row.get(7)?,
            };
            self.scope_names.insert(row.get(0)?, name.clone());
            self.scopes.insert(name, ended);
            Ok(())
        })?;
        each(connection, SILENT, run, |row| {
            let number = words.resources.of(id_at(row, 0)?);
            self.silent.insert(number, (row.get(2)?, row.get(3)?));
            Ok(())
        })
    }

    /// Whether a list shows the resource in this sync.
    pub(super) fn lists(&self, number: Number) -> bool {
        self.resources.get(&number).is_some_and(|one| one.listed)
    }
}

fn sync_ref(connection: &Connection, run: RunId) -> Result<SyncRef, ReviewError> {
    let sql = "SELECT run, tenant_type, tenant_id, tenant_name, connector, started_at, complete
        FROM runs WHERE run = ? AND state = 'ended'";
    let found = connection.query_row(sql, [run.0], |row| {
        Ok(SyncRef {
            run: row.get(0)?,
            tenant: Named::at(row, 1)?,
            connector: row.get(4)?,
            started_at: row.get(5)?,
            complete: row.get(6)?,
        })
    });
    found.map_err(|error| match error {
        rusqlite::Error::QueryReturnedNoRows => {
            ReviewError::Unfit(format!("there is no sync {} that has ended", run.0))
        }
        other => other.into(),
    })
}

fn each(
    connection: &Connection,
    sql: &str,
    run: RunId,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), ReviewError> {
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([run.0])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let facts = (FIRST_FIELD..FIRST_FIELD + FIELDS.len()).map(|at| text(row, at));
    Ok(Record {
        listed: row.get_ref(5)?.as_str()? == "listed",
        parent: maybe_id_at(row, 3)?,
        scope: row.get(6)?,
        attributes: row.get(7)?,
        facts: facts.collect::<rusqlite::Result<_>>()?,
    })
}

/// A value as text, numbers included.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    match row.get_ref(at)? {
        rusqlite::types::ValueRef::Integer(number) => Ok(Some(number.to_string())),
        other => Ok(other.as_str_or_null()?.map(str::to_owned)),
    }
}

fn word(row: &Row<'_>, at: usize, words: &mut Words) -> rusqlite::Result<Option<Number>> {
    let text: Option<String> = row.get(at)?;
    Ok(text.map(|text| words.texts.of(text)))
}

/// Returns the name of a resource: that of the newer sync that lists it, else that of an earlier run.
pub(super) fn named(id: &ResourceId, newer: &Snapshot, older: &Snapshot, words: &Words) -> Named {
    let number = words.resources.number(id);
    let find = |is_wanted: fn(&Record) -> bool| {
        let mut both = [newer, older].into_iter();
        both.find_map(|of| {
            let record = of.resources.get(&number?)?;
            is_wanted(record).then_some((of, record))
        })
    };
    let (lister, knower) = (find(|one| one.listed), find(|_| true));
    let record = lister.or(knower).map(|(_, record)| record);
    let name = record.and_then(|record| record.fact("display_name"));
    let named = Named {
        display_name: name.unwrap_or(&id.id).to_owned(),
        name_from_run: None,
        id: id.clone(),
    };
    match (lister, knower) {
        (None, _) => named
            .with_former_name(&newer.names)
            .with_former_name(&older.names),
        (Some((lister, _)), Some((knower, _))) if lister.sync.run != knower.sync.run => Named {
            name_from_run: Some(lister.sync.run),
            ..named
        },
        (Some(_), _) => named,
    }
}
