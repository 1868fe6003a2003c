//! Three hosts of wasmCloud in one lattice serve a sync, and it reads what a local sync reads.
//!
//! The first host has the HTTP server and the HTTP client, the second and the third have the connector.
//! In the middle of the sync the third is killed. Then the first one gets the next version of the
//! connector, and the second is updated to it.

mod nats;
mod processes;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nats::Lattice;
use processes::{Syncing, TOKEN, Team, component, free_port, records, sync};
use tempfile::TempDir;

/// A sync has some 2,200 requests.
const WORKSPACES: usize = 3_060;
const OLD: &[u8] = b"0.1.0";
const NEW: &[u8] = b"0.1.9";

/// Writes the service of the next version: the same, which states another version.
fn next_version(folder: &Path) -> PathBuf {
    let mut bytes = fs::read(component("postman-connector.wasmcloud.wasm")).unwrap();
    let places: Vec<usize> = bytes
        .windows(OLD.len())
        .enumerate()
        .filter_map(|(place, part)| (part == OLD).then_some(place))
        .collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + OLD.len()].copy_from_slice(NEW);
    }
    let path = folder.join("next-version.wasm");
    fs::write(&path, bytes).unwrap();
    path
}

async fn wait_for_requests(syncing: &mut Syncing, count: usize) {
    while syncing.requests() < count {
        assert!(
            !syncing.has_ended(),
            "the sync ended before {count} requests"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_a_lost_host_and_an_update() {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path();
    let team = Team::start(WORKSPACES);
    let local = sync(folder, "local", &team.variables(), &[]).wait();
    let port = free_port();
    let mut lattice = Lattice::start(folder, 3).await;
    let settings = [
        ("CONNECTOR_SERVICE_TOKEN", TOKEN.to_owned()),
        ("CONNECTOR_BASE_URL", team.url.clone()),
        (
            "CONNECTOR_CREDENTIAL_POSTMAN",
            format!("X-API-Key: {}", team.key),
        ),
        ("CONNECTOR_TIMEOUT_SECONDS", "8".to_owned()),
    ];
    lattice.configure("connector", &settings).await;
    let listen = [
        ("address", format!("127.0.0.1:{port}")),
        ("timeout_ms", "8000".to_owned()),
    ];
    lattice.configure("http-server", &listen).await;
    lattice.start_http(0).await;
    let service = component("postman-connector.wasmcloud.wasm");
    for host in [1, 2] {
        lattice.run_connector(host, &service).await;
    }
    lattice.wait_until_served(port).await;

    let url = format!("http://127.0.0.1:{port}");
    let token = [("CONNECTOR_SERVICE_TOKEN", TOKEN.to_owned())];
    let mut syncing = sync(folder, "lattice", &token, &["--service", &url]);
    wait_for_requests(&mut syncing, 500).await;
    lattice.kill(2);
    println!(
        "killed the third host after {} requests",
        syncing.requests()
    );
    wait_for_requests(&mut syncing, 900).await;
    let next = next_version(folder);
    lattice.run_connector(0, &next).await;
    println!(
        "the first host has the next version after {} requests",
        syncing.requests()
    );
    wait_for_requests(&mut syncing, 1_300).await;
    lattice.update_connector(1, &next).await;
    println!(
        "updated the second host after {} requests",
        syncing.requests()
    );

    let through = syncing.wait();
    println!("{}", through.stderr);
    assert_eq!(through.code, local.code, "{}", through.stderr);
    assert_eq!(records(&through), records(&local));
    for version in ["postman/0.1.0", "postman/0.1.9"] {
        assert!(through.stderr.contains(version), "{}", through.stderr);
    }
}
