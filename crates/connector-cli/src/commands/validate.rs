//! `validate`: whether the credential works, and what every sync with it will lack.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::{ComponentArgs, LimitArgs, ProviderArgs};
use super::log::LogArgs;
use super::output::{OutputFormat, print_json, print_text};
use super::service::ServiceArgs;
use super::{CliError, Environment, Exit, component};
use crate::report::describe_tenant;
use connector_gateway::RateLimiter;
use connector_host::TenantConnector;
use connector_sync::{self as sync, Source, SyncOptions};

/// Options of `validate`.
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Format of the result
    #[arg(long, value_enum, default_value_t = OutputFormat::Text, help_heading = "Output")]
    format: OutputFormat,
}

pub(super) async fn run(args: ValidateArgs, environment: &Environment) -> Result<Exit, CliError> {
    args.log.start()?;
    let rate_limiter = RateLimiter::new(Duration::from_secs(60));
    let ValidateArgs {
        component,
        provider,
        limits,
        ..
    } = &args;
    let service = args.service.connect(
        component,
        provider,
        limits,
        environment,
        rate_limiter.clone(),
    );
    if let Some(service) = service.await? {
        return check_credentials(Arc::new(service), args.format).await;
    }
    let connector = component::load(component).await?;
    let provider = provider.clone();
    let mut tenant = provider.tenant_config(connector.descriptor(), environment, rate_limiter)?;
    limits.apply_limits(&mut tenant.limits);
    let tenant = TenantConnector::new(&connector, tenant);
    let tenant = Arc::new(tenant.map_err(|e| CliError::Usage(e.to_string()))?);
    let began = Instant::now();
    let checked = check_credentials(Arc::clone(&tenant), args.format).await;
    tenant.gateway().log_traffic(began.elapsed());
    checked
}

async fn check_credentials<S: Source>(
    source: Arc<S>,
    format: OutputFormat,
) -> Result<Exit, CliError> {
    let options = SyncOptions {
        max_wait: Duration::from_secs(60),
        // A user is waiting for the answer: a few seconds are enough to rule out a transient error.
        retries: 2,
        ..SyncOptions::default()
    };
    let seen = tokio::select! {
        biased;
        stopped = super::signals::stopped_error() => return Err(stopped),
        seen = sync::validate(source, &options) => seen?,
    };
    match format {
        OutputFormat::Json => print_json(&seen)?,
        OutputFormat::Text => print_text(&describe_tenant(&seen))?,
    }
    Ok(Exit::Done)
}
