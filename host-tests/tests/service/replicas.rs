//! Three replicas serve one sync, and it reads what a local sync reads, whatever becomes of them.
//!
//! The provider's answers wait in the middle of the sync. Meanwhile the first replica is killed
//! and stays away, the second is slow all the time, and the third is killed and comes back under its
//! address as a newer version. Then the sync continues.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Output;
use std::sync::LazyLock;
use std::time::Duration;

use host_tests::server::ReservedAddress;
use postman_simulator::{Options, RunningSimulator};
use serde_json::Value;
use wasmparser::{Parser, Payload};

use crate::balance::{Gate, Nginx, pipe};
use crate::command::{assert_same, local, records, text, through};
use crate::engine::{Engine, service_of};
use crate::stock::component;
use crate::team;

const OLD: &[u8] = b"0.1.0";
const NEW: &[u8] = b"0.1.9";

/// The service of the next version: the same connector, which says in its data that it is another.
static NEXT_VERSION: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut bytes = fs::read(component("postman-connector.wasm")).unwrap();
    let mut data = Vec::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::DataSection(section) = payload.unwrap() {
            data.push(section.range());
        }
    }
    let mut changed = 0;
    for place in data.into_iter().flatten() {
        if bytes[place..].starts_with(OLD) {
            bytes[place..place + OLD.len()].copy_from_slice(NEW);
            changed += 1;
        }
    }
    assert!(
        changed > 0,
        "the connector's version was not found in its data"
    );
    service_of("next-version", bytes)
});

/// A team behind a gate, and three replicas that read it.
struct Replicas {
    team: RunningSimulator,
    gate: Gate,
    variables: Vec<(&'static str, String)>,
    engines: Vec<Engine>,
    /// Nobody else gets the address of a replica that is killed.
    _addresses: Vec<ReservedAddress>,
}

fn options() -> Options {
    Options {
        workspaces: 120,
        ..team::plain()
    }
}

impl Replicas {
    async fn start() -> Self {
        let team = team::start(options()).await;
        let gate = Gate::default();
        let gated = pipe(vec![team.address()], gate.clone(), Duration::ZERO);
        let variables = team::variables(&format!("http://{gated}"), &team);
        let borrowed = team::borrowed(&variables);
        let addresses: Vec<_> = (0..3).map(|_| ReservedAddress::take()).collect();
        let service = component("postman-connector.service.wasm");
        let start = |reserved: &ReservedAddress| {
            Engine::start(&service, &reserved.address().to_string(), &borrowed)
        };
        let engines = addresses.iter().map(start).collect();
        Self {
            team,
            gate,
            variables,
            engines,
            _addresses: addresses,
        }
    }

    /// Returns their addresses for a balancer: the second one over a slow line.
    fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses: Vec<_> = self.engines.iter().map(Engine::address).collect();
        let slow = Duration::from_millis(50);
        addresses[1] = pipe(vec![addresses[1]], Gate::default(), slow);
        addresses
    }

    /// Lets the sync come to its middle, and stops it there.
    async fn hold_in_the_middle(&self) {
        while self.team.total_requests() < 40 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.gate.close(true);
    }

    /// The event while the provider's answers wait.
    fn kill_and_roll(&mut self) {
        let third = self.engines.remove(2).address();
        drop(self.engines.remove(0));
        let next = Engine::start(
            &NEXT_VERSION,
            &third.to_string(),
            &team::borrowed(&self.variables),
        );
        self.engines.push(next);
    }
}

/// The records of a sync without numbers of requests: one that waited at the gate for too long is sent again.
fn without_requests(output: &Output) -> Vec<String> {
    let without = |line: String| {
        let mut record: Value = serde_json::from_str(&line).unwrap();
        for kind in ["scope", "summary"] {
            if let Some(fields) = record.get_mut(kind).and_then(Value::as_object_mut) {
                fields.remove("requests");
            }
        }
        record.to_string()
    };
    records(output).into_iter().map(without).collect()
}

async fn sync_through(balancer: SocketAddr, mut replicas: Replicas) {
    LazyLock::force(&NEXT_VERSION);
    let here = team::start(options()).await;
    let arguments = ["sync", "--ndjson", "-"];
    let ours = local(&arguments, &team::local(&here)).await;
    let syncing =
        tokio::spawn(async move { through(&format!("http://{balancer}"), &arguments).await });
    replicas.hold_in_the_middle().await;
    assert!(!syncing.is_finished());
    tokio::task::block_in_place(|| replicas.kill_and_roll());
    replicas.gate.close(false);
    let theirs = syncing.await.unwrap();
    let said = text(&theirs.stderr);
    assert_eq!(theirs.status.code(), ours.status.code(), "{said}");
    assert_same(&without_requests(&ours), &without_requests(&theirs));
    for version in ["postman/0.1.0", "postman/0.1.9"] {
        assert!(said.contains(version), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_behind_nginx_survives_its_replicas() {
    let replicas = Replicas::start().await;
    let addresses = replicas.addresses();
    match Nginx::start(&addresses) {
        Some(nginx) => sync_through(nginx.address, replicas).await,
        None => {
            eprintln!("nginx is not installed: a balancer of the test's own stands in for it");
            let balancer = pipe(addresses, Gate::default(), Duration::ZERO);
            sync_through(balancer, replicas).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_the_loss_of_replicas() {
    let replicas = Replicas::start().await;
    let balancer = pipe(replicas.addresses(), Gate::default(), Duration::ZERO);
    sync_through(balancer, replicas).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_gone_leaves_no_half_sync() {
    let replicas = Replicas::start().await;
    let only = replicas.engines[0].address();
    let syncing = tokio::spawn(async move {
        through(&format!("http://{only}"), &["sync", "--ndjson", "-"]).await
    });
    replicas.hold_in_the_middle().await;
    drop(replicas.engines);
    replicas.gate.close(false);
    let output = syncing.await.unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let read = records(&output);
    let unavailable = read
        .iter()
        .filter(|line| line.contains("\"outcome\":\"unavailable\""));
    assert!(unavailable.count() > 10);
    assert!(read.last().unwrap().contains("\"complete\":false"));
}
