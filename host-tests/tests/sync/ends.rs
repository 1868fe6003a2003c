//! Every end that a call can have, held against what the contract says a host does next.

use std::sync::Arc;
use std::time::Duration;

use connector_host::records::*;
use connector_host::runtime::{Failure, LimitHit};
use connector_host::sync::{SyncError, SyncOptions};
use tokio::time::Instant;

use crate::support::scripted::*;
use crate::things::{outcome, run, run_with, things};

#[tokio::test(start_paused = true)]
async fn a_list_that_runs_in_a_circle_ends_as_a_fault() {
    let next = |next: &str| Page {
        next: Some(next.into()),
        ..Page::default()
    };
    let source = Scripted::new()
        .page("list user under team 1", next("2"))
        .page("list user under team 1 @2", next("3"))
        .page("list user under team 1 @3", next("2"));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!(
        outcome(&synced, Call::ListResources, "user"),
        "unexpected-response"
    );
    assert_eq!(source.times("list user under team 1 @2"), 1);
    assert!(!synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_cursor_expired_begins_again_twice_and_keeps_nothing_of_before() {
    let expired = || Err(error(ErrorCase::Expired));
    let first = |own: &str| {
        Ok(Page {
            next: Some("2".into()),
            ..page([listed("user", own, "team 1")])
        })
    };
    let call = "list user under team 1";
    let good = Scripted::new()
        .first(call, [first("old"), first("new")])
        .first(
            "list user under team 1 @2",
            [expired(), Ok(Page::default())],
        );
    let synced = run(&Arc::new(good)).await;
    let users: Vec<_> = synced
        .resources
        .iter()
        .filter(|one| one.id.resource_type == "user")
        .map(|one| one.id.id.as_str())
        .collect();
    assert_eq!(users, ["new"]);
    assert_eq!(outcome(&synced, Call::ListResources, "user"), "complete");

    let never = Arc::new(Scripted::new().fails(call, error(ErrorCase::Expired)));
    let synced = run(&never).await;
    assert_eq!(outcome(&synced, Call::ListResources, "user"), "expired");
    assert_eq!(never.times(call), 3);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_out_and_the_same_call_made_again() {
    let call = "list user under team 1";
    let source = Arc::new(Scripted::new().first(call, [Err(wait(ErrorCase::RateLimited, 42))]));
    let synced = run(&source).await;
    assert!(synced.summary.complete);
    let calls = source.calls.lock().unwrap();
    let times: Vec<Instant> = calls
        .iter()
        .filter(|(made, _)| made == call)
        .map(|(_, at)| *at)
        .collect();
    let waited = times[1] - times[0];
    assert!(
        waited >= Duration::from_secs(42) && waited <= Duration::from_secs(43),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_allowed_ends_the_scope_at_once() {
    let call = "list user under team 1";
    let source = Arc::new(Scripted::new().fails(call, wait(ErrorCase::RateLimited, 301)));
    let started = Instant::now();
    let synced = run(&source).await;
    assert_eq!(
        outcome(&synced, Call::ListResources, "user"),
        "rate-limited"
    );
    assert_eq!(source.times(call), 1);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_provider_is_tried_again_a_bounded_number_of_times() {
    let call = "list user under team 1";
    let source = Arc::new(Scripted::new().fails(call, error(ErrorCase::Unavailable)));
    let started = Instant::now();
    let synced = run(&source).await;
    assert_eq!(outcome(&synced, Call::ListResources, "user"), "unavailable");
    assert_eq!(source.times(call), 6);
    assert!(started.elapsed() <= Duration::from_secs(1 + 2 + 4 + 8 + 16));
    let scope = synced
        .scopes
        .iter()
        .find(|one| one.outcome.name() == "unavailable")
        .unwrap();
    assert_eq!((scope.requests, scope.pages), (6, 0));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_down_costs_little_more_than_one_request_a_scope() {
    let all: Vec<_> = (0..1_000)
        .map(|n| asked("thing", &n.to_string(), "team 1"))
        .collect();
    let mut source = Scripted::new().page("list thing under team 1", page(all));
    for n in 0..1_000 {
        source = source.fails(&format!("grants thing {n}"), error(ErrorCase::Unavailable));
    }
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!(synced.summary.scopes["unavailable"], 1_000);
    let asked = source
        .calls
        .lock()
        .unwrap()
        .iter()
        .filter(|(call, _)| call.starts_with("grants"))
        .count();
    assert!((1_000..=1_100).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_scope_leaves_the_others_alone() {
    for case in [
        ErrorCase::Forbidden,
        ErrorCase::NotFound,
        ErrorCase::InvalidArgument,
        ErrorCase::UnexpectedResponse,
        ErrorCase::Other,
        ErrorCase::NotOffered,
    ] {
        let source = things().fails("grants thing b", error(case));
        let synced = run(&Arc::new(source)).await;
        assert_eq!(synced.summary.scopes[case.name()], 1);
        assert_eq!(synced.summary.complete, case == ErrorCase::NotOffered);
        assert_eq!(synced.grants.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_offered_is_missing_where_the_rest_refers_to_it() {
    let refused = |call: &str| things().fails(call, error(ErrorCase::NotOffered));
    // The credential's owner is a user.
    let synced = run(&Arc::new(refused("list user under team 1"))).await;
    assert_eq!(outcome(&synced, Call::ListResources, "user"), "not-offered");
    assert!(!synced.summary.complete);
    let synced = run(&Arc::new(refused("list thing under team 1"))).await;
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn the_ends_of_the_sandbox_are_outcomes() {
    let hit = LimitHit::WallClock(Duration::from_secs(120));
    let source = things()
        .fails("grants thing a", Failure::TimedOut(hit))
        .fails("grants thing b", Failure::Trapped("unreachable".into()));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!(
        (
            synced.summary.scopes["timed-out"],
            synced.summary.scopes["trapped"]
        ),
        (1, 1)
    );
    assert_eq!(source.times("grants thing a"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_only_the_operator_can_mend_ends_the_sync_without_a_result() {
    for case in [ErrorCase::Misconfigured, ErrorCase::Unauthenticated] {
        let source = Arc::new(things().fails("list user under team 1", error(case)));
        let failed = run_with(&source, SyncOptions::default()).await.unwrap_err();
        let SyncError::Failed {
            outcome, during, ..
        } = failed
        else {
            panic!("{failed}");
        };
        assert_eq!(outcome, Outcome::Error(case));
        assert_eq!(during.as_deref(), Some("listing user"));
        assert_eq!(source.times("grants thing a"), 0);
    }
    let source = Scripted::new();
    source
        .validate
        .lock()
        .unwrap()
        .push_back(error(ErrorCase::Forbidden));
    let failed = run_with(&Arc::new(source), SyncOptions::default()).await;
    assert!(matches!(failed, Err(SyncError::Failed { .. })));
}

#[tokio::test(start_paused = true)]
async fn the_first_call_waits_and_tries_again_too() {
    let source = Scripted::new();
    source.validate.lock().unwrap().extend([
        wait(ErrorCase::RateLimited, 5),
        error(ErrorCase::Unavailable),
    ]);
    let source = Arc::new(source);
    assert!(run(&source).await.summary.complete);
    assert_eq!(source.times("validate"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_bad_optional_credential_ends_what_needs_it_and_nothing_else() {
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
async fn a_used_up_quota_ends_the_asking_and_names_every_scope_that_is_missing() {
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
