//! The steps of a sync that a checkpoint store stores, so that an interrupted sync can be resumed.

use std::num::NonZeroU32;

use thiserror::Error;

use super::{ListedResource, ScopeKey, SyncEnd};
use connector_runtime::{BoxFuture, Sent};
use connector_types::{Operation, Page, ResourceId, Run, Scope};

/// The reason why the state of a sync cannot be stored. It ends the sync; what was stored before
/// stays.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The interrupted run may not be resumed. The text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// The state cannot be written or read.
    #[error("{0}")]
    Failed(String),
}

/// Stores the state of one sync. A call may return before its step is safe, but steps become safe
/// in their order; after [`CheckpointStore::finish`] all are.
pub trait CheckpointStore: Send + Sync {
    /// Begins the sync, after the credential was accepted: `settings` are its options as JSON, and
    /// `requests` have been sent. Returns the interrupted run if the sync resumes one.
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        requests: u64,
    ) -> BoxFuture<'a, Result<SyncStart, CheckpointError>>;

    /// Returns the run from which a sync that begins like this may carry scopes over, or the reason
    /// why there is none.
    fn find_basis<'a>(
        &'a self,
        _run: &'a Run,
        _settings: &'a str,
    ) -> BoxFuture<'a, Result<Result<BasisRun, String>, CheckpointError>> {
        Box::pin(async { Ok(Err("no former sync is stored".to_owned())) })
    }

    /// Carries scopes over from the run that [`CheckpointStore::find_basis`] has found, as far as it can:
    /// the others are read. Each becomes a scope of this sync that has ended.
    fn carry_over(
        &self,
        _keys: Vec<ScopeKey>,
    ) -> BoxFuture<'_, Result<Vec<CarriedScope>, CheckpointError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Stores a page of a scope.
    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), CheckpointError>>;

    /// Starts a scope again: the records that it has read are dropped. `requests` of it have been
    /// sent.
    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        requests: u64,
    ) -> BoxFuture<'a, Result<(), CheckpointError>>;

    /// Stores the end of a scope.
    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), CheckpointError>>;

    /// Stores, as far as possible, that a sync failed before it began: the `run` names no tenant.
    fn failed_to_begin<'a>(
        &'a self,
        _run: &'a Run,
        _settings: &'a str,
        _reason: &'a str,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// Stores the reason why the sync has failed, as far as possible.
    fn failed<'a>(&'a self, reason: &'a str) -> BoxFuture<'a, ()>;

    /// Ends the sync, with this many requests in all. Makes one result of the records, and returns
    /// when it is stored for good.
    fn finish(&self, requests: u64) -> BoxFuture<'_, Result<SyncEnd, CheckpointError>>;
}

/// A run from which scopes may be carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasisRun {
    /// The time at which it began, RFC 3339 in UTC.
    pub started_at: String,
    /// Runs since the last one that read everything, this one included; 0 if it did.
    pub runs_since_full: u32,
}

/// A scope that was carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedScope {
    /// The scope.
    pub key: ScopeKey,
    /// The resources that it lists.
    pub listed: Vec<ListedResource>,
}

/// The start of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStart {
    /// A new run. An interrupted one that began at this time is dropped.
    New {
        /// RFC 3339 in UTC.
        dropped: Option<String>,
    },
    /// A new run, although one was to be resumed: there is no interrupted one.
    NothingToResume,
    /// Resumed from an interrupted one.
    Resumed(Box<InterruptedRun>),
}

/// A sync that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptedRun {
    /// Its first record.
    pub run: Run,
    /// Requests that it sent outside of scopes.
    pub requests: u64,
    /// Its scopes.
    pub scopes: Vec<InterruptedScope>,
}

/// A scope of an interrupted sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptedScope {
    /// The call.
    pub call: Operation,
    /// The type that was listed or whose resource was read.
    pub resource_type: String,
    /// The parent of the list, or the resource whose grants were read.
    pub at: Option<ResourceId>,
    /// Its end, if it has ended.
    pub ended: Option<Scope>,
    /// The pages that stand, in their order.
    pub pages: Vec<CheckpointPage>,
    /// The resources that they list.
    pub listed: Vec<ListedResource>,
    /// The resources that the last of them lists, of every type.
    pub last: Vec<ResourceId>,
    /// True if a notice states that something was left out.
    pub omits: bool,
    /// Pages that were read, those before it began again among them.
    pub pages_read: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// The number of its restarts.
    pub restarts: u32,
}

/// A page of an interrupted scope: the facts that the scope needs to go on after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointPage {
    /// The page token of the next page.
    pub next: Option<String>,
    /// The digest of what it showed; `None` where it showed nothing.
    pub print: Option<[u8; 32]>,
    /// True if the list had moved by then.
    pub moved: bool,
}

/// A page as it was read.
#[derive(Clone, Debug)]
pub struct PageRead<'a> {
    /// Its number in the scope, from 1.
    pub number: u32,
    /// The requests for it.
    pub sent: &'a [Sent],
    /// Requests that the scope has sent so far, failed tries included.
    pub requests: u64,
    /// The page.
    pub page: Page,
    /// The digest of what it shows; `None` where it shows nothing.
    pub print: Option<[u8; 32]>,
    /// True if the list has moved by now.
    pub moved: bool,
}

/// The page that a record was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordOrigin {
    /// Index of the scope among those of the result.
    pub scope: u32,
    /// Number of the page.
    pub page: NonZeroU32,
}

/// The origin of each record of a result, in the result's order; `None` for a record that is only
/// referenced. Empty if unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeOrigins {
    /// Of resources.
    pub resources: Vec<Option<RecordOrigin>>,
    /// Of grants.
    pub grants: Vec<Option<RecordOrigin>>,
}
