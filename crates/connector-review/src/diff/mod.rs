//! Compares two syncs of one tenant: records that were added, removed or changed, apart from those
//! that one of the syncs could not read.
//!
//! Reading order: `run_pair` (chooses the two), `change` (the answer), `snapshot` (a sync's rows by
//! short numbers that both syncs share), `absence` (gone, or not read), `compare` (the two passes).

mod absence;
mod change;
mod compare;
mod run_pair;
mod snapshot;

pub use change::{Change, ChangeSubject, ChangeVerdict, Diff, FieldChange, SyncRef};
pub use compare::{DiffOptions, compare_runs};
pub use run_pair::latest_two;
