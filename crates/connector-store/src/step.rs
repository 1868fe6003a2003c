//! The steps that the writer's thread receives, and the state that it shares with their senders.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock};

use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::recorder::failed;
use super::words::json;
use super::{RunId, RunRow, StoreError};
use connector_sync::{
    BasisRun, CarriedScope, CheckpointError, PageRead, ScopeKey, SyncEnd, SyncStart,
};
use connector_types::lock;
use connector_types::{Page, Run, Scope};

/// A step for the checkpoint store.
pub(super) enum WriterStep {
    Begin {
        run: Box<Run>,
        settings: String,
        requests: u64,
        reply: oneshot::Sender<Result<SyncStart, CheckpointError>>,
    },
    FindBasis {
        run: Box<Run>,
        settings: String,
        reply: oneshot::Sender<Result<Result<BasisRun, String>, CheckpointError>>,
    },
    Carry {
        keys: Vec<ScopeKey>,
        reply: oneshot::Sender<Result<Vec<CarriedScope>, CheckpointError>>,
    },
    Page(Box<PageStep>),
    Restart {
        key: ScopeKey,
        requests: u64,
    },
    Ended {
        key: ScopeKey,
        scope: Box<Scope>,
    },
    FailedToBegin {
        run: Box<Run>,
        settings: String,
        reason: String,
        reply: oneshot::Sender<Result<(), CheckpointError>>,
    },
    Failed {
        reason: String,
        reply: oneshot::Sender<Result<(), CheckpointError>>,
    },
    Finish {
        requests: u64,
        reply: oneshot::Sender<Result<SyncEnd, CheckpointError>>,
    },
    /// Nothing: wakes a sender that waits for a step.
    LookUp,
}

/// A page as it is written.
pub(super) struct PageStep {
    pub(super) key: ScopeKey,
    pub(super) number: u32,
    pub(super) asked: String,
    pub(super) requests: u64,
    pub(super) page: Page,
    pub(super) print: Option<[u8; 32]>,
    pub(super) moved: bool,
    /// Room among the steps that wait, until this one is written.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

impl PageStep {
    /// Makes the step of a page that has its room.
    pub(super) fn new(
        key: &ScopeKey,
        read: PageRead<'_>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, StoreError> {
        let asked = read.sent.iter();
        let asked = asked.map(|sent| json!({"path": sent.shown_path(), "status": sent.status}));
        Ok(Self {
            key: key.clone(),
            number: read.number,
            asked: json(&asked.collect::<Vec<_>>())?,
            requests: read.requests,
            page: read.page,
            print: read.print,
            moved: read.moved,
            _room: room,
        })
    }
}

/// The state that the writer and the senders of steps share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    closing: AtomicBool,
    abandoned: AtomicBool,
    run: OnceLock<RunId>,
    failure: Mutex<Option<CheckpointError>>,
    pruned: Mutex<Vec<RunRow>>,
}

impl Shared {
    /// Closes the channel: no more steps follow.
    pub(super) fn close(&self) {
        self.closing.store(true, SeqCst);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(SeqCst)
    }

    /// Abandons the end of the sync: the file stays as it is, and the run can be resumed.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, SeqCst);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(SeqCst)
    }

    /// Notes that the sync has its row. A recorder stores one sync, so that it is set once.
    pub(super) fn begun(&self, run: RunId) {
        let _ = self.run.set(run);
    }

    pub(super) fn run(&self) -> Option<RunId> {
        self.run.get().copied()
    }

    pub(super) fn pruned(&self, runs: Vec<RunRow>) {
        *lock(&self.pruned) = runs;
    }

    pub(super) fn take_pruned(&self) -> Vec<RunRow> {
        std::mem::take(&mut *lock(&self.pruned))
    }

    /// Returns the reason why the writer has ended.
    pub(super) fn failure(&self) -> CheckpointError {
        let failure = lock(&self.failure);
        let unknown =
            || CheckpointError::Failed("nothing more is written to the database".to_owned());
        failure.clone().unwrap_or_else(unknown)
    }

    pub(super) fn fail(&self, error: &StoreError) {
        let mut failure = lock(&self.failure);
        *failure = Some(failed(error));
    }
}
