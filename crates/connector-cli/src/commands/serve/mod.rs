//! `serve`: syncs the tenants of a file on schedules, and answers over HTTP how they are.
//!
//! Reading order: `config` (the file, and its reload), `service` (one sync), `status` (what is known
//! of each tenant), `metrics` (the same for Prometheus), `listener` (HTTP).

mod config;
mod listener;
mod metrics;
mod service;
mod status;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::args::{ComponentArgs, LimitArgs};
use super::log::LogArgs;
use super::output::print_note;
use super::signals::{Listener, StopSignal};
use super::traces::TraceArgs;
use super::{CliError, Environment, Exit, component};
use config::TenantsFileWatch;
use connector_host::schedule::{Scheduler, SchedulerCommand, Shard, SystemClock};
use service::TenantService;

/// The variable with the token of reports.
const TOKEN: &str = "CONNECTOR_REPORT_TOKEN";
/// The shortest token.
const SHORTEST_TOKEN: usize = 16;

/// Options of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Tenants file: each tenant has a schedule and a db
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Serve only the tenants of one of N processes; I counts from 0
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Address of the HTTP listener: /livez, /readyz, /metrics, and with CONNECTOR_REPORT_TOKEN set /tenants and /tenants/NAME/report
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    /// Tenants synced at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    running: u16,
    /// Seconds that running syncs have to end after SIGTERM; the next start resumes those that have not
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=86_400))]
    grace: u64,
    /// Longest single wait that the provider may ask for
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(..=86_400))]
    max_wait: u64,
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    traces: TraceArgs,
}

/// Runs until the process is asked to stop.
pub(super) async fn run(args: ServeArgs, environment: &Environment) -> Result<Exit, CliError> {
    let traces = args.traces.start(&args.log)?;
    let ended = serve(args, environment).await;
    traces.finish().await;
    ended
}

async fn serve(args: ServeArgs, environment: &Environment) -> Result<Exit, CliError> {
    let _listener = Listener::new();
    // From the start: a signal while the connector is loaded must not be lost.
    let stop = StopSignal::listen_as_service();
    let token = report_token(environment)?;
    let connector = component::load(&args.component).await?;
    let fault = |error: std::io::Error| {
        CliError::Usage(format!(
            "--listen {}: {error}. Name a free address of this machine.",
            args.listen
        ))
    };
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(fault)?;
    let address = listener.local_addr().map_err(fault)?;
    let service = Arc::new(TenantService::new(&args, connector, environment.clone()));
    let mut watch = TenantsFileWatch::new(args.config.clone(), args.shard, Arc::clone(&service));
    let (sender, commands) = mpsc::channel(8);
    let first = watch.load().await.map_err(CliError::Usage)?;
    // The channel has room: nothing was sent before.
    let _ = sender.send(SchedulerCommand::Replace(first)).await;
    print_note(&format!("note: listening on http://{address}\n"));
    let serving = tokio::spawn(listener::accept_connections(
        listener,
        Arc::clone(&service),
        token,
    ));
    let scheduler = Scheduler::new(Arc::clone(&service), SystemClock, args.running.into());
    let scheduling = tokio::spawn(scheduler.run(commands));
    tokio::select! {
        biased;
        _ = stop.stop_requested() => {}
        () = watch.run(&sender) => {}
    }
    service.stop();
    let _ = sender
        .send(SchedulerCommand::Stop(Duration::from_secs(args.grace)))
        .await;
    let ended = tokio::select! {
        _ = StopSignal::listen_as_service().stop_requested() => Ok(()),
        ended = scheduling => ended,
    };
    serving.abort();
    ended.map_err(|lost| {
        CliError::for_error(format!("the scheduler failed: {lost}. Report it as a bug."))
    })?;
    Ok(Exit::Done)
}

/// Returns the token of reports, if there is one.
fn report_token(environment: &Environment) -> Result<Option<String>, CliError> {
    let token = environment.get(TOKEN)?;
    match token.map(str::trim) {
        Some(token) if token.len() < SHORTEST_TOKEN => Err(CliError::Usage(format!(
            "{TOKEN} is too short: set {SHORTEST_TOKEN} characters or more"
        ))),
        token => Ok(token.map(str::to_owned)),
    }
}
