//! What a sync tells whoever keeps its state, so that it can be gone on with after it was broken off.

use std::num::NonZeroU32;

use thiserror::Error;

use super::{ListedResource, ScopeKey, SyncEnd};
use connector_runtime::{BoxFuture, Sent};
use connector_types::{Operation, Page, ResourceId, Run, Scope};

/// Why the state of a sync cannot be kept. It ends the sync; what was kept before stays.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// The sync that was broken off may not be gone on with. The text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// It cannot be written, or not be read again.
    #[error("{0}")]
    Failed(String),
}

/// Keeps the state of one sync. A call may return before what it was told is safe, but all that was
/// told before it is safe before it is; after [`Journal::finish`] all is.
pub trait Journal: Send + Sync {
    /// The credential works, and the sync begins: `settings` is what it is asked to read, as JSON,
    /// and `requests` have been sent. Gives back what there is of a former sync to go on with.
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        requests: u64,
    ) -> BoxFuture<'a, Result<Beginning, JournalError>>;

    /// A page of a walk was read.
    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), JournalError>>;

    /// A walk begins again: what it has read counts for nothing. `requests` of it have been sent.
    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        requests: u64,
    ) -> BoxFuture<'a, Result<(), JournalError>>;

    /// A walk has ended.
    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), JournalError>>;

    /// Keeps why the sync has failed, as far as that can be kept.
    fn failed<'a>(&'a self, reason: &'a str) -> BoxFuture<'a, ()>;

    /// The sync has ended, with so many requests in all. Makes one result of what was read, and
    /// returns when that is kept for good.
    fn finish(&self, requests: u64) -> BoxFuture<'_, Result<SyncEnd, JournalError>>;
}

/// How a sync begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// From nothing. One that was broken off, and had begun at this time, is dropped.
    Afresh {
        /// RFC 3339 in UTC.
        dropped: Option<String>,
    },
    /// From nothing, although it was to go on: there is nothing that was broken off.
    NothingToResume,
    /// Where a former one was broken off.
    Resumed(Box<Former>),
}

/// A sync that was broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// How it began.
    pub run: Run,
    /// Requests that it sent outside of walks.
    pub requests: u64,
    /// Its walks.
    pub walks: Vec<FormerWalk>,
}

/// A walk of a sync that was broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerWalk {
    /// The call.
    pub call: Operation,
    /// The type that was listed or whose resource was read.
    pub resource_type: String,
    /// The parent of the list, or the resource whose grants were read.
    pub at: Option<ResourceId>,
    /// How it ended, if it did.
    pub ended: Option<Scope>,
    /// The pages that stand, in their order.
    pub pages: Vec<FormerPage>,
    /// What they list.
    pub listed: Vec<ListedResource>,
    /// What the last of them lists, of every type.
    pub last: Vec<ResourceId>,
    /// Whether a notice says that something was left out.
    pub omits: bool,
    /// Pages that were read, those before it began again among them.
    pub pages_read: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// How often it began again.
    pub restarts: u32,
}

/// A page of a walk that was broken off: what the walk needs to go on behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerPage {
    /// The page token of the next page.
    pub next: Option<String>,
    /// The digest of what it showed; `None` where it showed nothing.
    pub print: Option<[u8; 32]>,
    /// Whether the list had moved by then.
    pub moved: bool,
}

/// A page as it was read.
#[derive(Clone, Debug)]
pub struct PageRead<'a> {
    /// Its number in the walk, from 1.
    pub number: u32,
    /// What was asked for it.
    pub sent: &'a [Sent],
    /// Requests that the walk has sent so far, tries that failed among them.
    pub requests: u64,
    /// The page.
    pub page: Page,
    /// The digest of what it shows; `None` where it shows nothing.
    pub print: Option<[u8; 32]>,
    /// Whether the list has moved by now.
    pub moved: bool,
}

/// Where a record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordOrigin {
    /// Place of the scope among those of the result.
    pub scope: u32,
    /// Number of the page.
    pub page: NonZeroU32,
}

/// Where each record of a result was read, in the result's order; `None` for what was only referred
/// to. Empty where nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// Of resources.
    pub resources: Vec<Option<RecordOrigin>>,
    /// Of grants.
    pub grants: Vec<Option<RecordOrigin>>,
}
