//! The examples in Rust: the host on plain wasmtime, and the one on the crate `connector-host`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use host_tests::program;
use postman_simulator::{ApiQuirks, Options, RunningSimulator};

use crate::harness::{Asked, read, start};
use crate::host::{Ended, component, ended};
use crate::manners::hostile;
use crate::server::Server;

const KEY: &str = "CONNECTOR_KEY";
const CANARY: &str = "PMAK-canary-9c40";

/// Runs the host on plain wasmtime with a key and no other variable.
fn plain_host(component: &Path, base_url: &str, key: &str) -> Ended {
    let mut command = Command::new(program("plain-host"));
    command.arg(component).arg(base_url).env_clear();
    let output = command.env(KEY, key).output().unwrap();
    ended(&output, &[(KEY, key)])
}

fn embed(base_url: &str, key: &str) -> Ended {
    let variables = [("POSTMAN_BASE_URL", base_url), ("POSTMAN_API_KEY", key)];
    let mut command = Command::new(program("examples/embed"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = command.env_clear().envs(variables).output().unwrap();
    ended(&output, &variables)
}

async fn team(seed: u64, quirks: ApiQuirks) -> RunningSimulator {
    let options = Options {
        seed,
        users: 12,
        workspaces: 104,
        quirks,
        ..Options::default()
    };
    start(options).await
}

/// Compares the grants that an example printed, line by line, with those of the reference host.
async fn assert_same(
    team: &RunningSimulator,
    run: fn(&str, &str) -> Ended,
    line: fn([&dyn std::fmt::Display; 3]) -> String,
) -> Ended {
    let (synced, ..) = read(team, &Asked::plain()).await;
    let (url, key) = (team.base_url(), team.api_key().to_owned());
    let running = tokio::task::spawn_blocking(move || run(&url, &key));
    let ended = running.await.unwrap();
    let grants = synced.grants.iter();
    let expected: BTreeSet<String> = grants
        .map(|grant| line([&grant.resource, &grant.entitlement, &grant.principal]))
        .collect();
    let printed: BTreeSet<String> = ended.printed.lines().map(str::to_owned).collect();
    assert!(!expected.is_empty());
    assert_eq!(printed, expected, "{}", ended.complaint);
    ended
}

fn run_plain(url: &str, key: &str) -> Ended {
    plain_host(&component("postman-connector.wasm"), url, key)
}

fn tabbed([resource, entitlement, principal]: [&dyn std::fmt::Display; 3]) -> String {
    format!("{resource}\t{entitlement}\t{principal}")
}

fn in_words([resource, entitlement, principal]: [&dyn std::fmt::Display; 3]) -> String {
    format!("{principal} has {entitlement} on {resource}")
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_wasmtime_reads_the_reference_grants() {
    let team = team(6, ApiQuirks::none()).await;
    let ended = assert_same(&team, run_plain, tabbed).await;
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_wasmtime_names_every_unread_scope() {
    let team = team(7, "refused-roles,broken-items".parse().unwrap()).await;
    let (synced, ..) = read(&team, &Asked::plain()).await;
    let ended = assert_same(&team, run_plain, tabbed).await;
    let is_gap = |outcome: &str| !matches!(outcome, "complete" | "not-offered" | "not-asked");
    let scopes = synced.scopes.iter().map(|scope| scope.outcome.name());
    let gaps = scopes.filter(|outcome| is_gap(outcome)).count();
    assert!(gaps > 0);
    assert_eq!(ended.complaint.lines().count(), gaps, "{}", ended.complaint);
    assert_eq!(ended.code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedding_example_prints_every_grant() {
    let team = team(8, ApiQuirks::none()).await;
    let ended = assert_same(&team, embed, in_words).await;
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
}

#[test]
fn plain_wasmtime_denies_undeclared_requests() {
    let server = Server::answering_body("{}");
    let url = format!("http://{}", server.address());
    let ended = plain_host(&hostile("plain"), &url, CANARY);
    assert_eq!(ended.code, 1);
    assert!(
        ended.complaint.contains("Unavailable"),
        "{}",
        ended.complaint
    );
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn plain_wasmtime_follows_no_redirect_with_the_key() {
    let elsewhere = Server::answering_body("{}");
    let location = format!("Location: http://{}/\r\n", elsewhere.address());
    let head = format!("HTTP/1.1 302 Found\r\n{location}Content-Length: 0\r\n\r\n");
    let server = Server::answering(head);
    let url = format!("http://{}/prefix/", server.address());
    let ended = plain_host(&component("postman-connector.wasm"), &url, CANARY);
    assert_eq!(ended.code, 1, "{}", ended.complaint);
    let requests = server.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    let request = request.to_lowercase();
    assert!(
        request.starts_with("get /prefix/me http/1.1\r\n"),
        "{request}"
    );
    let key = format!("\r\nx-api-key: {}\r\n", CANARY.to_lowercase());
    assert_eq!(request.matches(&key).count(), 1, "{request}");
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[test]
fn plain_wasmtime_keeps_the_key_off_the_network() {
    let component = component("postman-connector.wasm");
    let ended = plain_host(&component, "http://provider.example", CANARY);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint.contains("https"), "{}", ended.complaint);
}
