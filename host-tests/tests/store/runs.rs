//! The runs of a database: listed with how they ended and how much they differ, named in several ways,
//! stored by a policy or on hold.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use connector_host::records::ErrorCase;
use connector_host::store::{RecorderOptions, Retention, RunId, Store, SyncRecorder};
use connector_host::sync::{self, NoProgress, SyncOptions};
use rusqlite::Connection;
use serde_json::Value;

use crate::asked::file;
use crate::known::first;
use crate::support::scripted::{error, grant, grants, id};
use crate::support::stored::keep;

fn run(arguments: &[&str], db: &Path) -> Output {
    let mut command = host_tests::command();
    for argument in arguments {
        match *argument {
            "DB" => command.arg(db),
            other => command.arg(other),
        };
    }
    command.output().unwrap()
}

fn listed(db: &Path) -> Vec<Value> {
    let output = run(&["runs", "DB", "--format", "ndjson"], db);
    let text = String::from_utf8(output.stdout).unwrap();
    let runs = text.lines().map(|line| serde_json::from_str(line).unwrap());
    runs.map(|line: Value| line["run"].clone()).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn runs_are_listed_with_counts_and_changes() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    keep(&Arc::new(first()), &file(&dir)).await;
    let holds = |user: &str| grant(id("thing", "1"), "can", id("user", user));
    let other = first().page("grants thing 1", grants([holds("1"), holds("77")]));
    let whole = keep(&Arc::new(other), &file(&dir)).await;
    let runs = listed(&file(&dir));
    let numbers: Vec<_> = runs
        .iter()
        .map(|run| run["run"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(runs[0]["grants"], whole.summary.grants);
    assert_eq!(runs[0]["resources"], whole.summary.resources);
    assert_eq!(
        (&runs[2]["changes"], &runs[1]["changes"]),
        (&Value::Null, &0.into())
    );
    // As `diff` has it, but for what follows from what.
    let store = Store::open_to_read(&file(&dir)).unwrap();
    let ids = |run| {
        let synced = store.load(RunId(run)).unwrap();
        let mut ids: Vec<String> = synced
            .resources
            .iter()
            .map(|one| format!("{one:?}"))
            .collect();
        ids.extend(synced.grants.iter().map(|one| format!("{one:?}")));
        ids
    };
    let (old, new) = (ids(2), ids(3));
    let gone = old.iter().filter(|one| !new.contains(one)).count();
    let came = new.iter().filter(|one| !old.contains(one)).count();
    assert!(gone + came > 1);
    assert_eq!(runs[0]["changes"], gone + came);
    let table = run(&["runs", "DB"], &file(&dir));
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.contains("Northwind") && table.contains("changes"),
        "{table}"
    );
}

#[tokio::test]
async fn a_run_is_named_by_number_date_or_word() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..4 {
        keep(&Arc::new(first()), &file(&dir)).await;
    }
    let database = Connection::open(file(&dir)).unwrap();
    database
        .execute_batch(
            "UPDATE runs SET started_at = '2026-03-0' || run || 'T10:00:00Z';
            UPDATE runs SET complete = 0 WHERE run > 2",
        )
        .unwrap();
    drop(database);
    for (name, number) in [
        ("1", 1),
        ("latest", 4),
        ("previous", 3),
        ("last-complete", 2),
        ("2026-03-02", 2),
        ("2026-03-03T09:59:59Z", 2),
        ("2026-03-03T10:00:00Z", 3),
        ("2027-01-01", 4),
    ] {
        let output = run(
            &["resources", "DB", "--run", name, "--format", "json"],
            &file(&dir),
        );
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["run"]["run"], number, "{name}: {answer}");
    }
    let diff = run(
        &[
            "diff",
            "DB",
            "--from",
            "2026-03-01",
            "--to",
            "previous",
            "--format",
            "json",
        ],
        &file(&dir),
    );
    let diff: Value = serde_json::from_slice(&diff.stdout).unwrap();
    assert_eq!(
        (&diff["older"]["run"], &diff["newer"]["run"]),
        (&1.into(), &3.into())
    );
    for (name, reason) in [
        ("2025-12-31", "its first one began at 2026-03-01T10:00:00Z"),
        ("9", "it has no sync 9 that has ended"),
        ("yesterday", "names no run"),
    ] {
        let output = run(&["resources", "DB", "--run", name], &file(&dir));
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(reason), "{}", said(&output));
    }
}

#[tokio::test]
async fn a_sync_that_failed_leaves_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let fatal = first().fails("list team", error(ErrorCase::Unauthenticated));
    let recorder = SyncRecorder::open(&file(&dir), RecorderOptions::default()).unwrap();
    let (options, quiet) = (SyncOptions::default(), Arc::new(NoProgress));
    let ended =
        sync::run_with_checkpoints(Arc::new(fatal), &options, quiet, recorder.checkpoints()).await;
    let reason = ended.unwrap_err().to_string();
    drop(recorder);
    let failed = &listed(&file(&dir))[0];
    assert_eq!(
        (&failed["state"], &failed["failure"]),
        (&"running".into(), &reason.as_str().into())
    );
    // A new sync drops the records of the failed one, and not its reason.
    keep(&Arc::new(first()), &file(&dir)).await;
    let runs = listed(&file(&dir));
    assert_eq!(
        (&runs[0]["state"], &runs[1]["state"]),
        (&"ended".into(), &"failed".into())
    );
    assert_eq!(runs[1]["failure"], reason);
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(store.runs().unwrap().len(), 1);
    let left = "SELECT count(*) FROM scopes WHERE run = 1";
    let left: i64 = store
        .connection()
        .query_row(left, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

/// Runs a sync whose credential does not work, and returns what it says.
async fn fail_to_begin(db: &Path) -> String {
    let source = first();
    let refused = error(ErrorCase::Unauthenticated);
    source.validate.lock().unwrap().push_back(refused);
    let recorder = SyncRecorder::open(db, RecorderOptions::default()).unwrap();
    let (options, quiet) = (SyncOptions::default(), Arc::new(NoProgress));
    let ended =
        sync::run_with_checkpoints(Arc::new(source), &options, quiet, recorder.checkpoints()).await;
    ended.unwrap_err().to_string()
}

#[tokio::test]
async fn a_refused_credential_leaves_a_failed_run() {
    let dir = tempfile::tempdir().unwrap();
    let whole = keep(&Arc::new(first()), &file(&dir)).await;
    let reason = fail_to_begin(&file(&dir)).await;
    let runs = listed(&file(&dir));
    assert_eq!(runs.len(), 2);
    let failed = &runs[0];
    assert_eq!(
        (&failed["state"], &failed["failure"], &failed["tenant"]),
        (&"failed".into(), &reason.as_str().into(), &Value::Null)
    );
    let table = run(&["runs", "DB"], &file(&dir));
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("failed: unauthenticated"), "{table}");
    // Nothing else sees it, and the next sync compares itself with the last one that ended.
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(store.runs().unwrap().len(), 1);
    assert!(!store.has_unfinished().unwrap());
    drop(store);
    let again = keep(&Arc::new(first()), &file(&dir)).await;
    assert_eq!(again.summary.digest, whole.summary.digest);
    assert_eq!(listed(&file(&dir))[0]["changes"], 0);
}

#[tokio::test]
async fn a_refused_credential_leaves_an_interrupted_run() {
    let dir = tempfile::tempdir().unwrap();
    let fatal = first().fails("list team", error(ErrorCase::Unauthenticated));
    let recorder = SyncRecorder::open(&file(&dir), RecorderOptions::default()).unwrap();
    let (options, quiet) = (SyncOptions::default(), Arc::new(NoProgress));
    let ended =
        sync::run_with_checkpoints(Arc::new(fatal), &options, quiet, recorder.checkpoints()).await;
    ended.unwrap_err();
    drop(recorder);
    fail_to_begin(&file(&dir)).await;
    assert!(
        Store::open_to_read(&file(&dir))
            .unwrap()
            .has_unfinished()
            .unwrap()
    );
    let database = Connection::open(file(&dir)).unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 110)
        INSERT INTO runs (run, epoch, state, failure, tenant_type, tenant_id, tenant_name, contract,
            connector, version, component_sha256, manifest_sha256, base_url, started_at, tenant,
            resource_types, settings)
        SELECT n.i, n.i, state, failure, tenant_type, tenant_id, tenant_name, contract, connector,
            version, component_sha256, manifest_sha256, base_url, started_at, tenant, resource_types,
            settings FROM runs, n WHERE run = 2";
    database.execute_batch(many).unwrap();
    drop(database);
    fail_to_begin(&file(&dir)).await;
    let runs = listed(&file(&dir));
    let failed = runs.iter().filter(|run| run["state"] == "failed");
    assert_eq!(failed.count(), 100);
    assert_eq!(runs.last().unwrap()["state"], "running");
}

#[tokio::test]
async fn a_run_on_hold_outlives_the_policy() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    let output = run(&["runs", "DB", "--hold", "latest"], &file(&dir));
    assert!(
        said(&output).contains("sync 1 is on hold"),
        "{}",
        said(&output)
    );
    let few = RecorderOptions {
        keep: Retention::latest(1),
        ..RecorderOptions::default()
    };
    let mut pruned = Vec::new();
    for _ in 0..3 {
        let recorder = SyncRecorder::open(&file(&dir), few).unwrap();
        let (options, quiet) = (SyncOptions::default(), Arc::new(NoProgress));
        let ended =
            sync::run_with_checkpoints(Arc::new(first()), &options, quiet, recorder.checkpoints())
                .await;
        ended.unwrap();
        let stored = recorder.into_store().unwrap();
        pruned.extend(stored.pruned.iter().map(|one| one.run.0));
    }
    assert_eq!(pruned, [2, 3]);
    let runs = listed(&file(&dir));
    let on_hold: Vec<_> = runs
        .iter()
        .map(|one| (one["run"].clone(), one["on_hold"].clone()))
        .collect();
    assert_eq!(on_hold, [(4.into(), false.into()), (1.into(), true.into())]);
    run(&["runs", "DB", "--release", "1"], &file(&dir));
    keep(&Arc::new(first()), &file(&dir)).await;
    assert_eq!(listed(&file(&dir)).len(), 3);
}
