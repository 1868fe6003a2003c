//! Processors are shared between tenants, not between calls: one whose guests compute without end,
//! in however many calls, takes its turn like one with few. The order in which calls end shows it.

use host_tests::support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use connector_host::records::CredentialScheme;
use connector_host::runtime::ProcessorShare;
use connector_host::sync::{self, NoProgress, Source, SyncOptions};
use connector_host::{Connector, Credentials, Secret, TenantConfig, TenantConnector};
use postman_simulator::{ApiQuirks, Options, SimulatedLimits, Simulator};
use support::{connector, hostile, load};

/// Calls of the tenant that computes without end.
const CALLS: usize = 256;

fn tenant(connector: &Connector, place: &str, key: &str) -> TenantConfig {
    let form: &CredentialScheme = &connector.descriptor().credentials[0].schemes[0];
    let name = &connector.descriptor().credentials[0].name;
    let credentials = Credentials::none().with(name, form, Secret::new(key).unwrap());
    TenantConfig::new(place.parse().unwrap(), credentials)
}

/// Returns the number of computing calls that had ended when a good tenant's sync did, which is begun among
/// them. `share` is what the hostile tenant has.
async fn ended_before(share: ProcessorShare, calls: usize) -> usize {
    let sandbox = host_tests::sandbox();
    let options = Options {
        users: 10,
        workspaces: 10,
        quirks: ApiQuirks::none(),
        limits: SimulatedLimits::Off,
        ..Options::default()
    };
    let key = options.api_key.clone();
    let team = Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let good = load(&sandbox, &connector()).await;
    let good = TenantConnector::new(&good, tenant(&good, &team.base_url(), &key)).unwrap();
    let spin = load(&sandbox, &hostile("spin")).await;
    let mut config = tenant(&spin, "http://127.0.0.1:9", "x");
    config.limits.cpu = Duration::from_millis(20);
    config.limits.processors = share;
    let spin = TenantConnector::new(&spin, config).unwrap();
    let ended = Arc::new(AtomicUsize::new(0));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..calls {
        let (spin, ended) = (spin.clone(), Arc::clone(&ended));
        running.spawn(async move {
            assert!(spin.validate().await.result.is_err());
            ended.fetch_add(1, Relaxed);
        });
    }
    // Every one of them has begun.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    let read = tokio::spawn(async move {
        sync::run(
            Arc::new(good),
            &SyncOptions::default(),
            Arc::new(NoProgress),
        )
        .await
    });
    let read = read.await.unwrap().unwrap();
    let before = ended.load(Relaxed);
    println!(
        "good sync: {:.2?}, {before} of {calls} calls had ended",
        began.elapsed()
    );
    assert!(read.summary.complete);
    while running.join_next().await.is_some() {}
    println!("all calls: {:.2?}", began.elapsed());
    before
}

#[test]
fn an_endless_tenant_does_not_delay_a_good_one() {
    let runtime = connector_host::runtime::runtime_threads().build().unwrap();
    runtime.block_on(ended_before(ProcessorShare::default(), 0));
    let together = runtime.block_on(ended_before(ProcessorShare::default(), CALLS));
    // A turn for each call instead of each tenant is what would be without shares.
    let apart = runtime.block_on(ended_before(ProcessorShare::new(CALLS), CALLS));
    assert!(
        together * 4 < CALLS,
        "{together} of {CALLS} calls had ended"
    );
    println!("{together} with a share, {apart} without");
}
