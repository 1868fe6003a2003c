//! Every end of a call, compared with the next step of a host by the contract.

use std::sync::Arc;
use std::time::Duration;

use connector_host::gateway::RateLimiter;
use connector_host::records::*;
use connector_host::runtime::{CallFailure, LimitHit};
use connector_host::sync::{SyncError, SyncOptions};
use tokio::time::Instant;

use crate::support::scripted::*;
use crate::things::{outcome, run, run_with, things};

#[tokio::test(start_paused = true)]
async fn a_list_that_runs_in_a_circle_ends_as_a_fault() {
    let next = |next: &str| Page {
        next_page_token: Some(next.into()),
        ..Page::default()
    };
    let source = Scripted::new()
        .page("list user under team 1", next("2"))
        .page("list user under team 1 @2", next("3"))
        .page("list user under team 1 @3", next("2"));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!(
        outcome(&synced, Operation::ListResources, "user"),
        "unexpected-response"
    );
    assert_eq!(source.times("list user under team 1 @2"), 1);
    assert!(!synced.summary.complete);
}

/// A list of pages, each with the cursor of the next, that continues as long as it is asked.
fn endless(pages: &[Page], last: Option<usize>) -> Scripted {
    let call = "list user under team 1";
    let most = last.unwrap_or(50);
    let next = |at: usize| (at < most).then(|| (at + 1).to_string());
    let page = |at: usize| Page {
        next_page_token: next(at),
        ..pages[at % pages.len()].clone()
    };
    let first = Scripted::new().page(call, page(0));
    (1..=most).fold(first, |source, at| {
        source.page(&format!("{call} @{at}"), page(at))
    })
}

fn users(ids: &[&str]) -> Page {
    page(ids.iter().map(|own| listed("user", own, "team 1")))
}

fn pages_of_users(synced: &connector_host::sync::SyncInventory) -> u64 {
    let mut scopes = synced.scopes.iter();
    let list =
        scopes.find(|one| one.resource_type == "user" && one.call == Operation::ListResources);
    list.unwrap().pages
}

#[tokio::test(start_paused = true)]
async fn repeated_pages_with_new_tokens_end_a_list() {
    let grants_of = |slug: &str| grants([grant(id("team", "1"), slug, id("user", "1"))]);
    let (a, b, c) = (users(&["1", "2"]), users(&["3", "4"]), users(&["5", "6"]));
    for (pages, read) in [
        (vec![a.clone()], 2),
        (vec![a.clone(), b.clone()], 3),
        (vec![a, b, c], 4),
        (vec![users(&["1"])], 2),
        (vec![grants_of("admin"), grants_of("member")], 3),
    ] {
        let source = Arc::new(endless(&pages, None));
        let synced = run(&source).await;
        let ended = outcome(&synced, Operation::ListResources, "user");
        assert_eq!(ended, "unexpected-response");
        assert_eq!(pages_of_users(&synced), read);
        assert!(!synced.summary.complete);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_alike_and_not_the_same_end_nothing() {
    let unlike = |slug: &str, own: &str| Page {
        grants: vec![grant(id("team", "1"), slug, id("user", own)).into()],
        ..users(&["1"])
    };
    for (pages, last) in [
        (vec![users(&["1", "2"]), users(&["2", "1"])], 1),
        (vec![users(&["1", "2"]), users(&["1"])], 1),
        (vec![users(&["1"]), users(&["12"])], 1),
        (vec![unlike("admin", "1"), unlike("admin", "2")], 1),
        (vec![unlike("admin", "1"), unlike("member", "1")], 1),
        // What comes again on the last page does no harm.
        (vec![users(&["1"])], 1),
        // A provider that leaves out what a key may not see has empty pages.
        (vec![Page::default()], 5),
    ] {
        let source = Arc::new(endless(&pages, Some(last)));
        let synced = run(&source).await;
        let ended = outcome(&synced, Operation::ListResources, "user");
        assert_eq!(ended, "complete", "{pages:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_page_that_was_shown_before_is_no_end() {
    let (a, b) = (users(&["1", "2"]), users(&["3", "4"]));
    for (pages, last) in [(vec![a.clone()], 1), (vec![a, b], 2)] {
        let source = Arc::new(endless(&pages, Some(last)));
        let synced = run(&source).await;
        let ended = outcome(&synced, Operation::ListResources, "user");
        assert_eq!(ended, "unexpected-response");
        assert!(!synced.summary.complete);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_nothing_but_empty_pages_ends() {
    let source = Arc::new(endless(&[Page::default()], None));
    let synced = run(&source).await;
    let ended = outcome(&synced, Operation::ListResources, "user");
    assert_eq!((ended, pages_of_users(&synced)), ("unexpected-response", 6));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_restarts_a_list_afresh() {
    let expired = || Err(error(ErrorCase::Expired));
    let first = |own: &str| {
        Ok(Page {
            next_page_token: Some("2".into()),
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
    assert_eq!(
        outcome(&synced, Operation::ListResources, "user"),
        "complete"
    );

    let never = Arc::new(Scripted::new().fails(call, error(ErrorCase::Expired)));
    let synced = run(&never).await;
    assert_eq!(
        outcome(&synced, Operation::ListResources, "user"),
        "expired"
    );
    assert_eq!(never.times(call), 3);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limited_call_waits_and_retries() {
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
        outcome(&synced, Operation::ListResources, "user"),
        "rate-limited"
    );
    assert_eq!(source.times(call), 1);
    assert!(started.elapsed() < Duration::from_secs(1));
}

/// All that follows with the same credential; one that SCIM's key is asked with is another matter.
#[tokio::test(start_paused = true)]
async fn an_overlong_wait_ends_every_later_scope() {
    let all = (0..50).map(|n| asked("thing", &n.to_string(), "team 1"));
    for rate_limiter in [
        RateLimiter::unlimited(),
        RateLimiter::new(Duration::from_secs(300)),
    ] {
        let mut source = Scripted::new()
            .page("list thing under team 1", page(all.clone()))
            .fails("grants thing 10", wait(ErrorCase::RateLimited, 3_600));
        source.rate_limiter = rate_limiter;
        source.credentials.push("extra");
        let source = Arc::new(source);
        let options = SyncOptions {
            concurrency: 1,
            ..SyncOptions::default()
        };
        let started = Instant::now();
        let synced = run_with(&source, options).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(1));
        let limited: Vec<_> = synced
            .scopes
            .iter()
            .filter(|one| one.outcome.name() == "rate-limited")
            .collect();
        let sent: u64 = limited.iter().map(|one| one.requests).sum();
        assert_eq!(sent, 1);
        assert!(limited.len() > 40, "{}", limited.len());
        for scope in limited {
            let said = &scope.problem.as_ref().unwrap().message;
            assert!(said.contains("wait for 3600 s"), "{said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn validate_obeys_a_wait_of_its_credential() {
    let source = Scripted::new();
    source.rate_limiter.delay("key", Duration::from_secs(3_600));
    let source = Arc::new(source);
    let failed = run_with(&source, SyncOptions::default()).await.unwrap_err();
    assert!(failed.to_string().contains("wait for 3600 s"), "{failed}");
    assert_eq!(source.times("validate"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_permit_is_rate_limited() {
    let source = Scripted::new().fails("list user under team 1", error(ErrorCase::Unavailable));
    let rate_limiter = source.rate_limiter.clone();
    let source = Arc::new(source);
    let options = SyncOptions::default();
    let reading = run_with(&source, options);
    // Another sync with the same key is asked to wait meanwhile.
    let holding = async {
        while source.times("list user under team 1") == 0 {
            tokio::task::yield_now().await;
        }
        rate_limiter.delay("key", Duration::from_secs(3_600));
    };
    let (synced, ()) = tokio::join!(reading, holding);
    let synced = synced.unwrap();
    let ended = outcome(&synced, Operation::ListResources, "user");
    assert_eq!(ended, "rate-limited");
    assert!(source.times("list user under team 1") <= 2);
}

#[tokio::test(start_paused = true)]
async fn retries_of_an_unavailable_provider_are_bounded() {
    let call = "list user under team 1";
    let source = Arc::new(Scripted::new().fails(call, error(ErrorCase::Unavailable)));
    let started = Instant::now();
    let synced = run(&source).await;
    assert_eq!(
        outcome(&synced, Operation::ListResources, "user"),
        "unavailable"
    );
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
async fn a_provider_outage_costs_few_requests() {
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
async fn a_referenced_unavailable_list_is_a_gap() {
    let refused = |call: &str| things().fails(call, error(ErrorCase::NotOffered));
    // The credential's owner is a user.
    let synced = run(&Arc::new(refused("list user under team 1"))).await;
    assert_eq!(
        outcome(&synced, Operation::ListResources, "user"),
        "not-offered"
    );
    assert!(!synced.summary.complete);
    let synced = run(&Arc::new(refused("list thing under team 1"))).await;
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn the_ends_of_the_sandbox_are_outcomes() {
    let hit = LimitHit::WallClock(Duration::from_secs(120));
    let source = things()
        .fails("grants thing a", CallFailure::TimedOut(hit))
        .fails("grants thing b", CallFailure::Trapped("unreachable".into()));
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
async fn operator_errors_end_the_sync_without_result() {
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
