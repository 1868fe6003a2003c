//! The command as its users meet it: exit codes, what stands on which stream, and what is left on
//! disk, with the built connector and a simulated team. `make components` comes first.

use std::process::{Command, Output};

use postman_simulator::{ApiQuirks, ExpectedScope, Options, RunningSimulator, Simulator, TeamPlan};
use tempfile::TempDir;

pub const KEY: &str = "PMAK-canary-77c1";

/// The connector, compiled once for all of these tests.
pub const CONNECTOR: [&str; 4] = [
    "--component",
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/components/postman-connector.wasm"
    ),
    "--cache",
    concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"),
];

/// The command with an empty environment, in a directory of its own.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = host_tests::command();
    command.args(arguments).current_dir(std::env::temp_dir());
    if ["describe", "validate", "sync", "demo"].contains(&arguments[0]) {
        command.args(CONNECTOR);
    }
    command
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A small team, and a place to write to.
pub struct Team {
    pub running: RunningSimulator,
    dir: TempDir,
}

impl Team {
    pub async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            users: 20,
            workspaces: 30,
            quirks: ApiQuirks::none(),
            api_key: KEY.into(),
            ..Options::default()
        };
        change(&mut options);
        let running = Simulator::start(options, ([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        Self {
            running,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("POSTMAN_API_KEY", KEY);
        command.env("POSTMAN_BASE_URL", self.running.base_url());
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let command = self.command(arguments);
        output(command).await
    }

    fn file(&self) -> String {
        self.dir
            .path()
            .join("out.ndjson")
            .to_str()
            .unwrap()
            .to_owned()
    }
}

pub async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_sync_exits_0_with_true_counts() {
    let team = Team::start(|_| ()).await;
    let file = team.file();
    let output = team.run(&["sync", "--ndjson", &file]).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let expected = team.running.expected_state(&ExpectedScope::default());
    let written = std::fs::read_to_string(&file).unwrap();
    let of = |kind: &str| {
        written
            .lines()
            .filter(|line| line.starts_with(&format!("{{\"{kind}\"")))
            .map(str::to_owned)
            .collect()
    };
    let resources: std::collections::BTreeSet<String> = of("resource");
    let grants: std::collections::BTreeSet<String> = of("grant");
    assert_eq!(resources, expected.resources);
    assert_eq!(grants, expected.grants);
    let summary = text(&output.stdout);
    assert!(summary.contains("Complete"), "{summary}");
    let (w, sent) = (30_u64, team.running.total_requests());
    assert!(sent <= w + w.div_ceil(100) + 9, "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ndjson_on_stdout_is_alone_and_deterministic() {
    let team = Team::start(|_| ()).await;
    let (first, second) = (
        team.run(&["sync", "--ndjson", "-"]).await,
        team.run(&["sync", "--ndjson", "-", "--concurrency", "1"])
            .await,
    );
    let lines = |output: &Output| {
        text(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (first, second) = (lines(&first), lines(&second));
    for line in &first {
        let _: connector_host::records::OutputRecord<'_> = serde_json::from_str(line).unwrap();
    }
    assert!(first[0].starts_with("{\"run\"") && first.last().unwrap().starts_with("{\"summary\""));
    assert_eq!(first[1..], second[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_scopes_missing_exits_3_and_names_them() {
    let refusing = |options: &mut Options| options.quirks.refused_roles = true;
    let team = Team::start(refusing).await;
    let output = team.run(&["sync"]).await;
    assert_eq!(code(&output), 3);
    let summary = text(&output.stdout);
    let refused = team
        .running
        .expected_state(&ExpectedScope::default())
        .refused
        .len();
    assert!(refused > 0 && summary.contains("Not complete"), "{summary}");
    assert!(
        summary.contains(&format!("Not complete: {refused} of ")),
        "{summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unavailable_on_plan_leaves_a_sync_complete() {
    let team = Team::start(|options| options.plan = TeamPlan::Team).await;
    let output = team.run(&["sync"]).await;
    assert_eq!(code(&output), 0);
    let summary = text(&output.stdout);
    assert!(
        summary.contains("not-offered: group") && summary.contains("Complete"),
        "{summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_exits_1_and_preserves_the_output() {
    let team = Team::start(|options| options.api_key = "another".into()).await;
    let file = team.file();
    std::fs::write(&file, "before").unwrap();
    for arguments in [vec!["sync", "--ndjson", &file], vec!["validate"]] {
        let output = team.run(&arguments).await;
        assert_eq!(code(&output), 1, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("unauthenticated"));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_it_exits_2_and_says_what_to_set() {
    for arguments in ["sync", "validate"] {
        let output = output(command(&[arguments])).await;
        assert_eq!(code(&output), 2);
        let said = text(&output.stderr);
        for words in [
            "POSTMAN_API_KEY",
            "POSTMAN_ACCESS_TOKEN",
            "BATON_API_TOKEN",
            "Settings > API keys",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_exits_2_before_anything_is_sent() {
    let team = Team::start(|_| ()).await;
    for arguments in [
        vec!["sync", "--include", "spaceship"],
        vec!["sync", "--exclude", "spaceship"],
        vec!["sync", "--include", "workspace:members"],
        vec!["sync", "--include", "scim-account"],
        vec!["sync", "--concurrency", "0"],
        vec!["sync", "--base-url", "http://api.example.com"],
        vec!["sync", "--base-url", "nonsense"],
        vec![
            "sync",
            "--ca-file",
            "/absent.pem",
            "--base-url",
            "https://localhost:1",
        ],
        vec!["sync", "--ndjson", "/absent/out.ndjson"],
        vec!["sync", "--unknown"],
        vec!["sing"],
    ] {
        let output = team.run(&arguments).await;
        assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
    assert_eq!(team.running.total_requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_there_exits_1_and_says_so() {
    let team = Team::start(|_| ()).await;
    let closed = team.running.base_url();
    let Team { running, .. } = team;
    running.shut_down().await;
    for url in [closed.as_str(), "https://no-such-name.invalid"] {
        let mut command = command(&["validate", "--trust-base-url", "--base-url", url]);
        command.env("POSTMAN_API_KEY", KEY);
        let output = output(command).await;
        assert_eq!(code(&output), 1);
        assert!(
            text(&output.stderr).starts_with("error: "),
            "{}",
            text(&output.stderr)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_nowhere_in_what_is_written() {
    for key in [KEY, "another"] {
        let team = Team::start(|options| options.api_key = key.into()).await;
        for arguments in [
            vec!["sync", "--ndjson", "-"],
            vec!["validate"],
            vec!["validate", "--format", "json"],
            vec!["describe"],
        ] {
            let output = team.run(&arguments).await;
            let written = text(&output.stdout) + &text(&output.stderr);
            assert!(!written.contains("canary"), "{arguments:?}: {written}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_and_describe_print_the_contracts_records() {
    let team = Team::start(|_| ()).await;
    let output = team.run(&["validate", "--format", "json"]).await;
    let tenant: connector_host::records::Tenant = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tenant.id.resource_type, "team");
    let output = team.run(&["describe", "--format", "json"]).await;
    let descriptor: connector_host::records::Descriptor =
        serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(descriptor.name, "postman");
    let described = text(&team.run(&["describe"]).await.stdout);
    assert!(
        described.contains("POSTMAN_API_KEY or BATON_API_TOKEN")
            && described.contains("/workspaces")
    );
}
