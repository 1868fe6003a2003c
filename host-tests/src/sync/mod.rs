//! Reading a whole tenant: every list to its end, and for each the word how it ended.
//!
//! Reading order: `options` and `plan` (what is asked), `source` (whom), `outlook` (what is to come),
//! `walk` (one scope), `call` and `retry` (one call of it, and what follows from an error), `ledger` (what was read, by
//! scope), `close` (one consistent result), `run` (the whole).

mod call;
mod check;
mod close;
mod digest;
mod ledger;
mod options;
mod outlook;
mod plan;
mod progress;
mod retry;
mod run;
mod source;
mod stop;
mod walk;

pub use ledger::{Content, Ledger, ScopeKey};
pub use options::{Inclusion, LowQuota, SyncOptions, UsageError};
pub use outlook::Outlook;
pub use progress::{Progress, Quiet};
pub use run::{SyncError, Synced, run, validate};
pub use source::Source;
