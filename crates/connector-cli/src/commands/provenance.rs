//! The sync that an answer comes from: tenant, run, date and completeness.

use std::fmt;

use serde::Serialize;

use super::CliError;
use crate::report::plain;
use connector_review::diff::SyncRef;
use connector_store::{RunId, RunRow, Store};
use connector_types::ResourceId;

/// A stored sync as answers name it.
#[derive(Debug, Serialize)]
pub(super) struct StoredSync {
    run: i64,
    tenant: ResourceId,
    tenant_name: String,
    started_at: String,
    complete: bool,
}

/// The columns that name the tenant in every row of CSV.
const TENANT: [&str; 3] = ["tenant_type", "tenant_id", "tenant_name"];

/// The provenance of an answer for people: a heading, and columns of CSV.
#[derive(Debug, Default)]
pub(super) struct Provenance {
    /// The heading of the text.
    pub(super) heading: String,
    /// The names of the columns of CSV.
    pub(super) columns: Vec<&'static str>,
    /// The cells of these columns, the same in every row.
    pub(super) cells: Vec<String>,
}

impl StoredSync {
    /// Returns the sync of this key, which has ended.
    ///
    /// # Errors
    /// Returns an error if the sync is not there, or the store cannot be read.
    pub(super) fn read(store: &Store, run: RunId) -> Result<Self, CliError> {
        let row = store.run(run)?;
        let gone = || CliError::for_error("the sync is gone: another program has pruned it");
        Ok(row.ok_or_else(gone)?.into())
    }

    /// Returns the time at which the sync began.
    pub(super) fn started_at(&self) -> &str {
        &self.started_at
    }

    /// Returns whether the sync is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    fn tenant_cell(&self) -> String {
        plain(&format!("{} ({})", self.tenant_name, self.tenant))
    }

    fn tenant_cells(&self) -> [String; 3] {
        let id = &self.tenant;
        [
            id.resource_type.to_string(),
            id.id.to_string(),
            self.tenant_name.clone(),
        ]
    }

    fn provenance_cells(&self) -> [String; 3] {
        [
            self.run.to_string(),
            self.started_at.clone(),
            self.complete.to_string(),
        ]
    }
}

impl fmt::Display for StoredSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let complete = if self.complete {
            "complete"
        } else {
            "not complete"
        };
        let started_at = plain(&self.started_at);
        write!(f, "sync {} of {started_at}, {complete}", self.run)
    }
}

impl From<RunRow> for StoredSync {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.run.0,
            tenant: row.tenant,
            tenant_name: row.tenant_name,
            started_at: row.started_at,
            complete: row.complete,
        }
    }
}

impl From<&SyncRef> for StoredSync {
    fn from(sync: &SyncRef) -> Self {
        Self {
            run: sync.run,
            tenant: sync.tenant.id.clone(),
            tenant_name: sync.tenant.display_name.clone(),
            started_at: sync.started_at.clone(),
            complete: sync.complete,
        }
    }
}

impl Provenance {
    /// Returns the provenance of an answer about one sync.
    pub(super) fn of_sync(sync: &StoredSync) -> Self {
        Self {
            heading: format!("{}: {sync}", sync.tenant_cell()),
            columns: [&TENANT[..], &["run", "started_at", "complete"]].concat(),
            cells: [sync.tenant_cells(), sync.provenance_cells()].concat(),
        }
    }

    /// Returns the provenance of an answer about two syncs of one tenant.
    pub(super) fn of_diff(older: &StoredSync, newer: &StoredSync) -> Self {
        let columns = [
            "older_run",
            "older_started_at",
            "older_complete",
            "newer_run",
            "newer_started_at",
            "newer_complete",
        ];
        Self {
            heading: format!("{}: {newer}, compared with {older}", newer.tenant_cell()),
            columns: [&TENANT[..], &columns].concat(),
            cells: [
                newer.tenant_cells(),
                older.provenance_cells(),
                newer.provenance_cells(),
            ]
            .concat(),
        }
    }
}
