//! Which syncs a store has.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::guard::collect_rows;
use super::words::id_at;
use super::{Store, StoreError};
use connector_types::ResourceId;

/// The key of a sync in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

/// A sync that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its key.
    pub run: RunId,
    /// Whose it is.
    pub tenant: ResourceId,
    /// The tenant's name.
    pub tenant_name: String,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// Whether it was whole.
    pub complete: bool,
    /// What tells whether two syncs say the same, in hexadecimal.
    pub digest: String,
}

const COLUMNS: &str = "run, tenant_type, tenant_id, tenant_name, started_at, complete, digest";

impl Store {
    /// The syncs that have ended, the latest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE state = 'ended' ORDER BY run DESC");
        let mut query = self.connection.prepare(&sql)?;
        let rows = query.query_map([], row)?;
        collect_rows(&self.connection, rows)
    }

    /// One sync that has ended; `None` where there is none of that key.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn run(&self, run: RunId) -> Result<Option<RunRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE state = 'ended' AND run = ?");
        let found = self.connection.query_row(&sql, [run.0], row).optional()?;
        Ok(found)
    }

    /// Forgets all but the latest `keep` syncs of a tenant that have ended, and gives back how many
    /// are gone. The latest complete one stays in any case.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn prune(&mut self, tenant: &ResourceId, keep: u32) -> Result<usize, StoreError> {
        let transaction = self.write()?;
        let gone = prune(&transaction, tenant, keep)?;
        transaction.commit()?;
        Ok(gone)
    }

    /// Whether the file has a sync that is under way or was broken off.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_unfinished(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM runs WHERE state = 'running')";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}

pub(super) fn prune(
    connection: &Connection,
    tenant: &ResourceId,
    keep: u32,
) -> Result<usize, StoreError> {
    let sql = "SELECT run FROM runs WHERE state = 'ended' AND tenant_type = ?1 AND tenant_id = ?2
        AND run NOT IN (SELECT run FROM runs WHERE state = 'ended' AND tenant_type = ?1
            AND tenant_id = ?2 ORDER BY run DESC LIMIT ?3)
        AND run IS NOT (SELECT max(run) FROM runs WHERE complete = 1 AND tenant_type = ?1
            AND tenant_id = ?2)";
    let mut query = connection.prepare(sql)?;
    let found = params![&*tenant.resource_type, &*tenant.id, keep];
    let gone = query.query_map(found, |row| row.get(0).map(RunId))?;
    let gone: Vec<_> = gone.collect::<Result<_, _>>()?;
    for run in &gone {
        forget(connection, *run)?;
    }
    Ok(gone.len())
}

/// Forgets a run. Its grants go first, with what they are on: were it the scopes, each grant would
/// be written once more before it goes.
pub(super) fn forget(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    connection.execute("DELETE FROM resources WHERE run = ?", [run.0])?;
    connection.execute("DELETE FROM runs WHERE run = ?", [run.0])?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        run: RunId(row.get(0)?),
        tenant: id_at(row, 1)?,
        tenant_name: row.get(3)?,
        started_at: row.get(4)?,
        complete: row.get(5)?,
        digest: row.get(6)?,
    })
}
