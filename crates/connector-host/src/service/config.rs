//! Where a service is, and the way that requests take to it.

use std::time::Duration;

use thiserror::Error;

use super::api;
use connector_gateway::{BaseUrl, ClientError, Credentials, EgressOptions, Gateway, Pacer, Secret};
use connector_runtime::{CallFailure, CallLimits};

/// Where a service is, and how it is asked.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// Where it is.
    pub base_url: BaseUrl,
    /// What it wants of its callers.
    pub token: Secret,
    /// How the network is used.
    pub egress: EgressOptions,
    /// Of a call's limits, those that hold here: wall-clock time, what it returns, what all return,
    /// the memory for failures, the pages of a list, and the sync's own time. The others are the engine's.
    pub limits: CallLimits,
    /// What gives requests their turn.
    pub pacer: Pacer,
}

impl ServiceConfig {
    /// A service with default limits and a pacer of its own.
    pub fn new(base_url: BaseUrl, token: Secret) -> Self {
        Self {
            base_url,
            token,
            egress: EgressOptions::default(),
            limits: CallLimits::default(),
            pacer: Pacer::new(Duration::from_secs(300)),
        }
    }
}

/// Why a service cannot be read.
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

pub(super) fn gateway(config: &ServiceConfig) -> Result<Gateway, ClientError> {
    let credentials = Credentials::none().with(api::CREDENTIAL, &api::form(), config.token.clone());
    let gateway = Gateway::new(
        &api::description(),
        config.base_url.clone(),
        credentials,
        &egress(config),
        config.pacer.clone(),
    )?;
    Ok(gateway.showing(api::HEADERS))
}

/// One request of ours stands for a whole call there, several requests to the provider among them.
fn egress(config: &ServiceConfig) -> EgressOptions {
    let most = config.limits.returned_bytes;
    EgressOptions {
        read_timeout: config.limits.wall_clock,
        total_timeout: config.limits.wall_clock,
        max_body: u64::try_from(most.min(config.limits.budget.limit())).unwrap_or(u64::MAX),
        ..config.egress.clone()
    }
}
