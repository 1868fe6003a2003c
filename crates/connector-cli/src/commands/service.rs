//! `--service`: the connector runs elsewhere, and is read over HTTP.

use super::args::{ComponentArgs, LimitArgs, ProviderArgs};
use super::{CliError, Environment, settings};
use connector_gateway::{AllowedNetworks, EgressOptions, RateLimiter, Secret};
use connector_host::service::{ConnectError, ServiceConfig, ServiceConnector};
use connector_runtime::{CallFailure, CallLimits};

/// Holds what the service wants of its callers.
const TOKEN: &str = "CONNECTOR_SERVICE_TOKEN";

/// Which service, if any.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
pub(super) struct ServiceArgs {
    /// Read through a connector service at this URL instead of running a connector here. The
    /// service has the provider's key; CONNECTOR_SERVICE_TOKEN contains the service's token. Of the
    /// limits, wall-clock-seconds, returned-mib, records, tenant-returned-mib, tenant-memory-mib
    /// (for stored failures), pages and sync-seconds apply here
    #[arg(long, value_name = "URL")]
    service: Option<String>,
}

impl ServiceArgs {
    /// Connects to the service, if one is named. The other options about a connector or a provider
    /// then have no effect.
    pub(super) async fn connect(
        &self,
        component: &ComponentArgs,
        provider: &ProviderArgs,
        limits: &LimitArgs,
        environment: &Environment,
        rate_limiter: RateLimiter,
    ) -> Result<Option<ServiceConnector>, CliError> {
        let Some(url) = &self.service else {
            return Ok(None);
        };
        refuse_others(component, provider)?;
        let base_url = url.parse().map_err(|e| unusable_address(&format!("{e}")))?;
        let mut call_limits = CallLimits::default();
        limits.apply_limits(&mut call_limits);
        let config = ServiceConfig {
            base_url,
            token: service_token(environment)?,
            egress: egress_options(provider, environment)?,
            limits: call_limits,
            rate_limiter,
        };
        let connecting = ServiceConnector::connect(config);
        let connected = tokio::select! {
            biased;
            stopped = super::signals::stopped_error() => return Err(stopped),
            connected = connecting => connected,
        };
        connected.map(Some).map_err(CliError::from)
    }
}

/// Refuses options that have no effect, because the operator expects one.
fn refuse_others(component: &ComponentArgs, provider: &ProviderArgs) -> Result<(), CliError> {
    let given = [
        ("--component", component.component.is_some()),
        ("--approved", component.approved.is_some()),
        ("--cache", component.cache.is_some()),
        ("--deterministic", component.deterministic),
        ("--base-url", provider.base_url.is_some()),
        ("--trust-base-url", provider.trust_base_url),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => Err(CliError::Usage(format!(
            "{option} cannot be used with --service: the service has a connector and a provider of its own. Set it there."
        ))),
    }
}

fn service_token(environment: &Environment) -> Result<Secret, CliError> {
    let Some(text) = environment.get(TOKEN)? else {
        return Err(CliError::Usage(format!(
            "no token: set {TOKEN} to the one that the service has. If the service is open, any text will do."
        )));
    };
    let secret = Secret::new(text);
    secret.map_err(|e| CliError::Usage(format!("{TOKEN} cannot be used: {e}")))
}

fn egress_options(
    provider: &ProviderArgs,
    environment: &Environment,
) -> Result<EgressOptions, CliError> {
    let allowed = provider.allow_network.iter().copied();
    let proxy = provider.proxy.as_deref();
    let proxy = proxy.map(|text| settings::proxy_of(text, environment));
    Ok(EgressOptions {
        ca_file: provider.ca_file.clone(),
        allowed: allowed.fold(AllowedNetworks::default(), AllowedNetworks::with_network),
        proxy: proxy.transpose()?,
        ..EgressOptions::default()
    })
}

fn unusable_address(reason: &str) -> CliError {
    CliError::Usage(format!("the URL of --service cannot be used: {reason}"))
}

impl From<ConnectError> for CliError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Client(error) => Self::Usage(error.to_string()),
            ConnectError::Failed(CallFailure::Reported { case, problem }) => Self::Failed {
                message: problem.message,
                case: Some(case.name()),
                detail: Some(format!("{}: {}", case.name(), problem.detail)),
            },
            other @ (ConnectError::Failed(_) | ConnectError::Descriptor(_)) => {
                Self::for_error(other.to_string())
            }
        }
    }
}
