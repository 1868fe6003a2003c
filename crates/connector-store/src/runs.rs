//! Which syncs a store has.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::named::{NamedRow, collect_named};
use super::retention::Retention;
use super::sweep::{drop_duplicates, drop_rows, forget_runs};
use super::words::parsed;
use super::{Store, StoreError};
use connector_types::{ResourceId, SinceLast};

/// The key of a sync in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RunId(pub i64);

/// A sync that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its key.
    pub run: RunId,
    /// The tenant.
    pub tenant: ResourceId,
    /// The tenant's name.
    pub tenant_name: String,
    /// Start of the sync, RFC 3339 in UTC.
    pub started_at: String,
    /// True if it was complete.
    pub complete: bool,
    /// The digest of its records, in hexadecimal: equal for two syncs with equal records.
    pub digest: String,
    /// True if it is on hold, and never pruned.
    pub on_hold: bool,
}

impl RunRow {
    /// Returns when it began, as far as that can be read.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.started_at.parse().ok()
    }

    pub(super) fn began_before(&self, moment: Timestamp) -> bool {
        self.time().is_some_and(|time| time < moment)
    }
}

/// A sync in a list of all, in any state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunEntry {
    /// Its key.
    pub run: RunId,
    /// `running` during the sync or if it was interrupted, `ended`, or `failed`.
    pub state: String,
    /// The tenant, unless the sync failed before the provider named it.
    pub tenant: Option<ResourceId>,
    /// The tenant's name, empty if it is not known.
    pub tenant_name: String,
    /// Start of the sync, RFC 3339 in UTC.
    pub started_at: String,
    /// End of the sync.
    pub ended_at: Option<String>,
    /// True if it was complete, once it has ended.
    pub complete: Option<bool>,
    /// Number of its resources.
    pub resources: Option<i64>,
    /// Number of its grants.
    pub grants: Option<i64>,
    /// Resources and grants that differ from the tenant's run before.
    pub changes: Option<i64>,
    /// True if it is on hold, and never pruned.
    pub on_hold: bool,
    /// The reason of its failure.
    pub failure: Option<String>,
    /// The mode of a sync of changes.
    pub since_last: Option<SinceLast>,
}

const COLUMNS: &str =
    "run, tenant_type, tenant_id, tenant_name, started_at, complete, digest, on_hold";

impl Store {
    /// Returns the syncs that have ended, the latest first.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE state = 'ended' ORDER BY run DESC");
        collect_named(&self.connection, &sql, [], row)
    }

    /// Returns every sync, those without an end among them, the latest first.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn list_runs(&self) -> Result<Vec<RunEntry>, StoreError> {
        let sql = "SELECT run, state, tenant_type, tenant_id, tenant_name, started_at, ended_at, complete,
            resources, grants, changes, on_hold, failure, since_last FROM runs ORDER BY run DESC";
        collect_named(&self.connection, sql, [], |row| {
            Ok::<_, StoreError>(RunEntry {
                run: RunId(row.get("run")?),
                state: row.get("state")?,
                tenant: Some(row.id_in("tenant_type", "tenant_id")?).filter(|id| !id.id.is_empty()),
                tenant_name: row.get("tenant_name")?,
                started_at: row.get("started_at")?,
                ended_at: row.get("ended_at")?,
                complete: row.get("complete")?,
                resources: row.get("resources")?,
                grants: row.get("grants")?,
                changes: row.get("changes")?,
                on_hold: row.get("on_hold")?,
                failure: row.get("failure")?,
                since_last: row.text("since_last")?.map(parsed).transpose()?,
            })
        })
    }

    /// Returns one sync that has ended; `None` where there is none of that key.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn run(&self, run: RunId) -> Result<Option<RunRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE state = 'ended' AND run = ?");
        let found = collect_named(&self.connection, &sql, [run.0], row)?;
        Ok(found.into_iter().next())
    }

    /// Has a run stay until it is released, or releases it. Returns whether there is such a run that
    /// has ended.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written to.
    pub fn hold_run(&mut self, run: RunId, on_hold: bool) -> Result<bool, StoreError> {
        let sql = "UPDATE runs SET on_hold = ? WHERE run = ? AND state = 'ended'";
        Ok(self.connection.execute(sql, params![on_hold, run.0])? > 0)
    }

    /// Forgets the syncs of a tenant that a policy does not keep, and returns them. Failed ones go with
    /// the ended ones of their time.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn prune(
        &mut self,
        tenant: &ResourceId,
        policy: &Retention,
    ) -> Result<Vec<RunRow>, StoreError> {
        let mut runs = self.runs()?;
        runs.retain(|one| one.tenant == *tenant);
        let outdated = policy.select_outdated(runs);
        let transaction = self.write()?;
        forget_runs(&transaction, outdated.iter().map(|one| one.run))?;
        let sql = "DELETE FROM runs WHERE state = 'failed' AND run < ?3
            AND (tenant_type = ?1 AND tenant_id = ?2 OR tenant_id = '')";
        let last = outdated.iter().map(|one| one.run.0).max();
        transaction.execute(sql, params![&*tenant.resource_type, &*tenant.id, last])?;
        transaction.commit()?;
        self.forget_former_names();
        Ok(outdated)
    }

    /// Returns whether the file has a running or interrupted sync.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn has_unfinished(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM runs WHERE state = 'running')";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}

/// Drops an interrupted run. The reason of a failed one stays.
pub(super) fn drop_unfinished(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    drop_duplicates(connection, run)?;
    let sql = "UPDATE runs SET state = 'failed' WHERE run = ? AND failure IS NOT NULL";
    if connection.execute(sql, [run.0])? == 0 {
        return forget_runs(connection, [run].into_iter());
    }
    drop_rows(connection, run)
}

fn row(row: NamedRow<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        run: RunId(row.get("run")?),
        tenant: row.id_in("tenant_type", "tenant_id")?,
        tenant_name: row.get("tenant_name")?,
        started_at: row.get("started_at")?,
        complete: row.get("complete")?,
        digest: row.get("digest")?,
        on_hold: row.get("on_hold")?,
    })
}
