//! All tenants at once, each with its share.
//!
//! What keeps them apart: every call has its own instance and limits; calls wait for places in the
//! order in which they come, and a tenant has no more under way than its share of the places; a
//! guest that computes gives way every millisecond; a tenant's memory and the records that are kept
//! for it are limited; waiting for a provider or for its rate limit holds no thread and no place of
//! others. Tenants with one key share one pacer, for the provider counts them as one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::{TenantConfig, TenantConnector};
use connector_gateway::{BaseUrl, Pacer};
use connector_runtime::{Connector, Totals};
use connector_store::{KeepOptions, Keeper, SyncRecords};
use connector_sync::output::Output;
use connector_sync::{self as sync, Quiet, SyncOptions};
use connector_types::Summary;

use super::Secrets;

/// One tenant that is to be read.
pub struct TenantSync {
    /// Who it is.
    pub config: TenantConfig,
    /// What is read.
    pub options: SyncOptions,
    /// Whether its requests are held back so that the provider's limits are never met.
    pub paced: bool,
    /// Where the records are written.
    pub output: Option<Output>,
    /// The database that the sync is kept in, and how.
    pub db: Option<(PathBuf, KeepOptions)>,
}

impl TenantSync {
    /// Keeps the sync in a database, where one is given.
    #[must_use]
    pub fn kept(self, db: Option<PathBuf>, how: KeepOptions) -> Self {
        Self {
            db: db.map(|path| (path, how)),
            ..self
        }
    }
}

/// How a tenant's sync ended.
#[derive(Clone, Debug)]
pub struct TenantEnd {
    /// The tenant's name.
    pub name: String,
    /// How it ended.
    pub outcome: TenantOutcome,
    /// What its calls used.
    pub totals: Totals,
    /// From its start to its end.
    pub time: Duration,
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
    /// By place, credential and digest of the secret.
    pacers: HashMap<(String, String, [u8; 32]), Pacer>,
    max_wait: Duration,
    waiting: Vec<TenantSync>,
    ended: Vec<TenantEnd>,
}

impl Fleet {
    /// No tenants yet. Nobody waits longer than `max_wait` for a turn at a provider.
    pub fn new(connector: &Connector, max_wait: Duration) -> Self {
        Self {
            connector: connector.clone(),
            pacers: HashMap::new(),
            max_wait,
            waiting: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Adds a tenant with its secrets: it shares the limits and waits of each secret with those who have
    /// the same one at the same place, and takes up secrets in files that change.
    pub fn add(&mut self, mut tenant: TenantSync, secrets: Secrets) {
        let pacer = self.pacer(&place(&tenant.config.base_url, &self.connector), &secrets);
        tenant.config.pacer = match tenant.paced {
            true => pacer,
            false => pacer.without_limits(),
        };
        tenant.config.credentials = secrets.credentials();
        if secrets.can_change() {
            tenant.config.renewal = Some(Arc::new(secrets));
        }
        self.waiting.push(tenant);
    }

    fn pacer(&mut self, place: &str, secrets: &Secrets) -> Pacer {
        let max_wait = self.max_wait;
        let mut pacer = Pacer::new(max_wait);
        for (credential, digest) in secrets.digests() {
            let key = (place.to_owned(), credential.clone(), digest);
            let known = self.pacers.entry(key);
            let known = known.or_insert_with(|| Pacer::new(max_wait));
            pacer = pacer.sharing(&credential, known);
        }
        pacer
    }

    /// Takes note of a tenant that cannot even be asked for.
    pub fn add_failed(&mut self, name: &str, reason: String) {
        self.ended.push(TenantEnd {
            name: name.to_owned(),
            outcome: TenantOutcome::Failed(reason),
            totals: Totals::default(),
            time: Duration::ZERO,
        });
    }

    /// Reads all tenants. `on_end` is told of each as it ends; the result is sorted by name.
    pub async fn run(self, on_end: impl Fn(&TenantEnd)) -> Vec<TenantEnd> {
        let Self {
            connector,
            waiting,
            mut ended,
            ..
        } = self;
        ended.iter().for_each(&on_end);
        let share = share(connector.sandbox().concurrent_calls(), waiting.len());
        let mut running = JoinSet::new();
        let mut names = HashMap::new();
        for mut tenant in waiting {
            tenant.options.concurrency = tenant.options.concurrency.clamp(1, share);
            let name = tenant.config.name.clone();
            let task = running.spawn(read(connector.clone(), tenant));
            names.insert(task.id(), name);
        }
        while let Some(joined) = running.join_next_with_id().await {
            let end = joined.map_or_else(
                |lost| lost_task(names.get(&lost.id()).cloned().unwrap_or_default()),
                |(_, end)| end,
            );
            on_end(&end);
            ended.push(end);
        }
        ended.sort_by(|a, b| a.name.cmp(&b.name));
        ended
    }
}

/// Where a tenant's provider is. All places that the description names are the same provider's.
fn place(base_url: &BaseUrl, connector: &Connector) -> String {
    match base_url.is_described_by(connector.descriptor()) {
        true => String::new(),
        false => base_url.to_string(),
    }
}

/// Places for one tenant when all have as many.
fn share(places: u32, tenants: usize) -> usize {
    let places = usize::try_from(places).unwrap_or(usize::MAX);
    places.checked_div(tenants).unwrap_or(places).max(1)
}

async fn read(connector: Connector, tenant: TenantSync) -> TenantEnd {
    let started = Instant::now();
    let TenantSync {
        config,
        options,
        output,
        db,
        ..
    } = tenant;
    let name = config.name.clone();
    let failed = |reason: String| (TenantOutcome::Failed(reason), Totals::default());
    let keeper = db.map(|(path, how)| Keeper::open(&path, how)).transpose();
    let (outcome, totals) = match (TenantConnector::new(&connector, config), keeper) {
        (Err(error), _) => failed(error.to_string()),
        (_, Err(error)) => failed(error.to_string()),
        (Ok(source), Ok(keeper)) => {
            let tenant = Arc::new(source.clone());
            let ended = match keeper {
                None => gather(tenant, &options).await,
                Some(keeper) => gather_kept(tenant, &options, keeper).await,
            };
            source.gateway().log_traffic(started.elapsed());
            (write(ended, output).await, source.totals())
        }
    };
    TenantEnd {
        name,
        outcome,
        totals,
        time: started.elapsed(),
    }
}

type Gathered = Result<(Summary, SyncRecords), String>;

async fn gather(tenant: Arc<TenantConnector>, options: &SyncOptions) -> Gathered {
    let synced = sync::run(tenant, options, Arc::new(Quiet)).await;
    let synced = synced.map_err(|e| e.to_string())?;
    Ok((
        synced.summary.clone(),
        SyncRecords::Memory(Box::new(synced)),
    ))
}

async fn gather_kept(
    tenant: Arc<TenantConnector>,
    options: &SyncOptions,
    keeper: Keeper,
) -> Gathered {
    let end = sync::run_kept(tenant, options, Arc::new(Quiet), keeper.journal()).await;
    let end = end.map_err(|e| e.to_string())?;
    let stored = keeper.into_store().map_err(|e| e.to_string())?;
    Ok((end.summary, SyncRecords::Stored(stored)))
}

/// Writes the records, on a thread where a slow disk holds up nobody else.
async fn write(ended: Gathered, output: Option<Output>) -> TenantOutcome {
    let writing = tokio::task::spawn_blocking(move || {
        let (summary, records) = ended?;
        if let Some(output) = output {
            let written = output.write(|out| records.write_ndjson(out));
            written.map_err(|e| format!("the output could not be written: {e}"))?;
        }
        Ok::<_, String>(summary)
    });
    match writing.await {
        Ok(Ok(summary)) if summary.complete => TenantOutcome::Complete(summary),
        Ok(Ok(summary)) => TenantOutcome::Incomplete(summary),
        Ok(Err(reason)) => TenantOutcome::Failed(reason),
        Err(lost) => TenantOutcome::Failed(format!("the output could not be written: {lost}")),
    }
}

fn lost_task(name: String) -> TenantEnd {
    TenantEnd {
        name,
        outcome: TenantOutcome::Failed("a part of the host broke off: report it".to_owned()),
        totals: Totals::default(),
        time: Duration::ZERO,
    }
}
