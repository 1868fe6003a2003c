//! `sync --dry-run`: the requests that a sync needs, its time at the rate limits, its share of the month.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tokio::task::JoinSet;

use super::args::{ReadArgs, Switch};
use super::output::{OutputFormat, print_json, print_note, print_text};
use super::progress::SyncProgressBar;
use super::tenants;
use super::{CliError, Environment, Exit};
use crate::report::{describe_estimate, plain};
use connector_host::TenantConnector;
use connector_host::tenants::{Secrets, SharedRateLimiters, TenantEntry, TenantSync, TenantsFile};
use connector_runtime::Connector;
use connector_store::{Store, StoredEstimate};
use connector_sync::{self as sync, Estimated, Progress, RequestEstimate, Source, SyncOptions};
use connector_types::Tenant;

/// The requests of a sync, and where the numbers come from.
#[derive(Debug, Serialize)]
pub(super) struct DryRun {
    /// The tenant's name in its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    tenant: Tenant,
    source: EstimateSource,
    /// Requests that this dry run sent.
    sent: u64,
    estimate: RequestEstimate,
    /// Set if the sync may carry scopes over instead of reading them.
    #[serde(skip)]
    since_last: bool,
}

/// The note on a sync of changes, whose requests depend on a log that a dry run does not read.
const SINCE_LAST: &str = "note: these are the requests of a sync that reads everything. With --since-last a sync sends fewer where the provider's change log shows what has not changed.\n";

/// The source of an estimate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EstimateSource {
    /// The provider's lists, read now.
    Provider,
    /// A sync in the database.
    StoredSync {
        run: i64,
        started_at: String,
        complete: bool,
    },
}

/// A tenant of a file for which there is no estimate.
#[derive(Debug, Serialize)]
struct FailedTenant {
    name: String,
    error: String,
}

/// The estimates of all tenants of a file.
#[derive(Debug, Default, Serialize)]
struct DryRuns {
    tenants: Vec<DryRun>,
    failed: Vec<FailedTenant>,
}

impl DryRun {
    fn from_provider(estimated: Estimated) -> Self {
        let Estimated {
            tenant,
            estimate,
            sent,
        } = estimated;
        Self {
            name: None,
            tenant,
            source: EstimateSource::Provider,
            sent,
            estimate,
            since_last: false,
        }
    }

    fn from_stored(stored: StoredEstimate) -> Self {
        Self {
            name: None,
            tenant: stored.begun.tenant,
            source: EstimateSource::StoredSync {
                run: stored.run.0,
                started_at: stored.begun.started_at,
                complete: stored.complete,
            },
            sent: 0,
            estimate: stored.estimate,
            since_last: false,
        }
    }

    /// Returns the estimate as people read it.
    fn describe_text(&self) -> String {
        let name = self.name.as_ref().unwrap_or(&self.tenant.display_name);
        let source = match &self.source {
            EstimateSource::Provider => "from the provider's lists, read now".to_owned(),
            EstimateSource::StoredSync {
                run,
                started_at,
                complete,
            } => {
                let part = if *complete {
                    ""
                } else {
                    ", which was not complete"
                };
                format!("from sync {run} of {}{part}", plain(started_at))
            }
        };
        let note = if self.since_last { SINCE_LAST } else { "" };
        describe_estimate(name, &source, self.sent, &self.estimate) + note
    }
}

/// Estimates the sync of one tenant, and prints the estimate.
pub(super) async fn run<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    db: Option<&Path>,
    format: OutputFormat,
) -> Result<Exit, CliError> {
    let bar = Arc::new(SyncProgressBar::new(Arc::default()));
    let estimating = estimate_source(&source, options, db, bar.clone());
    let ended = tokio::select! {
        biased;
        stopped = super::signals::stopped_error() => Err(stopped),
        ended = estimating => ended,
    };
    bar.finish();
    let found = ended?;
    match format {
        OutputFormat::Text => print_text(&found.describe_text())?,
        OutputFormat::Json => print_json(&found)?,
    }
    Ok(Exit::Done)
}

/// Takes the estimate from the database where it has a sync with these settings, else from the provider.
async fn estimate_source<S: Source>(
    source: &Arc<S>,
    options: &SyncOptions,
    db: Option<&Path>,
    progress: Arc<dyn Progress>,
) -> Result<DryRun, CliError> {
    let found = match db.and_then(|db| find_stored(&**source, options, db)) {
        Some(stored) => DryRun::from_stored(stored),
        None => {
            let estimated = sync::estimate_sync(Arc::clone(source), options, progress).await?;
            DryRun::from_provider(estimated)
        }
    };
    Ok(DryRun {
        since_last: options.since_last.is_some(),
        ..found
    })
}

/// Looks for a sync with these settings. A database without one, and one that cannot be read, are no
/// reason not to ask the provider.
fn find_stored<S: Source>(source: &S, options: &SyncOptions, db: &Path) -> Option<StoredEstimate> {
    if !db.exists() {
        return None;
    }
    let settings = sync::describe_settings(source, options);
    let found = Store::open_to_read(db).and_then(|store| {
        store.estimate_requests(source.descriptor(), &source.base_url(), &settings)
    });
    let why = match found {
        Ok(Some(stored)) => return Some(stored),
        Ok(None) => "it has no sync of this connector, base URL, credentials and types".to_owned(),
        Err(error) => error.to_string(),
    };
    print_note(&format!(
        "note: {} gives no estimate: {}. The provider is asked.\n",
        plain(&db.display().to_string()),
        plain(&why)
    ));
    None
}

/// Estimates the syncs of all tenants of a file at once, and prints the estimates.
pub(super) async fn run_tenants(
    connector: &Connector,
    file: &TenantsFile,
    args: &ReadArgs,
    (pacing, format): (Switch, OutputFormat),
    environment: &Environment,
) -> Result<Exit, CliError> {
    let mut rate_limiters = SharedRateLimiters::new(connector, args.sync_options().max_wait);
    let (mut running, mut results) = (JoinSet::new(), DryRuns::default());
    for entry in &file.tenants {
        match tenants::read_settings(connector, entry, args, environment) {
            Ok((mut tenant, secrets)) => {
                tenant.paced = entry.pacing.unwrap_or(pacing == Switch::On);
                let source = equip_source(connector, &mut rate_limiters, tenant, secrets);
                running.spawn(estimate_tenant(entry.clone(), source));
            }
            Err(reason) => results.add_failure(&entry.name, reason),
        }
    }
    let gathering = async {
        while let Some(ended) = running.join_next().await {
            let (name, ended) = ended.map_err(|e| CliError::for_error(e.to_string()))?;
            results.add_result(name, ended);
        }
        Ok::<_, CliError>(())
    };
    tokio::select! {
        biased;
        stopped = super::signals::stopped_error() => return Err(stopped),
        gathered = gathering => gathered?,
    }
    results.print_all(format)?;
    Ok(results.exit_status())
}

type PreparedTenant = Result<(TenantConnector, SyncOptions), String>;

fn equip_source(
    connector: &Connector,
    rate_limiters: &mut SharedRateLimiters,
    mut tenant: TenantSync,
    secrets: Secrets,
) -> PreparedTenant {
    rate_limiters.equip_tenant(&mut tenant, secrets);
    let source = TenantConnector::new(connector, tenant.config);
    Ok((source.map_err(|e| e.to_string())?, tenant.options))
}

async fn estimate_tenant(
    entry: TenantEntry,
    source: PreparedTenant,
) -> (String, Result<DryRun, String>) {
    let estimated = async {
        let (source, options) = source?;
        let quiet = Arc::new(sync::NoProgress);
        let found = estimate_source(&Arc::new(source), &options, entry.db.as_deref(), quiet).await;
        found.map_err(|e| e.to_string())
    };
    let ended = estimated.await;
    (entry.name, ended)
}

impl DryRuns {
    fn add_failure(&mut self, name: &str, error: String) {
        self.failed.push(FailedTenant {
            name: name.to_owned(),
            error,
        });
    }

    fn add_result(&mut self, name: String, ended: Result<DryRun, String>) {
        match ended {
            Ok(found) => self.tenants.push(DryRun {
                name: Some(name),
                ..found
            }),
            Err(error) => self.add_failure(&name, error),
        }
    }

    fn print_all(&mut self, format: OutputFormat) -> Result<(), CliError> {
        self.tenants.sort_by(|a, b| a.name.cmp(&b.name));
        self.failed.sort_by(|a, b| a.name.cmp(&b.name));
        if format == OutputFormat::Json {
            return print_json(self);
        }
        let mut text: String = self.tenants.iter().map(DryRun::describe_text).collect();
        for FailedTenant { name, error } in &self.failed {
            text.push_str(&format!("{name}: no estimate: {}\n", plain(error)));
        }
        print_text(&text)
    }

    fn exit_status(&self) -> Exit {
        match (self.tenants.is_empty(), self.failed.is_empty()) {
            (_, true) => Exit::Done,
            (true, false) => Exit::AllFailed,
            (false, false) => Exit::SomeFailed,
        }
    }
}
