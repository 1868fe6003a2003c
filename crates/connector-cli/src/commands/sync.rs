//! `sync`: reads a whole tenant, and says whether it was whole.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use super::args::{ComponentArgs, ProviderArgs, ReadArgs, Switch};
use super::log::LogArgs;
use super::output::{OutputFormat, print_json, print_note, print_text, unless_reader_left};
use super::outputs::{claim_inputs, claim_outputs};
use super::progress::SyncProgressBar;
use super::record::{self, RecordArgs};
use super::result::{FailureResult, SyncResult};
use super::service::ServiceArgs;
use super::signals::{Listener, stopped_error};
use super::storage::{ResumeHint, StorageArgs, SyncDestination};
use super::tenants::TenantsArgs;
use super::traces::TraceArgs;
use super::{CliError, Environment, Exit, component, dry_run, tenants};
use crate::report::{
    Destination, describe_replicas, describe_totals, describe_traffic, summarize_end,
};
use connector_gateway::Gateway;
use connector_host::service::ServiceConnector;
use connector_host::tenants::{SyncMeter, TenantsFile};
use connector_host::{TenantConfig, TenantConnector};
use connector_runtime::Connector;
use connector_store::SyncRecords;
use connector_sync::{self as sync, Source, SyncEnd, SyncOptions};

/// Options of `sync`.
#[derive(Debug, clap::Args)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    traces: TraceArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    tenants: TenantsArgs,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    keep: StorageArgs,
    /// Resume the interrupted sync in the database, if it began within a day with the same connector,
    /// tenant and options
    #[arg(long, conflicts_with = "record", help_heading = "Output")]
    resume: bool,
    /// State the requests, time and share of the monthly quota that a sync takes, without making it.
    /// Nothing is sent if --db has a sync of the same settings
    #[arg(long, conflicts_with_all = ["resume", "record", "ndjson", "report"], help_heading = "Content")]
    dry_run: bool,
    #[command(flatten)]
    since_last: SinceLastArgs,
    #[command(flatten)]
    record: RecordArgs,
    /// Delay requests so that the provider's limits are never exceeded
    #[arg(long, value_enum, default_value_t = Switch::On, help_heading = "Requests")]
    pacing: Switch,
}

/// Options of a sync of changes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Content")]
struct SinceLastArgs {
    /// Read what changed since the last finished sync in the database, by the provider's change log, and
    /// carry over the rest. Everything is read if the log does not show every change
    #[arg(long, conflicts_with = "record")]
    since_last: bool,
    /// With --since-last, one sync in N reads everything
    #[arg(long, value_name = "N", default_value_t = SyncOptions::FULL_EVERY, requires = "since_last")]
    full_every: NonZeroU32,
}

impl SinceLastArgs {
    /// Returns the number of syncs of which one reads everything, if the others read only changes.
    fn get(&self) -> Option<NonZeroU32> {
        self.since_last.then_some(self.full_every)
    }
}

pub(super) async fn run(mut args: SyncArgs, environment: &Environment) -> Result<Exit, CliError> {
    args.read.since_last = args.since_last.get();
    let (keep, format) = (args.keep.clone(), args.tenants.format);
    let ended = start(args, environment).await;
    if let (OutputFormat::Json, Err(error)) = (format, &ended) {
        print_json(&FailureResult::new(error))?;
    }
    let exit = ended?;
    keep.write_outputs()?;
    Ok(exit)
}

/// Checks the outputs and the tenants file before anything is opened, and reads.
async fn start(args: SyncArgs, environment: &Environment) -> Result<Exit, CliError> {
    if args.tenants.format == OutputFormat::Json && args.read.ndjson == Some(Destination::Stdout) {
        let text =
            "--format json and --ndjson - both go to standard output: name a file for one of them";
        return Err(CliError::Usage(text.to_owned()));
    }
    if args.read.since_last.is_some() && args.keep.db.is_none() && args.tenants.tenants.is_none() {
        let text =
            "--since-last carries over from a sync that is in a file: name the file with --db";
        return Err(CliError::Usage(text.to_owned()));
    }
    let record = args.record.recording_file();
    let mut claims = claim_outputs(&args.log, &args.read, &args.keep, record)?;
    claim_inputs(&mut claims, &args.component, &args.provider)?;
    let tenants = args.tenants.tenants.as_deref();
    let tenants = tenants.map(|path| tenants::read_file(path, args.tenants.shard, claims));
    let mut tenants = tenants.transpose()?;
    args.keep.check_effect(tenants.as_ref())?;
    let traces = args.traces.start(&args.log)?;
    if let Some(file) = &mut tenants {
        tenants::warn_of_tenants(file, args.tenants.shard);
        if let Some(time) = args.tenants.if_older {
            tenants::retain_older(file, time);
        }
    }
    let ended = read_any(args, tenants, environment).await;
    traces.finish().await;
    ended
}

async fn read_any(
    args: SyncArgs,
    tenants: Option<TenantsFile>,
    environment: &Environment,
) -> Result<Exit, CliError> {
    let (component, how, keep) = (&args.component, &args.read, &args.keep);
    let (options, format) = (keep.recorder_options(args.resume), args.tenants.format);
    let rate_limiter = how.rate_limiter(args.pacing);
    let service = args.service.connect(
        component,
        &args.provider,
        &how.limits,
        environment,
        rate_limiter.clone(),
    );
    if let Some(service) = service.await? {
        if args.dry_run {
            return dry_run::run(Arc::new(service), &how.sync_options(), keep.db(), format).await;
        }
        let destination = keep.open(options, ResumeHint::GoesOn)?;
        return read_from(Arc::new(service), how, destination, format).await;
    }
    let connector = component::load(component).await?;
    if let Some(file) = &tenants {
        let choice = (args.pacing, format);
        if args.dry_run {
            return dry_run::run_tenants(&connector, file, how, choice, environment).await;
        }
        return tenants::run(&connector, file, how, choice, options, environment).await;
    }
    let provider = args.provider;
    let mut tenant = provider.tenant_config(connector.descriptor(), environment, rate_limiter)?;
    if args.dry_run {
        let source = tenant_source(&connector, tenant, how)?;
        return dry_run::run(source, &how.sync_options(), keep.db(), format).await;
    }
    let destination = keep.open(options, ResumeHint::GoesOn)?;
    args.record.attach_recorder(&connector, how, &mut tenant)?;
    let source = tenant_source(&connector, tenant, how)?;
    read_from(source, how, destination, format).await
}

/// A source, and what its calls came to.
pub(super) trait ReportingSource: Source {
    /// Returns the gateway that its requests pass through.
    fn tenant_gateway(&self) -> Arc<Gateway>;

    /// Lines at the end of the summary.
    fn sync_remarks(&self) -> String;

    /// Runs the final actions after the end of a sync.
    fn record_end(&self, _end: &SyncEnd) -> Result<(), CliError> {
        Ok(())
    }
}

impl ReportingSource for TenantConnector {
    fn tenant_gateway(&self) -> Arc<Gateway> {
        self.gateway()
    }

    fn sync_remarks(&self) -> String {
        describe_totals(&self.usage_totals())
    }

    fn record_end(&self, end: &SyncEnd) -> Result<(), CliError> {
        record::finish_recording(self.tenant_recorder(), end)
    }
}

impl ReportingSource for ServiceConnector {
    fn tenant_gateway(&self) -> Arc<Gateway> {
        self.gateway()
    }

    fn sync_remarks(&self) -> String {
        describe_replicas(&self.service_replicas().answer_counts())
    }
}

/// Reads a tenant and reports it.
pub(super) async fn read(
    connector: &Connector,
    tenant: TenantConfig,
    args: &ReadArgs,
    destination: SyncDestination,
) -> Result<Exit, CliError> {
    read_from(
        tenant_source(connector, tenant, args)?,
        args,
        destination,
        OutputFormat::Text,
    )
    .await
}

/// Reads a tenant for the database alone.
pub(super) async fn read_quietly(
    connector: &Connector,
    tenant: TenantConfig,
    args: &ReadArgs,
    destination: SyncDestination,
) -> Result<(), CliError> {
    let source = tenant_source(connector, tenant, args)?;
    gather_records(&source, args, destination, &Arc::default())
        .await
        .map(drop)
}

fn tenant_source(
    connector: &Connector,
    mut tenant: TenantConfig,
    args: &ReadArgs,
) -> Result<Arc<TenantConnector>, CliError> {
    args.limits.apply_limits(&mut tenant.limits);
    let tenant = TenantConnector::new(connector, tenant);
    tenant
        .map(Arc::new)
        .map_err(|e| CliError::Usage(e.to_string()))
}

async fn read_from<S: ReportingSource>(
    source: Arc<S>,
    args: &ReadArgs,
    destination: SyncDestination,
    format: OutputFormat,
) -> Result<Exit, CliError> {
    let output = match &args.ndjson {
        Some(place) => Some(place.open().map_err(|e| CliError::Usage(e.to_string()))?),
        None => None,
    };
    let began = Instant::now();
    let meter = Arc::new(SyncMeter::default());
    let (end, records) = gather_records(&source, args, destination, &meter).await?;
    source.record_end(&end)?;
    if let Some(output) = output {
        unless_reader_left(output.write(|out| records.write_ndjson(out)))?;
    }
    drop(records);
    if format == OutputFormat::Json {
        let traffic = source.tenant_gateway().traffic();
        let exit = Exit::for_summary(&end.summary);
        let result = SyncResult::of_sync(end, &traffic, (began.elapsed(), &meter));
        print_json(&result)?;
        return Ok(exit);
    }
    let mut summary = summarize_end(&end, source.descriptor());
    let traffic = source.tenant_gateway().traffic();
    summary.push_str(&describe_traffic(&traffic, began.elapsed()));
    summary.push_str(&source.sync_remarks());
    match &args.ndjson {
        // Standard output carries the records, and nothing else.
        Some(Destination::Stdout) => print_note(&summary),
        _ => print_text(&summary)?,
    }
    Ok(Exit::for_summary(&end.summary))
}

/// Reads from a source until it is whole or the user stops it.
async fn gather_records<S: ReportingSource>(
    source: &Arc<S>,
    args: &ReadArgs,
    destination: SyncDestination,
    meter: &Arc<SyncMeter>,
) -> Result<(SyncEnd, SyncRecords), CliError> {
    let began = Instant::now();
    let bar = Arc::new(SyncProgressBar::new(Arc::clone(meter)));
    let options = args.sync_options();
    // To the end of writing: what a signal then means is said of the database.
    let _listener = Listener::new();
    let ended = tokio::select! {
        // First, so that a signal is listened for before anything is sent.
        biased;
        stopped = stopped_error() => Err(stopped),
        ended = sync::run_with_checkpoints(Arc::clone(source), &options, bar.clone(), destination.checkpoints()) => Ok(ended),
    };
    bar.finish();
    source.tenant_gateway().log_traffic(began.elapsed());
    match ended {
        Ok(ended) => destination.finish_sync(ended),
        Err(stopped) => Err(destination.stop_sync(stopped)),
    }
}
