//! The file that syncs are kept in: what is read from it is what was written, anybody's SQLite tool
//! can ask it, and it is never somebody else's file.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[allow(dead_code)]
#[path = "truth/harness.rs"]
mod harness;
#[path = "support/postman.rs"]
mod postman;
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_host::records::{ErrorCase, Grant, Notice, Page};
use connector_host::report::{read_ndjson, write_ndjson};
use connector_host::simulator::{Options, Traps};
use connector_host::store::{KeepOptions, Keeper, Store, StoreError};
use connector_host::sync::{self, Quiet, SyncOptions};
use harness::{Asked, start, tenant};
use rusqlite::Connection;
use support::kept::{keep, steps};
use support::scripted::{Scripted, asked, error, grant, grants, id, listed, page};
use tempfile::TempDir;

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("team.db")
}

fn number(store: &Store, sql: &str) -> i64 {
    let found = store.connection().query_row(sql, [], |row| row.get(0));
    found.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// The rows of a question, each as its columns' texts.
fn rows(store: &Store, sql: &str) -> Vec<String> {
    let mut query = store.connection().prepare(sql).unwrap();
    let columns = query.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let texts = (0..columns).map(|at| row.get::<_, Option<String>>(at));
        let texts: Vec<_> = texts
            .map(|text| text.unwrap().unwrap_or_default())
            .collect();
        Ok(texts.join(" "))
    };
    let found = query.query_map([], row).unwrap();
    found.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_team_is_the_same_in_memory_in_the_file_and_in_lines() {
    let running = start(Options {
        users: 40,
        workspaces: 30,
        traps: Traps::all(),
        ..Options::default()
    })
    .await;
    let (source, options) = tenant(&running, &Asked::everything()).await;
    let dir = tempfile::tempdir().unwrap();
    // `steps` holds what is read back against what was read.
    let (kept, _) = steps(&source, &options, (&file(&dir), false), usize::MAX).await;
    let kept = kept.unwrap();
    let mut lines = Vec::new();
    write_ndjson(&kept, &mut lines).unwrap();
    let again = read_ndjson(&*lines).unwrap();
    assert_eq!(again, kept);
    let mut memory = Store::in_memory().unwrap();
    let run = memory.save(&again, "{}").unwrap();
    assert_eq!(memory.load(run).unwrap(), kept);

    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(
        number(&store, "SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
    assert_eq!(
        number(
            &store,
            "SELECT count(*) FROM pages WHERE content IS NOT NULL"
        ),
        0
    );
    let unread = "SELECT count(*) FROM resources WHERE evidence = 'listed' AND page IS NULL";
    assert_eq!(number(&store, unread), 0);
    assert_eq!(
        number(&store, "SELECT count(*) FROM grants WHERE page IS NULL"),
        0
    );
    let astray = "SELECT count(*) FROM grants g LEFT JOIN pages p USING (scope, page)
        WHERE p.scope IS NULL";
    assert_eq!(number(&store, astray), 0);
    // What is held in a workspace was read where its roles are, unless the list itself implies it.
    let from = "SELECT DISTINCT replace(p.requests ->> '$[0].path', g.resource_id, 'ID') ||
            ' ' || (p.requests ->> '$[0].status') AS path
        FROM grants g JOIN pages p USING (scope, page)
        WHERE g.resource_type = 'workspace' AND g.implied_by IS NULL ORDER BY path";
    assert_eq!(rows(&store, from), ["/workspaces/ID/roles 200"]);
    let asked = rows(&store, "SELECT requests FROM pages");
    let asked = asked.concat();
    assert!(asked.contains("/users") && !asked.contains(running.api_key()));
    assert!(
        !asked.contains("cursor=") || asked.contains("cursor=…"),
        "{asked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_good_syncs_of_one_team_have_one_digest_and_those_of_another_have_another() {
    let options = |seed| Options {
        seed,
        users: 15,
        workspaces: 12,
        traps: Traps::none(),
        ..Options::default()
    };
    let mut digests = Vec::new();
    for (seed, concurrency) in [(1, 1), (1, 8), (1, 3), (2, 8)] {
        let running = start(options(seed)).await;
        let concurrency = Asked {
            concurrency,
            ..Asked::plain()
        };
        let synced = harness::sync(&running, &concurrency).await.unwrap();
        assert!(synced.summary.complete);
        let mut lines = Vec::new();
        write_ndjson(&synced, &mut lines).unwrap();
        let mut memory = Store::in_memory().unwrap();
        let run = memory.save(&read_ndjson(&*lines).unwrap(), "{}").unwrap();
        assert_eq!(
            memory.run(run).unwrap().unwrap().digest,
            synced.summary.digest
        );
        digests.push(synced.summary.digest);
    }
    assert!(digests[0] == digests[1] && digests[1] == digests[2]);
    assert_ne!(digests[2], digests[3]);
}

#[tokio::test]
async fn the_order_in_which_a_provider_lists_makes_no_difference_to_the_digest() {
    let holds = |user: &str| grant(id("thing", "1"), "can", id("user", user));
    let team = |users: [&str; 3]| {
        Scripted::new()
            .page(
                "list user under team 1",
                page(users.map(|own| listed("user", own, "team 1"))),
            )
            .page(
                "list thing under team 1",
                page([asked("thing", "1", "team 1")]),
            )
            .page("grants thing 1", grants(users.map(holds)))
    };
    let digest = async |source: Scripted| {
        let options = SyncOptions::default();
        let synced = sync::run(Arc::new(source), &options, Arc::new(Quiet)).await;
        synced.unwrap().summary.digest
    };
    let one = digest(team(["1", "2", "3"])).await;
    assert_eq!(one, digest(team(["3", "1", "2"])).await);
    assert_ne!(one, digest(team(["1", "2", "4"])).await);
    let refused =
        team(["1", "2", "3"]).fails("list account under team 1", error(ErrorCase::Forbidden));
    let refused = Scripted {
        credentials: vec!["key", "extra"],
        ..refused
    };
    assert_ne!(one, digest(refused).await, "how a scope ended counts");
}

fn holds(thing: &str, user: &str) -> Grant {
    grant(id("thing", thing), "can", id("user", user))
}

fn users(own: &[&str]) -> Page {
    page(own.iter().map(|own| listed("user", own, "team 1")))
}

fn things(own: &[&str]) -> Page {
    page(own.iter().map(|own| asked("thing", own, "team 1")))
}

const GRANTS: &str = "SELECT run || ': ' || resource_id || ' ' || principal_id FROM current_grants
    ORDER BY resource_id, principal_id";
const USERS: &str = "SELECT run || ': ' || id FROM current_resources WHERE resource_type = 'user'
    ORDER BY id";

fn first() -> Scripted {
    Scripted::new()
        .page("list user under team 1", users(&["1", "2"]))
        .page("list thing under team 1", things(&["1", "2", "3", "4"]))
        .page("grants thing 1", grants([holds("1", "1"), holds("1", "2")]))
        .page("grants thing 2", grants([holds("2", "1")]))
        .page("grants thing 3", grants([holds("3", "1")]))
        .page("grants thing 4", grants([holds("4", "1"), holds("4", "2")]))
}

#[tokio::test]
async fn what_was_known_stands_until_a_whole_list_says_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    // Thing 1 is refused now, thing 2 has changed hands, thing 3 is gone; of the users and of those
    // of thing 4 one could not be read.
    let partly = |page: Page| Page {
        notices: vec![Notice {
            code: "dropped".to_owned(),
            about: None,
            omits: true,
            message: String::new(),
        }],
        ..page
    };
    let second = first()
        .page("list user under team 1", partly(users(&["1", "3"])))
        .page("list thing under team 1", things(&["1", "2", "4"]))
        .fails("grants thing 1", error(ErrorCase::Forbidden))
        .page("grants thing 2", grants([holds("2", "2")]))
        .page("grants thing 4", partly(grants([holds("4", "1")])));
    keep(&Arc::new(second), &file(&dir)).await;
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(
        rows(&store, GRANTS),
        ["1: 1 1", "1: 1 2", "2: 2 2", "2: 4 1", "1: 4 2"]
    );
    assert_eq!(rows(&store, USERS), ["2: 1", "1: 2", "2: 3"]);
    let scopes = "SELECT run || ': ' || outcome FROM current_scopes
        WHERE resource_type = 'user' AND call = 'list-resources' ORDER BY run";
    assert_eq!(rows(&store, scopes), ["1: complete", "2: partial"]);
    drop(store);

    // Left out is not gone either; and what is whole again stands alone.
    let options = SyncOptions {
        exclude: ["thing".to_owned()].into(),
        ..SyncOptions::default()
    };
    let third = Arc::new(first().page("list user under team 1", users(&["1"])));
    let (ended, _) = steps(&third, &options, (&file(&dir), false), usize::MAX).await;
    ended.unwrap();
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(
        rows(&store, GRANTS),
        ["1: 1 1", "1: 1 2", "2: 2 2", "2: 4 1", "1: 4 2"]
    );
    assert_eq!(rows(&store, USERS), ["3: 1"]);
}

#[tokio::test]
async fn a_sync_without_its_end_is_in_no_view() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    let second = Arc::new(first().page("grants thing 1", grants([])));
    for allowed in [5, 15, 19] {
        let options = SyncOptions::default();
        let (ended, _) = steps(&second, &options, (&file(&dir), false), allowed).await;
        ended.unwrap_err();
        let store = Store::open_to_read(&file(&dir)).unwrap();
        assert_eq!(
            rows(&store, GRANTS),
            ["1: 1 1", "1: 1 2", "1: 2 1", "1: 3 1", "1: 4 1", "1: 4 2"]
        );
        assert_eq!(store.runs().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn tenants_in_one_file_do_not_supersede_each_other() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    let database = Connection::open(file(&dir)).unwrap();
    database
        .execute_batch("UPDATE runs SET tenant_id = '2'")
        .unwrap();
    let second = first().page("list user under team 1", users(&["7"]));
    keep(&Arc::new(second), &file(&dir)).await;
    let store = Store::open_to_read(&file(&dir)).unwrap();
    let sql = "SELECT tenant_id || ': ' || id FROM current_resources WHERE resource_type = 'user'
        ORDER BY tenant_id, id";
    // Users 1 and 2 hold something in the second tenant too, and no list of it has them.
    assert_eq!(rows(&store, sql), ["1: 7", "2: 1", "2: 2"]);
}

async fn keep_few(source: Scripted, file: &Path, keep: u32) {
    let how = KeepOptions {
        keep,
        ..KeepOptions::default()
    };
    let keeper = Keeper::open(file, how).unwrap();
    let options = SyncOptions::default();
    let ended = sync::run_kept(
        Arc::new(source),
        &options,
        Arc::new(Quiet),
        keeper.journal(),
    )
    .await;
    ended.unwrap();
}

#[tokio::test]
async fn old_syncs_are_forgotten_and_the_latest_complete_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    for run in 0..5 {
        let team = match run {
            1 => first(),
            _ => first().fails("grants thing 1", error(ErrorCase::Forbidden)),
        };
        keep_few(team, &file(&dir), 2).await;
    }
    let mut store = Store::open(&file(&dir)).unwrap();
    let complete: Vec<_> = store
        .runs()
        .unwrap()
        .iter()
        .map(|run| run.complete)
        .collect();
    assert_eq!(complete, [false, false, true]);
    assert_eq!(
        number(&store, "SELECT count(DISTINCT run) FROM resources"),
        3
    );
    assert_eq!(number(&store, "SELECT count(DISTINCT run) FROM scopes"), 3);
    assert_eq!(
        number(&store, "SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
    let team = id("team", "1");
    assert_eq!(store.prune(&id("team", "2"), 1).unwrap(), 0);
    assert_eq!(store.prune(&team, 1).unwrap(), 1);
    assert_eq!(store.runs().unwrap().len(), 2);
}

fn refused(file: &Path) -> [String; 2] {
    let write = Store::open(file).map(drop).unwrap_err().to_string();
    let read = Store::open_to_read(file).map(drop).unwrap_err().to_string();
    [write, read]
}

#[test]
fn somebody_elses_file_is_refused_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let others = file(&dir);
    Connection::open(&others)
        .unwrap()
        .execute_batch("CREATE TABLE accounts (name TEXT); INSERT INTO accounts VALUES ('a')")
        .unwrap();
    let text = dir.path().join("notes");
    std::fs::write(&text, "x".repeat(5_000)).unwrap();
    let short = dir.path().join("short");
    std::fs::write(&short, "SQLite").unwrap();
    for path in [&others, &text, &short] {
        let before = (std::fs::read(path).unwrap(), mode(path));
        for reason in refused(path) {
            assert!(
                reason.contains("not a database of this program"),
                "{reason}"
            );
        }
        assert_eq!((std::fs::read(path).unwrap(), mode(path)), before);
        let beside = std::fs::read_dir(dir.path()).unwrap();
        assert_eq!(
            beside.count(),
            3,
            "something was left beside {}",
            path.display()
        );
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
}

#[cfg(not(unix))]
fn mode(_path: &Path) -> u32 {
    0
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    let newer = Connection::open(file(&dir)).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    newer.close().unwrap();
    let before = std::fs::read(file(&dir)).unwrap();
    for reason in refused(&file(&dir)) {
        assert!(
            reason.contains("later version of this program (schema 99)"),
            "{reason}"
        );
    }
    assert_eq!(std::fs::read(file(&dir)).unwrap(), before);
}

#[test]
fn an_empty_file_becomes_a_store_and_leaves_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir), "").unwrap();
    drop(Store::open(&file(&dir)).unwrap());
    drop(Store::open_to_read(&file(&dir)).unwrap());
    let mut names: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["team.db", "team.db-lock"]);
    #[cfg(unix)]
    assert_eq!(mode(&file(&dir)) & 0o777, 0o600);
}

#[test]
fn a_second_writer_is_refused_as_long_as_the_first_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(&file(&dir)).unwrap();
    let second = Store::open(&file(&dir)).unwrap_err();
    assert!(matches!(second, StoreError::Locked(_)), "{second}");
    drop(first);
    Store::open(&file(&dir)).unwrap();
}
