//! Stores a running sync: the checkpoint store of a database.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::step::{PageStep, Shared, WriterStep};
use super::writer::SyncWriter;
use super::{Retention, RunId, RunRow, Store, StoreError};
use connector_runtime::BoxFuture;
use connector_sync::output::write_ndjson;
use connector_sync::{
    BasisRun, CarriedScope, CheckpointError, CheckpointStore, PageRead, ScopeKey, SyncEnd,
    SyncInventory, SyncStart,
};
use connector_types::{Run, Scope, Weigh};

/// Steps that may wait for the writer. A sync that reads faster than the disk writes is slowed
/// down.
const WAITING: usize = 256;
/// The weight of the pages that may wait, in KiB. A larger page waits alone.
const WAITING_KIB: u32 = 16 << 10;

/// Options for storing a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderOptions {
    /// True to resume an interrupted sync.
    pub resume: bool,
    /// Which syncs of a tenant that have ended stay in the file (the latest 12).
    pub keep: Retention,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        Self {
            resume: false,
            keep: Retention::latest(12),
        }
    }
}

/// A sync in its store.
#[derive(Debug)]
pub struct StoredRun {
    /// The store.
    pub store: Store,
    /// The sync's key.
    pub run: RunId,
    /// Runs that the retention policy did not keep.
    pub pruned: Vec<RunRow>,
}

/// The records of a sync that has ended.
#[derive(Debug)]
pub enum SyncRecords {
    /// In memory. That is faster, and takes some 300 bytes for each grant.
    Memory(Box<SyncInventory>),
    /// In a store, however many there are.
    Stored(StoredRun),
}

impl SyncRecords {
    /// Writes the records as NDJSON.
    ///
    /// # Errors
    /// Returns an error if they cannot be read, or writing failed.
    pub fn write_ndjson(&self, mut out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Memory(synced) => write_ndjson(synced, &mut out),
            Self::Stored(stored) => stored.store.write_ndjson(stored.run, out),
        }
    }
}

/// Writes one sync to a store, on a thread of its own. Dropping it waits until every step is
/// written, but for the end of a sync, which is left out unless it is written already.
#[derive(Debug)]
pub struct SyncRecorder {
    checkpoints: Arc<DatabaseCheckpoints>,
    thread: Option<JoinHandle<Store>>,
}

impl SyncRecorder {
    /// Opens a file and begins to write.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened for writing: see [`Store::open`].
    pub fn open(path: &Path, options: RecorderOptions) -> Result<Self, StoreError> {
        Self::new(Store::open(path)?, options)
    }

    /// Begins to write to a store.
    ///
    /// # Errors
    /// Returns an error if no thread can be started.
    pub fn new(store: Store, options: RecorderOptions) -> Result<Self, StoreError> {
        let (sender, steps) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared::default());
        let writer = SyncWriter::new(store, options, Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || writer.work(steps));
        let thread = thread.map_err(|source| StoreError::File {
            path: "a thread to write to the database".into(),
            source,
        })?;
        let room = usize::try_from(WAITING_KIB).unwrap_or(usize::MAX);
        let checkpoints = Arc::new(DatabaseCheckpoints {
            sender,
            shared,
            room: Arc::new(Semaphore::new(room)),
        });
        Ok(Self {
            checkpoints,
            thread: Some(thread),
        })
    }

    /// Returns the checkpoint store, which receives the steps of the sync.
    pub fn checkpoints(&self) -> Arc<dyn CheckpointStore> {
        Arc::clone(&self.checkpoints) as Arc<dyn CheckpointStore>
    }

    /// Waits until all is written, and returns the store with the sync, which has begun.
    ///
    /// # Errors
    /// Returns an error if no sync has begun, or the writer has failed.
    pub fn into_store(mut self) -> Result<StoredRun, StoreError> {
        let none = || StoreError::Damaged("it has no such sync".to_owned());
        let run = self.run().ok_or_else(none)?;
        let store = self.join().ok_or_else(none)?;
        let pruned = self.checkpoints.shared.take_pruned();
        Ok(StoredRun { store, run, pruned })
    }

    /// Waits until all is written, and reads the ended sync as it was stored.
    ///
    /// # Errors
    /// Returns an error if it cannot be read, or has no end.
    pub fn read_back(self) -> Result<SyncInventory, StoreError> {
        let StoredRun { store, run, .. } = self.into_store()?;
        store.load(run)
    }

    /// Returns the sync in the store, once it has begun.
    pub fn run(&self) -> Option<RunId> {
        self.checkpoints.shared.run()
    }

    fn join(&mut self) -> Option<Store> {
        self.checkpoints.shared.close();
        // Where there is no room the writer is at work, and looks up before it waits again.
        let _ = self.checkpoints.sender.try_send(WriterStep::LookUp);
        self.thread.take().and_then(|thread| thread.join().ok())
    }
}

impl Drop for SyncRecorder {
    fn drop(&mut self) {
        self.checkpoints.shared.abandon();
        drop(self.join());
    }
}

#[derive(Debug)]
struct DatabaseCheckpoints {
    sender: mpsc::Sender<WriterStep>,
    shared: Arc<Shared>,
    /// Room for pages that wait, in KiB.
    room: Arc<Semaphore>,
}

impl DatabaseCheckpoints {
    async fn send_step(&self, step: WriterStep) -> Result<(), CheckpointError> {
        let sent = self.sender.send(step).await;
        sent.map_err(|_| self.shared.failure())
    }

    /// Sends a step that is answered when it is safe.
    async fn ask<T>(
        &self,
        step: impl FnOnce(oneshot::Sender<Result<T, CheckpointError>>) -> WriterStep,
    ) -> Result<T, CheckpointError> {
        let (reply, answer) = oneshot::channel();
        self.send_step(step(reply)).await?;
        answer.await.map_err(|_| self.shared.failure())?
    }
}

impl CheckpointStore for DatabaseCheckpoints {
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        requests: u64,
    ) -> BoxFuture<'a, Result<SyncStart, CheckpointError>> {
        let (run, settings) = (Box::new(run.clone()), settings.to_owned());
        Box::pin(self.ask(move |reply| WriterStep::Begin {
            run,
            settings,
            requests,
            reply,
        }))
    }

    fn find_basis<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
    ) -> BoxFuture<'a, Result<Result<BasisRun, String>, CheckpointError>> {
        let (run, settings) = (Box::new(run.clone()), settings.to_owned());
        Box::pin(self.ask(move |reply| WriterStep::FindBasis {
            run,
            settings,
            reply,
        }))
    }

    fn carry_over(
        &self,
        keys: Vec<ScopeKey>,
    ) -> BoxFuture<'_, Result<Vec<CarriedScope>, CheckpointError>> {
        Box::pin(self.ask(move |reply| WriterStep::Carry { keys, reply }))
    }

    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async move {
            let kibibytes = u32::try_from(read.page.weight() >> 10).unwrap_or(u32::MAX);
            let room = Arc::clone(&self.room).acquire_many_owned(kibibytes.min(WAITING_KIB));
            // The semaphore is never closed.
            let step = PageStep::new(key, read, room.await.ok());
            let step = step.map_err(|e| failed(&e))?;
            self.send_step(WriterStep::Page(Box::new(step))).await
        })
    }

    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        requests: u64,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        let key = key.clone();
        Box::pin(self.send_step(WriterStep::Restart { key, requests }))
    }

    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        let (key, scope) = (key.clone(), Box::new(scope.clone()));
        Box::pin(self.send_step(WriterStep::Ended { key, scope }))
    }

    fn failed_to_begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        reason: &'a str,
    ) -> BoxFuture<'a, ()> {
        let (run, settings) = (Box::new(run.clone()), settings.to_owned());
        let reason = reason.to_owned();
        Box::pin(async move {
            // If the writer itself has failed, nothing more can be stored.
            let step = |reply| WriterStep::FailedToBegin {
                run,
                settings,
                reason,
                reply,
            };
            let _ = self.ask(step).await;
        })
    }

    fn failed<'a>(&'a self, reason: &'a str) -> BoxFuture<'a, ()> {
        let reason = reason.to_owned();
        Box::pin(async move {
            // If the writer itself has failed, nothing more can be stored.
            let _ = self
                .ask(move |reply| WriterStep::Failed { reason, reply })
                .await;
        })
    }

    fn finish(&self, requests: u64) -> BoxFuture<'_, Result<SyncEnd, CheckpointError>> {
        Box::pin(self.ask(move |reply| WriterStep::Finish { requests, reply }))
    }
}

pub(super) fn failed(error: &StoreError) -> CheckpointError {
    CheckpointError::Failed(error.to_string())
}
