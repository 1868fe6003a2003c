//! What a sync tells whoever keeps its state, so that it can be gone on with after it was broken off.

use std::future::ready;
use std::num::NonZeroU32;
use std::sync::Arc;

use thiserror::Error;

use super::{ScopeKey, Synced};
use connector_runtime::{BoxFuture, Sent};
use connector_types::{Call, Page, ResourceId, Run, Scope};

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

    /// The sync has ended. Gives the result back when it is kept for good.
    fn finish(
        &self,
        synced: Synced,
        origins: Origins,
    ) -> BoxFuture<'_, Result<Synced, JournalError>>;
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
    pub call: Call,
    /// The type that was listed or whose resource was read.
    pub resource_type: String,
    /// The parent of the list, or the resource whose grants were read.
    pub at: Option<ResourceId>,
    /// How it ended, if it did.
    pub ended: Option<Scope>,
    /// The pages that stand, in their order.
    pub pages: Vec<Page>,
    /// Pages that were read, those before it began again among them.
    pub pages_read: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// How often it began again.
    pub restarts: u32,
}

/// A page as it was read.
#[derive(Clone, Copy, Debug)]
pub struct PageRead<'a> {
    /// Its number in the walk, from 1.
    pub number: u32,
    /// What was asked for it.
    pub sent: &'a [Sent],
    /// Requests that the walk has sent so far, tries that failed among them.
    pub requests: u64,
    /// The page.
    pub page: &'a Arc<Page>,
}

/// Where a record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
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
    pub resources: Vec<Option<Origin>>,
    /// Of grants.
    pub grants: Vec<Option<Origin>>,
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn begin<'a>(
        &'a self,
        _run: &'a Run,
        _settings: &'a str,
        _requests: u64,
    ) -> BoxFuture<'a, Result<Beginning, JournalError>> {
        Box::pin(ready(Ok(Beginning::Afresh { dropped: None })))
    }

    fn page<'a>(
        &'a self,
        _key: &'a ScopeKey,
        _read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(ready(Ok(())))
    }

    fn restart<'a>(
        &'a self,
        _key: &'a ScopeKey,
        _requests: u64,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(ready(Ok(())))
    }

    fn ended<'a>(
        &'a self,
        _key: &'a ScopeKey,
        _scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(ready(Ok(())))
    }

    fn finish(
        &self,
        synced: Synced,
        _origins: Origins,
    ) -> BoxFuture<'_, Result<Synced, JournalError>> {
        Box::pin(ready(Ok(synced)))
    }
}
