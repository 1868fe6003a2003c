//! A sync into rows.

use std::collections::HashMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::expansions::expand_run;
use super::history::join_history;
use super::keys::{entitlement_key, resource_key};
use super::rows::{Statements, save_notice, save_scope};
use super::runs::RunId;
use super::words::{integer, json};
use super::{Store, StoreError};
use connector_sync::SyncInventory;
use connector_types::{Grant, ResourceId, Run, Summary, now};

/// Syncs without a tenant that stay in a file.
const FAILED_STARTS: u32 = 100;

/// The rows of what grants refer to.
#[derive(Default)]
struct RowKeys<'a> {
    resources: HashMap<ResourceId, i64>,
    entitlements: HashMap<(&'a str, &'a str), i64>,
}

impl Store {
    /// Keeps a sync. `settings` says what it was asked to read, as JSON.
    ///
    /// # Errors
    /// Returns an error if it cannot be written; the file is as it was before.
    pub fn save(&mut self, synced: &SyncInventory, settings: &str) -> Result<RunId, StoreError> {
        let transaction = self.write()?;
        let run = begin(&transaction, &synced.run, settings, 0)?;
        fill(&transaction, run, synced)?;
        transaction.commit()?;
        Ok(run)
    }

    /// Stores a sync that failed before it began. A schedule whose credential is wrong fails each time:
    /// the latest of such rows stay.
    pub(super) fn save_failure(
        &mut self,
        run: &Run,
        settings: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let transaction = self.write()?;
        let key = begin(&transaction, run, settings, 0)?;
        let sql = "UPDATE runs SET state = 'failed', failure = ? WHERE run = ?";
        transaction.execute(sql, params![reason, key.0])?;
        let sql = "DELETE FROM runs WHERE state = 'failed' AND tenant_id = '' AND run <= (
            SELECT run FROM runs WHERE state = 'failed' AND tenant_id = ''
            ORDER BY run DESC LIMIT 1 OFFSET ?)";
        transaction.execute(sql, [FAILED_STARTS])?;
        transaction.commit()?;
        Ok(())
    }

    pub(super) fn write(&mut self) -> Result<Transaction<'_>, StoreError> {
        let behaviour = TransactionBehavior::Immediate;
        Ok(self.connection.transaction_with_behavior(behaviour)?)
    }
}

/// Begins a run that is not at its end.
pub(super) fn begin(
    connection: &Connection,
    run: &Run,
    settings: &str,
    requests: u64,
) -> Result<RunId, StoreError> {
    let sql = "INSERT INTO runs (run, epoch, state, tenant_type, tenant_id, tenant_name, contract,
        connector, version, component_sha256, manifest_sha256, base_url, started_at, tenant,
        resource_types, settings, requests, since_last)
        SELECT next, next, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
        FROM (SELECT ifnull(max(run), 0) + 1 AS next FROM runs)";
    let Run {
        contract,
        connector,
        version,
        component_sha256,
        manifest_sha256,
        base_url,
        started_at,
        tenant,
        resource_types,
        since_last,
    } = run;
    connection.execute(
        sql,
        params![
            &*tenant.id.resource_type,
            &*tenant.id.id,
            tenant.display_name,
            contract,
            connector,
            version,
            component_sha256,
            manifest_sha256,
            base_url,
            started_at,
            json(tenant)?,
            json(resource_types)?,
            settings,
            integer(requests),
            since_last.as_ref().map(json).transpose()?,
        ],
    )?;
    Ok(RunId(connection.last_insert_rowid()))
}

/// Writes a run that is whole, and ends it.
fn fill(connection: &Connection, run: RunId, synced: &SyncInventory) -> Result<(), StoreError> {
    let statements = Statements::new();
    let mut keys = RowKeys::default();
    for scope in &synced.scopes {
        save_scope(connection, run, scope, 0)?;
    }
    for resource in &synced.resources {
        let key = resource_key(connection, &resource.id)?;
        statements.insert_resource(connection, (run, key), resource, None)?;
        if keys.resources.insert(resource.id.clone(), key).is_some() {
            return Err(duplicate_error(&resource.id.to_string()));
        }
    }
    for entitlement in &synced.entitlements {
        let name = (&*entitlement.resource_type, &*entitlement.slug);
        let key = entitlement_key(connection, name.0, name.1)?;
        statements.insert_entitlement(connection, (run, key), entitlement, None)?;
        if keys.entitlements.insert(name, key).is_some() {
            return Err(duplicate_error(&entitlement.slug));
        }
    }
    save_grants(connection, run, &keys, &synced.grants)?;
    for notice in &synced.notices {
        save_notice(connection, run, notice, None)?;
    }
    expand_run(connection, run)?;
    end(connection, run, &synced.summary)?;
    join_history(connection, run)
}

/// Grants come sorted: what they are on is looked up once for all that follow each other.
fn save_grants(
    connection: &Connection,
    run: RunId,
    keys: &RowKeys<'_>,
    grants: &[Grant],
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO grant_versions (epoch, first, resource, entitlement, principal, implied_by,
        expands) VALUES (?6, ?6, ?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare_cached(sql)?;
    let same = |one: &Grant, next: &Grant| {
        one.resource == next.resource && one.entitlement == next.entitlement
    };
    for together in grants.chunk_by(same) {
        let Some(first) = together.first() else {
            continue;
        };
        let resource = keys.resource(&first.resource)?;
        let entitlement = keys.entitlement(&first.resource.resource_type, &first.entitlement)?;
        for grant in together {
            insert.execute(params![
                resource,
                entitlement,
                keys.resource(&grant.principal)?,
                grant.implied_by.as_deref(),
                grant.expands.as_deref(),
                run.0,
            ])?;
        }
    }
    Ok(())
}

/// Ends a run.
pub(super) fn end(
    connection: &Connection,
    run: RunId,
    summary: &Summary,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE runs SET state = 'ended', ended_at = ?, complete = ?, requests = ?, digest = ?,
        failure = NULL, resources = ?, entitlements = ?, grants = ?, notices = ? WHERE run = ?";
    connection.execute(
        sql,
        params![
            now(),
            summary.complete,
            integer(summary.requests),
            summary.digest,
            integer(summary.resources),
            integer(summary.entitlements),
            integer(summary.grants),
            integer(summary.notices),
            run.0,
        ],
    )?;
    Ok(())
}

impl RowKeys<'_> {
    fn resource(&self, id: &ResourceId) -> Result<i64, StoreError> {
        let key = self.resources.get(id).copied();
        key.ok_or_else(|| unclosed(&id.to_string()))
    }

    fn entitlement(&self, resource_type: &str, slug: &str) -> Result<i64, StoreError> {
        let key = self.entitlements.get(&(resource_type, slug)).copied();
        key.ok_or_else(|| unclosed(&format!("{resource_type} {slug}")))
    }
}

fn unclosed(what: &str) -> StoreError {
    StoreError::Damaged(format!(
        "the sync refers to {what}, of which it has no record"
    ))
}

fn duplicate_error(what: &str) -> StoreError {
    StoreError::Damaged(format!("the sync has {what} twice"))
}
