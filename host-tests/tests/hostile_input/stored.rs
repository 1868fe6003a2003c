//! Stored syncs and manifests that chance has changed, and planted defects that the properties find.

use connector_cli::report::{ReadError, write_ndjson};
use proptest::{collection::vec, prelude::*};

use crate::chance::often;
use crate::manifests::{self, any_manifest, checked};
use crate::stored_syncs::{any_database, any_lines, patched, read, sample, sample_database};

fn sample_lines() -> Vec<u8> {
    let mut lines = Vec::new();
    write_ndjson(&sample(), &mut lines).unwrap();
    lines
}

fn altered(whole: &[u8], changes: Vec<(usize, u8)>) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, byte) in changes {
        let length = bytes.len();
        bytes[at % length] = byte;
    }
    bytes
}

proptest! {
    #![proptest_config(often(1_000))]

    #[test]
    fn altered_lines_are_read_or_refused(changes in vec((any::<usize>(), 32_u8..127), 0..5)) {
        any_lines(&read, &altered(&sample_lines(), changes)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn an_altered_manifest_is_followed_or_refused(changes in vec((any::<usize>(), 32_u8..127), 0..3)) {
        let json = altered(&manifests::sample(), changes);
        any_manifest(&checked, &json).map_err(TestCaseError::fail)?;
    }
}

proptest! {
    #![proptest_config(often(100))]

    #[test]
    fn an_altered_database_is_read_or_refused(changes in vec(any::<u8>(), 0..40)) {
        let dir = tempfile::tempdir().unwrap();
        let whole = sample_database(dir.path()).unwrap();
        let path = dir.path().join("any.db");
        any_database(&path, &patched(&whole, &changes)).map_err(TestCaseError::fail)?;
    }
}

/// Chance would prove little if nothing passed.
#[test]
fn what_is_whole_is_read_and_followed() {
    assert_eq!(read(&sample_lines()).unwrap(), sample());
    let sample = manifests::sample();
    let descriptor = serde_json::from_slice(&sample).unwrap();
    assert_eq!(checked(&descriptor), Ok(()));
    assert_eq!(any_manifest(&checked, &sample), Ok(()));
    assert_eq!(patched(b"abcdef", b"\0\x01\x02XY\0\x01\x09Z"), b"aXYdZf");
}

#[test]
fn a_faulty_reader_of_lines_is_found() {
    let lines = sample_lines();
    let forgetful = |bytes: &[u8]| {
        let mut found = read(bytes)?;
        found.grants.pop();
        Ok(found)
    };
    assert!(any_lines(&forgetful, &lines).is_err());
    let blames_another = |_: &[u8]| {
        let (line, reason) = (0, String::new());
        Err(ReadError::Line { line, reason })
    };
    assert!(any_lines(&blames_another, &lines).is_err());
}

#[test]
fn a_check_that_lets_a_bad_manifest_pass_is_found() {
    let sample = String::from_utf8(manifests::sample()).unwrap();
    for (whole, broken) in [
        ("\"/me\"", "\"me\""),
        ("\"/me\"", "\"/..\""),
        ("\"id\":\"team\"", "\"id\":\"user\""),
        ("\"parent\":\"team\"", "\"parent\":\"user\""),
    ] {
        let json = sample.replacen(whole, broken, 1);
        assert_ne!(json, sample);
        assert!(
            any_manifest(&|_| Ok(()), json.as_bytes()).is_err(),
            "{broken}"
        );
        assert_eq!(any_manifest(&checked, json.as_bytes()), Ok(()));
    }
}
