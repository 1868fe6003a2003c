//! Reading a whole tenant: every list to its end, and for each the word how it ended.
//!
//! Reading order: `options` and `plan` (what is asked), `source` (whom), `outlook` (what is to come),
//! `walk`, `way` and `ends` (one scope), `call` and `retry` (one call of it, and what follows from an error),
//! `work` (what the host does with an answer), `ledger` (what is still to be read), `journal` (what was read, for whoever keeps it),
//! `memory` (a journal that keeps it in memory),
//! `close`, `conflict` and `summary` (one consistent result), `members` (sets of unknown members), `synced` (what a sync
//! returns), `run` (the whole).

mod call;
mod check;
mod close;
mod conflict;
mod digest;
mod ends;
mod error;
mod figures;
mod journal;
mod ledger;
mod members;
mod memory;
mod options;
mod outlook;
pub mod output;
mod plan;
mod progress;
mod retry;
mod run;
mod source;
mod spans;
mod stop;
mod summary;
mod synced;
mod walk;
mod way;
mod work;

pub use close::{undescribed_notice, unlisted_notice};
pub use conflict::Conflict;
pub use digest::SyncDigest;
pub use error::SyncError;
pub use figures::{GrantFigures, SyncFigures};
pub use journal::{
    Beginning, Former, FormerPage, FormerWalk, Journal, JournalError, Origins, PageRead,
    RecordOrigin,
};
pub use ledger::{ListedResource, ScopeKey};
pub use members::unknown_members_notice;
pub use memory::MemoryJournal;
pub use options::{Inclusion, LowQuota, SyncOptions, UsageError};
pub use outlook::Outlook;
pub use progress::{Progress, Quiet};
pub use run::{run, run_in_memory, run_kept, validate};
pub use source::Source;
pub use summary::find_gaps;
pub use synced::{SyncEnd, Synced};
pub use work::work_on;
