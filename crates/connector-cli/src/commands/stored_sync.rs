//! A stored sync: in a database, or as NDJSON.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::report::{FileContent, read_ndjson};
use connector_store::{RunId, RunName, Store, StoreError};
use connector_sync::SyncInventory;
use connector_types::plain;

/// Which sync.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StoredSyncArgs {
    /// The database of `sync --db`, or the NDJSON of `sync --ndjson`
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Sync of the database: its number, a date or time by which it began, latest, previous or
    /// last-complete [default: latest]
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<RunName>,
}

impl StoredSyncArgs {
    /// Opens the file and finds the sync.
    pub(super) fn open(&self) -> Result<(Store, RunId), CliError> {
        let store = open(&self.file)?;
        let run = select_run(&store, &self.file, self.run.as_ref())?;
        Ok((store, run))
    }
}

/// Returns the wanted sync of a store, or its latest one.
pub(super) fn select_run(
    store: &Store,
    file: &Path,
    wanted: Option<&RunName>,
) -> Result<RunId, CliError> {
    let found = store.find_run(wanted.unwrap_or(&RunName::Latest))?;
    let reason = || {
        let runs = store.runs()?;
        Ok::<_, CliError>(match (wanted, runs.last()) {
            (_, None) => "no sync in it has ended yet: let one run to its end".to_owned(),
            (None, Some(_)) => "no sync in it can be read".to_owned(),
            (Some(RunName::Number(RunId(wanted))), Some(_)) => {
                format!("it has no sync {wanted} that has ended. `runs` lists them")
            }
            (Some(wanted), Some(first)) => format!(
                "it has no sync {wanted} that has ended: its first one began at {}. `runs` lists them",
                plain(&first.started_at)
            ),
        })
    };
    match found {
        Some(found) => Ok(found.run),
        None => Err(CliError::Usage(format!(
            "{}: {}",
            file.display(),
            reason()?
        ))),
    }
}

/// Finds the sync that an option names among those of the same tenant before another one.
pub(super) fn earlier_run(
    store: &Store,
    file: &Path,
    option: &str,
    (run, name): (RunId, &RunName),
) -> Result<RunId, CliError> {
    let gone = || CliError::for_error("the sync is gone: another program has pruned it");
    let later = store.run(run)?.ok_or_else(gone)?;
    let found = store.find_earlier_run(&later, name)?;
    let missing = || {
        let (file, tenant) = (file.display(), plain(&later.tenant.to_string()));
        CliError::Usage(format!(
            "{file}: {option} {name} names no sync of {tenant} before sync {}. `runs` lists them",
            run.0
        ))
    };
    Ok(found.ok_or_else(missing)?.run)
}

/// Opens a store, or lines of NDJSON as a store that is gone with the command.
pub(super) fn open(path: &Path) -> Result<Store, CliError> {
    let fault = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let file = File::open(path).map_err(|e| fault(e.to_string()))?;
    let mut lines = BufReader::new(file);
    let start = lines.fill_buf().map_err(|e| fault(e.to_string()))?;
    match FileContent::of(start) {
        FileContent::Database => {
            // Not open beside SQLite, whose locks would go with it.
            drop(lines);
            Ok(Store::open_to_read(path)?)
        }
        FileContent::Ndjson => {
            let synced = read_ndjson(lines).map_err(|e| fault(e.to_string()))?;
            temporary_store(&synced).map_err(|error| {
                if let StoreError::Damaged(reason) = error {
                    fault(reason)
                } else {
                    fault(error.to_string())
                }
            })
        }
        FileContent::Other(reason) => Err(fault(reason)),
    }
}

fn temporary_store(synced: &SyncInventory) -> Result<Store, StoreError> {
    let mut store = Store::temporary()?;
    store.save(synced, "{}")?;
    Ok(store)
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::File { .. } | StoreError::Foreign { .. } | StoreError::Locked(_) => {
                Self::Usage(error.to_string())
            }
            StoreError::Full
            | StoreError::ReadOnly(_)
            | StoreError::Busy
            | StoreError::Disk(_)
            | StoreError::Damaged(_)
            | StoreError::TooLong
            | StoreError::TooLarge
            | StoreError::Sqlite(_) => Self::for_error(error.to_string()),
        }
    }
}
