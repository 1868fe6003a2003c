//! Keeping a sync in a database: its options, and what is said of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::output::print_note;
use super::{CliError, next};
use connector_host::tenants::TenantsFile;
use connector_store::{RecorderOptions, Retention, RunRow, Store, SyncRecorder, SyncRecords};
use connector_sync::{CheckpointError, CheckpointStore, MemoryCheckpoints, SyncEnd, SyncError};
use connector_types::{counted, plain};

/// The location where a sync is stored.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct StorageArgs {
    /// Store the sync in a SQLite file, beside earlier ones
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
    /// Syncs of a tenant to keep in the file: the latest N, all of some hours or days (48h, 7d), and
    /// the last one of each day, week or month of a longer time (daily=30d, weekly=26w,
    /// monthly=forever), joined by commas. The latest complete one stays in any case, and so do those
    /// on hold (see runs) [default: 12]
    #[arg(long, value_name = "POLICY")]
    pub(super) keep: Option<Retention>,
    /// Write the HTML report of the stored sync too
    #[arg(long, value_name = "FILE", requires = "db")]
    pub(super) report: Option<PathBuf>,
}

impl StorageArgs {
    /// Refuses a retention policy where no sync is stored; `tenants` have databases of their own.
    ///
    /// # Errors
    /// Returns an error if `--keep` would have no effect.
    pub(super) fn check_effect(&self, tenants: Option<&TenantsFile>) -> Result<(), CliError> {
        // The tenants may all be of other shards.
        let is_stored = |file: &TenantsFile| {
            let mut tenants = file.tenants.iter();
            file.tenants.is_empty() || tenants.any(|tenant| tenant.db.is_some())
        };
        let is_stored = self.db.is_some() || tenants.is_some_and(is_stored);
        match self.keep {
            Some(_) if !is_stored => {
                let text = "--keep has no effect without a database: name one with --db, or with db in the tenants file";
                Err(CliError::Usage(text.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Returns the options for storing syncs; `resume` states whether an interrupted run is
    /// resumed.
    pub(super) fn recorder_options(&self, resume: bool) -> RecorderOptions {
        RecorderOptions {
            resume,
            keep: self.keep.unwrap_or(RecorderOptions::default().keep),
        }
    }

    /// Returns the file.
    pub(super) fn db(&self) -> Option<&Path> {
        self.db.as_deref()
    }

    /// Opens the database, where there is one, before anything is sent.
    pub(super) fn open(
        &self,
        options: RecorderOptions,
        later: ResumeHint,
    ) -> Result<SyncDestination, CliError> {
        let Some(path) = &self.db else {
            if options.resume {
                let text = "--resume continues a sync that is in a file: name the file with --db";
                return Err(CliError::Usage(text.to_owned()));
            }
            return Ok(SyncDestination::Memory(Arc::default()));
        };
        Ok(SyncDestination::File {
            recorder: SyncRecorder::open(path, options)?,
            path: path.clone(),
            later,
        })
    }

    /// Writes the requested report page of the stored sync.
    pub(super) fn write_outputs(&self) -> Result<(), CliError> {
        match (&self.db, &self.report) {
            (Some(db), Some(page)) => next::print_next_steps(db, page),
            _ => Ok(()),
        }
    }
}

/// A sync in memory, or in the file of a database.
pub(super) enum SyncDestination {
    Memory(Arc<MemoryCheckpoints>),
    File {
        recorder: SyncRecorder,
        path: PathBuf,
        later: ResumeHint,
    },
}

/// States whether the next run can resume this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResumeHint {
    GoesOn,
    BeginsAnew,
}

impl SyncDestination {
    pub(super) fn checkpoints(&self) -> Arc<dyn CheckpointStore> {
        match self {
            Self::Memory(memory) => Arc::clone(memory) as Arc<dyn CheckpointStore>,
            Self::File { recorder, .. } => recorder.checkpoints(),
        }
    }

    /// Returns how the sync ended, and its records.
    pub(super) fn finish_sync(
        self,
        ended: Result<SyncEnd, SyncError>,
    ) -> Result<(SyncEnd, SyncRecords), CliError> {
        match (ended, self) {
            (Ok(end), Self::Memory(memory)) => {
                let lost = || CliError::for_error("the sync is no longer in memory");
                let synced = memory.take().ok_or_else(lost)?;
                Ok((end, SyncRecords::Memory(Box::new(synced))))
            }
            (Ok(end), Self::File { recorder, .. }) => {
                let stored = recorder.into_store()?;
                if let Some(note) = pruned_note(&stored.pruned) {
                    print_note(&note);
                }
                Ok((end, SyncRecords::Stored(stored)))
            }
            (Err(error), Self::Memory(_)) => Err(error.into()),
            (
                Err(error),
                Self::File {
                    recorder,
                    path,
                    later,
                },
            ) => {
                let has_begun = recorder.run().is_some();
                drop(recorder);
                Err(if has_begun {
                    sync_error(error, &left_in(&path, later))
                } else {
                    error.into()
                })
            }
        }
    }

    /// Returns the message for the user who stopped the sync.
    pub(super) fn stop_sync(self, stopped: CliError) -> CliError {
        let Self::File {
            recorder,
            path,
            later,
        } = self
        else {
            return stopped;
        };
        let has_begun = recorder.run().is_some();
        drop(recorder);
        let unfinished = Store::open_to_read(&path).and_then(|store| store.has_unfinished());
        match (has_begun, unfinished) {
            (false, _) => stopped,
            (true, Ok(false)) => CliError::Interrupted(format!(
                "the sync had come to its end, and is in {}",
                path.display()
            )),
            (true, _) => CliError::Interrupted(left_in(&path, later)),
        }
    }
}

/// Returns a message about the runs that the retention policy deleted.
fn pruned_note(runs: &[RunRow]) -> Option<String> {
    let numbers: Vec<_> = runs.iter().map(|one| one.run.0.to_string()).collect();
    let times = runs.last().zip(runs.first()).map(|(first, last)| {
        format!(
            "begun {} to {}",
            plain(&first.started_at),
            plain(&last.started_at)
        )
    });
    times.map(|times| {
        let (count, numbers) = (counted(runs.len(), "sync"), numbers.join(", "));
        format!("note: pruned {count} by --keep, {times}: {numbers}\n")
    })
}

fn left_in(path: &Path, later: ResumeHint) -> String {
    let path = path.display();
    if later == ResumeHint::BeginsAnew {
        return format!(
            "what was read so far is in {path}, as a sync without an end, and is dropped by the next one"
        );
    }
    format!("what was read so far is in {path}. To continue, run the same command with --resume")
}

/// Returns a sync that gave no result, and what is `left` of it.
pub(super) fn sync_error(error: SyncError, left: &str) -> CliError {
    match error {
        SyncError::Usage(usage) => CliError::Usage(usage.0),
        SyncError::Checkpoint(CheckpointError::Refused(reason)) => CliError::Usage(reason),
        SyncError::Checkpoint(CheckpointError::Failed(reason)) => {
            CliError::for_error(format!("{reason}\n{left}."))
        }
        SyncError::Failed {
            outcome,
            problem,
            during,
        } => CliError::Failed {
            message: match during {
                None => problem.message,
                Some(during) => format!(
                    "{}\nFailed while {during}: nothing may be concluded from what was read before; {left}.",
                    problem.message
                ),
            },
            case: Some(outcome.name()),
            detail: Some(format!("{}: {}", outcome.name(), problem.detail)),
        },
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        sync_error(error, "nothing was written")
    }
}
