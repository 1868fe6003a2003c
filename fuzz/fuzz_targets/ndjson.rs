//! Any bytes as the NDJSON of a sync: read to what they say, or refused.
#![no_main]

use host_tests::stored_syncs::{any_lines, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(any_lines(&read, bytes), Ok(()));
});
