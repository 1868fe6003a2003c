//! A sync through the service reads what a local sync reads, and says clearly what keeps it from it.

use postman_simulator::{ApiQuirks, Options};

use crate::command::{assert_same, local, records, run, text, through};
use crate::engine::Engine;
use crate::team::{self, TOKEN};

/// The simulated team keeps no limits here, so there is nothing to hold requests back for.
const SYNC: [&str; 5] = ["sync", "--pacing", "off", "--ndjson", "-"];

#[tokio::test(flavor = "multi_thread")]
async fn the_records_are_those_of_a_local_sync() {
    let everything = ["--include", "collection", "--include", "group:grants"];
    for (quirks, arguments) in [
        (ApiQuirks::none(), SYNC.to_vec()),
        (ApiQuirks::all(), [&SYNC[..], &everything].concat()),
    ] {
        let options = || Options {
            users: 40,
            workspaces: 60,
            quirks: quirks.clone(),
            ..Options::default()
        };
        // Two teams that are the same: how many requests there were shows in what they answer.
        let (here, there) = (team::start(options()).await, team::start(options()).await);
        let engine = team::engine(&there);
        let ours = local(&arguments, &team::local(&here)).await;
        let theirs = through(&format!("http://{}", engine.address()), &arguments).await;
        let (ours_read, theirs_read) = (records(&ours), records(&theirs));
        assert!(ours_read.len() > 300, "{} records", ours_read.len());
        assert_same(&ours_read, &theirs_read);
        assert_eq!(ours.status.code(), theirs.status.code());
        assert_eq!(here.request_counts(), there.request_counts());
        let said = text(&theirs.stderr);
        assert!(said.contains("answers of postman/"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_sees_what_a_local_validate_sees() {
    let (here, there) = (
        team::start(team::plain()).await,
        team::start(team::plain()).await,
    );
    let engine = team::engine(&there);
    let arguments = ["validate", "--format", "json"];
    let ours = local(&arguments, &team::local(&here)).await;
    let theirs = through(&format!("http://{}", engine.address()), &arguments).await;
    assert_eq!(
        text(&theirs.stdout),
        text(&ours.stdout),
        "{}",
        text(&theirs.stderr)
    );
    assert!(theirs.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_names_service_url_and_version() {
    let running = team::start(team::plain()).await;
    let engine = team::engine(&running);
    let url = format!("http://{}", engine.address());
    let read = text(&through(&url, &SYNC).await.stdout);
    let run: serde_json::Value = serde_json::from_str(read.lines().next().unwrap()).unwrap();
    let run = &run["run"];
    assert_eq!(
        (&run["connector"], &run["base_url"]),
        (&"postman".into(), &url.into())
    );
    assert_eq!(run["component_sha256"], "");
    assert_eq!(run["manifest_sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn service_requests_are_logged_without_the_token() {
    let running = team::start(team::plain()).await;
    let engine = team::engine(&running);
    let url = format!("http://{}", engine.address());
    let output = through(&url, &[&SYNC[..], &["--log", "-"]].concat()).await;
    let log = text(&output.stderr);
    let lines = log.lines().filter(|line| line.contains("\"/v1/grants\""));
    let grants = lines.count();
    let read = records(&output);
    let scopes = read
        .iter()
        .filter(|line| line.contains("\"call\":\"list-grants\""));
    assert_eq!(grants, scopes.count());
    assert!(grants > 5 && !log.contains(TOKEN), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_it_from_the_service_is_said() {
    let running = team::start(team::plain()).await;
    let (engine, bare) = (team::engine(&running), Engine::postman(&[]));
    let (url, bare) = (
        format!("http://{}", engine.address()),
        format!("http://{}", bare.address()),
    );
    let token = |token: &str| vec![("CONNECTOR_SERVICE_TOKEN", token.to_owned())];
    let good = token(TOKEN);
    for (arguments, variables, code, word) in [
        (
            vec!["--service", &url],
            vec![],
            2,
            "CONNECTOR_SERVICE_TOKEN",
        ),
        (
            vec!["--service", &url],
            token("canary two words"),
            2,
            "CONNECTOR_SERVICE_TOKEN",
        ),
        (
            vec!["--service", &url],
            token("canary-of-somebody-else"),
            1,
            "does not take the token",
        ),
        (
            vec!["--service", &bare],
            good.clone(),
            1,
            "CONNECTOR_SERVICE_OPEN=yes",
        ),
        (
            vec!["--service", "http://192.0.2.1"],
            good.clone(),
            2,
            "use https",
        ),
        (
            vec!["--service", "https://10.0.0.1"],
            good.clone(),
            2,
            "private",
        ),
        (
            vec!["--service", &url, "--base-url", "https://a.example"],
            good.clone(),
            2,
            "--base-url",
        ),
        (
            vec!["--service", &url, "--approved", "pin.json"],
            good.clone(),
            2,
            "--approved",
        ),
        (
            vec!["--service", &running.base_url()],
            good,
            1,
            "no connector's service",
        ),
    ] {
        for command in ["sync", "validate"] {
            let output = run(&[&[command][..], &arguments].concat(), &variables).await;
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
            assert!(said.contains(word), "{arguments:?}: {said}");
            assert!(!said.contains("canary"), "{said}");
        }
    }
}
