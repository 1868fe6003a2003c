//! Files that people hand to a command: what other programs made of the NDJSON is read, and what is
//! something else is refused by what it is.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use crate::access::{tenant, text};
use connector_cli::report::write_ndjson;
use flate2::Compression;
use flate2::write::GzEncoder;

fn lines() -> String {
    let mut out = Vec::new();
    write_ndjson(&tenant(), &mut out).unwrap();
    text(&out)
}

fn asked(directory: &Path, bytes: &[u8]) -> Output {
    let file = directory.join("stored");
    std::fs::write(&file, bytes).unwrap();
    let mut command = host_tests::command();
    command.args(["resources", "stored", "--format", "ndjson"]);
    command.current_dir(directory).output().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn ndjson_that_other_programs_wrote_is_read_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let lines = lines();
    let plain = asked(directory.path(), lines.as_bytes());
    assert_eq!(plain.status.code(), Some(0), "{}", text(&plain.stderr));
    let windows = lines.replace('\n', "\r\n");
    let spaced = format!("\n \r\n{}\n\t\n", lines.replace('\n', "\n\n"));
    for made in [
        format!("\u{feff}{lines}"),
        windows.clone(),
        format!("\u{feff}{windows}\r\n"),
        format!("{lines}\n"),
        lines.trim_end().to_owned(),
        format!("\u{feff}{spaced}"),
        spaced,
    ] {
        let output = asked(directory.path(), made.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(output.stdout, plain.stdout);
    }
}

#[test]
fn a_file_of_another_kind_is_refused_by_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let lines = lines();
    let whole = lines.as_bytes();
    let cases = [
        (Vec::new(), "it is empty"),
        (b"\r\n \n".to_vec(), "it is empty"),
        ("\u{feff}".into(), "it is empty"),
        (gzip(whole), "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd rest".to_vec(), "compressed with zstd"),
        (b"PK\x03\x04rest".to_vec(), "compressed with zip"),
        (
            utf16(&format!("\u{feff}{lines}"), u16::to_le_bytes),
            "UTF-16",
        ),
        (
            utf16(&format!("\u{feff}{lines}"), u16::to_be_bytes),
            "UTF-16",
        ),
        (utf16(&lines, u16::to_le_bytes), "UTF-16"),
        (utf16(&lines, u16::to_be_bytes), "UTF-16"),
        (format!("[{lines}]").into_bytes(), "neither a database"),
        (b"<!doctype html>".to_vec(), "neither a database"),
        (
            b"SQLite format 3\0".to_vec(),
            "not a database of this program",
        ),
    ];
    for (bytes, reason) in cases {
        let output = asked(directory.path(), &bytes);
        let reported = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reason}: {reported}");
        assert!(
            reported.contains("stored: ") && reported.contains(reason),
            "{reason}: {reported}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_line_that_is_no_record_is_named_by_its_number() {
    let directory = tempfile::tempdir().unwrap();
    let lines = lines();
    let with = |place: usize, line: &[u8]| {
        let mut all: Vec<&[u8]> = lines.lines().map(str::as_bytes).collect();
        all.insert(place, line);
        all.join(&b'\n')
    };
    let first = lines.lines().next().unwrap().as_bytes();
    let last = lines.lines().last().unwrap().as_bytes();
    let grant = br#"{"grant":{"resource":{"resource_type":"workspace","id":"absent"},"entitlement":"admin","principal":{"resource_type":"user","id":"ann"},"implied_by":null,"expands":null}}"#;
    let cases: [(Vec<u8>, &str); 8] = [
        (with(3, b"nonsense"), "line 4: expected value at column 1"),
        (with(2, b"{\"other\":1}"), "line 3: unknown variant `other`"),
        (with(2, b"{\"run\""), "line 3: EOF while parsing"),
        (with(5, b"caf\xe9"), "line 6: it is not UTF-8 text"),
        (with(4, first), "line 5: a second sync"),
        (with(4, last), "a second sync"),
        (with(1, grant), "workspace absent"),
        (
            lines.rsplit_once("{\"summary\"").unwrap().0.into(),
            "no `summary` line",
        ),
    ];
    for (bytes, reason) in cases {
        let output = asked(directory.path(), &bytes);
        let reported = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reason}: {reported}");
        assert!(reported.contains(reason), "{reason}: {reported}");
        assert!(!reported.contains("line 1"), "{reported}");
    }
}
