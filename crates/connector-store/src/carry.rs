//! Scopes of a former run that a running sync carries over instead of reading them.
//!
//! A scope is carried over only if reading it would give the same: the record of its resource, the
//! other grants on it and the listed principals have not changed. The statements work on sets,
//! because a tenant may have a hundred thousand scopes.

mod sql;

use rusqlite::{Connection, params};

use super::interrupted::{find_difference, listed_by_scope};
use super::keys::{resource_key, scope_key};
use super::load::load_run;
use super::{RunId, StoreError, find_row};
use connector_sync::{BasisRun, CarriedScope, ScopeKey};
use connector_types::{Operation, Run, SinceLast};
use sql::CarryStatements;

/// A run in this store that scopes are carried over from.
#[derive(Debug)]
pub(super) struct StoredBasis {
    run: i64,
    epoch: i64,
    started_at: String,
}

/// Returns the latest run of a tenant that has ended, if a sync that begins like this may carry scopes
/// over from it, or the reason why it may not. Scopes that it did not read completely are read again.
pub(super) fn find_basis(
    connection: &Connection,
    run: &Run,
    settings: &str,
) -> Result<Result<(StoredBasis, BasisRun), String>, StoreError> {
    let sql = "SELECT run, epoch, settings FROM runs WHERE state = 'ended'
            AND connector = ? AND tenant_type = ? AND tenant_id = ?
        ORDER BY run DESC LIMIT 1";
    let id = &run.tenant.id;
    let values = params![run.connector, &*id.resource_type, &*id.id];
    let latest = find_row(connection, sql, values, |row| {
        Ok::<_, StoreError>((row.get("run")?, row.get("epoch")?, row.get("settings")?))
    });
    let Some((key, epoch, was_settings)): Option<(i64, i64, String)> = latest? else {
        return Ok(Err(
            "the database has no finished sync of this tenant".to_owned()
        ));
    };
    let was = load_run(connection, RunId(key))?;
    if let Some(difference) = find_difference((&was, &was_settings), (run, settings)) {
        let began = &was.started_at;
        return Ok(Err(format!("since the sync of {began}, {difference}")));
    }
    let reliance = was.since_last.as_ref().and_then(SinceLast::reliance);
    let basis = BasisRun {
        started_at: was.started_at.clone(),
        runs_since_full: reliance.map_or(0, |one| one.runs_since_full),
    };
    let stored = StoredBasis {
        run: key,
        epoch,
        started_at: was.started_at,
    };
    Ok(Ok((stored, basis)))
}

/// Carries over those of the scopes that it can, and returns them.
pub(super) fn carry_over(
    connection: &Connection,
    basis: &StoredBasis,
    run: RunId,
    keys: Vec<ScopeKey>,
) -> Result<Vec<CarriedScope>, StoreError> {
    let candidates = write_candidates(connection, keys)?;
    let statements = CarryStatements::new(basis, run);
    for sql in statements.refusals().iter().chain(&statements.copies()) {
        connection.execute_batch(sql)?;
    }
    let sql = "UPDATE scope_versions SET read_at = ?1 WHERE epoch = ?2 AND read_at IS NULL
        AND scope IN (SELECT scope FROM temp.carried)";
    connection.execute(sql, params![basis.started_at, run.0])?;
    let carried = read_carried(connection, run, candidates)?;
    connection.execute_batch("DROP TABLE temp.carried")?;
    Ok(carried)
}

/// Writes the scopes into a table, and returns each with its row.
fn write_candidates(
    connection: &Connection,
    keys: Vec<ScopeKey>,
) -> Result<Vec<(i64, ScopeKey)>, StoreError> {
    connection.execute_batch(
        "CREATE TEMP TABLE carried (scope INTEGER PRIMARY KEY, resource INTEGER NOT NULL,
            is_list INTEGER NOT NULL) STRICT",
    )?;
    let mut insert = connection.prepare("INSERT INTO temp.carried VALUES (?, ?, ?)")?;
    let mut candidates = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(at) = &key.at else {
            continue;
        };
        let scope = scope_key(connection, (&key).into())?;
        let is_list = key.call == Operation::ListResources;
        insert.execute(params![scope, resource_key(connection, at)?, is_list])?;
        candidates.push((scope, key));
    }
    Ok(candidates)
}

fn read_carried(
    connection: &Connection,
    run: RunId,
    candidates: Vec<(i64, ScopeKey)>,
) -> Result<Vec<CarriedScope>, StoreError> {
    let mut is_carried =
        connection.prepare("SELECT EXISTS (SELECT 1 FROM temp.carried WHERE scope = ?)")?;
    let mut carried = Vec::new();
    for (scope, key) in candidates {
        if !is_carried.query_row([scope], |row| row.get(0))? {
            continue;
        }
        let listed = match key.call {
            Operation::ListResources => listed_by_scope(connection, run, scope)?.0,
            Operation::ListGrants | Operation::ListEntitlements => Vec::new(),
        };
        carried.push(CarriedScope { key, listed });
    }
    Ok(carried)
}
