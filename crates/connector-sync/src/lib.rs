//! Reads a whole tenant: every list to its end, and the outcome of each.
//!
//! Reading order: `options` and `plan` (the scopes to read), `source` (the connector client),
//! `validate` (the credential), `forecast` (the requests to come), `scope_reader`, `page_cursor` and `ends` (the reader
//! of one scope, its page cursor and its end), `fetch`, `call` and `retry` (the page fetcher, its calls
//! and the retry policy), `work` (the host's own work on an answer), `sinks` (where pages go: the observer,
//! the checkpoint store, the ledger), `ledger` (the scopes still to be read), `checkpoint` (the records, for a
//! store), `memory` (a checkpoint store in memory), `change_log` and `carry_plan` (scopes carried over from a
//! former run instead of being read), `close`, `conflict` and `summary` (one consistent result),
//! `members` (groups of unknown members), `start` (the first record of a sync), `inventory` (the
//! result of a sync), `run` (the whole), `estimate` (the requests of a sync before it runs).

mod call;
mod carry_plan;
mod change_log;
mod check;
mod checkpoint;
mod close;
mod conflict;
mod digest;
mod ends;
mod error;
mod estimate;
mod fetch;
mod figures;
mod forecast;
mod inventory;
mod ledger;
mod members;
mod memory;
mod options;
pub mod output;
mod page_cursor;
mod plan;
mod progress;
mod retry;
mod run;
mod scope_reader;
mod sinks;
mod source;
mod spans;
mod start;
mod stop;
mod summary;
mod validate;
mod work;

pub use checkpoint::{
    BasisRun, CarriedScope, CheckpointError, CheckpointPage, CheckpointStore, InterruptedRun,
    InterruptedScope, PageRead, RecordOrigin, ScopeOrigins, SyncStart,
};
pub use close::{undescribed_notice, unlisted_notice};
pub use conflict::Conflict;
pub use digest::SyncDigest;
pub use error::SyncError;
pub use estimate::{
    CredentialEstimate, EndpointRequests, Estimated, RequestEstimate, ScopeEstimate, estimate_sync,
    validate_scope,
};
pub use figures::{GrantFigures, GrantTally, SyncFigures};
pub use forecast::RequestForecast;
pub use inventory::{SyncEnd, SyncInventory};
pub use ledger::{ListedResource, ScopeKey};
pub use members::unknown_members_notice;
pub use memory::MemoryCheckpoints;
pub use options::{LowQuota, OptInRequest, SyncOptions, UsageError};
pub use progress::{NoProgress, Progress};
pub use run::{describe_settings, run, run_in_memory, run_with_checkpoints};
pub use source::{RecordedAnswers, Source};
pub use summary::find_gaps;
pub use validate::validate;
pub use work::work_on;
