//! Any changes of a sync database, or any bytes in its place: the file is read or refused.
#![no_main]

use std::sync::LazyLock;

use host_tests::stored_syncs::{any_database, patched, sample_database};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));
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
