//! Any changes of a sync database, or any bytes in its place: the file is read or refused.
#![no_main]

use std::sync::LazyLock;

use host_tests::stored_syncs::{any_database, patched, sample_database};
use tempfile::TempDir;

/// In memory, where there is a place for it: each input is a file.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    folder.expect("a temporary folder")
});
static SAMPLE: LazyLock<Vec<u8>> =
    LazyLock::new(|| sample_database(FOLDER.path()).expect("a database"));

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let path = FOLDER.path().join("any.db");
    let verdict = match input.strip_prefix(b"SQLite format 3\0") {
        Some(_) => any_database(&path, input),
        None => any_database(&path, &patched(&SAMPLE, input)),
    };
    assert_eq!(verdict, Ok(()));
});
