//! The same answers, the same bytes.

use postman_simulator::{ApiQuirks, Options, RunningSimulator};
use serde_json::Value as Json;

use crate::harness::{Asked, read, start};
use crate::host::{Ended, Host, KEY, component};

const BARE: &str = "postman-connector.wasm";
const WASI: &str = "postman-connector.wasi.wasm";

async fn team(seed: u64, users: usize, workspaces: usize, quirks: ApiQuirks) -> RunningSimulator {
    let options = Options {
        seed,
        users,
        workspaces,
        quirks,
        ..Options::default()
    };
    start(options).await
}

async fn run(host: Host, name: &'static str, team: &RunningSimulator, asked: &Asked) -> Ended {
    let (url, key) = (team.base_url(), team.api_key().to_owned());
    let scim = asked.scim_key;
    let options = if asked.opt_ins {
        &["--include", "collection", "--include", "group:grants"][..]
    } else {
        &[]
    };
    let running = tokio::task::spawn_blocking(move || {
        let mut variables = vec![("POSTMAN_BASE_URL", url.as_str()), (KEY, key.as_str())];
        variables.extend(scim.map(|scim| ("POSTMAN_SCIM_KEY", scim)));
        host.run(&component(name), options, &variables)
    });
    running.await.unwrap()
}

/// Lines, without what has to differ: when the sync began, and for the WASI variant the component's
/// digest and, where the language's WASI counts none, the requests.
fn lines(text: &str, wasi: bool) -> Vec<String> {
    let without = |line: &str| {
        let mut record: Json = serde_json::from_str(line).unwrap();
        if let Some(run) = record.get_mut("run") {
            let run = run.as_object_mut().unwrap();
            assert!(run.remove("started_at").unwrap().is_string());
            if wasi {
                run.remove("component_sha256").unwrap();
            }
        }
        for name in ["scope", "summary"] {
            if let Some(counted) = record.get_mut(name).filter(|_| wasi) {
                counted.as_object_mut().unwrap().remove("requests").unwrap();
            }
        }
        record.to_string()
    };
    let is_run = |line: &str| line.starts_with("{\"run\":");
    let stored = |line: &str| {
        if wasi || is_run(line) {
            without(line)
        } else {
            line.to_owned()
        }
    };
    text.lines().map(stored).collect()
}

async fn assert_same(host: Host, name: &'static str, team: &RunningSimulator, asked: &Asked) {
    let (synced, expected, _) = read(team, asked).await;
    let ended = run(host, name, team, asked).await;
    let wanted = if synced.summary.complete { 0 } else { 3 };
    assert_eq!(ended.code, wanted, "{}", ended.complaint);
    assert_eq!(ended.complaint, "");
    let wasi = name == WASI;
    let (found, expected) = (lines(&ended.printed, wasi), lines(&expected, wasi));
    let differs = found.iter().zip(&expected).find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_eq!(found.len(), expected.len());
}

/// Several pages, every oddity, opt-ins, a second credential, and a team without a blemish.
async fn reads_as_the_reference_host(host: Host) {
    let Some(host) = host.found() else { return };
    for (seed, users, workspaces, asked) in [
        (1, 20, 104, Asked::plain()),
        (2, 3, 0, Asked::plain()),
        (3, 12, 6, Asked::everything()),
    ] {
        let team = team(seed, users, workspaces, ApiQuirks::all()).await;
        assert_same(host, BARE, &team, &asked).await;
    }
    let team = team(4, 4, 2, ApiQuirks::none()).await;
    assert_same(host, BARE, &team, &Asked::plain()).await;
}

async fn reads_the_same_through_wasi(host: Host) {
    let Some(host) = host.found() else { return };
    let team = team(5, 6, 4, ApiQuirks::all()).await;
    assert_same(host, WASI, &team, &Asked::everything()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_reads_what_the_reference_host_reads() {
    reads_as_the_reference_host(Host::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_what_the_reference_host_reads() {
    reads_as_the_reference_host(Host::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_reads_the_same_through_wasi() {
    reads_the_same_through_wasi(Host::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_the_same_through_wasi() {
    reads_the_same_through_wasi(Host::Python).await;
}

/// The comparison would see a difference of one letter.
#[test]
fn the_comparison_sees_a_difference() {
    let run = r#"{"run":{"component_sha256":"a","started_at":"2026-01-01T00:00:00Z","x":1}}"#;
    let later = run.replace("2026", "2027");
    assert_eq!(lines(run, false), lines(&later, false));
    let other = run.replace("\"a\"", "\"b\"");
    assert_ne!(lines(run, false), lines(&other, false));
    let scope = r#"{"scope":{"pages":1,"requests":1}}"#;
    assert_ne!(lines(scope, false), lines(&scope.replace('1', "2"), false));
    let fewer = scope.replace("\"requests\":1", "\"requests\":null");
    assert_eq!(lines(scope, true), lines(&fewer, true));
}
