//! A kit that finds nothing wrong proves something only if it finds what is wrong: a connector that
//! keeps the contract passes, and each planted fault is found by the check that is meant for it, and
//! by no other. `make components` comes first.

mod faulty;
mod log;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use connector_conformance::{
    self as conformance, Answers, CheckResult, CheckedConnector, ConformanceReport,
};
use connector_host::Connector;
use connector_host::recording::Recording;
use faulty::{Fault, Faulty};
use postman_simulator::{ApiQuirks, Options, Simulator};
use tempfile::TempDir;

const KEY: &str = "PMAK-conformance";
const COMPONENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/components/postman-connector.wasm"
);

async fn command(arguments: &[&str], at: &Path, base_url: &str) -> Output {
    let mut command = host_tests::command();
    command.args(arguments).args(["--component", COMPONENT]);
    command.current_dir(at);
    if arguments[0] == "sync" {
        command.env("POSTMAN_API_KEY", KEY);
        command.env("POSTMAN_BASE_URL", base_url);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// A sync of a team with more than one page of workspaces, in the file `recording`.
async fn recorded(quirks: ApiQuirks) -> TempDir {
    let options = Options {
        users: 15,
        workspaces: 120,
        api_key: KEY.into(),
        quirks,
        ..Options::default()
    };
    let running = Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut arguments = vec!["sync", "--pacing", "off", "--record", "recording"];
    arguments.extend(["--ndjson", "reported", "--include", "collection"]);
    arguments.extend(["--include", "group:grants"]);
    let output = command(&arguments, dir.path(), &running.base_url()).await;
    // 3: scopes that the quirks keep from being read.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
    dir
}

/// The answers of a recorded sync, and those of the log, which no recording has.
async fn answers(dir: &TempDir) -> Answers {
    let bytes = std::fs::read(dir.path().join("recording")).unwrap();
    let mut recording = Recording::read(bytes.as_slice()).unwrap();
    recording
        .exchanges
        .extend(log::exchanges(&connector().await).await);
    recording.into()
}

async fn connector() -> Connector {
    let sandbox = host_tests::sandbox();
    let bytes = std::fs::read(COMPONENT).unwrap();
    Connector::load(&sandbox, &bytes).await.unwrap()
}

fn broken(verdict: &ConformanceReport) -> BTreeSet<&'static str> {
    let found = verdict.checks.iter();
    let broken = found.filter(|(_, finding)| matches!(finding, CheckResult::Failed { .. }));
    broken.map(|(check, _)| check.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conforming_connector_passes_every_check() {
    let connector = connector().await;
    for quirks in [ApiQuirks::none(), ApiQuirks::all()] {
        let dir = recorded(quirks).await;
        let verdict = conformance::run(&connector, Some(answers(&dir).await)).await;
        for (check, finding) in &verdict.checks {
            let has_passed = matches!(finding, CheckResult::Passed { .. });
            assert!(has_passed, "{}: {finding:?}", check.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_injected_fault_fails_its_intended_checks() {
    let dir = recorded(ApiQuirks::none()).await;
    let answers = answers(&dir).await;
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    for (fault, meant) in Fault::ALL {
        let subject = Faulty::new(connector().await, fault);
        let verdict = conformance::run(&subject, Some(answers.clone())).await;
        let found = broken(&verdict);
        met.extend(meant.iter().copied());
        if found != meant.iter().copied().collect() {
            wrong.push(format!("{fault:?}: {found:?} instead of {meant:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let whole = conformance::run(&connector().await as &dyn CheckedConnector, Some(answers)).await;
    let checks: BTreeSet<_> = whole.checks.iter().map(|(check, _)| check.name).collect();
    let unmet: Vec<_> = checks.difference(&met).collect();
    // `loads` is what `Connector::load` refuses: see sandbox.rs.
    assert_eq!(unmet, [&"loads"], "a check that no fault tries");
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_reports_text_json_and_junit() {
    let dir = recorded(ApiQuirks::none()).await;
    let run = async |format: &str| {
        let arguments = [
            "conformance",
            "--recording",
            "recording",
            "--format",
            format,
        ];
        let output = command(&arguments, dir.path(), "").await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&run("json").await).unwrap();
    let checks = json["checks"].as_array().unwrap();
    let (text, junit) = (run("text").await, run("junit").await);
    assert!(text.ends_with(&format!(
        "{} rules passed, 0 failed, 1 not checked.\n",
        checks.len() - 1
    )));
    assert!(junit.contains(&format!("tests=\"{}\" failures=\"0\"", checks.len())));
    for check in checks {
        let name = check[0]["name"].as_str().unwrap();
        assert!(text.contains(name), "{name}");
        assert!(junit.contains(&format!("name=\"{name}\"")), "{name}");
    }
}
