//! A database that a sync has closed is read where nothing may be written: evidence lies on such media.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use connector_host::store::Store;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::asked::file;
use crate::known::first;
use crate::support::stored::keep;

/// A user that may write to nothing.
const NOBODY: u32 = 65_534;

/// Everything that reads a database.
const COMMANDS: [&[&str]; 15] = [
    &["runs", "DB"],
    &["access", "DB", "--entitlement", "can"],
    &["access", "DB", "--on", "thing:1", "--run", "previous"],
    &["access", "DB", "--principal", "user:1", "--format", "csv"],
    &["findings", "DB"],
    &["findings", "DB", "--new-since", "previous"],
    &["explain", "DB", "--grant", "thing:1", "can", "user:1"],
    &["resources", "DB"],
    &["grants", "DB"],
    &["diff", "DB"],
    &["diff", "DB", "DB"],
    &["report", "DB", "-o", "-"],
    &["export", "DB", "--as", "scim"],
    &["export", "DB", "--as", "oaa"],
    &["export", "DB", "--as", "baton"],
];

/// A folder in which nobody may write, with a database of two syncs that every user may read.
async fn shelved() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    keep(&Arc::new(first()), &file(&dir)).await;
    dir
}

fn seal(dir: &TempDir) {
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        set_mode(&entry.unwrap().path(), 0o444);
    }
    set_mode(dir.path(), 0o555);
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn names(dir: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The command as an ordinary user, even if root runs the tests.
struct Reader {
    program: PathBuf,
    is_root: bool,
    /// The command was built where that user may not go.
    _home: TempDir,
}

impl Reader {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        set_mode(home.path(), 0o755);
        let program = home.path().join("connector-host");
        let built = host_tests::program("connector-host");
        if std::fs::hard_link(&built, &program).is_err() {
            std::fs::copy(&built, &program).unwrap();
        }
        let is_root = std::fs::metadata(home.path()).unwrap().uid() == 0;
        Self {
            program,
            is_root,
            _home: home,
        }
    }

    fn run(&self, dir: &TempDir, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let db = file(dir);
        for argument in arguments {
            match *argument {
                "DB" => command.arg(&db),
                other => command.arg(other),
            };
        }
        command.current_dir("/").output().unwrap()
    }
}

#[tokio::test]
async fn every_command_reads_evidence_that_is_sealed() {
    let dir = shelved().await;
    let before = (names(&dir), std::fs::read(file(&dir)).unwrap());
    seal(&dir);
    let reader = Reader::new();
    for arguments in COMMANDS {
        let output = reader.run(&dir, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 3)) && !said.contains("error:"),
            "{arguments:?}: {:?} {said}",
            output.status
        );
    }
    assert_eq!((names(&dir), std::fs::read(file(&dir)).unwrap()), before);
    set_mode(dir.path(), 0o755);
}

#[tokio::test]
async fn reading_a_closed_database_creates_no_log() {
    let dir = shelved().await;
    assert_eq!(names(&dir), ["team.db", "team.db-lock"]);
    let reader = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(reader.runs().unwrap().len(), 2);
    assert_eq!(names(&dir), ["team.db", "team.db-lock"]);
}

/// As programs before this one left it.
#[tokio::test]
async fn a_file_in_log_mode_is_read_where_it_lies_sealed() {
    let dir = shelved().await;
    let connection = Connection::open(file(&dir)).unwrap();
    connection
        .pragma_update(None, "journal_mode", "wal")
        .unwrap();
    connection.close().unwrap();
    seal(&dir);
    let output = Reader::new().run(&dir, &["resources", "DB"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(names(&dir), ["team.db", "team.db-lock"]);
    set_mode(dir.path(), 0o755);
}

#[tokio::test]
async fn a_reader_that_stays_does_not_hold_up_the_next_sync() {
    let dir = shelved().await;
    let reader = Store::open_to_read(&file(&dir)).unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    assert_eq!(reader.runs().unwrap().len(), 3);
    drop(reader);
    drop(Store::open(&file(&dir)).unwrap());
    assert_eq!(names(&dir), ["team.db", "team.db-lock"]);
}
