//! The joined connector reads a simulated team, and what it prints is what the team is.

use std::collections::BTreeSet;

use postman_simulator::{
    ApiQuirks, ExpectedScope, ExpectedState, Options, RunningSimulator, Simulator,
};
use serde_json::Value as Json;

use crate::cli::Cli;
use crate::stock::component;
use crate::walk::{Walk, line, name};

const KEY: &str = "CONNECTOR_CREDENTIAL_POSTMAN";

async fn team(seed: u64, users: usize, workspaces: usize) -> RunningSimulator {
    let options = Options {
        seed,
        users,
        workspaces,
        quirks: ApiQuirks::all(),
        ..Options::default()
    };
    Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// The connector without a key.
fn keyless(team: &RunningSimulator) -> Cli {
    Cli::new(component("postman-connector.wasi.wasm")).base_url(&team.base_url())
}

fn connector(team: &RunningSimulator) -> Cli {
    keyless(team).secret(KEY, &format!("X-API-Key: {}", team.api_key()))
}

/// Lines of the expected state without the records that a host adds at the end.
fn reported(expected: &ExpectedState) -> BTreeSet<String> {
    let added = |line: &str| {
        let record: Json = serde_json::from_str(line).unwrap();
        expected.unlisted.contains(&name(&record["resource"]["id"]))
    };
    let lines = expected.resources.iter().filter(|line| !added(line));
    lines.map(|text| line(text)).collect()
}

fn assert_same(what: &str, found: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let first = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        a.difference(b).take(3).cloned().collect::<Vec<_>>()
    };
    let (missing, surplus) = (first(expected, found), first(found, expected));
    assert!(
        found == expected,
        "{what}: missing {missing:#?}, not in the team {surplus:#?}"
    );
}

/// More than a page of workspaces, with every trap on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_is_what_the_team_is() {
    for (seed, users, workspaces) in [(1, 60, 130), (2, 3, 0), (3, 25, 12)] {
        let team = team(seed, users, workspaces).await;
        let walk = Walk::whole(&connector(&team));
        let expected = team.expected_state(&ExpectedScope::default());
        assert_same("resources", &walk.resource_lines(), &reported(&expected));
        let grants = expected.grants.iter().map(|text| line(text)).collect();
        assert_same("grants", &walk.grant_lines(), &grants);
        assert_same("refused scopes", &walk.refused, &expected.refused);
        assert_same(
            "undescribed entitlements",
            &walk.undescribed(),
            &BTreeSet::new(),
        );
        assert_eq!(walk.further_pages > 0, workspaces > 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wasmtime_run_validate_names_the_team() {
    let team = team(4, 5, 1).await;
    let tenant = connector(&team).call("validate", "").unwrap();
    let expected = team.expected_state(&ExpectedScope::default());
    let id = tenant["id"].to_string();
    let is_team = |line: &&String| line.contains(&format!("\"id\":{id}"));
    let record = reported(&expected)
        .into_iter()
        .find(|line| is_team(&line))
        .unwrap();
    let record: Json = serde_json::from_str(&record).unwrap();
    assert_eq!(record["resource"]["display_name"], tenant["display_name"]);
}

fn calls() -> [(&'static str, &'static str); 3] {
    [
        ("validate", ""),
        ("list-resources", "\"team\", none, none"),
        (
            "list-grants",
            "{resource-type: \"workspace\", id: \"1f0df51a\"}, none",
        ),
    ]
}

fn case(answer: Result<Json, Json>) -> String {
    let error = answer.unwrap_err();
    error.as_object().unwrap().keys().next().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_unauthenticated() {
    let team = team(5, 3, 1).await;
    let cli = keyless(&team).secret(KEY, "X-API-Key: PMAK-wrong-canary-5d20");
    for (function, arguments) in calls() {
        assert_eq!(
            case(cli.call(function, arguments)),
            "unauthenticated",
            "{function}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_misconfigured_and_nothing_is_sent() {
    let team = team(5, 3, 1).await;
    for (function, arguments) in calls() {
        assert_eq!(
            case(keyless(&team).call(function, arguments)),
            "misconfigured",
            "{function}"
        );
    }
    assert_eq!(team.total_requests(), 0);
}

#[test]
fn no_address_is_misconfigured_by_name() {
    let cli = Cli::new(component("postman-connector.wasi.wasm"));
    let error = cli
        .secret(KEY, "X-API-Key: canary-77b1")
        .call("validate", "")
        .unwrap_err();
    let message = error["misconfigured"]["message"].as_str().unwrap();
    assert!(message.contains("CONNECTOR_BASE_URL"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_token_is_an_invalid_argument() {
    let team = team(5, 3, 1).await;
    for arguments in [
        "\"team\", none, some(\"bogus\")",
        "\"spaceship\", none, none",
        "\"user\", none, none",
    ] {
        let answer = connector(&team).call("list-resources", arguments);
        assert_eq!(case(answer), "invalid-argument", "{arguments}");
    }
    assert_eq!(team.total_requests(), 0);
}
