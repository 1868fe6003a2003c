//! Compiled connectors on disk: loaded where nobody else can have touched them, compiled again
//! wherever there is a doubt. What is loaded from there runs as native code.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::support::{connector, hostile};
use connector_host::runtime::Cache;
use connector_host::{Connector, Sandbox, SandboxOptions};
use tempfile::TempDir;

async fn start(dir: &Path, deterministic: bool, bytes: &[u8]) -> (Connector, Duration) {
    let options = SandboxOptions {
        concurrent_calls: 4,
        deterministic,
        cache: Some(Cache::open(dir).unwrap()),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let started = Instant::now();
    let connector = Connector::load(&sandbox, bytes).await.unwrap();
    (connector, started.elapsed())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// When the only file was written: it is written again exactly where it was not believed.
fn written(dir: &Path) -> SystemTime {
    let files = files(dir);
    assert_eq!(files.len(), 1, "{files:?}");
    fs::metadata(&files[0]).unwrap().modified().unwrap()
}

#[tokio::test]
async fn what_was_compiled_once_is_loaded() {
    let dir = TempDir::new().unwrap();
    let bytes = connector();
    let (first, compiling) = start(dir.path(), false, &bytes).await;
    let before = written(dir.path());
    let (second, mut loading) = start(dir.path(), false, &bytes).await;
    assert_eq!(written(dir.path()), before);
    for _ in 0..9 {
        loading = loading.min(start(dir.path(), false, &bytes).await.1);
    }
    assert_eq!(first.descriptor(), second.descriptor());
    assert_eq!(first.sha256(), second.sha256());
    let mode = fs::metadata(&files(dir.path())[0])
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let size = fs::metadata(&files(dir.path())[0]).unwrap().len();
    println!("{size} bytes compiled in {compiling:.2?}, loaded and described in {loading:.2?}");
}

#[tokio::test]
async fn the_compile_cache_has_a_file_per_engine() {
    let dir = TempDir::new().unwrap();
    start(dir.path(), false, &connector()).await;
    start(dir.path(), true, &connector()).await;
    start(dir.path(), false, &hostile("spin")).await;
    assert_eq!(files(dir.path()).len(), 3);
}

/// Damages the file and loads: the connector must be correct, and the file written again.
async fn is_doubted(spoil: impl Fn(&Path)) {
    let dir = TempDir::new().unwrap();
    let bytes = hostile("trap");
    let (first, _) = start(dir.path(), false, &bytes).await;
    let file = files(dir.path()).remove(0);
    spoil(&file);
    let old = SystemTime::now() - Duration::from_secs(100);
    let spoiled = fs::File::open(&file).unwrap();
    spoiled.set_modified(old).unwrap();
    let (second, _) = start(dir.path(), false, &bytes).await;
    assert_eq!(first.descriptor(), second.descriptor());
    assert!(written(dir.path()) > old + Duration::from_secs(50));
}

fn change(file: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_changed_file_is_not_loaded() {
    is_doubted(|file| change(file, |bytes| *bytes.last_mut().unwrap() ^= 1)).await;
    is_doubted(|file| change(file, |bytes| bytes[20] ^= 1)).await;
    is_doubted(|file| change(file, |bytes| bytes.truncate(100))).await;
    is_doubted(|file| change(file, Vec::clear)).await;
    is_doubted(|file| change(file, |bytes| bytes.push(0))).await;
}

#[tokio::test]
async fn a_file_that_others_can_touch_is_not_loaded() {
    for mode in [0o620, 0o602, 0o640, 0o604] {
        is_doubted(|file| fs::set_permissions(file, Permissions::from_mode(mode)).unwrap()).await;
    }
}

#[tokio::test]
async fn the_compile_cache_follows_no_link() {
    let elsewhere = TempDir::new().unwrap();
    is_doubted(|file| {
        let target = elsewhere.path().join("target");
        fs::rename(file, &target).unwrap();
        std::os::unix::fs::symlink(&target, file).unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_file_of_another_component_is_not_loaded() {
    let other = TempDir::new().unwrap();
    start(other.path(), false, &hostile("spin")).await;
    let other = files(other.path()).remove(0);
    is_doubted(|file| {
        fs::copy(&other, file).unwrap();
    })
    .await;
}

#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    let dir = TempDir::new().unwrap();
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(dir.path(), Permissions::from_mode(mode)).unwrap();
        let error = Cache::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("chmod"), "{error}");
    }
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Cache::open(&file).is_err());
    let deep = dir.path().join("a/b");
    Cache::open(&deep).unwrap();
    let mode = fs::metadata(&deep).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
