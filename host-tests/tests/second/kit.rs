//! The kit over the second connector: every check passes, and what was not tried is named.

use connector_conformance::{self as conformance, Answers, CheckResult, ConformanceReport};
use connector_host::recording::Recording;
use serde_json::Value;
use tempfile::TempDir;

use crate::account::Account;
use crate::command::{on_pagerduty, recorded, text};
use crate::read::connector;

pub fn answers(dir: &TempDir) -> Answers {
    let bytes = std::fs::read(dir.path().join("recording")).unwrap();
    Recording::read(bytes.as_slice()).unwrap().into()
}

async fn verdict(account: Account) -> ConformanceReport {
    let (_server, dir) = recorded(account).await;
    conformance::run(connector().await, Some(answers(&dir))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_conformance_rule_passes() {
    let verdict = verdict(Account::large()).await;
    assert_eq!(verdict.checks.len(), 23);
    let (passed, others): (Vec<_>, Vec<_>) = verdict
        .checks
        .iter()
        .partition(|(_, finding)| matches!(finding, CheckResult::Passed { .. }));
    assert_eq!(passed.len(), 22, "{others:?}");
    // PagerDuty's connector has no change log.
    let others = others.iter().map(|(check, finding)| (check.name, finding));
    for (name, finding) in others {
        assert_eq!(name, "change-log-is-newest-first");
        assert!(
            matches!(finding, CheckResult::NotChecked { .. }),
            "{finding:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_check_reports_nothing_skipped() {
    let verdict = verdict(Account::tiny()).await;
    assert!(verdict.has_passed());
    assert_eq!(verdict.left_out, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_cut_by_kit_limits_are_reported() {
    let mut account = Account::large();
    let one = account.teams[1].clone();
    account
        .teams
        .extend((12..450).map(|place| crate::account::Team {
            id: format!("PT{place:05}"),
            ..one.clone()
        }));
    let (server, dir) = recorded(account).await;
    let run = async |format: &str| {
        let arguments = [
            "conformance",
            "--recording",
            "recording",
            "--format",
            format,
        ];
        let output = on_pagerduty(&arguments, &server, dir.path()).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout)
    };
    let json: Value = serde_json::from_str(&run("json").await).unwrap();
    let left_out = json["left_out"].as_array().unwrap();
    let of = |check: &str| {
        let has = |one: &&Value| one["checks"].as_array().unwrap().contains(&check.into());
        let found = left_out.iter().filter(has);
        found
            .map(|one| {
                (
                    one["tried"].as_u64().unwrap(),
                    one["left_out"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    // validate, 3 lists of entitlements, the account, 3 pages of users, 5 of teams, 450 times members and a second
    // page of one team: the kit makes the first 400 of these calls.
    let calls = (400, 1 + 3 + 1 + 3 + 5 + 450 + 1 - 400);
    assert_eq!(of("good-answers-are-read"), [calls]);
    assert_eq!(of("altered-page-tokens-are-refused"), [(3, 4), calls]);
    assert_eq!(of("bodies-never-break-it"), [(60, 337), calls]);
    assert_eq!(of("refused-is-not-empty"), [(4, 392)]);
    assert_eq!(of("arguments-are-refused"), []);
    let (people, servers) = (run("text").await, run("junit").await);
    for one in left_out {
        let what = format!(
            "{}: {} tried, {} left out",
            one["what"].as_str().unwrap(),
            one["tried"],
            one["left_out"]
        );
        assert!(people.contains(&what), "{what}: {people}");
        assert!(
            servers.contains(&format!("<property name=\"left-out\" value=\"{what}")),
            "{what}: {servers}"
        );
    }
}
