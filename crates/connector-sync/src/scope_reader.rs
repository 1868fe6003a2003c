//! The scope reader: one scope from its first page to its last, or to the error that ends it. It asks
//! the page fetcher, follows page tokens, detects shifts, and passes pages to the sinks.

use std::sync::Arc;

use tracing::Instrument;

use super::call::CallExecutor;
use super::ends::{ScopeEnd, of_failure, scope, unexpected};
use super::fetch::PageFetcher;
use super::page_cursor::{PageCursor, fingerprint, moved};
use super::sinks::SyncSinks;
use super::spans::{describe_scope, scope_span};
use super::{CheckpointError, InterruptedScope, ListedResource, PageRead, ScopeKey, Source, stop};
use connector_gateway::in_scope;
use connector_runtime::{CallFailure, LimitHit};
use connector_types::{ErrorCase, Evidence, Operation, Outcome, Page, Problem, Weigh};

/// The number of restarts of a list whose page token the provider has forgotten.
const RESTARTS: u32 = 2;

/// The reader of one scope.
pub(super) struct ScopeReader<S> {
    caller: Arc<CallExecutor<S>>,
    sinks: Arc<SyncSinks>,
    key: ScopeKey,
    fetcher: PageFetcher<S>,
    cursor: PageCursor,
    restarts: u32,
    omits: bool,
}

/// The reason why a scope is interrupted.
enum InterruptionCause {
    /// The scope ends with it.
    Failure(CallFailure),
    /// The whole sync ends with it.
    Checkpoint(CheckpointError),
}

impl From<CallFailure> for InterruptionCause {
    fn from(failure: CallFailure) -> Self {
        Self::Failure(failure)
    }
}

impl From<CheckpointError> for InterruptionCause {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

impl<S: Source> ScopeReader<S> {
    pub(super) fn new(
        caller: &Arc<CallExecutor<S>>,
        sinks: &Arc<SyncSinks>,
        key: ScopeKey,
    ) -> Self {
        Self {
            caller: Arc::clone(caller),
            sinks: Arc::clone(sinks),
            fetcher: PageFetcher::new(caller, &key),
            key,
            cursor: PageCursor::default(),
            restarts: 0,
            omits: false,
        }
    }

    /// Resumes an interrupted scope.
    pub(super) fn resume(&mut self, former: InterruptedScope) {
        self.restarts = former.restarts;
        self.fetcher.tries.requests = former.requests;
        self.omits = former.omits;
        let stand = u64::try_from(former.pages.len()).unwrap_or(u64::MAX);
        self.cursor = PageCursor::restarted(former.pages_read.saturating_sub(stand));
        self.cursor.resume(&former.pages, former.last);
        self.sinks.ledger().add(&self.key, former.listed);
    }

    /// Ends a scope that is not to be read.
    pub(super) fn refused(self, failure: CallFailure) -> ScopeEnd {
        self.into_end(Err(failure))
    }

    /// Reads the scope to its end, and has its pages stored.
    ///
    /// # Errors
    /// Returns an error if they cannot be stored.
    pub(super) async fn run(self) -> Result<ScopeEnd, CheckpointError> {
        let span = scope_span(&self.key);
        let reading = in_scope(self.key.label(), self.read_scope());
        let ended = reading.instrument(span.clone()).await;
        describe_scope(&span, &ended);
        ended
    }

    async fn read_scope(mut self) -> Result<ScopeEnd, CheckpointError> {
        loop {
            let failure = match self.read_list().await {
                Ok(()) if self.is_to_be_read_again() => {
                    self.restart().await?;
                    continue;
                }
                Ok(()) => return Ok(self.into_end(Ok(()))),
                Err(InterruptionCause::Checkpoint(error)) => return Err(error),
                Err(InterruptionCause::Failure(failure)) => failure,
            };
            let is_expired = matches!(
                failure,
                CallFailure::Reported { case, .. } if case == ErrorCase::Expired
            );
            if !is_expired || self.restarts >= RESTARTS {
                return Ok(self.into_end(Err(failure)));
            }
            self.restart().await?;
        }
    }

    /// Returns whether the list moved in its first reading. The result of a later one stands.
    fn is_to_be_read_again(&self) -> bool {
        is_to_be_read_again(&self.cursor, self.restarts)
    }

    async fn restart(&mut self) -> Result<(), CheckpointError> {
        self.restarts += 1;
        self.omits = false;
        self.cursor = PageCursor::restarted(self.cursor.pages());
        let requests = self.fetcher.tries.requests;
        self.sinks.restart(&self.key, requests).await
    }

    /// Reads to the end of the list, or to where it shows that it has to be read again.
    async fn read_list(&mut self) -> Result<(), InterruptionCause> {
        let most = self.caller.source.most_pages();
        while !self.is_to_be_read_again() && !self.cursor.is_at_the_end().map_err(unexpected)? {
            if self.cursor.pages() >= most {
                return Err(CallFailure::Limited(LimitHit::Pages(most)).into());
            }
            let fetching = self.fetcher.fetch_page(self.cursor.page_token());
            let page = self.caller.in_time(fetching).await?;
            self.persist_page(page).await?;
        }
        Ok(())
    }

    /// Stores a page and continues after it.
    async fn persist_page(&mut self, page: Page) -> Result<(), CheckpointError> {
        let weight = page.weight();
        let arrival = self.page_arrival(page);
        let arrived = self.caller.work(weight, || arrival.absorb_page()).await;
        self.cursor = arrived.cursor;
        self.omits |= arrived.omits;
        let read = PageRead {
            number: number_of_page(self.cursor.pages()),
            sent: &self.fetcher.tries.sent,
            requests: self.fetcher.tries.requests,
            page: arrived.page,
            print: arrived.print,
            moved: self.cursor.has_moved(),
        };
        self.sinks.take_page(&self.key, read, arrived.listed).await
    }

    fn page_arrival(&mut self, page: Page) -> PageArrival {
        PageArrival {
            page,
            cursor: std::mem::take(&mut self.cursor),
            key: self.key.clone(),
            restarts: self.restarts,
        }
    }

    /// Returns the failure of a scope, cut to the memory that the tenant has left until the sync
    /// has ended.
    fn within_memory(&self, (outcome, problem): (Outcome, Problem)) -> (Outcome, Problem) {
        match self.caller.source.hold(problem.weight()) {
            Ok(()) => (outcome, problem),
            Err(full) => of_failure(CallFailure::Limited(full)),
        }
    }

    fn into_end(self, end: Result<(), CallFailure>) -> ScopeEnd {
        let (outcome, problem) = match end {
            Ok(()) if self.omits => (Outcome::Partial, None),
            Ok(()) => (Outcome::Complete, None),
            Err(failure) => {
                let (outcome, problem) = self.within_memory(of_failure(failure));
                (outcome, Some(problem))
            }
        };
        let descriptor = self.caller.source.descriptor();
        let credential = self.caller.types.credential(&self.key.resource_type);
        let fatal = match (outcome, &problem) {
            (Outcome::Error(case), Some(problem))
                if stop::is_fatal(case, problem, credential, descriptor) =>
            {
                Some((case, problem.clone()))
            }
            _ => None,
        };
        let (pages, requests) = (self.cursor.pages(), self.fetcher.tries.requests);
        let scope = scope(&self.key, outcome, pages, requests, problem);
        ScopeEnd {
            key: self.key,
            scope,
            fatal,
        }
    }
}

fn is_to_be_read_again(cursor: &PageCursor, restarts: u32) -> bool {
    restarts == 0 && cursor.has_moved()
}

/// A page that was read, with what it changes.
struct PageArrival {
    page: Page,
    cursor: PageCursor,
    key: ScopeKey,
    restarts: u32,
}

/// A page that the scope has passed.
struct PassedPage {
    page: Page,
    cursor: PageCursor,
    print: Option<[u8; 32]>,
    listed: Vec<ListedResource>,
    omits: bool,
}

impl PageArrival {
    /// Continues after the page, and returns the facts on it that the sync needs.
    fn absorb_page(mut self) -> PassedPage {
        let print = fingerprint(&self.page);
        self.cursor
            .passed(self.page.next_page_token.as_deref(), print);
        self.detect_shift();
        if !is_to_be_read_again(&self.cursor, self.restarts) {
            self.cursor.check_end(&self.page, print);
        }
        let listed = self.page.resources.iter();
        let listed = listed.filter(|one| one.evidence == Evidence::Listed);
        let listed = listed.map(|one| ListedResource {
            id: one.id.clone(),
            grants: one.grants,
        });
        PassedPage {
            print,
            listed: listed.collect(),
            omits: self.page.notices.iter().any(|notice| notice.is_partial()),
            page: self.page,
            cursor: self.cursor,
        }
    }

    /// Detects whether a list has moved; if it is not read again for that, the page has a notice,
    /// once in a scope.
    fn detect_shift(&mut self) {
        let is_over = self.cursor.is_at_the_end().is_err();
        if self.key.call != Operation::ListResources || self.cursor.has_moved() || is_over {
            return;
        }
        let resource_type = &self.key.resource_type;
        self.cursor.detect_shift(&self.page, resource_type);
        if self.cursor.has_moved() && !is_to_be_read_again(&self.cursor, self.restarts) {
            self.page.notices.push(moved(resource_type));
        }
    }
}

/// Returns a page's number, from 1. No scope has as many pages as would not fit.
fn number_of_page(pages: u64) -> u32 {
    u32::try_from(pages).unwrap_or(u32::MAX)
}
