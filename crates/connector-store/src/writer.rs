//! The thread that writes a sync which is under way. Steps that wait are written in one
//! transaction.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, params};
use tokio::sync::mpsc;

use super::carry::{StoredBasis, carry_over, find_basis};
use super::finish::finish;
use super::keys::scope_key;
use super::page::{PageWriter, restart};
use super::recorder::failed;
use super::rows::{place_of, save_scope};
use super::runs::drop_unfinished;
use super::save::begin;
use super::step::{Shared, WriterStep};
use super::{RecorderOptions, RunId, Store, StoreError, interrupted};
use connector_sync::{BasisRun, CarriedScope, CheckpointError, ScopeKey, SyncEnd, SyncStart};
use connector_types::Run;

/// Instructions of SQLite between two checks for a caller that waits for the end of a sync.
const INSTRUCTIONS: i32 = 10_000;
/// The most steps in one transaction. Each transaction writes every database page that it changed, and grants are
/// all over the index by principal: fewer transactions write less.
const TOGETHER: usize = 2_048;

pub(super) struct SyncWriter {
    store: Store,
    options: RecorderOptions,
    shared: Arc<Shared>,
    /// Rows of scopes that are under way.
    scopes: HashMap<ScopeKey, i64>,
    pages: Option<PageWriter>,
    /// The run that scopes are carried over from.
    basis: Option<StoredBasis>,
}

impl SyncWriter {
    pub(super) fn new(store: Store, options: RecorderOptions, shared: Arc<Shared>) -> Self {
        Self {
            store,
            options,
            shared,
            scopes: HashMap::new(),
            pages: None,
            basis: None,
        }
    }

    /// Writes until no more steps are to come, or one cannot be written.
    pub(super) fn work(mut self, mut steps: mpsc::Receiver<WriterStep>) -> Store {
        let mut step = steps.blocking_recv();
        while let Some(next) = step.take() {
            step = match self.take(next, &mut steps) {
                Ok(left) => left,
                Err(error) => {
                    self.shared.fail(&error);
                    break;
                }
            };
            if self.shared.is_closing() {
                steps.close();
            }
            step = step.or_else(|| steps.blocking_recv());
        }
        self.store
    }

    /// Writes a step and those that wait behind it, and gives back one that needs a transaction of
    /// its own.
    fn take(
        &mut self,
        step: WriterStep,
        steps: &mut mpsc::Receiver<WriterStep>,
    ) -> Result<Option<WriterStep>, StoreError> {
        match step {
            WriterStep::Begin {
                run,
                settings,
                requests,
                reply,
            } => {
                let begun = self.begin(&run, &settings, requests);
                // The receiver may be gone.
                let _ = reply.send(begun);
                Ok(None)
            }
            WriterStep::FindBasis {
                run,
                settings,
                reply,
            } => {
                let found = self.find_basis(&run, &settings);
                let _ = reply.send(found.map_err(|e| failed(&e)));
                Ok(None)
            }
            WriterStep::Carry { keys, reply } => {
                let carried = self.carry_over(keys);
                let _ = reply.send(carried.map_err(|e| failed(&e)));
                Ok(None)
            }
            WriterStep::FailedToBegin {
                run,
                settings,
                reason,
                reply,
            } => {
                let saved = self.store.save_failure(&run, &settings, &reason);
                let _ = reply.send(saved.map_err(|e| failed(&e)));
                Ok(None)
            }
            WriterStep::Failed { reason, reply } => {
                let saved = self.keep_failure(&reason);
                let _ = reply.send(saved.map_err(|e| failed(&e)));
                Ok(None)
            }
            WriterStep::Finish { requests, reply } => {
                let finished = self.finish(requests);
                let _ = reply.send(finished.map_err(|e| failed(&e)));
                Ok(None)
            }
            step @ (WriterStep::Page(_)
            | WriterStep::Restart { .. }
            | WriterStep::Ended { .. }
            | WriterStep::LookUp) => self.together(step, steps),
        }
    }

    fn begin(
        &mut self,
        run: &Run,
        settings: &str,
        requests: u64,
    ) -> Result<SyncStart, CheckpointError> {
        let resume = self.options.resume;
        let transaction = self.store.write().map_err(|e| failed(&e))?;
        let former = interrupted::find(&transaction).map_err(|e| failed(&e))?;
        if resume && let Some(former) = &former {
            former
                .check(run, settings)
                .map_err(CheckpointError::Refused)?;
        }
        let written = || {
            let (key, beginning) = match former {
                Some(former) if resume => {
                    let resumed = former.resume(&transaction, requests)?;
                    (former.key, SyncStart::Resumed(Box::new(resumed)))
                }
                former => {
                    let dropped = former.map(|former| former.run.started_at);
                    for key in interrupted::all(&transaction)? {
                        drop_unfinished(&transaction, key)?;
                    }
                    let key = begin(&transaction, run, settings, requests)?;
                    let start = if resume {
                        SyncStart::NothingToResume
                    } else {
                        SyncStart::New { dropped }
                    };
                    (key, start)
                }
            };
            transaction.commit()?;
            Ok((key, beginning))
        };
        let (key, beginning) = written().map_err(|e: StoreError| failed(&e))?;
        self.shared.begun(key);
        Ok(beginning)
    }

    fn find_basis(
        &mut self,
        run: &Run,
        settings: &str,
    ) -> Result<Result<BasisRun, String>, StoreError> {
        Ok(match find_basis(&self.store.connection, run, settings)? {
            Ok((stored, basis)) => {
                self.basis = Some(stored);
                Ok(basis)
            }
            Err(reason) => Err(reason),
        })
    }

    fn carry_over(&mut self, keys: Vec<ScopeKey>) -> Result<Vec<CarriedScope>, StoreError> {
        let run = self.run()?;
        let Some(basis) = &self.basis else {
            return Ok(Vec::new());
        };
        let transaction = self.store.write()?;
        let carried = carry_over(&transaction, basis, run, keys)?;
        transaction.commit()?;
        Ok(carried)
    }

    fn together(
        &mut self,
        first: WriterStep,
        steps: &mut mpsc::Receiver<WriterStep>,
    ) -> Result<Option<WriterStep>, StoreError> {
        let run = self.run()?;
        let transaction = self.store.write()?;
        let mut next = Some(first);
        let mut left = None;
        for _ in 0..TOGETHER {
            let Some(step) = next.take().or_else(|| steps.try_recv().ok()) else {
                break;
            };
            match step {
                WriterStep::Page(page) => {
                    let scope = scope_row(&transaction, run, &mut self.scopes, &page.key)?;
                    let pages = match &mut self.pages {
                        Some(pages) => pages,
                        none => none.insert(PageWriter::new(&transaction, run)?),
                    };
                    pages.save(&transaction, scope, *page)?;
                }
                WriterStep::Restart { key, requests } => {
                    let scope = scope_row(&transaction, run, &mut self.scopes, &key)?;
                    restart(&transaction, (run, scope), requests)?;
                }
                WriterStep::Ended { key, scope } => {
                    save_scope(&transaction, run, &scope, key.type_order)?;
                    self.scopes.remove(&key);
                }
                WriterStep::LookUp => {}
                own @ (WriterStep::FindBasis { .. }
                | WriterStep::Begin { .. }
                | WriterStep::Carry { .. }
                | WriterStep::FailedToBegin { .. }
                | WriterStep::Failed { .. }
                | WriterStep::Finish { .. }) => {
                    left = Some(own);
                    break;
                }
            }
        }
        transaction.commit()?;
        Ok(left)
    }

    /// Ends the sync and writes it to the disk, because power may be lost right afterwards.
    fn finish(&mut self, requests: u64) -> Result<SyncEnd, StoreError> {
        let run = self.run()?;
        self.pages = None;
        let connection = &mut self.store.connection;
        connection.pragma_update(None, "synchronous", "full")?;
        // The end of a large sync takes longer than a process that is to stop may take.
        let shared = Arc::clone(&self.shared);
        connection.progress_handler(INSTRUCTIONS, Some(move || shared.is_abandoned()))?;
        let ended = self.end_run(run, requests);
        let connection = &mut self.store.connection;
        connection.progress_handler(INSTRUCTIONS, None::<fn() -> bool>)?;
        let end = ended?;
        let pruned = self.store.prune(&end.run.tenant.id, &self.options.keep)?;
        self.shared.pruned(pruned);
        Ok(end)
    }

    fn end_run(&mut self, run: RunId, requests: u64) -> Result<SyncEnd, StoreError> {
        let shared = Arc::clone(&self.shared);
        let transaction = self.store.write()?;
        let end = finish(&transaction, run, requests)?;
        if shared.is_abandoned() {
            return Err(StoreError::TooLong);
        }
        transaction.commit()?;
        Ok(end)
    }

    fn keep_failure(&mut self, reason: &str) -> Result<(), StoreError> {
        let run = self.run()?;
        let sql = "UPDATE runs SET failure = ? WHERE run = ?";
        self.store.connection.execute(sql, params![reason, run.0])?;
        Ok(())
    }

    fn run(&self) -> Result<RunId, StoreError> {
        let none = || StoreError::Damaged("a sync was not begun".to_owned());
        self.shared.run().ok_or_else(none)
    }
}

/// Returns the row of a scope, creating it if it is not there.
fn scope_row(
    connection: &Connection,
    run: RunId,
    known: &mut HashMap<ScopeKey, i64>,
    key: &ScopeKey,
) -> Result<i64, StoreError> {
    if let Some(scope) = known.get(key) {
        return Ok(*scope);
    }
    let scope = scope_key(connection, key.into())?;
    let sql = "INSERT INTO scope_versions (epoch, scope, first, type_order) VALUES (?1, ?2, ?1, ?3)
        ON CONFLICT DO NOTHING";
    let values = params![run.0, scope, place_of(key.type_order)];
    connection.prepare_cached(sql)?.execute(values)?;
    known.insert(key.clone(), scope);
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        serde_json::from_value(serde_json::json!({
            "contract": Run::contract(), "connector": "test", "version": "1.0.0",
            "component_sha256": "", "manifest_sha256": "", "base_url": "https://example.com",
            "started_at": "2026-11-29T00:00:00Z",
            "tenant": {
                "id": {"resource_type": "team", "id": "1"}, "display_name": "Team",
                "credential_owner": {"resource_type": "user", "id": "1"},
                "credential_owner_name": "Ada", "notices": [], "credentials": [], "rate_limit": null,
            },
            "resource_types": [],
        }))
        .expect("a run")
    }

    #[test]
    fn an_abandoned_end_leaves_the_run_to_resume() {
        let store = Store::temporary().expect("a store");
        let (options, shared) = (RecorderOptions::default(), Arc::new(Shared::default()));
        let mut writer = SyncWriter::new(store, options, Arc::clone(&shared));
        writer.begin(&run(), "{}", 1).expect("a run");
        shared.abandon();
        assert!(matches!(writer.finish(1), Err(StoreError::TooLong)));
        assert!(writer.store.has_unfinished().expect("an answer"));

        let options = RecorderOptions {
            resume: true,
            ..options
        };
        let mut writer = SyncWriter::new(writer.store, options, Arc::default());
        let resumed = writer.begin(&run(), "{}", 1).expect("a run");
        assert!(matches!(resumed, SyncStart::Resumed(_)), "{resumed:?}");
        writer.finish(1).expect("an end");
        assert!(!writer.store.has_unfinished().expect("an answer"));
    }
}
