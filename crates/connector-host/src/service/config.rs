//! The address of a service, and the transport to it.

use std::time::Duration;

use thiserror::Error;

use super::api;
use connector_gateway::{
    BaseUrl, ClientError, Credentials, EgressOptions, Gateway, RateLimiter, Secret,
};
use connector_runtime::{CallFailure, CallLimits};

/// The address and the access settings of a service.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// The base URL of the service.
    pub base_url: BaseUrl,
    /// The token that it requires of its callers.
    pub token: Secret,
    /// The network settings.
    pub egress: EgressOptions,
    /// Of a call's limits, those that hold here: wall-clock time, what it returns, what all return,
    /// the memory for failures, the pages of a list, and the sync's own time. The others are the engine's.
    pub limits: CallLimits,
    /// The rate limiter of its requests.
    pub rate_limiter: RateLimiter,
}

impl ServiceConfig {
    /// Returns a service with default limits and its own rate limiter.
    pub fn new(base_url: BaseUrl, token: Secret) -> Self {
        Self {
            base_url,
            token,
            egress: EgressOptions::default(),
            limits: CallLimits::default(),
            rate_limiter: RateLimiter::new(Duration::from_secs(300)),
        }
    }
}

/// The reason why a service cannot be read.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Its address or certificate roots cannot be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It did not answer, or not as a service of the contract does.
    #[error(transparent)]
    Failed(#[from] CallFailure),
    /// Its connector's description cannot be followed.
    #[error("the connector's description cannot be followed: {0}")]
    Descriptor(String),
}

pub(super) fn service_gateway(config: &ServiceConfig) -> Result<Gateway, ClientError> {
    let credentials =
        Credentials::none().with(api::CREDENTIAL, &api::token_scheme(), config.token.clone());
    let gateway = Gateway::new(
        &api::service_manifest(),
        config.base_url.clone(),
        credentials,
        &egress_options(config),
        config.rate_limiter.clone(),
    )?;
    Ok(gateway.show_headers(api::HEADERS))
}

/// Returns options for requests that each are a whole call of the service, with several requests to the provider.
fn egress_options(config: &ServiceConfig) -> EgressOptions {
    let most = config.limits.returned_bytes;
    EgressOptions {
        read_timeout: config.limits.wall_clock,
        total_timeout: config.limits.wall_clock,
        max_body: u64::try_from(most.min(config.limits.budget.limit())).unwrap_or(u64::MAX),
        ..config.egress.clone()
    }
}
