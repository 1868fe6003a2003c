//! The whole sync: the credential, the entitlements, the lists level by level, the grants.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::task::JoinSet;
use tracing::Instrument;

use super::call::CallExecutor;
use super::carry_plan::{CarryPlan, prepare_carrying};
use super::ends::{ScopeEnd, scope};
use super::error::{SyncError, in_words, lost_task, too_many_lists};
use super::ledger::{Ledger, ListedResource};
use super::plan::SyncPlan;
use super::scope_reader::ScopeReader;
use super::sinks::SyncSinks;
use super::spans::{sync_span, trace_sync};
use super::start::{begin_run, record_failed_start};
use super::validate::check_credential;
use super::{
    CheckpointError, CheckpointStore, InterruptedRun, MemoryCheckpoints, Progress, ScopeKey,
    Source, SyncEnd, SyncInventory, SyncOptions, SyncStart,
};
use connector_runtime::CallFailure;
use connector_types::{Operation, Outcome, ResourceId, ResourceType, Run, SinceLast, Text, now};

/// The most lists that are read at once: a connector with many types that lie under each other names
/// far more of them than it has resources.
const MAX_LISTS: usize = 1_000_000;

/// Reads a whole tenant into memory. Dropping the future ends it, and every running call.
///
/// # Errors
/// Returns an error if the options do not fit, the credential does not work, or the
/// operator has to act.
pub async fn run<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
) -> Result<SyncInventory, SyncError> {
    let (_, synced) = run_in_memory(source, options, progress).await?;
    Ok(synced)
}

/// Reads a whole tenant into memory as [`run`] does, and returns its end beside its records.
///
/// # Errors
/// As [`run`].
pub async fn run_in_memory<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
) -> Result<(SyncEnd, SyncInventory), SyncError> {
    let memory = Arc::new(MemoryCheckpoints::default());
    let checkpoints = Arc::clone(&memory) as Arc<dyn CheckpointStore>;
    let end = run_with_checkpoints(source, options, progress, checkpoints).await?;
    let lost = || CheckpointError::Failed("the sync is no longer in memory".to_owned());
    Ok((end, memory.take().ok_or_else(lost)?))
}

/// Reads a whole tenant, and reports every step to `checkpoint`, which stores the records and may know
/// of an interrupted sync to resume.
///
/// # Errors
/// As [`run`], and returns an error if the checkpoint store cannot be written or may not be resumed.
pub async fn run_with_checkpoints<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
    checkpoints: Arc<dyn CheckpointStore>,
) -> Result<SyncEnd, SyncError> {
    let span = sync_span(&source.descriptor().name);
    let reading = Box::pin(read_and_close(source, options, progress, checkpoints));
    trace_sync(span, reading).await
}

async fn read_and_close<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
    checkpoints: Arc<dyn CheckpointStore>,
) -> Result<SyncEnd, SyncError> {
    let settings = describe_settings(&*source, options);
    let (provider, failing) = (Arc::clone(&source), Arc::clone(&checkpoints));
    let started_at = now();
    let mut sync = match Sync::prepare(source, options, progress, checkpoints).await {
        Ok(sync) => sync,
        Err(error) => {
            record_failed_start(&*provider, &*failing, started_at, (&settings, &error)).await;
            return Err(error);
        }
    };
    if let Some(full_every) = options.since_last {
        sync.prepare_carrying(&settings, full_every).await?;
    }
    sync.begin(&settings).await?;
    let checkpoints = Arc::clone(&sync.sinks.checkpoints);
    match sync.read().await {
        Ok(()) => sync.finish().await,
        // What a checkpoint store cannot keep is no reason that it can keep.
        Err(error @ SyncError::Checkpoint(_)) => Err(error),
        Err(error) => {
            checkpoints.failed(&error.to_string()).await;
            Err(error)
        }
    }
}

/// Returns what decides which lists a sync reads, as JSON: the lists of two syncs with equal settings are
/// those of the same types.
pub fn describe_settings<S: Source>(source: &S, options: &SyncOptions) -> String {
    let credentials = source.descriptor().credentials.iter();
    let credentials = credentials.map(|one| one.name.as_str());
    let credentials: Vec<_> = credentials
        .filter(|one| source.has_credential(one))
        .collect();
    options.settings(&credentials)
}

/// A running sync.
pub(super) struct Sync<S> {
    concurrency: usize,
    pub(super) run: Run,
    /// The scopes that may be carried over from a former run.
    carrying: Option<CarryPlan>,
    sinks: Arc<SyncSinks>,
    /// Scopes of an interrupted sync that had not ended.
    broken_off: BTreeMap<ScopeKey, ScopeReader<S>>,
    pub(super) caller: Arc<CallExecutor<S>>,
    pub(super) plan: Arc<SyncPlan>,
}

impl<S: Source> Sync<S> {
    /// Checks the options and the credential, and returns a sync that has read nothing yet.
    pub(super) async fn prepare(
        source: Arc<S>,
        options: &SyncOptions,
        progress: Arc<dyn Progress>,
        checkpoints: Arc<dyn CheckpointStore>,
    ) -> Result<Self, SyncError> {
        let has_credential = |name: &str| source.has_credential(name);
        let plan = SyncPlan::new(source.descriptor(), options, has_credential)?;
        let plan = Arc::new(plan);
        let started_at = now();
        let caller = CallExecutor::new(Arc::clone(&source), options, Arc::clone(&progress));
        let caller = Arc::new(caller);
        let tenant = check_credential(&caller).await?;
        progress.validated(&tenant);
        let ledger = Ledger::new(Arc::clone(&plan));
        Ok(Self {
            concurrency: options.concurrency.max(1),
            run: begin_run(&*source, tenant, started_at),
            carrying: None,
            sinks: Arc::new(SyncSinks::new(progress, checkpoints, ledger)),
            broken_off: BTreeMap::new(),
            caller,
            plan,
        })
    }

    /// Finds the scopes that may be carried over from a former run.
    async fn prepare_carrying(
        &mut self,
        settings: &str,
        full_every: NonZeroU32,
    ) -> Result<(), CheckpointError> {
        let checkpoints = &*self.sinks.checkpoints;
        let prepared = prepare_carrying(&self.caller, checkpoints, &self.run, settings, full_every);
        let (since_last, carrying) = prepared.await?;
        self.sinks.progress.since_last(&since_last);
        self.run.since_last = Some(since_last);
        self.carrying = carrying;
        Ok(())
    }

    async fn begin(&mut self, settings: &str) -> Result<(), SyncError> {
        let requests = self.caller.requests.load(Relaxed);
        let beginning = self.sinks.begin(&self.run, settings, requests).await?;
        if let SyncStart::Resumed(former) = beginning {
            self.resume(*former);
        }
        Ok(())
    }

    /// Resumes an interrupted sync: scopes that have ended are not read again, the others continue.
    fn resume(&mut self, former: InterruptedRun) {
        let own = self.run.since_last.as_ref().and_then(SinceLast::reliance);
        let its = former.run.since_last.as_ref().and_then(SinceLast::reliance);
        // What is carried over into one run comes from one run.
        if own.map(|one| &one.from) != its.map(|one| &one.from) {
            self.carrying = None;
        }
        self.run = former.run;
        self.caller.requests.fetch_add(former.requests, Relaxed);
        for mut scope in former.scopes {
            self.caller.requests.fetch_add(scope.requests, Relaxed);
            let key = self.key(scope.call, &scope.resource_type, scope.at.take());
            let ended = scope.ended.take();
            let mut resumed = ScopeReader::new(&self.caller, &self.sinks, key.clone());
            resumed.resume(scope);
            match ended {
                None => drop(self.broken_off.insert(key, resumed)),
                Some(scope) => {
                    self.caller.restore_outcome(&scope);
                    if let (Some(carrying), Some(_)) = (&mut self.carrying, &scope.read_at) {
                        carrying.add_scopes([key.clone()]);
                    }
                    self.sinks.ledger().end(key);
                }
            }
        }
    }

    /// Grants come last: by then it is known how many calls they will take.
    async fn read(&mut self) -> Result<(), SyncError> {
        self.walk_all(self.entitlement_scopes()).await?;
        for (level, types) in self.plan.levels.clone().iter().enumerate() {
            let lists = self.list_scopes(level, types)?;
            self.walk_all(lists).await?;
        }
        let grants = self.grants_to_read();
        self.walk_all(grants).await
    }

    /// Returns the lists of entitlements.
    pub(super) fn entitlement_scopes(&self) -> Vec<ScopeKey> {
        let described = self.plan.described.iter();
        let key = |id: &String| self.key(Operation::ListEntitlements, id, None);
        described.map(key).collect()
    }

    /// Returns the lists of a level: one of each type, or one for each parent that the levels before
    /// have listed: a resumed sync knows more parents than those, and still reads the same scopes.
    pub(super) fn list_scopes(
        &self,
        level: usize,
        types: &[ResourceType],
    ) -> Result<Vec<ScopeKey>, SyncError> {
        let parents = self.parents(level);
        let mut lists = Vec::new();
        for ResourceType { id, parent, .. } in types {
            let Some(parent) = parent else {
                lists.push(self.key(Operation::ListResources, id, None));
                continue;
            };
            let parents = parents.get(&**parent).map_or(&[][..], Vec::as_slice);
            if lists.len().saturating_add(parents.len()) > MAX_LISTS {
                return Err(too_many_lists(id, MAX_LISTS));
            }
            let of_parents = parents.iter();
            lists.extend(
                of_parents.map(|one| self.key(Operation::ListResources, id, Some(one.clone()))),
            );
        }
        Ok(lists)
    }

    /// Returns what the levels before this one have listed, by type.
    fn parents(&self, level: usize) -> BTreeMap<Text, Vec<ResourceId>> {
        let ledger = self.sinks.ledger();
        let before = |key: &ScopeKey| self.plan.lists_before(level, &key.resource_type);
        let listed = ledger.listed(|key| key.call == Operation::ListResources && before(key));
        let mut parents: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for one in listed {
            let of_type = parents.entry(one.id.resource_type.clone()).or_default();
            of_type.push(one.id.clone());
        }
        parents
    }

    pub(super) fn grants_to_read(&self) -> Vec<ScopeKey> {
        let ledger = self.sinks.ledger();
        let listed = ledger.listed(|key| key.call == Operation::ListResources);
        let asked = listed.into_iter();
        let asked = asked.filter(|one| self.plan.reads_grants(one));
        let key = |one: &ListedResource| {
            let id = Some(one.id.clone());
            self.key(Operation::ListGrants, &one.id.resource_type, id)
        };
        asked.map(key).collect()
    }

    /// Reads scopes, some at a time. The first fatal end drops the others.
    pub(super) async fn walk_all(&mut self, mut keys: Vec<ScopeKey>) -> Result<(), SyncError> {
        keys.retain(|key| !self.sinks.ledger().has_ended(key));
        if let Some(carrying) = &mut self.carrying {
            let begun = |key: &ScopeKey| self.broken_off.contains_key(key);
            let candidates = carrying.find_candidates(&self.sinks.ledger(), &keys, begun);
            carrying.add_scopes(self.sinks.carry_over(candidates).await?);
            keys.retain(|key| !self.sinks.ledger().has_ended(key));
        }
        let planned = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        self.sinks.progress.planned(planned);
        let mut waiting = self.allowed(keys).await?;
        let mut running = JoinSet::new();
        loop {
            while running.len() < self.concurrency
                && let Some(key) = waiting.pop_front()
            {
                running.spawn(self.scope_reader(key).run().in_current_span());
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(Ok(walked)) => self.end(walked?).await?,
                Some(Err(lost)) => return Err(lost_task(&lost)),
            }
        }
    }

    fn scope_reader(&mut self, key: ScopeKey) -> ScopeReader<S> {
        let broken_off = self.broken_off.remove(&key);
        broken_off.unwrap_or_else(|| ScopeReader::new(&self.caller, &self.sinks, key))
    }

    /// Ends those scopes that the monthly quota does not allow for, and returns the others.
    async fn allowed(&mut self, keys: Vec<ScopeKey>) -> Result<VecDeque<ScopeKey>, SyncError> {
        let mut by_credential: BTreeMap<Option<&str>, Vec<ScopeKey>> = BTreeMap::new();
        let caller = Arc::clone(&self.caller);
        for key in keys {
            let credential = caller.types.credential(&key.resource_type);
            by_credential.entry(credential).or_default().push(key);
        }
        let mut allowed = VecDeque::new();
        for (credential, keys) in by_credential {
            match credential.and_then(|name| self.refusal(name, keys.len())) {
                None => allowed.extend(keys),
                Some(refusal) => {
                    for key in keys {
                        let reader = self.scope_reader(key);
                        self.end(reader.refused(refusal.clone())).await?;
                    }
                }
            }
        }
        Ok(allowed)
    }

    fn refusal(&self, credential: &str, requests: usize) -> Option<CallFailure> {
        let requests = u64::try_from(requests).unwrap_or(u64::MAX);
        let forecast = self.caller.quota.look(credential, requests);
        self.sinks.progress.report_forecast(&forecast);
        self.caller.quota.refusal(&forecast)
    }

    async fn end(&self, walked: ScopeEnd) -> Result<(), SyncError> {
        self.sinks.progress.ended(&walked.scope);
        if let Some((case, problem)) = walked.fatal {
            return Err(SyncError::Failed {
                outcome: Outcome::Error(case),
                problem,
                during: Some(in_words(&walked.scope)),
            });
        }
        Ok(self.sinks.end_scope(walked.key, &walked.scope).await?)
    }

    fn key(&self, call: Operation, resource_type: &str, at: Option<ResourceId>) -> ScopeKey {
        ScopeKey {
            call,
            type_order: self.caller.types.order(resource_type),
            resource_type: resource_type.to_owned(),
            at,
        }
    }

    async fn finish(self) -> Result<SyncEnd, SyncError> {
        for id in &self.plan.not_asked {
            let key = self.key(Operation::ListResources, id, None);
            if self.sinks.ledger().has_ended(&key) {
                continue;
            }
            let left_out = scope(&key, Outcome::NotAsked, 0, 0, None);
            self.sinks.end_scope(key, &left_out).await?;
        }
        let requests = self.caller.requests.load(Relaxed);
        Ok(self.sinks.checkpoints.finish(requests).await?)
    }
}
