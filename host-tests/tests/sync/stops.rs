//! Refusals that end what needs a credential, and no more than that.

use crate::support::scripted::*;
use crate::things::{run_with, things};
use connector_host::records::*;
use connector_host::sync::SyncOptions;
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn a_bad_optional_credential_costs_its_scopes_alone() {
    let mut source = things().fails(
        "list account under team 1",
        error(ErrorCase::Unauthenticated),
    );
    source.credentials.push("extra");
    let teams = page([listed("team", "1", ""), listed("team", "2", "")]);
    let source = Arc::new(source.page("list team", teams));
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let synced = run_with(&source, options).await.unwrap();
    assert_eq!(synced.grants.len(), 1);
    assert!(!synced.summary.complete);
    assert_eq!(synced.summary.scopes["unauthenticated"], 2);
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_quota_names_every_missing_scope() {
    let all: Vec<_> = (0..50)
        .map(|n| asked("thing", &format!("{n:02}"), "team 1"))
        .collect();
    let source = Scripted::new()
        .page("list thing under team 1", page(all))
        .page(
            "grants thing 00",
            grants([grant(id("thing", "00"), "admin", id("user", "7"))]),
        )
        .fails("grants thing 10", error(ErrorCase::QuotaExhausted));
    let source = Arc::new(source);
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let synced = run_with(&source, options).await.unwrap();
    assert_eq!(synced.summary.scopes["quota-exhausted"], 40);
    assert!(!synced.summary.complete);
    assert_eq!(synced.grants.len(), 1);
    let asked = source
        .calls
        .lock()
        .unwrap()
        .iter()
        .filter(|(call, _)| call.starts_with("grants"))
        .count();
    assert_eq!(asked, 11);
}
