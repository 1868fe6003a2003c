//! One scope, from its first page to its last, or to the error that ends it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use super::call::{Caller, Tries};
use super::ends::{Walked, of_failure, scope, unexpected};
use super::way::{Way, moved};
use super::{FormerWalk, JournalError, Ledger, PageRead, ScopeKey, Source, check, stop};
use connector_gateway::in_scope;
use connector_runtime::{Called, Failure, LimitHit};
use connector_types::lock;
use connector_types::{Call, ErrorCase, Outcome, Page};

/// How often a list is begun again whose cursor the provider has forgotten.
const RESTARTS: u32 = 2;

/// One walk that is under way.
pub(super) struct Walk<S> {
    pub(super) caller: Arc<Caller<S>>,
    pub(super) ledger: Arc<Mutex<Ledger>>,
    pub(super) key: ScopeKey,
    way: Way,
    restarts: u32,
    tries: Tries,
    omits: bool,
}

/// Why a walk breaks off.
enum Broken {
    /// The scope ends with it.
    Failure(Failure),
    /// The whole sync ends with it.
    Journal(JournalError),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl<S: Source> Walk<S> {
    pub(super) fn new(caller: &Arc<Caller<S>>, ledger: &Arc<Mutex<Ledger>>, key: ScopeKey) -> Self {
        Self {
            caller: Arc::clone(caller),
            ledger: Arc::clone(ledger),
            key,
            way: Way::default(),
            restarts: 0,
            tries: Tries::default(),
            omits: false,
        }
    }

    /// Goes on where a former walk was broken off. Its pages go into the ledger.
    pub(super) fn resume(&mut self, former: FormerWalk) {
        self.restarts = former.restarts;
        self.tries.requests = former.requests;
        let stand = u64::try_from(former.pages.len()).unwrap_or(u64::MAX);
        self.way = Way::again(former.pages_read.saturating_sub(stand));
        for page in former.pages {
            self.take(page);
        }
    }

    /// Ends a walk that is not to be made.
    pub(super) fn refused(self, failure: Failure) -> Walked {
        self.into_walked(Err(failure))
    }

    /// Walks, and keeps what it reads.
    ///
    /// # Errors
    /// What it reads cannot be kept.
    pub(super) async fn run(self) -> Result<Walked, JournalError> {
        in_scope(self.key.label(), self.walk()).await
    }

    async fn walk(mut self) -> Result<Walked, JournalError> {
        loop {
            let failure = match self.walk_once().await {
                Ok(()) if self.is_to_be_read_again() => {
                    self.restart().await?;
                    continue;
                }
                Ok(()) => return Ok(self.into_walked(Ok(()))),
                Err(Broken::Journal(error)) => return Err(error),
                Err(Broken::Failure(failure)) => failure,
            };
            match failure {
                Failure::Reported { case, .. }
                    if case == ErrorCase::Expired && self.restarts < RESTARTS =>
                {
                    self.restart().await?;
                }
                last => return Ok(self.into_walked(Err(last))),
            }
        }
    }

    /// Whether the list moved in its first reading. What a later one shows stands.
    fn is_to_be_read_again(&self) -> bool {
        self.restarts == 0 && self.way.has_moved()
    }

    async fn restart(&mut self) -> Result<(), JournalError> {
        self.restarts += 1;
        self.omits = false;
        self.way = Way::again(self.way.pages());
        self.with_ledger(|ledger, key| ledger.restart(key));
        let journal = Arc::clone(&self.caller.journal);
        journal.restart(&self.key, self.tries.requests).await
    }

    /// Reads to the end of the list, or to where it shows that it has to be read again.
    async fn walk_once(&mut self) -> Result<(), Broken> {
        let most = self.caller.source.most_pages();
        while !self.is_to_be_read_again() && !self.way.is_at_the_end().map_err(unexpected)? {
            if self.way.pages() >= most {
                return Err(Failure::Limited(LimitHit::Pages(most)).into());
            }
            let caller = Arc::clone(&self.caller);
            let cursor = self.way.cursor().map(str::to_owned);
            let page = caller.in_time(self.page(cursor.as_deref())).await?;
            self.keep(page).await?;
        }
        Ok(())
    }

    /// Reads one page; a page that breaks the contract is the connector's fault, not the data's.
    async fn page(&mut self, cursor: Option<&str>) -> Result<Page, Failure> {
        let caller = Arc::clone(&self.caller);
        let descriptor = caller.source.descriptor();
        let credential = descriptor.credential_for(&self.key.resource_type);
        loop {
            caller.ready(credential).await?;
            let called = self.ask(cursor).await;
            let page = caller.settle(called, credential, &mut self.tries).await?;
            let Some(page) = page else {
                continue;
            };
            return match check::page(&page, descriptor) {
                Ok(()) => Ok(page),
                Err(problem) => Err(unexpected(problem)),
            };
        }
    }

    async fn ask(&self, cursor: Option<&str>) -> Called<Page> {
        let source = &*self.caller.source;
        let ScopeKey {
            call,
            resource_type,
            at,
            ..
        } = &self.key;
        match (call, at) {
            (Call::ListGrants, Some(resource)) => source.list_grants(resource, cursor).await,
            (Call::ListEntitlements, _) => entitlements(source, resource_type).await,
            (Call::ListGrants | Call::ListResources, parent) => {
                let parent = parent.as_ref();
                source.list_resources(resource_type, parent, cursor).await
            }
        }
    }

    async fn keep(&mut self, page: Page) -> Result<(), JournalError> {
        let journal = Arc::clone(&self.caller.journal);
        let read = PageRead {
            number: number_of_page(self.way.pages() + 1).get(),
            sent: &self.tries.sent,
            requests: self.tries.requests,
            page: &page,
        };
        journal.page(&self.key, read).await?;
        self.take(page);
        Ok(())
    }

    /// Takes a page into the ledger, and goes on behind it.
    fn take(&mut self, mut page: Page) {
        self.way.passed(&page);
        self.compare(&mut page);
        self.omits |= page.notices.iter().any(|notice| notice.omits);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let (resources, grants) = (count(page.resources.len()), count(page.grants.len()));
        self.caller.progress.page(resources, grants);
        let number = number_of_page(self.way.pages());
        self.with_ledger(|ledger, key| ledger.page(key, number, page));
    }

    /// Sees whether a list has moved; where it is not read again for it, the page says so, once a walk.
    fn compare(&mut self, page: &mut Page) {
        let is_over = self.way.is_at_the_end().is_err();
        if self.key.call != Call::ListResources || self.way.has_moved() || is_over {
            return;
        }
        self.way.compare(page, &self.key.resource_type);
        if self.way.has_moved() && !self.is_to_be_read_again() {
            page.notices.push(moved(&self.key.resource_type));
        }
    }

    fn with_ledger(&self, change: impl FnOnce(&mut Ledger, &ScopeKey)) {
        let mut ledger = lock(&self.ledger);
        change(&mut ledger, &self.key);
    }

    fn into_walked(self, end: Result<(), Failure>) -> Walked {
        let (outcome, problem) = match end {
            Ok(()) if self.omits => (Outcome::Partial, None),
            Ok(()) => (Outcome::Complete, None),
            Err(failure) => {
                let (outcome, problem) = of_failure(failure);
                (outcome, Some(problem))
            }
        };
        let descriptor = self.caller.source.descriptor();
        let credential = descriptor.credential_for(&self.key.resource_type);
        let fatal = match (outcome, &problem) {
            (Outcome::Error(case), Some(problem))
                if stop::is_fatal(case, problem, credential, descriptor) =>
            {
                Some((case, problem.clone()))
            }
            _ => None,
        };
        let (pages, requests) = (self.way.pages(), self.tries.requests);
        let scope = scope(&self.key, outcome, pages, requests, problem);
        Walked {
            key: self.key,
            scope,
            fatal,
        }
    }
}

/// A page's number, from 1. No walk has as many pages as would not fit.
fn number_of_page(pages: u64) -> NonZeroU32 {
    let number = u32::try_from(pages).ok().and_then(NonZeroU32::new);
    number.unwrap_or(NonZeroU32::MAX)
}

/// A list of entitlements in the shape of a page: it has no cursor and is always the last one.
async fn entitlements<S: Source>(source: &S, resource_type: &str) -> Called<Page> {
    let Called { result, usage } = source.list_entitlements(resource_type).await;
    let result = result.map(|list| Page {
        entitlements: list.entitlements,
        notices: list.notices,
        rate_limit: list.rate_limit,
        ..Page::default()
    });
    Called { result, usage }
}
