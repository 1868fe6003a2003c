//! `validate`: whether the credential works, and what every sync with it will lack.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::{ComponentArgs, LimitArgs, ProviderArgs};
use super::log::LogArgs;
use super::output::{Format, print, print_json};
use super::{CliError, Environment, Exit, component};
use crate::gateway::Pacer;
use crate::report::describe_tenant;
use crate::sync::{self, SyncOptions};
use crate::tenant::TenantConnector;

/// Options of `validate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) async fn run(args: Args, environment: &Environment) -> Result<Exit, CliError> {
    args.log.start()?;
    let connector = component::load(&args.component).await?;
    let pacer = Pacer::new(Duration::from_secs(60));
    let mut tenant = args
        .provider
        .tenant(connector.descriptor(), environment, pacer)?;
    args.limits.set(&mut tenant.limits);
    let tenant = TenantConnector::new(&connector, tenant);
    let tenant = Arc::new(tenant.map_err(|e| CliError::Usage(e.to_string()))?);
    let options = SyncOptions {
        max_wait: Duration::from_secs(60),
        // Somebody is waiting for the answer: a few seconds are enough to tell a hiccup.
        retries: 2,
        ..SyncOptions::default()
    };
    let began = Instant::now();
    let ended = tokio::select! {
        biased;
        stopped = super::sync::stopped() => Err(stopped),
        seen = sync::validate(Arc::clone(&tenant), &options) => Ok(seen),
    };
    tenant.gateway().log_traffic(began.elapsed());
    let seen = ended??;
    match args.format {
        Format::Json => print_json(&seen)?,
        Format::Text => print(&describe_tenant(&seen))?,
    }
    Ok(Exit::Done)
}
