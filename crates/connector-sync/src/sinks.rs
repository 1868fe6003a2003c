//! The sinks of a sync: all that takes what is read. Each step reaches them in one order: the observer,
//! the checkpoint store, and then the ledger, which knows no page that is not stored.

use std::sync::{Arc, Mutex, MutexGuard};

use super::ledger::{Ledger, ListedResource};
use super::{
    CarriedScope, CheckpointError, CheckpointStore, PageRead, Progress, ScopeKey, SyncStart,
};
use connector_types::{GrantSet, Run, Scope, lock};

/// The sinks that all scopes of one sync share.
pub(super) struct SyncSinks {
    pub(super) progress: Arc<dyn Progress>,
    pub(super) checkpoints: Arc<dyn CheckpointStore>,
    ledger: Mutex<Ledger>,
}

impl SyncSinks {
    pub(super) fn new(
        progress: Arc<dyn Progress>,
        checkpoints: Arc<dyn CheckpointStore>,
        ledger: Ledger,
    ) -> Self {
        Self {
            progress,
            checkpoints,
            ledger: Mutex::new(ledger),
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// Begins a run, or finds the interrupted one to resume.
    ///
    /// # Errors
    /// Returns an error if it cannot be stored or may not be resumed, as all below do.
    pub(super) async fn begin(
        &self,
        run: &Run,
        settings: &str,
        requests: u64,
    ) -> Result<SyncStart, CheckpointError> {
        let beginning = self.checkpoints.begin(run, settings, requests).await?;
        self.progress.begun(&beginning);
        Ok(beginning)
    }

    /// Takes a page of a scope, and the resources that it lists.
    pub(super) async fn take_page(
        &self,
        key: &ScopeKey,
        read: PageRead<'_>,
        listed: Vec<ListedResource>,
    ) -> Result<(), CheckpointError> {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let grants = read.page.grants.iter().map(GrantSet::len).sum();
        self.progress
            .page(count(read.page.resources.len()), count(grants));
        self.checkpoints.page(key, read).await?;
        self.ledger().add(key, listed);
        Ok(())
    }

    /// Forgets what a scope has read, because its list begins again.
    pub(super) async fn restart(
        &self,
        key: &ScopeKey,
        requests: u64,
    ) -> Result<(), CheckpointError> {
        self.ledger().restart(key);
        self.checkpoints.restart(key, requests).await
    }

    /// Takes the end of a scope.
    pub(super) async fn end_scope(
        &self,
        key: ScopeKey,
        scope: &Scope,
    ) -> Result<(), CheckpointError> {
        self.checkpoints.ended(&key, scope).await?;
        self.ledger().end(key);
        Ok(())
    }

    /// Carries over those of the candidates that the checkpoint store can, and returns them.
    pub(super) async fn carry_over(
        &self,
        candidates: Vec<ScopeKey>,
    ) -> Result<Vec<ScopeKey>, CheckpointError> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let carried = self.checkpoints.carry_over(candidates).await?;
        let mut ledger = self.ledger();
        let add = |CarriedScope { key, listed }| {
            ledger.add(&key, listed);
            ledger.end(key.clone());
            key
        };
        Ok(carried.into_iter().map(add).collect())
    }
}
