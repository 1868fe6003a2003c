//! The tenants of `serve` and their syncs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::ServeArgs;
use super::config::{Entries, planned_tenant};
use super::status::{Stored, TenantStatus};
use crate::commands::args::{LowQuotaArg, ReadArgs};
use crate::commands::output::{print_note, print_tenant_end};
use crate::commands::{Environment, tenants};
use crate::report::plain;
use connector_host::schedule::{PlannedTenant, Planner, TenantRunner};
use connector_host::tenants::{
    FailureCause, SharedRateLimiters, TenantEnd, TenantEntry, sync_tenant,
};
use connector_runtime::Connector;
use connector_store::RecorderOptions;
use connector_types::lock;

/// Seconds without a look of the scheduler after which the process counts as dead.
const DEAD_AFTER: i64 = 300;

/// Tenants, their states, and what a sync of them needs.
pub(super) struct TenantService {
    connector: Connector,
    environment: Environment,
    read: ReadArgs,
    /// The most concurrent calls of one tenant.
    share: usize,
    rate_limiters: Mutex<SharedRateLimiters>,
    entries: Mutex<Entries>,
    statuses: Mutex<BTreeMap<String, TenantStatus>>,
    is_stopping: AtomicBool,
    /// The time of the scheduler's latest check, in seconds since 1970.
    looked: AtomicI64,
    reloads: [AtomicU64; 2],
}

impl TenantService {
    pub(super) fn new(args: &ServeArgs, connector: Connector, environment: Environment) -> Self {
        let max_wait = Duration::from_secs(args.max_wait);
        let calls = connector.sandbox().concurrent_calls() / u32::from(args.running);
        Self {
            rate_limiters: Mutex::new(SharedRateLimiters::new(&connector, max_wait)),
            connector,
            environment,
            read: ReadArgs {
                include: Vec::new(),
                exclude: Vec::new(),
                ndjson: None,
                concurrency: 8,
                max_wait: args.max_wait,
                month_reserve: 0,
                low_quota: LowQuotaArg::Refuse,
                since_last: None,
                limits: args.limits.clone(),
            },
            share: usize::try_from(calls).unwrap_or(usize::MAX).max(1),
            entries: Mutex::default(),
            statuses: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            looked: AtomicI64::new(Timestamp::now().as_second()),
            reloads: [AtomicU64::new(0), AtomicU64::new(0)],
        }
    }

    /// Replaces the tenants, and returns them for the planner. One whose latest sync failed or was
    /// interrupted starts at once.
    pub(super) fn replace_entries(
        &self,
        entries: Entries,
        mut stored: BTreeMap<String, Stored>,
    ) -> Vec<PlannedTenant> {
        let mut statuses = lock(&self.statuses);
        statuses.retain(|name, _| entries.contains_key(name));
        let mut planned = Vec::new();
        for (name, entry) in &entries {
            let known = stored.remove(name).unwrap_or_default();
            let status = statuses.entry(name.clone()).or_default();
            let is_interrupted = known.has_unfinished && status.running_since.is_none();
            let latest = known
                .latest
                .max(status.latest.as_ref().and_then(|latest| latest.began));
            status.absorb_stored(known);
            planned.extend(planned_tenant(
                entry,
                latest,
                is_interrupted || status.has_failed(),
            ));
        }
        *lock(&self.entries) = entries;
        planned
    }

    /// Warns of tenants that cannot be synced, such as one whose key file was replaced by one that this
    /// process may not read.
    pub(super) fn warn_of_settings(&self, entries: &Entries) {
        for (name, entry) in entries {
            let settings =
                tenants::read_settings(&self.connector, entry, &self.read, &self.environment);
            if let Err(reason) = settings {
                print_note(&format!(
                    "warning: tenant {name}: {}. Its syncs fail until this is corrected.\n",
                    plain(&reason)
                ));
            }
        }
    }

    /// Takes note of a reload.
    pub(super) fn note_reload(&self, is_loaded: bool) {
        let [loaded, failed] = &self.reloads;
        let count = if is_loaded { loaded } else { failed };
        count.fetch_add(1, Relaxed);
    }

    /// Returns the numbers of reloads that succeeded and that failed.
    pub(super) fn reload_counts(&self) -> [u64; 2] {
        self.reloads.each_ref().map(|count| count.load(Relaxed))
    }

    /// Takes note that the process ends.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Relaxed);
    }

    /// Reports whether tenants are synced, and go on to be.
    pub(super) fn is_ready(&self) -> bool {
        !self.is_stopping.load(Relaxed) && self.is_alive()
    }

    /// Reports whether the scheduler is alive.
    pub(super) fn is_alive(&self) -> bool {
        Timestamp::now().as_second() - self.looked.load(Relaxed) < DEAD_AFTER
    }

    /// Returns the states of all tenants.
    pub(super) fn tenant_statuses(&self) -> BTreeMap<String, TenantStatus> {
        lock(&self.statuses).clone()
    }

    /// Returns a tenant's settings.
    pub(super) fn entry(&self, name: &str) -> Option<Arc<TenantEntry>> {
        lock(&self.entries).get(name).cloned()
    }

    fn update_status(&self, name: &str, change: impl FnOnce(&mut TenantStatus)) {
        // A tenant that is gone from the file has no state any more.
        if let Some(status) = lock(&self.statuses).get_mut(name) {
            change(status);
        }
    }

    /// Syncs a tenant; an interrupted run that cannot be resumed is dropped, and a new one begins.
    async fn sync_tenant(self: &Arc<Self>, entry: &Arc<TenantEntry>) -> TenantEnd {
        let end = self.attempt_sync(entry, true).await;
        match end.cause {
            Some(FailureCause::Resume) => self.attempt_sync(entry, false).await,
            Some(FailureCause::Host | FailureCause::Call(_)) | None => end,
        }
    }

    async fn attempt_sync(self: &Arc<Self>, entry: &Arc<TenantEntry>, resume: bool) -> TenantEnd {
        let (service, of) = (Arc::clone(self), Arc::clone(entry));
        let preparing = tokio::task::spawn_blocking(move || {
            let TenantService {
                connector,
                read,
                environment,
                ..
            } = &*service;
            tenants::tenant_sync(connector, &of, read, environment)
        });
        let prepared = preparing.await.unwrap_or_else(|lost| Err(lost.to_string()));
        let (mut tenant, secrets) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return TenantEnd::from_reason(&entry.name, reason),
        };
        tenant.options.concurrency = tenant.options.concurrency.clamp(1, self.share);
        tenant.paced = entry.pacing.unwrap_or(true);
        lock(&self.rate_limiters).equip_tenant(&mut tenant, secrets);
        let given = RecorderOptions {
            resume,
            ..RecorderOptions::default()
        };
        let keep = tenants::recorder_options(entry, given);
        let tenant = tenant.keep_runs(entry.db.clone(), keep);
        sync_tenant(&self.connector, tenant).await
    }

    /// Writes the report and reads the database again.
    fn review_run(&self, entry: &TenantEntry) -> Result<(), String> {
        let stored = Stored::read(entry)?;
        self.update_status(&entry.name, |status| status.absorb_stored(stored));
        tenants::write_report(entry).map_err(|error| error.to_string())
    }
}

impl TenantRunner for TenantService {
    async fn run(self: Arc<Self>, name: String) {
        let Some(entry) = self.entry(&name) else {
            return;
        };
        let began = Timestamp::now();
        self.update_status(&name, |status| status.running_since = Some(began));
        let end = self.sync_tenant(&entry).await;
        print_tenant_end(&end);
        self.update_status(&name, |status| status.finish(&end, &entry.known_gaps));
        if end.run.is_none() {
            return;
        }
        let service = Arc::clone(&self);
        let reviewing = tokio::task::spawn_blocking(move || service.review_run(&entry));
        let reviewed = reviewing.await.unwrap_or_else(|lost| Err(lost.to_string()));
        if let Err(reason) = reviewed {
            print_note(&format!(
                "warning: {name}: the report was not written. {}\n",
                plain(&reason)
            ));
        }
    }

    fn tenant_lost(&self, tenant: &str) {
        let end = TenantEnd::lost_tenant(tenant);
        print_tenant_end(&end);
        self.update_status(tenant, |status| status.finish(&end, &[]));
    }

    fn plan_changed(&self, planner: &Planner) {
        self.looked.store(Timestamp::now().as_second(), Relaxed);
        for (name, status) in lock(&self.statuses).iter_mut() {
            status.next_start = planner.due_at(name);
        }
    }
}
