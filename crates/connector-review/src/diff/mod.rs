//! Two syncs of one tenant side by side: what was added, removed and changed, told apart from what
//! one of them could not read.
//!
//! Reading order: `pick` (which two), `change` (the answer), `snapshot` (a sync's rows by short numbers that both syncs
//! share), `absence` (gone, or not read), `compare` (the two passes).

mod absence;
mod change;
mod compare;
mod pick;
mod snapshot;

pub use change::{Change, ChangeSubject, ChangeVerdict, Diff, FieldChange, SyncRef};
pub use compare::{DiffOptions, diff};
pub use pick::latest_two;
