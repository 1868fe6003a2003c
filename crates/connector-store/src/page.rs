//! A page as rows of the running sync, with the page token after it in the same transaction.
//!
//! The first record of an identity has its row at once; a later one waits as a duplicate until the
//! sync ends, when the one of the earlier scope counts. What grants name before its record is read, if
//! ever, has a row without a scope.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{Statements, save_notice};
use super::step::PageStep;
use super::words::{integer, json};
use super::{RunId, StoreError};
use connector_types::{Entitlement, Evidence, Grant, Resource, ResourceId, Text};

/// Keys that are known without asking the file. Memory does not grow with the tenant: where there are
/// more, all are asked for again.
const KNOWN: usize = 100_000;

/// Writes the pages of one sync.
#[derive(Debug)]
pub(super) struct PageWriter {
    run: RunId,
    statements: Statements,
    resources: KnownKeys<ResourceId>,
    entitlements: KnownKeys<(Text, Text)>,
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

    /// Writes a page of this scope.
    pub(super) fn save(
        &mut self,
        connection: &Connection,
        scope: i64,
        step: &PageStep,
    ) -> Result<(), StoreError> {
        save_step(connection, scope, step)?;
        let place = (scope, step.number);
        for entitlement in &step.page.entitlements {
            self.save_entitlement(connection, place, entitlement)?;
        }
        for resource in &step.page.resources {
            self.save_resource(connection, place, resource)?;
        }
        for grant in &step.page.grants {
            self.save_grant(connection, place, grant)?;
        }
        for notice in &step.page.notices {
            save_notice(connection, self.run, notice, Some(scope))?;
        }
        Ok(())
    }

    fn save_resource(
        &mut self,
        connection: &Connection,
        (scope, page): (i64, u32),
        resource: &Resource,
    ) -> Result<(), StoreError> {
        let place = Some((scope, page));
        let statements = &self.statements;
        if let Some(key) = statements.insert_resource(connection, self.run, resource, place)? {
            self.resources.add(resource.id.clone(), key);
            return Ok(());
        }
        let key = self.resource(connection, &resource.id)?;
        if resource.evidence == Evidence::Listed || !self.has_record(connection, scope, key)? {
            let record = json(resource)?;
            self.save_duplicate(connection, ("resource", key), (scope, page), &record)?;
        }
        Ok(())
    }

    /// Returns whether this scope has brought a record of a resource: of one that is only mentioned, a
    /// second record of a scope never counts.
    fn has_record(
        &self,
        connection: &Connection,
        scope: i64,
        key: i64,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM resources WHERE resource = ?2 AND scope = ?3)
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
        let statements = &self.statements;
        let inserted =
            statements.insert_entitlement(connection, self.run, entitlement, Some(scope))?;
        if inserted.is_none() {
            let name = (
                Text::from(&*entitlement.resource_type),
                Text::from(&*entitlement.slug),
            );
            let key = self.entitlement(connection, name)?;
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

    fn save_grant(
        &mut self,
        connection: &Connection,
        (scope, page): (i64, u32),
        grant: &Grant,
    ) -> Result<(), StoreError> {
        let resource = self.resource(connection, &grant.resource)?;
        let name = (
            grant.resource.resource_type.clone(),
            grant.entitlement.clone(),
        );
        let entitlement = self.entitlement(connection, name)?;
        let principal = self.resource(connection, &grant.principal)?;
        if let Some(slug) = &grant.expands {
            self.entitlement(
                connection,
                (grant.principal.resource_type.clone(), slug.clone()),
            )?;
        }
        let sql = "INSERT INTO grant_facts (resource, entitlement, principal, implied_by, expands,
            scope, page) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
        let (implied_by, expands) = (grant.implied_by.as_deref(), grant.expands.as_deref());
        let values = params![
            resource,
            entitlement,
            principal,
            implied_by,
            expands,
            scope,
            page
        ];
        if connection.prepare_cached(sql)?.execute(values)? == 0 {
            let sql = "INSERT INTO duplicate_grants (resource, entitlement, principal, implied_by,
                expands, scope, page, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let mut insert = connection.prepare_cached(sql)?;
            insert.execute(params![
                resource,
                entitlement,
                principal,
                implied_by,
                expands,
                scope,
                page,
                self.run.0
            ])?;
        }
        Ok(())
    }

    /// Returns the key of a resource, which has a row without a scope where no record of it was read.
    fn resource(&mut self, connection: &Connection, id: &ResourceId) -> Result<i64, StoreError> {
        let (run, statements) = (self.run, &self.statements);
        self.resources.get(id, || {
            let sql = "SELECT resource FROM resources
                WHERE run = ? AND resource_type = ? AND id = ?";
            let mut query = connection.prepare_cached(sql)?;
            let values = (run.0, &*id.resource_type, &*id.id);
            match query.query_row(values, |row| row.get(0)).optional()? {
                Some(key) => Ok(Some(key)),
                None => {
                    let mentioned = Resource::mentioned(id.clone());
                    statements.insert_resource(connection, run, &mentioned, None)
                }
            }
        })
    }

    /// Returns the key of an entitlement, by its type and slug.
    fn entitlement(
        &mut self,
        connection: &Connection,
        name: (Text, Text),
    ) -> Result<i64, StoreError> {
        let (run, statements) = (self.run, &self.statements);
        self.entitlements.get(&name, || {
            let sql = "SELECT entitlement FROM entitlements
                WHERE run = ? AND resource_type = ? AND slug = ?";
            let mut query = connection.prepare_cached(sql)?;
            let values = (run.0, &*name.0, &*name.1);
            match query.query_row(values, |row| row.get(0)).optional()? {
                Some(key) => Ok(Some(key)),
                None => {
                    let undescribed =
                        Entitlement::undescribed(name.0.to_string(), name.1.to_string());
                    statements.insert_entitlement(connection, run, &undescribed, None)
                }
            }
        })
    }
}

/// Keys of rows by what they name.
#[derive(Debug)]
struct KnownKeys<T>(HashMap<T, i64>);

impl<T> Default for KnownKeys<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone + Eq + Hash> KnownKeys<T> {
    fn add(&mut self, name: T, key: i64) {
        if self.0.len() >= KNOWN {
            self.0.clear();
        }
        self.0.insert(name, key);
    }

    fn get(
        &mut self,
        name: &T,
        find: impl FnOnce() -> Result<Option<i64>, StoreError>,
    ) -> Result<i64, StoreError> {
        if let Some(key) = self.0.get(name) {
            return Ok(*key);
        }
        let none = || StoreError::Damaged("a row that was written is not there".to_owned());
        let key = find()?.ok_or_else(none)?;
        self.add(name.clone(), key);
        Ok(key)
    }
}

fn save_step(connection: &Connection, scope: i64, step: &PageStep) -> Result<(), StoreError> {
    let sql = "INSERT INTO pages (scope, page, requests, next, print, moved)
        VALUES (?, ?, ?, ?, ?, ?)";
    let values = params![
        scope,
        step.number,
        step.asked,
        step.page.next,
        step.print,
        step.moved
    ];
    connection.prepare_cached(sql)?.execute(values)?;
    let sql = "UPDATE scopes SET pages = ?, requests = ? WHERE scope = ?";
    let values = params![step.number, integer(step.requests), scope];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Takes back what a scope has read, because its list begins again. Rows that grants may name stay,
/// as if no record of them had been read.
pub(super) fn restart(
    connection: &Connection,
    (run, scope): (RunId, i64),
    requests: u64,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM pages WHERE scope = ?2 AND ?1",
        "DELETE FROM grant_facts WHERE scope = ?2 AND ?1",
        "DELETE FROM duplicate_grants WHERE run = ?1 AND scope = ?2",
        "DELETE FROM duplicate_records WHERE run = ?1 AND scope = ?2",
        "DELETE FROM notices WHERE run = ?1 AND scope = ?2",
        "UPDATE entitlements SET scope = NULL, display_name = slug, description = '',
            purpose = 'other', grantable_to = '[]', exclusion_group = NULL, rank = NULL
            WHERE run = ?1 AND scope = ?2",
        "UPDATE resources SET scope = NULL, page = NULL, parent_type = NULL, parent_id = NULL,
            display_name = id, description = NULL, evidence = 'mentioned', status = 'unknown',
            created_at = NULL, updated_at = NULL, kind = 'other', email = NULL, login = NULL,
            account_type = NULL, last_login = NULL, created_by_type = NULL, created_by_id = NULL,
            opens_type = NULL, opens_id = NULL, expires_at = NULL, last_used_at = NULL,
            profile = '{}', grants = 'lists'
            WHERE run = ?1 AND scope = ?2",
    ] {
        connection.execute(sql, (run.0, scope))?;
    }
    let sql = "UPDATE scopes SET restarts = restarts + 1, requests = ? WHERE scope = ?";
    connection.execute(sql, params![integer(requests), scope])?;
    Ok(())
}
