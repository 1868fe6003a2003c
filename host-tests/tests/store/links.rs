//! Links in a folder that others may write to: none of theirs is followed, and nothing that one leads
//! to is changed.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_cli::report::{Destination, create_private, open_private_log};
use connector_host::store::Store;
use tempfile::TempDir;

use crate::known::first;
use crate::support::stored::keep;

/// A user that runs no tests.
const OTHER: u32 = 54_321;

/// A folder with a user's file in it, which others can read.
struct Shared {
    dir: TempDir,
    theirs: PathBuf,
}

impl Shared {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().canonicalize().unwrap().join("theirs");
        std::fs::write(&theirs, "as it was").unwrap();
        set_mode(&theirs, 0o644);
        Self { dir, theirs }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// Links a name to their file. `false` where this user cannot make links of another user's.
    fn link(&self, name: &str, of_another: bool) -> bool {
        let link = self.path(name);
        let _ = std::fs::remove_file(&link);
        symlink(&self.theirs, &link).unwrap();
        !of_another || lchown(&link, Some(OTHER), None).is_ok()
    }

    fn is_as_it_was(&self) -> bool {
        let found = std::fs::metadata(&self.theirs).unwrap();
        let text = std::fs::read_to_string(&self.theirs).unwrap();
        text == "as it was" && found.mode() & 0o777 == 0o644
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn write(path: &Path) -> std::io::Result<()> {
    let output = Destination::File(path.to_owned()).open()?;
    output.write(|out| out.write_all(b"new"))
}

#[test]
fn an_output_does_not_follow_a_link_of_another_user() {
    let shared = Shared::new();
    if !shared.link("out", true) {
        return;
    }
    let error = write(&shared.path("out")).unwrap_err().to_string();
    assert!(error.contains("a link that another user made"), "{error}");
    let error = open_private_log(&shared.path("out"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("a link that another user made"), "{error}");
    // Nor a folder that is one.
    let folder = shared.path("folder");
    symlink(shared.dir.path(), &folder).unwrap();
    lchown(&folder, Some(OTHER), None).unwrap();
    let error = write(&folder.join("theirs")).unwrap_err().to_string();
    assert!(error.contains("a link that another user made"), "{error}");
    assert!(shared.is_as_it_was());
}

#[test]
fn new_files_and_caches_follow_no_link_of_others() {
    let shared = Shared::new();
    let (folder, real) = (shared.path("folder"), shared.path("real"));
    std::fs::create_dir(&real).unwrap();
    symlink(&real, &folder).unwrap();
    if lchown(&folder, Some(OTHER), None).is_err() {
        return;
    }
    let error = create_private(&folder.join("new")).unwrap_err().to_string();
    assert!(error.contains("a link that another user made"), "{error}");
    for cache in [folder.join("cache"), folder.join("deep/cache"), folder] {
        let mut command = host_tests::command();
        let output = command.args(["describe", "--cache"]).arg(cache).output();
        let said = String::from_utf8(output.unwrap().stderr).unwrap();
        assert!(said.contains("a link that another user made"), "{said}");
    }
    assert_eq!(std::fs::read_dir(&real).unwrap().count(), 0);
}

#[test]
fn an_output_follows_a_link_of_ones_own_to_its_end() {
    let shared = Shared::new();
    let (real, link, second) = (
        shared.path("real"),
        shared.path("link"),
        shared.path("second"),
    );
    symlink("real", &link).unwrap();
    symlink(&link, &second).unwrap();
    write(&second).unwrap();
    write(&link).unwrap();
    assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().mode() & 0o777, 0o600);
    // One that leads to itself leads nowhere.
    let circle = shared.path("circle");
    symlink(&circle, &circle).unwrap();
    let error = write(&circle).unwrap_err().to_string();
    assert!(error.contains("too many links"), "{error}");
}

#[test]
fn a_log_is_no_file_that_has_another_name_or_owner() {
    let shared = Shared::new();
    std::fs::hard_link(&shared.theirs, shared.path("log")).unwrap();
    let error = open_private_log(&shared.path("log"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("another name"), "{error}");
    assert!(shared.is_as_it_was());
    std::fs::remove_file(shared.path("log")).unwrap();
    std::fs::write(shared.path("log"), "").unwrap();
    if lchown(shared.path("log"), Some(OTHER), None).is_ok() {
        let error = open_private_log(&shared.path("log"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("another user"), "{error}");
    }
}

#[tokio::test]
async fn a_lock_link_leaves_its_target_unchanged() {
    let shared = Shared::new();
    let db = shared.path("team.db");
    for of_another in [false, true] {
        if !shared.link("team.db-lock", of_another) {
            continue;
        }
        let error = Store::open(&db).map(drop).unwrap_err().to_string();
        assert!(error.contains("team.db-lock"), "{error}");
        assert!(shared.is_as_it_was());
    }
    std::fs::remove_file(shared.path("team.db-lock")).unwrap();
    keep(&Arc::new(first()), &db).await;
    assert_eq!(std::fs::metadata(&db).unwrap().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn sidecar_links_are_rejected_unchanged() {
    let shared = Shared::new();
    let db = shared.path("team.db");
    keep(&Arc::new(first()), &db).await;
    for name in ["team.db-wal", "team.db-shm", "team.db-journal"] {
        assert!(shared.link(name, false));
        Store::open(&db).map(drop).unwrap_err();
        assert!(shared.is_as_it_was(), "{name}");
        std::fs::remove_file(shared.path(name)).unwrap();
    }
    Store::open(&db).unwrap();
    if shared.link("linked.db", true) {
        let error = Store::open(&shared.path("linked.db"))
            .map(drop)
            .unwrap_err();
        assert!(
            error.to_string().contains("a link that another user made"),
            "{error}"
        );
        assert!(shared.is_as_it_was());
    }
}

/// The permissions of a readable file are narrowed, although it is open in this process already.
#[tokio::test]
async fn a_database_that_others_could_read_is_narrowed() {
    let shared = Shared::new();
    let db = shared.path("team.db");
    keep(&Arc::new(first()), &db).await;
    let reader = Store::open_to_read(&db).unwrap();
    set_mode(&db, 0o666);
    drop(Store::open(&db).unwrap());
    assert_eq!(std::fs::metadata(&db).unwrap().mode() & 0o777, 0o600);
    assert_eq!(reader.runs().unwrap().len(), 1);
}
