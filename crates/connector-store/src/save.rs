//! A sync into rows.

use std::collections::HashMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::expansions::save_expansions;
use super::rows::{save_entitlement, save_notice, save_resource, save_scope};
use super::runs::RunId;
use super::words::{integer, json};
use super::{Store, StoreError};
use connector_sync::{Origin, Origins, Synced};
use connector_types::{Grant, ResourceId, Run, now};

/// The rows of what grants refer to.
#[derive(Default)]
struct Keys<'a> {
    /// In the order of the result.
    scopes: Vec<i64>,
    resources: HashMap<ResourceId, i64>,
    entitlements: HashMap<(&'a str, &'a str), i64>,
}

impl Store {
    /// Keeps a sync. `settings` says what it was asked to read, as JSON.
    ///
    /// # Errors
    /// It cannot be written; the file is as it was before.
    pub fn save(&mut self, synced: &Synced, settings: &str) -> Result<RunId, StoreError> {
        let transaction = self.write()?;
        let run = begin(&transaction, &synced.run, settings, 0)?;
        fill(&transaction, run, synced, &Origins::default())?;
        transaction.commit()?;
        Ok(run)
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
    let sql = "INSERT INTO runs (state, tenant_type, tenant_id, tenant_name, contract, connector, version,
        component_sha256, manifest_sha256, base_url, started_at, tenant, settings, requests)
        VALUES ('running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let Run {
        contract,
        connector,
        version,
        component_sha256,
        manifest_sha256,
        base_url,
        started_at,
        tenant,
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
            settings,
            integer(requests),
        ],
    )?;
    Ok(RunId(connection.last_insert_rowid()))
}

/// Writes what a run has read, and where, and ends it.
pub(super) fn fill(
    connection: &Connection,
    run: RunId,
    synced: &Synced,
    origins: &Origins,
) -> Result<(), StoreError> {
    let mut keys = Keys::default();
    for scope in &synced.scopes {
        keys.scopes.push(save_scope(connection, run, scope)?);
    }
    for (place, resource) in synced.resources.iter().enumerate() {
        let from = keys.origin(&origins.resources, place);
        let key = save_resource(connection, run, resource, from)?;
        keys.resources.insert(resource.id.clone(), key);
    }
    for entitlement in &synced.entitlements {
        let key = save_entitlement(connection, run, entitlement)?;
        let name = (&*entitlement.resource_type, &*entitlement.slug);
        keys.entitlements.insert(name, key);
    }
    save_grants(connection, &keys, &synced.grants, origins)?;
    for (position, notice) in synced.notices.iter().enumerate() {
        save_notice(connection, run, position, notice)?;
    }
    save_expansions(connection, run)?;
    end(connection, run, synced)
}

/// Grants come sorted: what they are on is looked up once for all that follow each other.
fn save_grants(
    connection: &Connection,
    keys: &Keys<'_>,
    grants: &[Grant],
    origins: &Origins,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO grant_facts (resource, entitlement, principal, implied_by, expands, scope, page)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql)?;
    let mut places = 0..;
    let same = |one: &Grant, next: &Grant| {
        one.resource == next.resource && one.entitlement == next.entitlement
    };
    for together in grants.chunk_by(same) {
        let Some(first) = together.first() else {
            continue;
        };
        let resource = keys.resource(&first.resource)?;
        let entitlement = keys.entitlement(&first.resource.resource_type, &first.entitlement)?;
        for (grant, place) in together.iter().zip(&mut places) {
            let (scope, page) = keys.origin(&origins.grants, place);
            insert.execute(params![
                resource,
                entitlement,
                keys.resource(&grant.principal)?,
                grant.implied_by.as_deref(),
                grant.expands.as_deref(),
                scope,
                page,
            ])?;
        }
    }
    Ok(())
}

fn end(connection: &Connection, run: RunId, synced: &Synced) -> Result<(), StoreError> {
    let sql =
        "UPDATE runs SET state = 'ended', ended_at = ?, complete = ?, requests = ?, digest = ?
        WHERE run = ?";
    let summary = &synced.summary;
    let requests = integer(summary.requests);
    let values = params![now(), summary.complete, requests, summary.digest, run.0];
    connection.execute(sql, values)?;
    Ok(())
}

impl Keys<'_> {
    /// The columns `scope` and `page` of the record at this place.
    fn origin(&self, origins: &[Option<Origin>], place: usize) -> (Option<i64>, Option<u32>) {
        let origin = origins.get(place).copied().flatten();
        let scope = origin.and_then(|origin| usize::try_from(origin.scope).ok());
        let scope = scope.and_then(|scope| self.scopes.get(scope).copied());
        (scope, origin.map(|origin| origin.page.get()))
    }

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
