//! A page as rows of the running sync, with the page token after it in the same transaction.
//!
//! The first record of an identity has its row at once; a later one waits as a duplicate until the
//! sync ends, when the one of the earlier scope counts. What grants name has a key, and a row once its record
//! is read, or else at the end.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;
use rusqlite::{Connection, ToSql, params};

use super::keys::{entitlement_key, resource_key};
use super::rows::{Statements, save_notice};
use super::step::PageStep;
use super::words::{integer, json};
use super::{RunId, StoreError};
use connector_types::{Entitlement, Evidence, GrantSet, Resource, ResourceId, Text};

/// Keys that are known without asking the file, in some 14 MiB. Memory does not grow with the tenant:
/// where there are more, all are asked for again.
const KNOWN: usize = 400_000;

/// Writes the pages of one sync.
#[derive(Debug)]
pub(super) struct PageWriter {
    run: RunId,
    statements: Statements,
    resources: KnownKeys,
    entitlements: KnownKeys,
}

impl PageWriter {
    pub(super) fn new(run: RunId) -> Self {
        Self {
            run,
            statements: Statements::new(),
            resources: KnownKeys::default(),
            entitlements: KnownKeys::default(),
        }
    }

    /// Writes a page of this scope. Each record goes when it is written: one page may have all users.
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
        for resource in step.page.resources {
            self.save_resource(connection, place, &resource)?;
        }
        for set in step.page.grants {
            self.save_grants(connection, place, &set)?;
        }
        for notice in step.page.notices {
            save_notice(connection, self.run, &notice, Some(scope))?;
        }
        Ok(())
    }

    fn save_resource(
        &mut self,
        connection: &Connection,
        (scope, page): (i64, u32),
        resource: &Resource,
    ) -> Result<(), StoreError> {
        let key = match self.resources.find(&resource.id) {
            Some(key) => key,
            None => resource_key(connection, &resource.id)?,
        };
        let (row, place) = ((self.run, key), Some((scope, page)));
        let statements = &self.statements;
        if statements.insert_resource(connection, row, resource, place)? {
            self.resources.add(&resource.id, key);
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
        // In the order of the table's key and of its index: SQLite finds each place near the last one.
        principals.sort_unstable();
        let run = self.run.0;
        let shared: [(usize, &dyn ToSql); 6] = [
            (1, &resource),
            (4, &implied_by),
            (5, &expands),
            (6, &scope),
            (7, &page),
            (8, &run),
        ];
        // What all grants of the set share is bound once.
        let prepare = |sql| {
            let mut statement = connection.prepare_cached(sql)?;
            for (at, value) in shared {
                statement.raw_bind_parameter(at, value)?;
            }
            Ok::<_, StoreError>(statement)
        };
        let mut insert = prepare(INSERT_GRANT)?;
        for entitlement in &entitlements {
            insert.raw_bind_parameter(2, entitlement)?;
            for principal in &principals {
                insert.raw_bind_parameter(3, principal)?;
                if insert.raw_execute()? == 0 {
                    let mut again = prepare(INSERT_DUPLICATE)?;
                    again.raw_bind_parameter(2, entitlement)?;
                    again.raw_bind_parameter(3, principal)?;
                    again.raw_execute()?;
                }
            }
        }
        Ok(())
    }

    /// Returns the key of a resource.
    fn resource(&mut self, connection: &Connection, id: &ResourceId) -> Result<i64, StoreError> {
        self.resources.get(id, || resource_key(connection, id))
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
}

impl KnownKeys {
    fn find(&self, name: &impl Hash) -> Option<i64> {
        let digest = self.digest(name);
        let known = self.keys.find(digest[0], |(known, _)| *known == digest);
        known.map(|(_, key)| *key)
    }

    /// Adds the key of a name, unless it is known.
    fn add(&mut self, name: &impl Hash, key: i64) {
        if self.keys.len() >= KNOWN {
            self.keys.clear();
        }
        let digest = self.digest(name);
        let is_same = |(known, _): &([u64; 2], i64)| *known == digest;
        let place = self.keys.entry(digest[0], is_same, |(known, _)| known[0]);
        place.or_insert((digest, key));
    }

    fn get(
        &mut self,
        name: &impl Hash,
        find: impl FnOnce() -> Result<i64, StoreError>,
    ) -> Result<i64, StoreError> {
        if let Some(key) = self.find(name) {
            return Ok(key);
        }
        let key = find()?;
        self.add(name, key);
        Ok(key)
    }

    fn digest(&self, name: &impl Hash) -> [u64; 2] {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(name))
    }
}

/// Writes a grant that the run has not; the parameters are those of [`INSERT_DUPLICATE`].
const INSERT_GRANT: &str = "INSERT INTO grant_versions (epoch, first, resource, entitlement,
    principal, implied_by, expands, scope, page) VALUES (?8, ?8, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO NOTHING";
/// Writes one that the run has already.
const INSERT_DUPLICATE: &str = "INSERT INTO duplicate_grants (resource, entitlement, principal,
    implied_by, expands, scope, page, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

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
