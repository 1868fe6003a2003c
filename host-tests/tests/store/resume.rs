//! A sync that is interrupted at any step and resumed has the same result as one without interruption: a
//! review is never made of halves that do not fit, and never begins again for nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::harness::{Asked, start, tenant};
use crate::support::scripted::{Scripted, asked, error, grant, grants, id, listed, page};
use crate::support::stored::{how, keep, lines, requests_of_validate, steps};
use connector_host::records::{ErrorCase, Impact, Notice, Page};
use connector_host::store::{Store, SyncRecorder};
use connector_host::sync::{
    self, CheckpointError, NoProgress, Source, SyncError, SyncInventory, SyncOptions,
};
use postman_simulator::{ApiQuirks, Options};
use rusqlite::Connection;
use tempfile::TempDir;

/// A team whose lists have every way to go on and to end: pages, a cursor that is forgotten once, and
/// one that always is, a circle, an omission, a refusal.
fn scripted() -> Scripted {
    let with_next = |page, next: &str| Page {
        next_page_token: Some(next.to_owned()),
        ..page
    };
    let user = |own: &str| listed("user", own, "team 1");
    let mut omitting = page([user("3")]);
    omitting.notices.push(Notice {
        code: "dropped".to_owned(),
        about: None,
        impact: Impact::ItemOmitted,
        message: "One could not be read.".to_owned(),
    });
    let things = ["1", "2", "3", "4"].map(|own| asked("thing", own, "team 1"));
    let holds = |thing: &str, user: &str| grant(id("thing", thing), "can", id("user", user));
    Scripted::new()
        .page("list user under team 1", with_next(page([user("1")]), "b"))
        .page(
            "list user under team 1 @b",
            with_next(page([user("2")]), "c"),
        )
        .page("list user under team 1 @c", omitting)
        .page("list thing under team 1", page(things))
        .page("grants thing 1", with_next(grants([holds("1", "1")]), "x"))
        .page(
            "grants thing 1 @x",
            with_next(grants([holds("1", "2")]), "y"),
        )
        .page(
            "grants thing 1 @y",
            with_next(grants([holds("1", "9")]), "x"),
        )
        .page(
            "grants thing 2",
            with_next(grants([holds("2", "1")]), "old"),
        )
        .fails("grants thing 2 @old", error(ErrorCase::Expired))
        .fails("grants thing 3", error(ErrorCase::Forbidden))
        .page("grants thing 4", grants([holds("4", "3")]))
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("team.db")
}

/// Interrupts a sync after each number of steps, and resumes it.
async fn broken_off_anywhere<S: Source>(source: &Arc<S>, options: &SyncOptions) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let (whole, all) = steps(source, options, (&file(&dir), false), usize::MAX).await;
    let (expected, requests) = lines(whole.as_ref().unwrap());
    let validating = requests_of_validate(&whole.unwrap());
    for allowed in 0..all {
        let dir = tempfile::tempdir().unwrap();
        let (broken_off, _) = steps(source, options, (&file(&dir), false), allowed).await;
        broken_off.unwrap_err();
        let (resumed, _) = steps(source, options, (&file(&dir), true), usize::MAX).await;
        let (found, sent) = lines(&resumed.unwrap());
        assert_eq!(found, expected, "interrupted after {allowed} steps");
        assert_eq!(sent, requests + validating, "interrupted after {allowed}");
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_team_resumes_after_any_step() {
    let one_by_one = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    for options in [SyncOptions::default(), one_by_one] {
        let all = broken_off_anywhere(&Arc::new(scripted()), &options).await;
        assert!(all >= 30, "{all} steps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_team_resumes_after_any_step() {
    let running = start(Options {
        users: 12,
        workspaces: 9,
        quirks: ApiQuirks::all(),
        ..Options::default()
    })
    .await;
    let (source, options) = tenant(&running, &Asked::everything()).await;
    let all = broken_off_anywhere(&source, &options).await;
    assert!(all > 60, "{all} steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_resumes_after_every_single_step() {
    let running = start(Options {
        users: 40,
        workspaces: 24,
        page: 10,
        quirks: ApiQuirks::none(),
        ..Options::default()
    })
    .await;
    let (source, options) = tenant(&running, &Asked::plain()).await;
    let dir = tempfile::tempdir().unwrap();
    let (whole, all) = steps(&source, &options, (&file(&dir), false), usize::MAX).await;
    let whole = whole.unwrap();
    let validating = requests_of_validate(&whole);
    let (expected, requests) = lines(&whole);

    let dir = tempfile::tempdir().unwrap();
    let mut times = 0;
    let resumed = loop {
        let (ended, _) = steps(&source, &options, (&file(&dir), times > 0), 1).await;
        match ended {
            Ok(synced) => break synced,
            Err(SyncError::Checkpoint(_)) => times += 1,
            Err(other) => panic!("{other}"),
        }
    };
    let (found, sent) = lines(&resumed);
    assert_eq!(found, expected);
    let times = u64::try_from(times).unwrap();
    assert_eq!(sent, requests + times * validating);
    assert!(usize::try_from(times).unwrap() + 1 >= all, "{times} times");
}

#[tokio::test]
async fn what_has_ended_is_not_asked_for_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let broken_off = Arc::new(scripted());
    // The last step is the end of the sync itself.
    let (_, all) = steps(&broken_off, &options, (&file(&dir), false), usize::MAX).await;
    let (ended, _) = steps(&broken_off, &options, (&file(&dir), false), all - 1).await;
    ended.unwrap_err();
    let resumed = Arc::new(scripted());
    let (ended, _) = steps(&resumed, &options, (&file(&dir), true), usize::MAX).await;
    ended.unwrap();
    let calls = resumed.calls.lock().unwrap();
    let calls: Vec<_> = calls.iter().map(|(call, _)| call.as_str()).collect();
    assert_eq!(calls, ["validate"]);
}

#[tokio::test]
async fn a_half_read_list_goes_on_behind_its_last_page() {
    let dir = tempfile::tempdir().unwrap();
    let options = SyncOptions {
        concurrency: 1,
        exclude: ["thing".to_owned()].into(),
        ..SyncOptions::default()
    };
    let mut allowed = 0;
    loop {
        let (broken_off, resumed) = (Arc::new(scripted()), Arc::new(scripted()));
        let (ended, _) = steps(&broken_off, &options, (&file(&dir), false), allowed).await;
        ended.unwrap_err();
        steps(&resumed, &options, (&file(&dir), true), usize::MAX)
            .await
            .0
            .unwrap();
        let first = "list user under team 1";
        let (second, third) = (&*format!("{first} @b"), &*format!("{first} @c"));
        if broken_off.times(second) == 1 && broken_off.times(third) == 0 {
            assert_eq!(resumed.times(first), 0);
            return;
        }
        allowed += 1;
        assert!(allowed < 100, "the list was never half read");
    }
}

/// Begins a sync, breaks it off, changes its row, and tries to go on.
async fn refusal(change: &str, options: &SyncOptions) -> (String, bool) {
    let dir = tempfile::tempdir().unwrap();
    let source = Arc::new(scripted());
    let (ended, _) = steps(&source, &SyncOptions::default(), (&file(&dir), false), 9).await;
    ended.unwrap_err();
    let database = Connection::open(file(&dir)).unwrap();
    database.execute_batch(change).unwrap();
    let pages = count(&database, "SELECT count(*) FROM pages");
    let (ended, _) = steps(&source, options, (&file(&dir), true), usize::MAX).await;
    let stored = pages == count(&database, "SELECT count(*) FROM pages") && pages > 0;
    match ended {
        Err(SyncError::Checkpoint(CheckpointError::Refused(reason))) => (reason, stored),
        Err(other) => panic!("{other}"),
        Ok(_) => ("none".to_owned(), stored),
    }
}

fn count(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_different_sync_is_not_resumed_and_says_why() {
    let plain = SyncOptions::default();
    for (change, reason) in [
        (
            "UPDATE runs SET component_sha256 = '11'",
            "the connector's component is another one (it was 11, and is 00)",
        ),
        (
            "UPDATE runs SET manifest_sha256 = '11'",
            "the connector's description is another one",
        ),
        (
            "UPDATE runs SET version = '1.2.2'",
            "the connector's version is another one (it was 1.2.2, and is 1.2.3)",
        ),
        (
            "UPDATE runs SET connector = 'other'",
            "the connector is another one",
        ),
        (
            "UPDATE runs SET contract = '0.0.9'",
            "the contract's version is another one",
        ),
        (
            "UPDATE runs SET base_url = 'https://eu.provider.example'",
            "the base URL is another one",
        ),
        (
            "UPDATE runs SET tenant = json_set(tenant, '$.id.id', '2')",
            "the tenant is another one (it was team 2, and is team 1)",
        ),
        (
            "UPDATE runs SET tenant = json_set(tenant, '$.credential_owner.id', '2')",
            "whose credential it is read with is another one",
        ),
        (
            "UPDATE runs SET started_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1440 minutes')",
            "it began 24 hours ago or earlier",
        ),
        (
            "UPDATE runs SET started_at = 'once'",
            "it began 24 hours ago or earlier",
        ),
    ] {
        let (found, stored) = refusal(change, &plain).await;
        assert!(found.contains(reason), "{change}: {found}");
        assert!(found.contains("leave out --resume"), "{found}");
        assert!(stored, "{change}: what was read is gone");
    }
    for options in [
        SyncOptions {
            include: ["part".parse().unwrap()].into(),
            ..plain.clone()
        },
        SyncOptions {
            exclude: ["user".to_owned()].into(),
            ..plain.clone()
        },
    ] {
        let (found, stored) = refusal("", &options).await;
        assert!(
            found.contains("what is to be read is another one"),
            "{found}"
        );
        assert!(stored);
    }
    let late =
        "UPDATE runs SET started_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1435 minutes')";
    assert_eq!(refusal(late, &plain).await.0, "none");
    let how_fast = SyncOptions {
        concurrency: 3,
        retries: 1,
        ..plain
    };
    assert_eq!(refusal("", &how_fast).await.0, "none");
}

#[tokio::test]
async fn an_additional_credential_prevents_resuming() {
    let dir = tempfile::tempdir().unwrap();
    let plain = SyncOptions::default();
    let (ended, _) = steps(&Arc::new(scripted()), &plain, (&file(&dir), false), 9).await;
    ended.unwrap_err();
    let mut more = scripted();
    more.credentials.push("extra");
    let (ended, _) = steps(&Arc::new(more), &plain, (&file(&dir), true), usize::MAX).await;
    let error = ended.unwrap_err().to_string();
    assert!(error.contains("what is to be read"), "{error}");
}

#[tokio::test]
async fn a_damaged_page_is_named_and_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (source, plain) = (Arc::new(scripted()), SyncOptions::default());
    let (ended, _) = steps(&source, &plain, (&file(&dir), false), 9).await;
    ended.unwrap_err();
    let database = Connection::open(file(&dir)).unwrap();
    let pages = count(&database, "SELECT count(*) FROM pages");
    for print in ["x''", "x'00ff'", "substr(print, 1, 9)"] {
        let change = format!("UPDATE page_versions SET print = {print} WHERE page = 1");
        assert!(database.execute(&change, []).unwrap() > 0);
        let (ended, _) = steps(&source, &plain, (&file(&dir), true), usize::MAX).await;
        let error = ended.unwrap_err().to_string();
        assert!(
            error.contains("the database is damaged"),
            "{print}: {error}"
        );
        assert_eq!(count(&database, "SELECT count(*) FROM pages"), pages);
    }
}

#[tokio::test]
async fn without_resume_an_interrupted_run_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let source = Arc::new(scripted());
    let (ended, _) = steps(&source, &SyncOptions::default(), (&file(&dir), false), 20).await;
    ended.unwrap_err();
    assert!(
        Store::open_to_read(&file(&dir))
            .unwrap()
            .has_unfinished()
            .unwrap()
    );
    keep(&source, &file(&dir)).await;
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert!(!store.has_unfinished().unwrap());
    assert_eq!(store.runs().unwrap().len(), 1);
    assert_eq!(count(store.connection(), "SELECT count(*) FROM runs"), 1);
}

#[tokio::test]
async fn with_nothing_to_go_on_with_everything_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let source = Arc::new(scripted());
    let plain = SyncOptions::default();
    for _ in 0..2 {
        let (ended, _) = steps(&source, &plain, (&file(&dir), true), usize::MAX).await;
        ended.unwrap();
    }
    assert_eq!(source.times("list team"), 2);
}

/// A team that needs more room than a file has left.
fn large() -> Scripted {
    let users = (0..2_000).map(|own| listed("user", &own.to_string(), "team 1"));
    scripted().page("list user under team 1", page(users))
}

/// A sync in a file that may not grow beyond what it has now and so many pages more.
async fn with_room_for(file: &Path, pages: i64) -> Result<SyncInventory, SyncError> {
    let store = Store::open(file).unwrap();
    let now = store
        .connection()
        .pragma_query_value(None, "page_count", |row| row.get(0));
    let most: i64 = now.map(|now: i64| now + pages).unwrap();
    store
        .connection()
        .pragma_update(None, "max_page_count", most)
        .unwrap();
    let recorder = SyncRecorder::new(store, how(true)).unwrap();
    let (source, options) = (Arc::new(large()), SyncOptions::default());
    let quiet = Arc::new(NoProgress);
    sync::run_with_checkpoints(source, &options, quiet, recorder.checkpoints()).await?;
    Ok(recorder.read_back().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_sync_and_keeps_what_was_good() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(large()), &file(&dir)).await;
    let former = Store::open_to_read(&file(&dir)).unwrap();
    let run = former.runs().unwrap()[0].run;
    let before = former.load(run).unwrap();
    let error = with_room_for(&file(&dir), 0).await.unwrap_err().to_string();
    assert!(error.contains("full: make room"), "{error}");
    assert_eq!(former.load(run).unwrap(), before);
    let check: String = former
        .connection()
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    // With room again it resumes from its last checkpoint.
    let resumed = with_room_for(&file(&dir), 1_000).await.unwrap();
    assert_eq!(lines(&resumed).0, lines(&before).0);
    assert_eq!(former.runs().unwrap().len(), 2);
}
