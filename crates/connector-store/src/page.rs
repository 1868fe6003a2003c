//! A page as rows of the running sync, with the page token after it in the same transaction.
//!
//! The first record of an identity has its row at once; a later one waits as a duplicate until the
//! sync ends, when the one of the earlier scope counts. What grants name has a key, and a row once its record
//! is read, or else at the end.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;
use rusqlite::{Connection, ToSql, params};

use super::keys::{entitlement_key, new_resource_key, resource_key};
use super::named::each_row;
use super::rows::{PairInsert, Statements, place_of, save_notice};
use super::step::PageStep;
use super::words::{integer, json};
use super::{RunId, StoreError};
use connector_types::{Entitlement, Evidence, GrantSet, Resource, ResourceId, Text};

/// Keys that are known without asking the file, in some 14 MiB. Memory does not grow with the tenant:
/// where there are more, all are asked for again.
const KNOWN: usize = 400_000;

/// Columns of a grant: principal and entitlement, then those that the grants of a set share.
const GRANT: &str =
    "principal, entitlement, resource, implied_by, expands, scope, page, epoch, first";

/// Writes the pages of one sync.
#[derive(Debug)]
pub(super) struct PageWriter {
    run: RunId,
    statements: Statements,
    grants: PairInsert,
    resources: KnownKeys,
    entitlements: KnownKeys,
}

impl PageWriter {
    pub(super) fn new(connection: &Connection, run: RunId) -> Result<Self, StoreError> {
        Ok(Self {
            run,
            statements: Statements::new(),
            grants: PairInsert::new("grant_versions", GRANT),
            resources: KnownKeys::of_resources(connection)?,
            entitlements: KnownKeys::default(),
        })
    }

    /// Writes a page of this scope.
    pub(super) fn save(
        &mut self,
        connection: &Connection,
        scope: i64,
        step: PageStep,
    ) -> Result<(), StoreError> {
        save_step(connection, (self.run, scope), &step)?;
        let place = (scope, step.number);
        for entitlement in step.page.entitlements {
            self.save_entitlement(connection, place, &entitlement)?;
        }
        self.save_resources(connection, place, step.page.resources)?;
        for set in step.page.grants {
            self.save_grants(connection, place, &set)?;
        }
        for notice in step.page.notices {
            save_notice(connection, self.run, &notice, Some(scope))?;
        }
        Ok(())
    }

    /// Writes resources in the order of their keys, which is that of the table. Each goes when it is written: one
    /// page may have all users.
    fn save_resources(
        &mut self,
        connection: &Connection,
        place: (i64, u32),
        resources: Vec<Resource>,
    ) -> Result<(), StoreError> {
        let mut order = Vec::with_capacity(resources.len());
        for (at, resource) in resources.iter().enumerate() {
            order.push((self.resource(connection, &resource.id)?, at));
        }
        order.sort_unstable();
        let mut resources: Vec<_> = resources.into_iter().map(Some).collect();
        for (key, at) in order {
            if let Some(resource) = resources.get_mut(at).and_then(Option::take) {
                self.save_resource(connection, place, key, &resource)?;
            }
        }
        Ok(())
    }

    fn save_resource(
        &self,
        connection: &Connection,
        (scope, page): (i64, u32),
        key: i64,
        resource: &Resource,
    ) -> Result<(), StoreError> {
        let (row, place) = ((self.run, key), Some((scope, page)));
        let statements = &self.statements;
        if statements.insert_resource(connection, row, resource, place)? {
            return Ok(());
        }
        if resource.evidence == Evidence::Listed || !self.has_record(connection, scope, key)? {
            let record = json(resource)?;
            self.save_duplicate(connection, ("resource", key), (scope, page), &record)?;
        }
        Ok(())
    }

    /// Returns whether this scope has brought a record of a resource: of one that is only
    /// referenced, a second record of a scope never counts.
    fn has_record(
        &self,
        connection: &Connection,
        scope: i64,
        key: i64,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM resource_versions
                WHERE epoch = ?1 AND resource = ?2 AND scope = ?3)
            OR EXISTS (SELECT 1 FROM duplicate_records
                WHERE run = ?1 AND kind = 'resource' AND key = ?2 AND scope = ?3)";
        let mut query = connection.prepare_cached(sql)?;
        Ok(query.query_row((self.run.0, key, scope), |row| row.get(0))?)
    }

    fn save_entitlement(
        &mut self,
        connection: &Connection,
        (scope, page): (i64, u32),
        entitlement: &Entitlement,
    ) -> Result<(), StoreError> {
        let key = entitlement_key(connection, &entitlement.resource_type, &entitlement.slug)?;
        let (row, scope_of) = ((self.run, key), Some(scope));
        let statements = &self.statements;
        if !statements.insert_entitlement(connection, row, entitlement, scope_of)? {
            let record = json(entitlement)?;
            self.save_duplicate(connection, ("entitlement", key), (scope, page), &record)?;
        }
        Ok(())
    }

    fn save_duplicate(
        &self,
        connection: &Connection,
        (kind, key): (&str, i64),
        (scope, page): (i64, u32),
        record: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO duplicate_records (run, kind, key, scope, page, record)
            VALUES (?, ?, ?, ?, ?, ?)";
        let values = params![self.run.0, kind, key, scope, page, record];
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn save_grants(
        &mut self,
        connection: &Connection,
        (scope, page): (i64, u32),
        set: &GrantSet,
    ) -> Result<(), StoreError> {
        let resource = self.resource(connection, &set.resource)?;
        let mut entitlements = Vec::with_capacity(set.entitlements.len());
        for slug in &set.entitlements {
            let name = (set.resource.resource_type.clone(), slug.clone());
            entitlements.push(self.entitlement(connection, &name)?);
        }
        let (implied_by, expands) = (set.implied_by.as_deref(), set.expands.as_deref());
        let mut principals = Vec::with_capacity(set.principal_ids.len());
        for id in &set.principal_ids {
            let id = ResourceId::new(set.principal_type.clone(), id.clone());
            principals.push(self.resource(connection, &id)?);
        }
        // All grants of a principal together: in the index by principal they are neighbors, and the places of one
        // set in the table are few.
        principals.sort_unstable();
        let pairs = principals.iter().flat_map(|principal| {
            let pair = |entitlement: &i64| (*principal, *entitlement);
            entitlements.iter().map(pair)
        });
        let run = self.run.0;
        let shared: [&dyn ToSql; 7] = [&resource, &implied_by, &expands, &scope, &page, &run, &run];
        self.grants.insert(connection, &shared, pairs, |grants| {
            save_duplicates(connection, shared, grants)
        })
    }

    /// Returns the key of a resource.
    fn resource(&mut self, connection: &Connection, id: &ResourceId) -> Result<i64, StoreError> {
        let find = if self.resources.is_complete {
            new_resource_key
        } else {
            resource_key
        };
        self.resources.get(id, || find(connection, id))
    }

    /// Returns the key of an entitlement, by its type and slug.
    fn entitlement(
        &mut self,
        connection: &Connection,
        name: &(Text, Text),
    ) -> Result<i64, StoreError> {
        self.entitlements
            .get(name, || entitlement_key(connection, &name.0, &name.1))
    }
}

/// Keys of rows by digests of what they name: texts of the first page would otherwise hold its memory
/// to the end of the sync. Two hashers with secret keys make 128 bits, so that no two names share one.
#[derive(Debug, Default)]
struct KnownKeys {
    keys: HashTable<([u64; 2], i64)>,
    hashers: [RandomState; 2],
    /// True while all keys of the file were read, so that a name which is not here is a new one as a rule.
    is_complete: bool,
}

impl KnownKeys {
    /// Reads the keys of all resources that the file has, unless they are too many.
    fn of_resources(connection: &Connection) -> Result<Self, StoreError> {
        let mut known = Self::default();
        let sql = "SELECT resource, resource_type, id FROM resource_keys LIMIT ?";
        each_row(connection, sql, [place_of(KNOWN)], |row| {
            known.add(known.digest(&row.id()?), row.get("resource")?);
            Ok::<_, StoreError>(())
        })?;
        known.is_complete = known.keys.len() < KNOWN;
        Ok(known)
    }

    /// Returns the key of a name, which `find` finds where it is not known.
    fn get(
        &mut self,
        name: &impl Hash,
        find: impl FnOnce() -> Result<i64, StoreError>,
    ) -> Result<i64, StoreError> {
        let digest = self.digest(name);
        if let Some((_, key)) = self.keys.find(digest[0], |(known, _)| *known == digest) {
            return Ok(*key);
        }
        let key = find()?;
        self.add(digest, key);
        Ok(key)
    }

    fn add(&mut self, digest: [u64; 2], key: i64) {
        if self.keys.len() >= KNOWN {
            self.keys.clear();
            self.is_complete = false;
        }
        self.keys
            .insert_unique(digest[0], (digest, key), |(known, _)| known[0]);
    }

    fn digest(&self, name: &impl Hash) -> [u64; 2] {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(name))
    }
}

/// Writes each of some grants once more that the run has from another page, or with other facts.
fn save_duplicates(
    connection: &Connection,
    [resource, implied_by, expands, scope, page, run, _]: [&dyn ToSql; 7],
    grants: &[(i64, i64)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO duplicate_grants
            (run, resource, entitlement, principal, implied_by, expands, scope, page)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (
            SELECT 1 FROM grant_versions WHERE epoch = ?1 AND resource = ?2 AND entitlement = ?3
                AND principal = ?4 AND implied_by IS ?5 AND expands IS ?6 AND scope = ?7 AND page = ?8)";
    let mut insert = connection.prepare_cached(sql)?;
    for (principal, entitlement) in grants {
        insert.execute(params![
            run,
            resource,
            entitlement,
            principal,
            implied_by,
            expands,
            scope,
            page
        ])?;
    }
    Ok(())
}

fn save_step(
    connection: &Connection,
    (run, scope): (RunId, i64),
    step: &PageStep,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO page_versions (epoch, scope, page, first, requests, next, print, moved)
        VALUES (?1, ?2, ?3, ?1, ?4, ?5, ?6, ?7)";
    let values = params![
        run.0,
        scope,
        step.number,
        step.asked,
        step.page.next_page_token,
        step.print,
        step.moved
    ];
    connection.prepare_cached(sql)?.execute(values)?;
    let sql = "UPDATE scope_versions SET pages = ?, requests = ? WHERE epoch = ? AND scope = ?";
    let values = params![step.number, integer(step.requests), run.0, scope];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Takes back what a scope has read, because its list begins again.
pub(super) fn restart(
    connection: &Connection,
    (run, scope): (RunId, i64),
    requests: u64,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM page_versions WHERE epoch = ?1 AND scope = ?2",
        "DELETE FROM grant_versions WHERE epoch = ?1 AND scope = ?2",
        "DELETE FROM entitlement_versions WHERE epoch = ?1 AND scope = ?2",
        "DELETE FROM resource_versions WHERE epoch = ?1 AND scope = ?2",
        "DELETE FROM notice_versions WHERE epoch = ?1 AND scope = ?2",
        "DELETE FROM duplicate_grants WHERE run = ?1 AND scope = ?2",
        "DELETE FROM duplicate_records WHERE run = ?1 AND scope = ?2",
    ] {
        connection.execute(sql, (run.0, scope))?;
    }
    let sql = "UPDATE scope_versions SET restarts = restarts + 1, requests = ?
        WHERE epoch = ? AND scope = ?";
    connection.execute(sql, params![integer(requests), run.0, scope])?;
    Ok(())
}
