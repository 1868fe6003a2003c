//! One sync of a team in which things go wrong: over HTTP with a host that soon loses its patience, or
//! without a connection, in virtual time and with all the patience of the real one.

use std::sync::Arc;
use std::time::Duration;

use connector_host::gateway::{EgressOptions, RateLimiter};
use connector_host::sync::{self, NoProgress, Source, SyncError, SyncInventory, SyncOptions};
use connector_host::{Connector, TenantConfig, TenantConnector};
use postman_simulator::{
    ApiQuirks, ExpectedState, FaultRule, Faults, Options, RuleFirings, RunningSimulator,
    SimulatedLimits, Simulator,
};
use tokio::time::Instant;

use crate::direct::{Direct, Far};
use crate::harness::{Asked, SCIM_KEY, credentials_of, start};
use crate::oracle::{needless, root, wrongs};
use crate::postman::connector;
use crate::seeds::TWICE;
use crate::states::States;

/// Requests that one call sends, one after the other: of the analytics report.
const MOST_OF_A_CALL: u64 = 3;

/// The end of a sync, and the states to compare it with.
pub struct Reading {
    pub ended: Result<SyncInventory, SyncError>,
    pub expected: ExpectedState,
    pub fired: Vec<RuleFirings>,
    pub states: States,
    /// Requests that the provider got.
    pub requests: u64,
    /// Calls that were under way at once.
    pub at_once: u64,
}

impl Reading {
    fn of(
        simulator: &Simulator,
        ended: Result<SyncInventory, SyncError>,
        options: &SyncOptions,
    ) -> Self {
        let fired = simulator.fired_faults();
        let expected = simulator.expected_state(&asked().scope());
        Self {
            ended,
            states: States::of(simulator, &fired, &root(&expected)),
            expected,
            fired,
            requests: simulator.total_requests(),
            at_once: u64::try_from(options.concurrency).unwrap(),
        }
    }

    /// The sync, which must have come to its end.
    pub fn synced(&self) -> &SyncInventory {
        match &self.ended {
            Ok(synced) => synced,
            Err(error) => panic!("{error} with {:?}", self.fired),
        }
    }

    /// All that is wrong with it. Of a sync that failed nothing is concluded but that it had to.
    pub fn wrongs(&self) -> Vec<String> {
        let mut found = match &self.ended {
            Ok(synced) => wrongs(synced, &self.expected, &self.states),
            Err(error) => needless(error, &self.fired),
        };
        let early = self.fired.iter().filter(|one| {
            // Those that were on their way when the provider asked to wait, what their calls had to ask
            // besides, and a call that began before its scope had heard of the wait: without a gateway,
            // nothing else holds it.
            let on_their_way = MOST_OF_A_CALL * self.at_once * one.times;
            one.early > on_their_way
        });
        found.extend(early.map(|one| {
            format!(
                "{} requests before a wait was over: {}",
                one.early, one.rule
            )
        }));
        found
    }

    /// Returns the number of faults that fired.
    pub fn times(&self) -> u64 {
        self.fired.iter().map(|one| one.times).sum()
    }
}

/// A team of a few people without oddities, in which only the rules go wrong; an organization where a rule
/// is about its teams.
pub fn small(rules: Vec<FaultRule>) -> Options {
    let of_teams = |rule: &FaultRule| rule.to_string().starts_with("/teams/{");
    let is_organization = rules.iter().any(of_teams);
    Options {
        users: 5,
        workspaces: 5,
        quirks: ApiQuirks {
            organisation: is_organization,
            ..ApiQuirks::none()
        },
        faults: Faults { rules, seed: 1 },
        ..Options::default()
    }
}

fn asked() -> Asked {
    Asked {
        analytics: true,
        ..Asked::everything()
    }
}

fn everything() -> SyncOptions {
    let include = ["analytics-report", "collection", "group:grants"];
    SyncOptions {
        include: include.map(|name| name.parse().unwrap()).into(),
        jitter_seed: Some(1),
        ..SyncOptions::default()
    }
}

/// Reads everything that there is, with opt-ins, analytics and SCIM.
pub async fn read(options: Options) -> Reading {
    let running = start(Options {
        history: true,
        ..options
    })
    .await;
    let options = SyncOptions {
        max_wait: Duration::from_millis(1),
        retries: 2,
        ..everything()
    };
    let ended = sync(&running, &options).await;
    Reading::of(running.simulator(), ended, &options)
}

async fn sync(
    running: &RunningSimulator,
    options: &SyncOptions,
) -> Result<SyncInventory, SyncError> {
    let connector = connector().await;
    let credentials = credentials_of(connector, running.api_key(), &asked());
    let mut config = TenantConfig::new(running.base_url().parse().unwrap(), credentials);
    config.rate_limiter = RateLimiter::unlimited();
    config.egress = EgressOptions {
        read_timeout: Duration::from_millis(250),
        total_timeout: Duration::from_secs(2),
        max_body: 1 << 20,
        ..EgressOptions::default()
    };
    let tenant = TenantConnector::new(connector, config).unwrap();
    sync::run(Arc::new(tenant), options, Arc::new(NoProgress)).await
}

/// As [`read`], without a connection, for a runtime whose clock stands still. `wrap` may put something
/// between the sync and its tenant.
pub async fn read_directly<S: Source>(
    connector: &Connector,
    options: Options,
    wrap: impl FnOnce(TenantConnector) -> S,
) -> Reading {
    let seed = options.seed;
    let simulator = Simulator::new(Options {
        history: true,
        scim_key: Some(SCIM_KEY.to_owned()),
        // Under the real limits, for waiting costs nothing here.
        limits: SimulatedLimits::On(Arc::new(Far {
            began: Instant::now(),
        })),
        ..options
    });
    let credentials = credentials_of(connector, simulator.api_key(), &asked());
    let mut config = TenantConfig::new("https://provider.example".parse().unwrap(), credentials);
    config.egress = EgressOptions {
        max_body: 1 << 20,
        transport: Some(Arc::new(Direct::new(&simulator, seed, seed % 40))),
        ..EgressOptions::default()
    };
    let tenant = wrap(TenantConnector::new(connector, config).unwrap());
    let options = SyncOptions {
        retries: u32::try_from(seed % 4).unwrap(),
        concurrency: 1 + usize::try_from(seed % TWICE).unwrap() % 9,
        jitter_seed: Some(seed),
        ..everything()
    };
    let ended = sync::run(Arc::new(tenant), &options, Arc::new(NoProgress)).await;
    Reading::of(&simulator, ended, &options)
}
