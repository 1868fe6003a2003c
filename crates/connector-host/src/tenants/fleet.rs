//! All tenants at once, each with its share.
//!
//! Isolation: every call has its own instance and limits; calls wait for permits in the order in
//! which they come, and a tenant has no more concurrent calls than its share of the permits; a
//! computing guest yields every millisecond; a tenant's memory and the records that are stored for
//! it are limited; waiting for a provider or for its rate limit takes no thread and no permit of
//! others. Tenants with one key share one rate limiter, because the provider counts them as one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tracing::Instrument;

use crate::{TenantConfig, TenantConnector};
use connector_gateway::TRACE_TARGET;
use connector_runtime::{Connector, Totals};
use connector_store::{RecorderOptions, SyncRecorder, SyncRecords};
use connector_sync::output::Output;
use connector_sync::{self as sync, CheckpointError, Progress, SyncEnd, SyncError, SyncOptions};
use connector_types::{Outcome, Run, Scope, Summary};

use super::{Secrets, SharedRateLimiters, SyncMeter};

/// One tenant that is to be read.
pub struct TenantSync {
    /// The settings of the tenant.
    pub config: TenantConfig,
    /// The options of the sync.
    pub options: SyncOptions,
    /// True if its requests are delayed so that the provider's limits are never exceeded.
    pub paced: bool,
    /// The output of the records.
    pub output: Option<Output>,
    /// The database that stores the sync, and its options.
    pub db: Option<(PathBuf, RecorderOptions)>,
}

impl TenantSync {
    /// Keeps the sync in a database, where one is given.
    #[must_use]
    pub fn keep_runs(self, db: Option<PathBuf>, how: RecorderOptions) -> Self {
        Self {
            db: db.map(|path| (path, how)),
            ..self
        }
    }
}

/// The result of a tenant's sync.
#[derive(Clone, Debug)]
pub struct TenantEnd {
    /// The tenant's name.
    pub name: String,
    /// The outcome.
    pub outcome: TenantOutcome,
    /// The totals of its calls.
    pub totals: Totals,
    /// From its start to its end.
    pub time: Duration,
    /// The start of the run, either new or resumed; `None` if it has failed.
    pub run: Option<Run>,
    /// Scopes that keep it from being complete.
    pub gaps: Vec<Scope>,
    /// The cause of a failure.
    pub cause: Option<FailureCause>,
    /// Its waits, and the quota that was left.
    pub meter: Arc<SyncMeter>,
}

/// The cause of a tenant's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCause {
    /// Settings, a file or the host: no call was made, or its result could not be stored.
    Host,
    /// The interrupted run in the database cannot be resumed.
    Resume,
    /// A call ended with this outcome.
    Call(Outcome),
}

impl FailureCause {
    /// Returns the cause's name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Resume => "resume",
            Self::Call(outcome) => outcome.name(),
        }
    }
}

/// The three ends of a sync.
#[derive(Clone, Debug)]
pub enum TenantOutcome {
    /// Every scope was read, is not offered or was not asked for.
    Complete(Summary),
    /// There are records, and scopes are missing.
    Incomplete(Summary),
    /// There is nothing from which something may be concluded. The text says why.
    Failed(String),
}

/// Tenants of one connector that are read at the same time. Dropping it ends all of them.
pub struct Fleet {
    connector: Connector,
    rate_limiters: SharedRateLimiters,
    waiting: Vec<TenantSync>,
    ended: Vec<TenantEnd>,
}

impl Fleet {
    /// Returns a fleet without tenants. No request waits longer than `max_wait` for a permit of a
    /// rate limiter.
    pub fn new(connector: &Connector, max_wait: Duration) -> Self {
        Self {
            connector: connector.clone(),
            rate_limiters: SharedRateLimiters::new(connector, max_wait),
            waiting: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Adds a tenant with its secrets: it shares the limits and waits of each secret with the
    /// tenants that have the same one for the same provider, and it reloads secrets from files that
    /// change.
    pub fn add(&mut self, mut tenant: TenantSync, secrets: Secrets) {
        self.rate_limiters.equip_tenant(&mut tenant, secrets);
        self.waiting.push(tenant);
    }

    /// Takes note of a tenant that cannot even be asked for.
    pub fn add_failed(&mut self, name: &str, reason: String) {
        self.ended.push(TenantEnd::from_reason(name, reason));
    }

    /// Reads all tenants. `on_end` is called with each as it ends; the result is sorted by name.
    pub async fn run(self, on_end: impl Fn(&TenantEnd)) -> Vec<TenantEnd> {
        let Self {
            connector,
            waiting,
            mut ended,
            ..
        } = self;
        ended.iter().for_each(&on_end);
        let share = share_permits(connector.sandbox().concurrent_calls(), waiting.len());
        let mut running = JoinSet::new();
        let mut names = HashMap::new();
        for mut tenant in waiting {
            tenant.options.concurrency = tenant.options.concurrency.clamp(1, share);
            let name = tenant.config.name.clone();
            let connector = connector.clone();
            let task = running.spawn(async move { sync_tenant(&connector, tenant).await });
            names.insert(task.id(), name);
        }
        while let Some(joined) = running.join_next_with_id().await {
            let end = joined.map_or_else(
                |lost| TenantEnd::lost_tenant(names.get(&lost.id()).map_or("", String::as_str)),
                |(_, end)| end,
            );
            on_end(&end);
            ended.push(end);
        }
        ended.sort_by(|a, b| a.name.cmp(&b.name));
        ended
    }
}

/// Returns the permits of one tenant if all have the same number.
fn share_permits(permits: u32, tenants: usize) -> usize {
    let permits = usize::try_from(permits).unwrap_or(usize::MAX);
    permits.checked_div(tenants).unwrap_or(permits).max(1)
}

/// Syncs one tenant to its end. Dropping the future ends the sync.
pub async fn sync_tenant(connector: &Connector, tenant: TenantSync) -> TenantEnd {
    let name = &tenant.config.name;
    let span = tracing::info_span!(target: TRACE_TARGET, "tenant", tenant = name);
    // On the heap: the compiler bounds how deep futures nest in each other.
    Box::pin(read_and_write(connector, tenant))
        .instrument(span)
        .await
}

async fn read_and_write(connector: &Connector, tenant: TenantSync) -> TenantEnd {
    let started = Instant::now();
    let TenantSync {
        config,
        options,
        output,
        db,
        ..
    } = tenant;
    let name = config.name.clone();
    let recorder = db
        .map(|(path, how)| SyncRecorder::open(&path, how))
        .transpose();
    let (source, recorder) = match (TenantConnector::new(connector, config), recorder) {
        (Err(error), _) => return TenantEnd::from_reason(&name, error.to_string()),
        (_, Err(error)) => return TenantEnd::from_reason(&name, error.to_string()),
        (Ok(source), Ok(recorder)) => (source, recorder),
    };
    let (tenant, meter) = (Arc::new(source.clone()), Arc::new(SyncMeter::default()));
    let progress = Arc::clone(&meter) as Arc<dyn Progress>;
    let gathered = gather_tenant(tenant, &options, progress, recorder).await;
    source.gateway().log_traffic(started.elapsed());
    let mut end = match gathered {
        Ok(gathered) => write(&name, gathered, output, source.clone()).await,
        Err(error) => TenantEnd {
            cause: Some(failure_cause(&error)),
            ..TenantEnd::from_reason(&name, error.to_string())
        },
    };
    end.meter = meter;
    end.totals = source.usage_totals();
    end.time = started.elapsed();
    end
}

fn failure_cause(error: &SyncError) -> FailureCause {
    match error {
        SyncError::Checkpoint(CheckpointError::Refused(_)) => FailureCause::Resume,
        SyncError::Failed { outcome, .. } => FailureCause::Call(*outcome),
        SyncError::Usage(_) | SyncError::Checkpoint(CheckpointError::Failed(_)) => {
            FailureCause::Host
        }
    }
}

type FinishedSync = (SyncEnd, SyncRecords);

/// Reads a tenant into its database, or into memory where it has none.
async fn gather_tenant(
    tenant: Arc<TenantConnector>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
    recorder: Option<SyncRecorder>,
) -> Result<FinishedSync, SyncError> {
    let Some(recorder) = recorder else {
        let (end, synced) = sync::run_in_memory(tenant, options, progress).await?;
        return Ok((end, SyncRecords::Memory(Box::new(synced))));
    };
    let end = sync::run_with_checkpoints(tenant, options, progress, recorder.checkpoints()).await?;
    let stored = recorder.into_store();
    let stored = stored.map_err(|e| CheckpointError::Failed(e.to_string()))?;
    Ok((end, SyncRecords::Stored(stored)))
}

/// Writes the records, on a thread where a slow disk delays no other tenant.
async fn write(
    name: &str,
    (end, records): FinishedSync,
    output: Option<Output>,
    source: TenantConnector,
) -> TenantEnd {
    let writing = tokio::task::spawn_blocking(move || {
        if let Some(recorder) = source.tenant_recorder() {
            let ended = recorder.finish_recording(&end.run.started_at);
            ended.map_err(|e| format!("the recording could not be written whole: {e}"))?;
        }
        if let Some(output) = output {
            let written = output.write(|out| records.write_ndjson(out));
            written.map_err(|e| format!("the output could not be written: {e}"))?;
        }
        Ok::<_, String>(end)
    });
    match writing.await {
        Ok(Ok(end)) => TenantEnd::from_end(name, end),
        Ok(Err(reason)) => TenantEnd::from_reason(name, reason),
        Err(lost) => {
            TenantEnd::from_reason(name, format!("the output could not be written: {lost}"))
        }
    }
}

impl TenantEnd {
    /// Returns the end of a sync that has a result.
    pub fn from_end(name: &str, end: SyncEnd) -> Self {
        let gaps = end.gaps().into_iter().cloned().collect();
        let SyncEnd { run, summary, .. } = end;
        Self {
            name: name.to_owned(),
            outcome: if summary.complete {
                TenantOutcome::Complete(summary)
            } else {
                TenantOutcome::Incomplete(summary)
            },
            totals: Totals::default(),
            time: Duration::ZERO,
            run: Some(run),
            gaps,
            cause: None,
            meter: Arc::default(),
        }
    }

    /// Returns the end of a tenant of which nothing was read.
    pub fn from_reason(name: &str, reason: String) -> Self {
        Self {
            name: name.to_owned(),
            outcome: TenantOutcome::Failed(reason),
            totals: Totals::default(),
            time: Duration::ZERO,
            run: None,
            gaps: Vec::new(),
            cause: Some(FailureCause::Host),
            meter: Arc::default(),
        }
    }

    /// Returns the end of a tenant whose task failed.
    pub fn lost_tenant(name: &str) -> Self {
        Self::from_reason(
            name,
            "an internal task of the host failed: report it as a bug".to_owned(),
        )
    }
}
