//! A checkpoint store that stores only the number of requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::EndpointRequests;
use crate::retry::passes;
use crate::{CheckpointError, CheckpointStore, PageRead, ScopeKey, SyncEnd, SyncStart};
use connector_runtime::{BoxFuture, Sent};
use connector_types::{Descriptor, ErrorCase, Outcome, RateLimit, Run, Scope, TypeIndex, lock};

/// The requests of one scope, tries that failed left out, and how it ended.
#[derive(Clone, Debug, Default)]
pub(super) struct ScopeTally {
    pub(super) endpoints: EndpointRequests,
    pub(super) outcome: Option<Outcome>,
}

/// The requests of each scope that was read, and the limits that the provider stated.
#[derive(Debug)]
pub(super) struct Tally {
    types: TypeIndex,
    scopes: Mutex<HashMap<ScopeKey, ScopeTally>>,
    stated: Mutex<BTreeMap<(String, Option<usize>), RateLimit>>,
}

/// Returns whether a call that ended so may have another outcome when it is made again.
pub(super) fn may_pass(case: ErrorCase) -> bool {
    passes(case) || matches!(case, ErrorCase::QuotaExhausted | ErrorCase::Other)
}

impl Tally {
    pub(super) fn new(descriptor: &Descriptor) -> Self {
        Self {
            types: TypeIndex::new(descriptor),
            scopes: Mutex::default(),
            stated: Mutex::default(),
        }
    }

    pub(super) fn scope_tally(&self, key: &ScopeKey) -> ScopeTally {
        lock(&self.scopes).get(key).cloned().unwrap_or_default()
    }

    pub(super) fn stated_limits(&self) -> BTreeMap<(String, Option<usize>), RateLimit> {
        lock(&self.stated).clone()
    }

    fn add_requests(&self, key: &ScopeKey, sent: &[Sent]) {
        let mut scopes = lock(&self.scopes);
        let scope = scopes.entry(key.clone()).or_default();
        for one in sent {
            let endpoint = (one.credential.clone(), one.endpoint);
            *scope.endpoints.entry(endpoint).or_default() += 1;
        }
    }

    /// Records the limits that a page states: they are of the last request with their credential.
    fn observe_limits(&self, sent: &[Sent], said: Option<&RateLimit>) {
        let Some(said) = said else { return };
        let mut latest = sent.iter().rev();
        if let Some(sent) = latest.find(|sent| sent.credential == said.credential) {
            let endpoint = (sent.credential.clone(), sent.endpoint);
            lock(&self.stated).insert(endpoint, said.clone());
        }
    }

    /// Records the outcome of a scope. Its failed call is not among its pages.
    fn end_scope(&self, key: &ScopeKey, scope: &Scope) {
        let mut scopes = lock(&self.scopes);
        let tally = scopes.entry(key.clone()).or_default();
        tally.outcome = Some(scope.outcome);
        let counted: u64 = tally.endpoints.values().sum();
        let failed = match scope.outcome {
            Outcome::Error(case) if !may_pass(case) => scope.requests.saturating_sub(counted),
            Outcome::Error(_) | Outcome::TimedOut | Outcome::Trapped => scope.requests.min(1),
            Outcome::Complete | Outcome::Partial | Outcome::NotAsked => 0,
        };
        if failed > 0 {
            let credential = scope
                .problem
                .as_ref()
                .and_then(|one| one.credential.as_deref());
            let credential = credential.or(self.types.credential(&scope.resource_type));
            let endpoint = (credential.unwrap_or_default().to_owned(), None);
            *tally.endpoints.entry(endpoint).or_default() += failed;
        }
    }
}

impl CheckpointStore for Tally {
    fn begin<'a>(
        &'a self,
        _run: &'a Run,
        _settings: &'a str,
        _requests: u64,
    ) -> BoxFuture<'a, Result<SyncStart, CheckpointError>> {
        Box::pin(async { Ok(SyncStart::New { dropped: None }) })
    }

    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        self.add_requests(key, read.sent);
        self.observe_limits(read.sent, read.page.rate_limit.as_ref());
        Box::pin(async { Ok(()) })
    }

    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        _requests: u64,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        lock(&self.scopes).remove(key);
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        self.end_scope(key, scope);
        Box::pin(async { Ok(()) })
    }

    fn failed<'a>(&'a self, _reason: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn finish(&self, _requests: u64) -> BoxFuture<'_, Result<SyncEnd, CheckpointError>> {
        Box::pin(async {
            let reason = "an estimate has no result".to_owned();
            Err(CheckpointError::Failed(reason))
        })
    }
}
