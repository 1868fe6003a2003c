//! `sync`: reads a whole tenant, and says whether it was whole.

use std::sync::Arc;
use std::time::Instant;

use super::args::{ComponentArgs, ProviderArgs, ReadArgs, Switch};
use super::keep::{KeepArgs, Kept, Later};
use super::log::LogArgs;
use super::output::{Format, print, print_json, tell, unless_reader_left};
use super::progress::Bar;
use super::record::{self, RecordArgs};
use super::result::{Failure, SyncResult};
use super::service::ServiceArgs;
use super::tenants::TenantsArgs;
use super::{CliError, Environment, Exit, component, tenants};
use crate::report::{
    Destination, describe_replicas, describe_totals, describe_traffic, summarize, write_ndjson,
};
use connector_gateway::Gateway;
use connector_host::service::ServiceConnector;
use connector_host::tenants::SyncMeter;
use connector_host::{TenantConfig, TenantConnector};
use connector_runtime::Connector;
use connector_sync::{self as sync, Source, Synced};

/// Options of `sync`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    tenants: TenantsArgs,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    keep: KeepArgs,
    /// Go on with the sync in the database that was broken off, if there is one and it was begun
    /// within a day, with the same connector, tenant and options
    #[arg(long, conflicts_with = "record")]
    resume: bool,
    #[command(flatten)]
    record: RecordArgs,
    /// Hold requests back so that the provider's limits are never met
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pacing: Switch,
}

pub(super) async fn run(args: Args, environment: &Environment) -> Result<Exit, CliError> {
    args.log.start()?;
    let (keep, format) = (args.keep.clone(), args.tenants.format);
    if format == Format::Json && args.read.ndjson == Some(Destination::Stdout) {
        let text =
            "--format json and --ndjson - both go to standard output: name a file for one of them";
        return Err(CliError::Usage(text.to_owned()));
    }
    let exit = read_any(args, environment).await;
    if let (Format::Json, Err(error)) = (format, &exit) {
        print_json(&Failure::new(error))?;
    }
    let exit = exit?;
    keep.after()?;
    Ok(exit)
}

async fn read_any(args: Args, environment: &Environment) -> Result<Exit, CliError> {
    let (component, how, keep) = (&args.component, &args.read, &args.keep);
    let options = keep.options(args.resume);
    let pacer = how.pacer(args.pacing);
    let service = args.service.connect(
        component,
        &args.provider,
        &how.limits,
        environment,
        pacer.clone(),
    );
    if let Some(service) = service.await? {
        let kept = keep.open(options, how, Later::GoesOn)?;
        return read_from(Arc::new(service), how, kept, args.tenants.format).await;
    }
    let connector = component::load(component).await?;
    if let Some(file) = &args.tenants.tenants {
        let choice = (args.pacing, &args.tenants);
        return tenants::run(&connector, file, how, choice, options, environment).await;
    }
    let kept = keep.open(options, how, Later::GoesOn)?;
    let mut tenant = args
        .provider
        .tenant(connector.descriptor(), environment, pacer)?;
    args.record.set(&connector, how, &mut tenant)?;
    let source = source(&connector, tenant, how)?;
    read_from(source, how, kept, args.tenants.format).await
}

/// A source, and what its calls came to.
pub(super) trait Reported: Source {
    /// The way that its requests take.
    fn gateway(&self) -> Arc<Gateway>;

    /// Lines at the end of the summary.
    fn remarks(&self) -> String;

    /// What there is to do when a sync has come to its end.
    fn ended(&self, _synced: &Synced) -> Result<(), CliError> {
        Ok(())
    }
}

impl Reported for TenantConnector {
    fn gateway(&self) -> Arc<Gateway> {
        self.gateway()
    }

    fn remarks(&self) -> String {
        describe_totals(&self.totals())
    }

    fn ended(&self, synced: &Synced) -> Result<(), CliError> {
        record::end(self.recorder(), synced)
    }
}

impl Reported for ServiceConnector {
    fn gateway(&self) -> Arc<Gateway> {
        self.gateway()
    }

    fn remarks(&self) -> String {
        describe_replicas(&self.replicas().answers())
    }
}

/// Reads a tenant and reports it.
pub(super) async fn read(
    connector: &Connector,
    tenant: TenantConfig,
    args: &ReadArgs,
    kept: Kept,
) -> Result<Exit, CliError> {
    read_from(source(connector, tenant, args)?, args, kept, Format::Text).await
}

/// Reads a tenant for the database alone.
pub(super) async fn read_quietly(
    connector: &Connector,
    tenant: TenantConfig,
    args: &ReadArgs,
    kept: Kept,
) -> Result<(), CliError> {
    let source = source(connector, tenant, args)?;
    gather(&source, args, kept, (false, &Arc::default()))
        .await
        .map(drop)
}

fn source(
    connector: &Connector,
    mut tenant: TenantConfig,
    args: &ReadArgs,
) -> Result<Arc<TenantConnector>, CliError> {
    args.limits.set(&mut tenant.limits);
    let tenant = TenantConnector::new(connector, tenant);
    tenant
        .map(Arc::new)
        .map_err(|e| CliError::Usage(e.to_string()))
}

async fn read_from<S: Reported>(
    source: Arc<S>,
    args: &ReadArgs,
    kept: Kept,
    format: Format,
) -> Result<Exit, CliError> {
    let output = match &args.ndjson {
        Some(place) => Some(place.open().map_err(|e| CliError::Usage(e.to_string()))?),
        None => None,
    };
    let began = Instant::now();
    let meter = Arc::new(SyncMeter::default());
    let synced = gather(&source, args, kept, (output.is_some(), &meter)).await?;
    source.ended(&synced)?;
    if let Some(output) = output {
        let written = output.write(|mut out| write_ndjson(&synced, &mut out));
        unless_reader_left(written)?;
    }
    if format == Format::Json {
        let traffic = source.gateway().traffic();
        let exit = Exit::of(&synced);
        print_json(&SyncResult::of_sync(
            synced,
            &traffic,
            (began.elapsed(), &meter),
        ))?;
        return Ok(exit);
    }
    let mut summary = summarize(&synced, source.descriptor());
    let traffic = source.gateway().traffic();
    summary.push_str(&describe_traffic(&traffic, began.elapsed()));
    summary.push_str(&source.remarks());
    match &args.ndjson {
        // Standard output carries the records, and nothing else.
        Some(Destination::Stdout) => tell(&summary),
        _ => print(&summary)?,
    }
    Ok(Exit::of(&synced))
}

/// Reads from a source until it is whole or the user stops it. Where records are to be `written`, the
/// result has them.
async fn gather<S: Reported>(
    source: &Arc<S>,
    args: &ReadArgs,
    kept: Kept,
    (written, meter): (bool, &Arc<SyncMeter>),
) -> Result<Synced, CliError> {
    let began = Instant::now();
    let bar = Arc::new(Bar::new(Arc::clone(meter)));
    let options = args.options();
    let ended = tokio::select! {
        // First, so that a signal is listened for before anything is sent.
        biased;
        stopped = stopped() => Err(stopped),
        ended = sync::run_kept(Arc::clone(source), &options, bar.clone(), kept.journal()) => Ok(ended),
    };
    bar.finish();
    source.gateway().log_traffic(began.elapsed());
    match ended {
        Ok(ended) => kept.end(ended, written),
        Err(stopped) => Err(kept.stopped(stopped)),
    }
}

/// Ends when the user or the system asks the process to stop.
pub(super) async fn stopped() -> CliError {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return interrupted();
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
    interrupted()
}

fn interrupted() -> CliError {
    CliError::Interrupted("what was read so far is not whole, and was not written".to_owned())
}
