//! A store is never another program's file, and has one writer.

use std::path::Path;
use std::sync::Arc;

use connector_host::store::{Store, StoreError};
use rusqlite::Connection;

use crate::asked::file;
use crate::known::first;
use crate::support::stored::keep;

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
async fn a_later_schema_version_is_rejected_unchanged() {
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
fn an_empty_file_becomes_a_database() {
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
fn a_second_writer_is_rejected_during_a_sync() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(&file(&dir)).unwrap();
    let second = Store::open(&file(&dir)).unwrap_err();
    assert!(matches!(second, StoreError::Locked(_)), "{second}");
    drop(first);
    Store::open(&file(&dir)).unwrap();
}
