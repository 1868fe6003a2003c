//! Keeping a sync that is under way: the journal of a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::packed::pack;
use super::step::{PageStep, Shared, Step};
use super::writer::Writer;
use super::{RunId, Store, StoreError};
use connector_runtime::BoxFuture;
use connector_sync::{
    Beginning, Journal, JournalError, Origins, PageRead, ScopeKey, Synced, work_on,
};
use connector_types::{Run, Scope, Weigh};

/// Steps that may wait for the writer. A sync that reads faster than the disk writes is held back.
const WAITING: usize = 64;

/// How a sync is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepOptions {
    /// Whether to go on with a sync that was broken off.
    pub resume: bool,
    /// How many syncs of a tenant that have ended stay in the file, this one among them (12).
    pub keep: u32,
}

impl Default for KeepOptions {
    fn default() -> Self {
        Self {
            resume: false,
            keep: 12,
        }
    }
}

/// Writes one sync to a store, on a thread of its own. Dropping it waits until what it was told is
/// written.
#[derive(Debug)]
pub struct Keeper {
    journal: Arc<StoreJournal>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Keeper {
    /// Opens a file and begins to write.
    ///
    /// # Errors
    /// The file cannot be opened to write: see [`Store::open`].
    pub fn open(path: &Path, options: KeepOptions) -> Result<Self, StoreError> {
        let mut keeper = Self::new(Store::open(path)?, options)?;
        // SQLite tells the name of its file only where that is UTF-8.
        path.clone_into(&mut keeper.path);
        Ok(keeper)
    }

    /// Begins to write to a store.
    ///
    /// # Errors
    /// There is no thread for it.
    pub fn new(store: Store, options: KeepOptions) -> Result<Self, StoreError> {
        let path = store.connection().path().unwrap_or_default().into();
        let (sender, steps) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared::default());
        let writer = Writer::new(store, options, Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || writer.work(steps));
        let thread = thread.map_err(|source| StoreError::File {
            path: "a thread to write to the database".into(),
            source,
        })?;
        let journal = Arc::new(StoreJournal { sender, shared });
        Ok(Self {
            journal,
            thread: Some(thread),
            path,
        })
    }

    /// What to tell the steps of the sync.
    pub fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.journal) as Arc<dyn Journal>
    }

    /// Waits until all is written, and gives back the sync, which has come to its end: where it is to be
    /// written elsewhere too, as it was kept.
    ///
    /// # Errors
    /// As [`Self::read_back`].
    pub fn end(self, synced: Synced, written: bool) -> Result<Synced, StoreError> {
        if !written {
            return Ok(synced);
        }
        drop(synced);
        self.read_back()
    }

    /// Waits until all is written, and reads the sync, which has come to its end, as it was kept.
    ///
    /// # Errors
    /// It cannot be read, or has no end.
    pub fn read_back(self) -> Result<Synced, StoreError> {
        let (run, path) = (self.run(), self.path.clone());
        drop(self);
        let run = run.ok_or_else(|| StoreError::Damaged("it has no such sync".to_owned()))?;
        Store::open_to_read(&path)?.load(run)
    }

    /// The sync in the store, once it has begun.
    pub fn run(&self) -> Option<RunId> {
        self.journal.shared.run()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.journal.shared.close();
        // Where there is no room the writer is at work, and looks up before it waits again.
        let _ = self.journal.sender.try_send(Step::LookUp);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct StoreJournal {
    sender: mpsc::Sender<Step>,
    shared: Arc<Shared>,
}

impl StoreJournal {
    async fn tell(&self, step: Step) -> Result<(), JournalError> {
        let told = self.sender.send(step).await;
        told.map_err(|_| self.shared.failure())
    }

    /// Tells a step that is answered when it is safe.
    async fn ask<T>(
        &self,
        step: impl FnOnce(oneshot::Sender<Result<T, JournalError>>) -> Step,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.tell(step(reply)).await?;
        answer.await.map_err(|_| self.shared.failure())?
    }
}

impl Journal for StoreJournal {
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        settings: &'a str,
        requests: u64,
    ) -> BoxFuture<'a, Result<Beginning, JournalError>> {
        let (run, settings) = (Box::new(run.clone()), settings.to_owned());
        Box::pin(self.ask(move |reply| Step::Begin {
            run,
            settings,
            requests,
            reply,
        }))
    }

    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let page = Arc::clone(read.page);
            let content = work_on(page.weight(), move || pack(&*page)).await;
            let step = content.and_then(|content| PageStep::new(key, read, content));
            let step = step.map_err(|e| failed(&e))?;
            self.tell(Step::Page(step)).await
        })
    }

    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        requests: u64,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        let key = key.clone();
        Box::pin(self.tell(Step::Restart { key, requests }))
    }

    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        let (key, scope) = (key.clone(), Box::new(scope.clone()));
        Box::pin(self.tell(Step::Ended { key, scope }))
    }

    fn finish(
        &self,
        synced: Synced,
        origins: Origins,
    ) -> BoxFuture<'_, Result<Synced, JournalError>> {
        let synced = Box::new(synced);
        Box::pin(self.ask(move |reply| Step::Finish {
            synced,
            origins,
            reply,
        }))
    }
}

pub(super) fn failed(error: &StoreError) -> JournalError {
    JournalError::Failed(error.to_string())
}
