//! A sync is whole or says what is missing: every end that a call can have, held against what the
//! contract says a host does next. Time is tokio's and stands still, so that waits are exact.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connector_host::records::*;
use connector_host::runtime::{Failure, LimitHit};
use connector_host::sync::{self, Quiet, SyncError, SyncOptions, Synced};
use support::scripted::*;
use tokio::time::Instant;

async fn run_with(source: &Arc<Scripted>, options: SyncOptions) -> Result<Synced, SyncError> {
    sync::run(Arc::clone(source), &options, Arc::new(Quiet)).await
}

async fn run(source: &Arc<Scripted>) -> Synced {
    run_with(source, SyncOptions::default()).await.unwrap()
}

fn include(names: &[&str]) -> SyncOptions {
    SyncOptions {
        include: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..SyncOptions::default()
    }
}

fn outcome(synced: &Synced, call: Call, resource_type: &str) -> &'static str {
    let mut scopes = synced.scopes.iter();
    let scope = scopes.find(|scope| scope.call == call && scope.resource_type == resource_type);
    scope.unwrap().outcome.name()
}

fn things() -> Scripted {
    Scripted::new()
        .page(
            "list thing under team 1",
            page([asked("thing", "a", "team 1"), asked("thing", "b", "team 1")]),
        )
        .page(
            "grants thing a",
            grants([grant(id("thing", "a"), "admin", id("user", "7"))]),
        )
}

#[tokio::test(start_paused = true)]
async fn it_asks_for_what_the_description_lists_and_nothing_else() {
    let source = Arc::new(things());
    let synced = run(&source).await;
    let mut calls: Vec<_> = source
        .calls
        .lock()
        .unwrap()
        .iter()
        .map(|(call, _)| call.clone())
        .collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            "grants thing a",
            "grants thing b",
            "list team",
            "list thing under team 1",
            "list user under team 1",
            "rights guest",
            "rights team",
            "rights thing",
            "rights user",
            "validate",
        ]
    );
    assert_eq!(outcome(&synced, Call::ListResources, "part"), "not-asked");
    assert_eq!(
        outcome(&synced, Call::ListResources, "account"),
        "not-asked"
    );
    assert!(synced.summary.complete);
    assert_eq!(synced.summary.requests, 10);
}

#[tokio::test(start_paused = true)]
async fn an_opt_in_is_read_under_each_parent_when_asked_for() {
    let source = Arc::new(things().page(
        "list part under thing a",
        page([listed("part", "x", "thing a")]),
    ));
    let synced = run_with(&source, include(&["part"])).await.unwrap();
    assert_eq!(source.times("list part under thing a"), 1);
    assert_eq!(source.times("list part under thing b"), 1);
    assert!(synced.resources.iter().any(|one| one.id == id("part", "x")));
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_two_lists_show_is_one_and_its_grants_are_read_once() {
    let source = things()
        .page(
            "list part under thing a",
            page([asked("part", "x", "thing a")]),
        )
        .page(
            "list part under thing b",
            page([asked("part", "x", "thing b")]),
        );
    let source = Arc::new(source);
    let synced = run_with(&source, include(&["part"])).await.unwrap();
    let parts: Vec<_> = synced
        .resources
        .iter()
        .filter(|one| one.id == id("part", "x"))
        .collect();
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].parent, Some(id("thing", "a")));
    assert_eq!(source.times("grants part x"), 1);
}

#[tokio::test(start_paused = true)]
async fn grants_on_request_are_read_on_request() {
    let on_request = Resource {
        grants: GrantsSource::ListsAndMoreOnRequest,
        ..listed("user", "7", "team 1")
    };
    let source = Arc::new(Scripted::new().page("list user under team 1", page([on_request])));
    run(&source).await;
    assert_eq!(source.times("grants user 7"), 0);
    run_with(&source, include(&["user:grants"])).await.unwrap();
    assert_eq!(source.times("grants user 7"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_excluded_is_not_asked_and_neither_is_what_lies_under_it() {
    let source = Arc::new(things());
    let options = SyncOptions {
        exclude: BTreeSet::from(["thing".to_owned()]),
        ..SyncOptions::default()
    };
    let synced = run_with(&source, options).await.unwrap();
    assert_eq!(source.times("list thing under team 1"), 0);
    assert_eq!(outcome(&synced, Call::ListResources, "thing"), "not-asked");
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn options_that_cannot_be_met_are_refused_before_anything_is_sent() {
    let source = Arc::new(things());
    let exclude = |name: &str, options: SyncOptions| SyncOptions {
        exclude: BTreeSet::from([name.to_owned()]),
        ..options
    };
    for options in [
        include(&["unknown"]),
        include(&["account"]),
        exclude("unknown", SyncOptions::default()),
        exclude("part", include(&["part"])),
        exclude("thing", include(&["part"])),
    ] {
        assert!(matches!(
            run_with(&source, options).await,
            Err(SyncError::Usage(_))
        ));
    }
    assert!(source.calls.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_to_the_last_one() {
    let next = |resource, next: &str| Page {
        next: Some(next.into()),
        ..page([resource])
    };
    let source = Scripted::new()
        .page(
            "list user under team 1",
            next(listed("user", "1", "team 1"), "2"),
        )
        .page(
            "list user under team 1 @2",
            next(listed("user", "2", "team 1"), "3"),
        )
        .page(
            "list user under team 1 @3",
            page([listed("user", "3", "team 1")]),
        );
    let synced = run(&Arc::new(source)).await;
    let scope = synced
        .scopes
        .iter()
        .find(|one| one.call == Call::ListResources && one.resource_type == "user");
    assert_eq!(scope.map(|one| (one.pages, one.requests)), Some((3, 3)));
    assert_eq!(
        synced
            .resources
            .iter()
            .filter(|one| one.id.resource_type == "user")
            .count(),
        3
    );
}

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

#[tokio::test(start_paused = true)]
async fn an_omission_makes_a_scope_partial() {
    let notice = |omits| Notice {
        code: "odd".into(),
        about: None,
        omits,
        message: String::new(),
    };
    let noticed = |omits| Page {
        notices: vec![notice(omits)],
        ..Page::default()
    };
    let source = things()
        .page("grants thing a", noticed(false))
        .page("grants thing b", noticed(true));
    let synced = run(&Arc::new(source)).await;
    assert_eq!(synced.summary.scopes["partial"], 1);
    assert!(!synced.summary.complete);
    assert_eq!(synced.notices.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_refers_to_what_is_not_there() {
    let secret = Resource {
        details: Details::Secret(SecretDetails {
            created_by: Some(id("user", "gone")),
            opens: Some(id("part", "closed")),
            expires_at: None,
            last_used_at: None,
        }),
        ..listed("thing", "s", "team 1")
    };
    let expands = Grant {
        expands: Some("member".into()),
        ..grant(id("thing", "lost"), "viewer", id("guest", "g"))
    };
    let source = things().page(
        "list thing under team 1",
        Page {
            grants: vec![expands],
            ..page([asked("thing", "a", "team 1"), secret])
        },
    );
    let synced = run(&Arc::new(source)).await;
    let unlisted: Vec<_> = synced
        .notices
        .iter()
        .filter(|one| one.code == "unlisted")
        .filter_map(|one| one.about.clone())
        .collect();
    let expected = [
        id("guest", "g"),
        id("part", "closed"),
        id("thing", "lost"),
        id("user", "7"),
        id("user", "gone"),
    ];
    assert_eq!(unlisted, expected);
    for id in expected {
        let record = synced.resources.iter().find(|one| one.id == id).unwrap();
        assert_eq!(*record, Resource::mentioned(id));
    }
    let slugs: Vec<_> = synced
        .entitlements
        .iter()
        .map(|one| (one.resource_type.as_str(), one.slug.as_str()))
        .collect();
    assert_eq!(
        slugs,
        [("guest", "member"), ("thing", "admin"), ("thing", "viewer")]
    );
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn of_two_records_the_better_evidence_wins_and_of_two_grants_the_listed_one() {
    let implied = Grant {
        implied_by: Some("rule".into()),
        ..grant(id("thing", "a"), "admin", id("user", "7"))
    };
    let mentioned = Resource::mentioned(id("user", "7"));
    let known = listed("user", "7", "team 1");
    for (first, second) in [
        (mentioned.clone(), known.clone()),
        (known.clone(), mentioned),
    ] {
        let source = things().page("list user under team 1", page([first])).page(
            "list thing under team 1",
            Page {
                grants: vec![implied.clone()],
                ..page([second, asked("thing", "a", "team 1")])
            },
        );
        let synced = run(&Arc::new(source)).await;
        assert!(synced.resources.contains(&known));
        assert_eq!(
            synced.grants,
            [grant(id("thing", "a"), "admin", id("user", "7"))]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_breaks_its_own_description_is_not_believed() {
    let unknown = page([listed("spaceship", "1", "team 1")]);
    let nameless = page([listed("user", "", "team 1")]);
    let long = page([listed("user", &"x".repeat(2_000), "team 1")]);
    let slugless = grants([grant(id("thing", "a"), "", id("user", "1"))]);
    let cursor = Page {
        next: Some("x".repeat(9_000)),
        ..Page::default()
    };
    for bad in [unknown, nameless, long, slugless, cursor] {
        let synced = run(&Arc::new(
            Scripted::new().page("list user under team 1", bad),
        ))
        .await;
        assert_eq!(
            outcome(&synced, Call::ListResources, "user"),
            "unexpected-response"
        );
        assert_eq!(synced.summary.resources, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_result_does_not_depend_on_how_many_calls_run_at_once() {
    let source = || {
        let all: Vec<_> = (0..100)
            .map(|n| asked("thing", &n.to_string(), "team 1"))
            .collect();
        let mut source = Scripted::new().page("list thing under team 1", page(all));
        for n in 0..100 {
            let holders = (0..5).map(|user| {
                grant(
                    id("thing", &n.to_string()),
                    "viewer",
                    id("user", &user.to_string()),
                )
            });
            source = source.page(&format!("grants thing {n}"), grants(holders));
        }
        Arc::new(source)
    };
    let mut results = Vec::new();
    for concurrency in [1, 3, 8, 200] {
        let options = SyncOptions {
            concurrency,
            ..SyncOptions::default()
        };
        let mut synced = run_with(&source(), options).await.unwrap();
        synced.run.started_at = String::new();
        results.push(synced);
    }
    assert!(results.iter().all(|one| *one == results[0]));
    assert_eq!(results[0].summary.grants, 500);
}
