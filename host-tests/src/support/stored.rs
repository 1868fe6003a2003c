//! Syncs that are stored in a file, and a checkpoint store that interrupts them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use connector_cli::report::write_ndjson;
use connector_host::records::{Run, Scope};
use connector_host::runtime::BoxFuture;
use connector_host::store::{RecorderOptions, SyncRecorder};
use connector_host::sync::{
    self, BasisRun, CarriedScope, CheckpointError, CheckpointStore, NoProgress, PageRead, ScopeKey,
    Source, SyncEnd, SyncError, SyncInventory, SyncOptions, SyncStart,
};

/// The steps of a sync before its interruption.
pub struct Steps {
    pub inner: Arc<dyn CheckpointStore>,
    pub taken: AtomicUsize,
    pub allowed: usize,
}

impl Steps {
    fn take(&self) -> Result<(), CheckpointError> {
        if self.taken.fetch_add(1, SeqCst) < self.allowed {
            Ok(())
        } else {
            Err(CheckpointError::Failed("interrupted".to_owned()))
        }
    }
}

impl CheckpointStore for Steps {
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        requests: u64,
    ) -> BoxFuture<'a, Result<SyncStart, CheckpointError>> {
        self.inner.begin(run, settings, requests)
    }

    fn find_basis<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
    ) -> BoxFuture<'a, Result<Result<BasisRun, String>, CheckpointError>> {
        self.inner.find_basis(run, settings)
    }

    fn carry_over(
        &self,
        keys: Vec<ScopeKey>,
    ) -> BoxFuture<'_, Result<Vec<CarriedScope>, CheckpointError>> {
        Box::pin(async move {
            self.take()?;
            self.inner.carry_over(keys).await
        })
    }

    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async move {
            self.take()?;
            self.inner.page(key, read).await
        })
    }

    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        requests: u64,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async move {
            self.take()?;
            self.inner.restart(key, requests).await
        })
    }

    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async move {
            self.take()?;
            self.inner.ended(key, scope).await
        })
    }

    fn failed<'a>(&'a self, reason: &'a str) -> BoxFuture<'a, ()> {
        self.inner.failed(reason)
    }

    fn finish(&self, requests: u64) -> BoxFuture<'_, Result<SyncEnd, CheckpointError>> {
        Box::pin(async move {
            self.take()?;
            self.inner.finish(requests).await
        })
    }
}

/// A way to keep syncs.
pub fn how(resume: bool) -> RecorderOptions {
    RecorderOptions {
        resume,
        ..RecorderOptions::default()
    }
}

/// A sync into a file, of at most so many steps, and how many it took.
pub async fn steps<S: Source>(
    source: &Arc<S>,
    options: &SyncOptions,
    (file, resume): (&Path, bool),
    allowed: usize,
) -> (Result<SyncInventory, SyncError>, usize) {
    let recorder = SyncRecorder::open(file, how(resume)).unwrap();
    let checkpoints = Arc::new(Steps {
        inner: recorder.checkpoints(),
        taken: AtomicUsize::new(0),
        allowed,
    });
    let steps = Arc::clone(&checkpoints) as Arc<dyn CheckpointStore>;
    let ended =
        sync::run_with_checkpoints(Arc::clone(source), options, Arc::new(NoProgress), steps).await;
    let ended = match ended {
        Ok(end) => {
            let read_back = recorder.read_back().unwrap();
            assert_eq!(
                SyncEnd::of(&read_back),
                end,
                "the stored records differ from the counted ones"
            );
            Ok(read_back)
        }
        Err(error) => {
            drop(recorder);
            Err(error)
        }
    };
    (ended, checkpoints.taken.load(SeqCst))
}

/// A whole sync into a file.
pub async fn keep<S: Source>(source: &Arc<S>, file: &Path) -> SyncInventory {
    let options = SyncOptions::default();
    let (ended, _) = steps(source, &options, (file, false), usize::MAX).await;
    ended.unwrap()
}

/// The lines that others read, but for when the sync began, and how many requests were sent.
pub fn lines(synced: &SyncInventory) -> (String, u64) {
    let mut synced = synced.clone();
    let requests = std::mem::take(&mut synced.summary.requests);
    synced.run.started_at.clear();
    let mut out = Vec::new();
    write_ndjson(&synced, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), requests)
}

/// The requests of a sync that belong to no scope.
pub fn requests_of_validate(synced: &SyncInventory) -> u64 {
    let of_walks: u64 = synced.scopes.iter().map(|scope| scope.requests).sum();
    synced.summary.requests - of_walks
}
