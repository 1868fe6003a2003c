//! One sync of a team in which things go wrong, with a host that soon loses its patience.

use std::sync::Arc;
use std::time::Duration;

use connector_host::gateway::{EgressOptions, Pacer};
use connector_host::simulator::{Faults, Fired, Options, Rule, Running, Traps, Truth};
use connector_host::sync::{self, Quiet, SyncError, SyncOptions, Synced};
use connector_host::{TenantConfig, TenantConnector};

use crate::harness::{Asked, credentials, start};
use crate::oracle::Moved;
use crate::postman::connector;

/// How a sync ended, and what there is to hold it against.
pub struct Reading {
    pub ended: Result<Synced, SyncError>,
    pub truth: Truth,
    pub fired: Vec<Fired>,
}

impl Reading {
    /// The sync, which must have come to its end.
    pub fn synced(&self) -> &Synced {
        match &self.ended {
            Ok(synced) => synced,
            Err(error) => panic!("{error} with {:?}", self.fired),
        }
    }

    /// How often any rule fired.
    pub fn times(&self) -> u64 {
        self.fired.iter().map(|one| one.times).sum()
    }

    /// How the team moved while it was read.
    pub fn moved(&self) -> Moved {
        Moved::of(&self.fired)
    }
}

/// A team of a few people without oddities, in which only the rules go wrong.
pub fn small(rules: Vec<Rule>) -> Options {
    Options {
        users: 5,
        workspaces: 5,
        traps: Traps::none(),
        faults: Faults { rules, seed: 1 },
        ..Options::default()
    }
}

/// Reads everything that there is, with opt-ins and SCIM.
pub async fn read(options: Options) -> Reading {
    let running = start(options).await;
    let ended = sync(&running).await;
    Reading {
        ended,
        truth: running.truth(&Asked::everything().scope()),
        fired: running.fired(),
    }
}

async fn sync(running: &Running) -> Result<Synced, SyncError> {
    let asked = Asked::everything();
    let base_url = running.base_url().parse().unwrap();
    let mut config = TenantConfig::new(base_url, credentials(running, &asked).await);
    config.pacer = Pacer::off();
    config.egress = EgressOptions {
        read_timeout: Duration::from_millis(250),
        total_timeout: Duration::from_secs(2),
        max_body: 1 << 20,
        ..EgressOptions::default()
    };
    let tenant = TenantConnector::new(connector().await, config).unwrap();
    let include = ["collection", "group:grants"].map(|name| name.parse().unwrap());
    let options = SyncOptions {
        include: include.into(),
        max_wait: Duration::from_millis(1),
        retries: 2,
        jitter_seed: Some(1),
        ..SyncOptions::default()
    };
    sync::run(Arc::new(tenant), &options, Arc::new(Quiet)).await
}
