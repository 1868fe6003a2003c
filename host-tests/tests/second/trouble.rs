//! A refusal of PagerDuty is named, and has no other effect.

use std::time::{Duration, Instant};

use connector_host::records::{Outcome, Scope};
use serde_json::json;

use crate::account::Account;
use crate::read::{assert_true, synced};
use crate::server::{Server, error};

fn incomplete(scopes: &[Scope]) -> Vec<(Option<&str>, &str)> {
    let scopes = scopes.iter().filter(|one| one.outcome != Outcome::Complete);
    scopes
        .map(|one| (one.id.as_deref(), one.outcome.name()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_asked_by_pagerduty_loses_nothing() {
    let account = Account::large();
    let server = Server::start(account.clone()).await;
    server.trouble(
        "/teams/PT00001/members",
        1,
        (429, error(2020, "Rate Limit Exceeded")),
    );
    server.trouble("/users", 1, (503, json!({})));
    let began = Instant::now();
    let synced = synced(&server).await;
    // Asked for one second. How long the rest takes is not for a test to say.
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(synced.summary.complete, "{:?}", synced.scopes);
    assert_true(&synced, &account);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_team_costs_its_scope_alone() {
    let mut account = Account::large();
    let server = Server::start(account.clone()).await;
    server.trouble(
        "/teams/PT00006/members",
        9,
        (403, error(2010, "Access Denied")),
    );
    server.trouble("/teams/PT00007/members", 9, (404, error(2100, "Not Found")));
    let synced = synced(&server).await;
    let forbidden = (Some("PT00006"), "forbidden");
    let gone = (Some("PT00007"), "not-found");
    assert_eq!(incomplete(&synced.scopes), [forbidden, gone]);
    let problem = synced
        .scopes
        .iter()
        .find_map(|one| one.problem.clone())
        .unwrap();
    assert_eq!(problem.detail, "GET /teams/{id}/members: 403, code 2010");
    account.teams[6].members.clear();
    account.teams[7].members.clear();
    assert_true(&synced, &account);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_teams_lacks_teams_alone() {
    let mut account = Account::large();
    let server = Server::start(account.clone()).await;
    server.trouble("/teams", 9, (402, error(2012, "Account Abilities")));
    let synced = synced(&server).await;
    assert_eq!(incomplete(&synced.scopes), [(None, "not-offered")]);
    account.teams.clear();
    assert_true(&synced, &account);
}
