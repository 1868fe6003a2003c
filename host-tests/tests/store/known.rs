//! The common knowledge of all syncs of a tenant: a record stays until a complete read of its list
//! says otherwise, and old syncs are forgotten without it.

use std::path::Path;
use std::sync::Arc;

use connector_host::records::{ErrorCase, Grant, Impact, Notice, Page};
use connector_host::store::{RecorderOptions, Retention, Store, SyncRecorder};
use connector_host::sync::{self, NoProgress, SyncOptions};
use rusqlite::Connection;

use crate::asked::{file, number, rows};
use crate::support::scripted::{Scripted, asked, error, grant, grants, id, listed, page};
use crate::support::stored::{keep, steps};

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

pub fn first() -> Scripted {
    Scripted::new()
        .page("list user under team 1", users(&["1", "2"]))
        .page("list thing under team 1", things(&["1", "2", "3", "4"]))
        .page("grants thing 1", grants([holds("1", "1"), holds("1", "2")]))
        .page("grants thing 2", grants([holds("2", "1")]))
        .page("grants thing 3", grants([holds("3", "1")]))
        .page("grants thing 4", grants([holds("4", "1"), holds("4", "2")]))
}

#[tokio::test]
async fn known_records_last_until_a_complete_list() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    // Thing 1 is refused now, thing 2 has changed hands, thing 3 is gone; of the users and of those
    // of thing 4 one could not be read.
    let partly = |page: Page| Page {
        notices: vec![Notice {
            code: "dropped".to_owned(),
            about: None,
            impact: Impact::ItemOmitted,
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
    let how = RecorderOptions {
        keep: Retention::latest(keep),
        ..RecorderOptions::default()
    };
    let recorder = SyncRecorder::open(file, how).unwrap();
    let options = SyncOptions::default();
    let ended = sync::run_with_checkpoints(
        Arc::new(source),
        &options,
        Arc::new(NoProgress),
        recorder.checkpoints(),
    )
    .await;
    ended.unwrap();
}

#[tokio::test]
async fn pruning_keeps_the_latest_complete_sync() {
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
    let one = Retention::latest(1);
    assert_eq!(store.prune(&id("team", "2"), &one).unwrap(), []);
    assert_eq!(store.prune(&team, &one).unwrap().len(), 1);
    assert_eq!(store.runs().unwrap().len(), 2);
}
