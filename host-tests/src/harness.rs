//! A simulated team, and a sync of it with everything that a host has. Not every binary needs all of it.

use std::sync::Arc;

use connector_cli::report::write_ndjson;
use connector_host::gateway::RateLimiter;
use connector_host::records::{Operation, Scope as ReadScope};
use connector_host::sync::{self, NoProgress, SyncError, SyncInventory, SyncOptions};
use connector_host::{Connector, Credentials, Secret, TenantConfig, TenantConnector};
use postman_simulator::{ExpectedScope, ExpectedState, Options, RunningSimulator, Simulator};

use crate::postman::connector;

/// The key that the simulated SCIM takes in these tests.
pub const SCIM_KEY: &str = "scim-key-of-nobody";

/// The options of one sync.
#[derive(Clone)]
pub struct Asked {
    /// Collections, and the managers of groups.
    pub opt_ins: bool,
    /// The analytics report, with what lies under it.
    pub analytics: bool,
    /// The key handed over for SCIM.
    pub scim_key: Option<&'static str>,
    /// The key for everything else; `None` is the valid one.
    pub api_key: Option<&'static str>,
    /// Calls under way at once.
    pub concurrency: usize,
}

impl Asked {
    /// Returns the default options.
    pub fn plain() -> Self {
        Self {
            opt_ins: false,
            analytics: false,
            scim_key: None,
            api_key: None,
            concurrency: 8,
        }
    }

    /// All that there is.
    pub fn everything() -> Self {
        Self {
            opt_ins: true,
            scim_key: Some(SCIM_KEY),
            ..Self::plain()
        }
    }

    /// The same, as the simulator is asked for its expected state.
    pub fn scope(&self) -> ExpectedScope {
        ExpectedScope {
            collections: self.opt_ins,
            group_managers: self.opt_ins,
            analytics: self.analytics,
            scim: self.scim_key == Some(SCIM_KEY),
            ..ExpectedScope::default()
        }
    }
}

/// Serves a team on a port of its own, SCIM included.
pub async fn start(options: Options) -> RunningSimulator {
    let options = Options {
        scim_key: Some(SCIM_KEY.to_owned()),
        ..options
    };
    let address = "127.0.0.1:0".parse().expect("an address");
    let running = Simulator::start(options, address).await;
    running.expect("a free port")
}

/// Reads the team.
pub async fn sync(running: &RunningSimulator, asked: &Asked) -> Result<SyncInventory, SyncError> {
    let (tenant, options) = tenant(running, asked).await;
    sync::run(tenant, &options, Arc::new(NoProgress)).await
}

/// The team as a tenant, and what is asked of it.
pub async fn tenant(
    running: &RunningSimulator,
    asked: &Asked,
) -> (Arc<TenantConnector>, SyncOptions) {
    let connector = connector().await;
    let base_url = running.base_url().parse().expect("a base URL");
    let mut config = TenantConfig::new(base_url, credentials(running, asked).await);
    config.rate_limiter = RateLimiter::unlimited();
    let tenant = TenantConnector::new(connector, config).expect("a tenant");
    let include = if asked.opt_ins {
        &["collection", "group:grants"][..]
    } else {
        &[]
    };
    let options = SyncOptions {
        include: include
            .iter()
            .chain(asked.analytics.then_some(&"analytics-report"))
            .map(|name| name.parse().expect("a name"))
            .collect(),
        concurrency: asked.concurrency,
        ..SyncOptions::default()
    };
    (Arc::new(tenant), options)
}

pub async fn credentials(running: &RunningSimulator, asked: &Asked) -> Credentials {
    credentials_of(connector().await, running.api_key(), asked)
}

/// The keys for a provider whose own key is this one.
pub fn credentials_of(connector: &Connector, own: &str, asked: &Asked) -> Credentials {
    let api_key = asked.api_key.unwrap_or(own);
    let mut credentials = Credentials::none();
    for credential in &connector.descriptor().credentials {
        let secret = match credential.name.as_str() {
            "scim" => asked.scim_key,
            _ => Some(api_key),
        };
        if let (Some(secret), Some(form)) = (secret, credential.schemes.first()) {
            let secret = Secret::new(secret).expect("a secret");
            credentials = credentials.with(&credential.name, form, secret);
        }
    }
    credentials
}

/// A sync that must come to its end, as the lines that others read, and the expected state of it.
pub async fn read(
    running: &RunningSimulator,
    asked: &Asked,
) -> (SyncInventory, String, ExpectedState) {
    let synced = sync(running, asked).await.expect("a sync to its end");
    let lines = ndjson(&synced);
    (synced, lines, running.expected_state(&asked.scope()))
}

/// The lines that others read.
pub fn ndjson(synced: &SyncInventory) -> String {
    let mut out = Vec::new();
    write_ndjson(synced, &mut out).expect("room in memory");
    String::from_utf8(out).expect("UTF-8")
}

/// A scope in words, such as `list user` or `grants workspace 1`.
pub fn name(scope: &ReadScope) -> String {
    let resource_type = &scope.resource_type;
    match (scope.call, &scope.id, &scope.parent) {
        (Operation::ListEntitlements, ..) => format!("entitlements {resource_type}"),
        (Operation::ListGrants, Some(id), _) => format!("grants {resource_type} {id}"),
        (_, _, Some(parent)) if parent.resource_type != "team" => {
            format!("list {resource_type} under {parent}")
        }
        _ => format!("list {resource_type}"),
    }
}

/// Returns the outcome of the scope of this name.
pub fn outcome(synced: &SyncInventory, wanted: &str) -> &'static str {
    let mut scopes = synced.scopes.iter();
    let scope = scopes.find(|scope| name(scope) == wanted);
    scope.map_or("absent", |scope| scope.outcome.name())
}

/// Returns the message of the scope of this name for the administrator.
pub fn message(synced: &SyncInventory, wanted: &str) -> String {
    let mut scopes = synced.scopes.iter();
    let scope = scopes.find(|scope| name(scope) == wanted);
    let problem = scope.and_then(|scope| scope.problem.clone());
    problem.map(|problem| problem.message).unwrap_or_default()
}
