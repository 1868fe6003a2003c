//! Keeping a sync in a database: its options, and what is said of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CliError, next};
use connector_store::{KeepOptions, Keeper, Store};
use connector_sync::{Journal, JournalError, NoJournal, SyncError, Synced};

/// Where a sync is kept.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct KeepArgs {
    /// Keep the sync in a SQLite file, beside former ones
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
    /// Syncs of a tenant to keep in the file; the latest complete one stays in any case
    #[arg(long, value_name = "N", default_value_t = KeepOptions::default().keep, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) keep: u32,
    /// Write the page of `report` into this file too, and say what can be asked next
    #[arg(long, value_name = "FILE", requires = "db")]
    pub(super) report: Option<PathBuf>,
}

impl KeepArgs {
    /// How syncs are kept; `resume` is whether one that was broken off is gone on with.
    pub(super) fn options(&self, resume: bool) -> KeepOptions {
        KeepOptions {
            resume,
            keep: self.keep,
        }
    }

    /// Opens the database, where there is one, before anything is sent.
    pub(super) fn open(&self, options: KeepOptions, later: Later) -> Result<Kept, CliError> {
        let Some(path) = &self.db else {
            return match options.resume {
                true => Err(CliError::Usage(
                    "--resume goes on with a sync that is in a file: name it with --db".to_owned(),
                )),
                false => Ok(Kept(None, later)),
            };
        };
        let keeper = Keeper::open(path, options)?;
        Ok(Kept(Some((keeper, path.clone())), later))
    }

    /// Writes the page that is wanted of what was kept.
    pub(super) fn after(&self) -> Result<(), CliError> {
        match (&self.db, &self.report) {
            (Some(db), Some(page)) => next::after(db, page),
            _ => Ok(()),
        }
    }
}

/// A sync's place in a database, or none.
pub(super) struct Kept(Option<(Keeper, PathBuf)>, Later);

/// Whether the next run can go on with this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Later {
    GoesOn,
    BeginsAnew,
}

impl Kept {
    pub(super) fn journal(&self) -> Arc<dyn Journal> {
        match &self.0 {
            Some((keeper, _)) => keeper.journal(),
            None => Arc::new(NoJournal),
        }
    }

    /// The result. Where it is to be `written`, too, it is read from the database, where there is one.
    pub(super) fn end(
        self,
        ended: Result<Synced, SyncError>,
        written: bool,
    ) -> Result<Synced, CliError> {
        match (ended, self.0) {
            (Ok(synced), None) => Ok(synced),
            (Ok(synced), Some((keeper, _))) => Ok(keeper.end(synced, written)?),
            (Err(error), None) => Err(error.into()),
            (Err(error), Some((keeper, path))) => {
                let has_begun = keeper.run().is_some();
                drop(keeper);
                Err(match has_begun {
                    true => failed(error, &left_in(&path, self.1)),
                    false => error.into(),
                })
            }
        }
    }

    /// What to say to whoever stopped the sync.
    pub(super) fn stopped(self, stopped: CliError) -> CliError {
        let Some((keeper, path)) = self.0 else {
            return stopped;
        };
        let has_begun = keeper.run().is_some();
        drop(keeper);
        let unfinished = Store::open_to_read(&path).and_then(|store| store.has_unfinished());
        match (has_begun, unfinished) {
            (false, _) => stopped,
            (true, Ok(false)) => CliError::Interrupted(format!(
                "the sync had come to its end, and is in {}",
                path.display()
            )),
            (true, _) => CliError::Interrupted(left_in(&path, self.1)),
        }
    }
}

fn left_in(path: &Path, later: Later) -> String {
    let path = path.display();
    if later == Later::BeginsAnew {
        return format!(
            "what was read so far is in {path}, as a sync without an end, and is dropped by the next one"
        );
    }
    format!(
        "what was read so far is in {path}. To go on from there, run the same again with --resume"
    )
}

/// A sync that gave no result, and what is `left` of it.
pub(super) fn failed(error: SyncError, left: &str) -> CliError {
    match error {
        SyncError::Usage(usage) => CliError::Usage(usage.0),
        SyncError::Journal(JournalError::Refused(reason)) => CliError::Usage(reason),
        SyncError::Journal(JournalError::Failed(reason)) => {
            CliError::failed(format!("{reason}\n{left}."))
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
            detail: Some(format!("{}: {}", outcome.name(), problem.detail)),
        },
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        failed(error, "nothing was written")
    }
}
