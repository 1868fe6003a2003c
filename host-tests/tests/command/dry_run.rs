//! `sync --dry-run`: what it prints, where its numbers come from, and that it leaves nothing behind.

use std::path::Path;
use std::process::Output;

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "PMAK-canary-7e15";

async fn team(seed: u64, workspaces: usize) -> RunningSimulator {
    let options = Options {
        seed,
        users: 20,
        workspaces,
        quirks: ApiQuirks::none(),
        api_key: KEY.into(),
        ..Options::default()
    };
    let running = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await;
    running.unwrap()
}

async fn sync(dir: &Path, url: &str, arguments: &[&str]) -> Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let mut command = host_tests::command();
    command
        .args(["sync", "--component"])
        .arg(format!("{root}/postman-connector.wasm"))
        .args(arguments)
        .env("POSTMAN_API_KEY", KEY)
        .env("POSTMAN_BASE_URL", url)
        .current_dir(dir);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    output.await.unwrap()
}

async fn json(dir: &Path, url: &str, arguments: &[&str]) -> Value {
    let arguments = [&["--dry-run", "--format", "json"], arguments].concat();
    let output = sync(dir, url, &arguments).await;
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_states_its_numbers_and_its_source() {
    let (dir, team) = (TempDir::new().unwrap(), team(1, 30).await);
    let url = team.base_url();
    let output = sync(dir.path(), &url, &["--dry-run", "--db", "team.db"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let sent = team.total_requests();
    for words in [
        "from the provider's lists, read now".to_owned(),
        format!("{sent} requests sent for this"),
        "list-grants        workspace".to_owned(),
        "Total: ".to_owned(),
        "% of the 10000000 of a month".to_owned(),
    ] {
        assert!(text.contains(&words), "{words}: {text}");
    }
    assert!(files(dir.path()).is_empty(), "{:?}", files(dir.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_sync_gives_an_estimate_without_a_request() {
    let (dir, team) = (TempDir::new().unwrap(), team(2, 25).await);
    let url = team.base_url();
    let stored = ["--db", "team.db"];
    let included = ["--db", "team.db", "--include", "collection"];
    for arguments in [&stored[..], &included] {
        let asked = json(dir.path(), &url, arguments).await;
        assert_eq!(asked["source"], "provider");
        let before = team.total_requests();
        let output = sync(dir.path(), &url, arguments).await;
        assert!(output.status.success());
        let sent = team.total_requests() - before;
        assert_eq!(asked["estimate"]["requests"], sent);

        let bytes = std::fs::read(dir.path().join("team.db")).unwrap();
        let (before, beside) = (team.total_requests(), files(dir.path()));
        let known = json(dir.path(), &url, arguments).await;
        assert_eq!(team.total_requests(), before);
        assert_eq!(known["sent"], 0);
        assert!(known["source"]["stored-sync"]["complete"].is_boolean());
        assert_eq!(known["estimate"]["requests"], sent);
        let seconds = |found: &Value| found["estimate"]["seconds_at_least"].clone();
        assert_eq!(seconds(&known), seconds(&asked));
        assert_eq!(files(dir.path()), beside);
        assert_eq!(std::fs::read(dir.path().join("team.db")).unwrap(), bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_other_settings_gives_no_estimate() {
    let (dir, team) = (TempDir::new().unwrap(), team(3, 12).await);
    let url = team.base_url();
    assert!(
        sync(dir.path(), &url, &["--db", "team.db"])
            .await
            .status
            .success()
    );
    let other = ["--dry-run", "--db", "team.db", "--include", "collection"];
    let output = sync(dir.path(), &url, &other).await;
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("team.db gives no estimate"), "{notes}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("from the provider's lists"), "{text}");
    std::fs::write(dir.path().join("other.db"), "not a database").unwrap();
    let output = sync(dir.path(), &url, &["--dry-run", "--db", "other.db"]).await;
    assert!(output.status.success());
    let stored = std::fs::read_to_string(dir.path().join("other.db")).unwrap();
    assert_eq!(stored, "not a database");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_of_a_file_have_an_estimate_each() {
    let (dir, one, other) = (TempDir::new().unwrap(), team(4, 8).await, team(5, 14).await);
    let entry = |name: &str, url: &str, env: &str| {
        format!(
            "[[tenant]]\nname = \"{name}\"\nbase-url = \"{url}\"\ncredentials.postman.env = \"{env}\"\nndjson = \"{name}.ndjson\"\ndb = \"{name}.db\"\n"
        )
    };
    let tenants = entry("one", &one.base_url(), "POSTMAN_API_KEY")
        + &entry("other", &other.base_url(), "POSTMAN_API_KEY")
        + &entry("none", &one.base_url(), "NO_SUCH_KEY");
    std::fs::write(dir.path().join("tenants.toml"), tenants).unwrap();
    let arguments = ["--dry-run", "--format", "json", "--tenants", "tenants.toml"];
    let output = sync(dir.path(), "", &arguments).await;
    assert_eq!(output.status.code(), Some(4));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (place, (name, team)) in [("one", &one), ("other", &other)].into_iter().enumerate() {
        let tenant = &found["tenants"][place];
        assert_eq!(tenant["name"], name);
        assert_eq!(tenant["sent"], team.total_requests());
    }
    assert_eq!(found["failed"][0]["name"], "none");
    assert_eq!(files(dir.path()), ["tenants.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_takes_no_option_that_writes() {
    let (dir, team) = (TempDir::new().unwrap(), team(6, 5).await);
    for option in ["--resume", "--record=x", "--ndjson=x", "--report=x"] {
        let arguments = ["--dry-run", "--db", "team.db", option];
        let output = sync(dir.path(), &team.base_url(), &arguments).await;
        assert_eq!(output.status.code(), Some(2), "{option}");
    }
    assert_eq!(team.total_requests(), 0);
}
