//! The calls of a sync: those of the manifest and of the options, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use connector_host::records::*;
use connector_host::sync::{SyncError, SyncOptions};

use crate::support::scripted::*;
use crate::things::{include, outcome, run, run_with, things};

#[tokio::test(start_paused = true)]
async fn a_sync_reads_what_the_manifest_declares() {
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
            "entitlements guest",
            "entitlements team",
            "entitlements thing",
            "entitlements user",
            "grants thing a",
            "grants thing b",
            "list team",
            "list thing under team 1",
            "list user under team 1",
            "validate",
        ]
    );
    assert_eq!(
        outcome(&synced, Operation::ListResources, "part"),
        "not-asked"
    );
    assert_eq!(
        outcome(&synced, Operation::ListResources, "account"),
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
async fn a_resource_in_two_lists_is_read_once() {
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
        grants: GrantListing::ListGrantsOptional,
        ..listed("user", "7", "team 1")
    };
    let source = Arc::new(Scripted::new().page("list user under team 1", page([on_request])));
    run(&source).await;
    assert_eq!(source.times("grants user 7"), 0);
    run_with(&source, include(&["user:grants"])).await.unwrap();
    assert_eq!(source.times("grants user 7"), 1);
}

#[tokio::test(start_paused = true)]
async fn excluded_types_and_their_children_are_skipped() {
    let source = Arc::new(things());
    let options = SyncOptions {
        exclude: BTreeSet::from(["thing".to_owned()]),
        ..SyncOptions::default()
    };
    let synced = run_with(&source, options).await.unwrap();
    assert_eq!(source.times("list thing under team 1"), 0);
    assert_eq!(
        outcome(&synced, Operation::ListResources, "thing"),
        "not-asked"
    );
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn impossible_options_are_rejected_before_sending() {
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
