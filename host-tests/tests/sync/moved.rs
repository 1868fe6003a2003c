//! A list that moves while it is read may hide what moved: where that shows it is read again, once, and
//! where it shows again a notice says so; and a checkpoint store that loses or doubles a page would be found out.

use std::sync::Arc;

use crate::support::scripted::{Scripted, error, listed, page};
use crate::support::stored::{lines, steps};
use connector_host::records::{ErrorCase, Page};
use connector_host::sync::{self, NoProgress, SyncInventory, SyncOptions};
use rusqlite::Connection;

const LIST: &str = "list user under team 1";
const SECOND: &str = "list user under team 1 @2";

fn users(own: &[&str], next: Option<&str>) -> Page {
    Page {
        next_page_token: next.map(str::to_owned),
        ..page(own.iter().map(|own| listed("user", own, "team 1")))
    }
}

async fn run(source: &Arc<Scripted>) -> SyncInventory {
    let options = SyncOptions::default();
    let synced = sync::run(Arc::clone(source), &options, Arc::new(NoProgress)).await;
    synced.unwrap()
}

fn ids(synced: &SyncInventory) -> Vec<&str> {
    let all = synced.resources.iter();
    let of_users = all.filter(|one| one.id.resource_type == "user");
    of_users.map(|one| one.id.id.as_str()).collect()
}

fn says_so(synced: &SyncInventory) -> usize {
    let notices = synced.notices.iter();
    notices.filter(|it| it.code == "list-moved").count()
}

/// Moves in each reading, differently.
fn restless() -> Scripted {
    Scripted::new()
        .first(LIST, [Ok(users(&["1", "2", "3"], Some("2")))])
        .page(LIST, users(&["0", "1", "2"], Some("2")))
        .page(SECOND, users(&["1", "2", "4"], Some("3")))
        .page("list user under team 1 @3", users(&["2", "4", "5"], None))
        .first(SECOND, [Ok(users(&["2", "3", "4"], Some("3")))])
}

#[tokio::test(start_paused = true)]
async fn a_shifted_list_is_read_again_afresh() {
    let source = Scripted::new()
        .first(LIST, [Ok(users(&["gone", "1", "2"], Some("2")))])
        .page(LIST, users(&["new", "1", "2"], Some("2")))
        .first(SECOND, [Ok(users(&["1", "2", "3"], None))])
        .page(SECOND, users(&["3"], None));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!(ids(&synced), ["1", "2", "3", "new"]);
    assert_eq!((source.times(LIST), source.times(SECOND)), (2, 2));
    assert_eq!(says_so(&synced), 0);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_moves_again_stands_with_one_notice() {
    let source = Arc::new(restless());
    let synced = run(&source).await;
    assert_eq!(ids(&synced), ["0", "1", "2", "4", "5"]);
    assert_eq!(source.times(LIST), 2);
    assert_eq!(says_so(&synced), 1);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn a_restarted_list_is_not_restarted_for_a_shift() {
    let source = Scripted::new()
        .page(LIST, users(&["1", "2"], Some("2")))
        .first(SECOND, [Err(error(ErrorCase::Expired))])
        .page(SECOND, users(&["1", "2", "3"], None));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!((source.times(LIST), says_so(&synced)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_across_pages_is_not_a_shift() {
    let source = Scripted::new()
        .page(LIST, users(&["1", "2"], Some("2")))
        .page(SECOND, users(&["2", "3", "1"], Some("3")))
        .page("list user under team 1 @3", users(&["1"], None));
    let source = Arc::new(source);
    let synced = run(&source).await;
    assert_eq!((source.times(LIST), says_so(&synced)), (1, 0));
    assert_eq!(ids(&synced), ["1", "2", "3"]);
}

/// One by one, so that a number of steps is always the same place.
fn one_by_one() -> SyncOptions {
    SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    }
}

#[tokio::test]
async fn a_shifting_list_resumes_to_the_same_result() {
    let options = one_by_one();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("team.db");
    let (whole, all) = steps(&Arc::new(restless()), &options, (&file, false), usize::MAX).await;
    let expected = lines(&whole.unwrap()).0;
    for allowed in 0..all {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("team.db");
        let source = Arc::new(restless());
        let (ended, _) = steps(&source, &options, (&file, false), allowed).await;
        ended.unwrap_err();
        // The page whose keeping failed is asked for again: the script gives the same once more.
        let again = Arc::new(restless());
        let began_again = source.times(LIST) > 1;
        if began_again {
            again.first.lock().unwrap().clear();
        }
        let (resumed, _) = steps(&again, &options, (&file, true), usize::MAX).await;
        let resumed = resumed.unwrap();
        assert_eq!(says_so(&resumed), 1, "interrupted after {allowed} steps");
        if began_again {
            assert_eq!(lines(&resumed).0, expected, "interrupted after {allowed}");
        }
    }
}

/// Planted: what a checkpoint store that loses a page, or keeps one twice, would have left behind.
const DEFECTS: [&str; 2] = [
    "DELETE FROM resource_versions WHERE page = 1 AND scope IN (SELECT scope FROM pages WHERE page = 2)",
    "INSERT INTO page_versions (epoch, first, scope, page, requests, next, print)
       SELECT run, run, scope, 3, requests, next, print FROM pages
       WHERE page = 2 AND scope NOT IN (SELECT scope FROM pages WHERE page = 3)",
];

#[tokio::test]
async fn a_lost_or_doubled_checkpoint_is_detected() {
    let team = || {
        let source = Scripted::new()
            .page(LIST, users(&["1"], Some("2")))
            .page(SECOND, users(&["2"], Some("3")))
            .page("list user under team 1 @3", users(&["3"], None));
        Arc::new(source)
    };
    let options = one_by_one();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("team.db");
    let (whole, all) = steps(&team(), &options, (&file, false), usize::MAX).await;
    let expected = lines(&whole.unwrap()).0;
    for defect in DEFECTS {
        let mut planted = 0;
        for allowed in 0..all {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("team.db");
            let (ended, _) = steps(&team(), &options, (&file, false), allowed).await;
            ended.unwrap_err();
            let database = Connection::open(&file).unwrap();
            let changed = database.execute(defect, []).unwrap();
            drop(database);
            let (resumed, _) = steps(&team(), &options, (&file, true), usize::MAX).await;
            let found = lines(&resumed.unwrap()).0;
            assert_eq!(found == expected, changed == 0, "{defect}: {allowed} steps");
            planted += changed;
        }
        assert!(planted > 0, "{defect} was never planted");
    }
}
