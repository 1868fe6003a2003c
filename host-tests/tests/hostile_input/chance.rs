//! The properties, on what chance makes.

use crate::{
    paths::{policy, what_passes_stays_inside},
    planted::sample,
    recordings::{a_cut_file_is_good_up_to_the_cut, any_file, read},
};
use proptest::{collection::vec, prelude::*};

/// Pieces that paths are made of, and what hides in them.
const PIECES: [&str; 48] = [
    "/",
    "//",
    "/me",
    "/things",
    "/things/",
    "/parts",
    "/archive",
    "/shared",
    "/accounts/v2/Users",
    "12",
    "a-b",
    "..",
    ".",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%25",
    "%00",
    "%0a",
    "%C3%A9",
    "%E2%80%A8",
    "%EF%BC%8E",
    "%EF%BC%8F",
    "%e2%80%a5",
    "%3B",
    "%zz",
    "%",
    "\\",
    "@",
    ":",
    ";",
    "+",
    "?",
    "&",
    "=",
    "#",
    "limit",
    "cursor=",
    "a=1",
    "b=",
    "since=x",
    "startIndex=1",
    "filter[name]=x",
    "filter%5Bname%5D",
    "evil.example",
    "é",
    " ",
];

fn path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => (0..PIECES.len()).prop_map(|at| PIECES[at].to_owned()),
        1 => "(?s).{0,3}",
    ];
    let start = prop_oneof![
        Just(""),
        Just("/"),
        Just("/things"),
        Just("/things/"),
        Just("/me"),
        Just("/shared?")
    ];
    (start, vec(piece, 0..7)).prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

pub fn often(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(often(20_000))]

    #[test]
    fn what_passes_stays_inside_the_declared_endpoint(credential in prop_oneof![Just("key"), Just("other"), Just("")], path in path()) {
        let policy = policy();
        let judge = |credential: &str, path: &str| policy.check(credential, path).ok();
        what_passes_stays_inside(&judge, credential, &path).map_err(TestCaseError::fail)?;
    }
}

proptest! {
    #![proptest_config(often(3_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        any_file(&read, &bytes).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn an_altered_recording_is_rejected_by_line(changes in vec((any::<usize>(), any::<u8>()), 1..5)) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        any_file(&read, &bytes).map_err(TestCaseError::fail)?;
    }
}

/// Every byte, not a sample.
#[test]
fn a_recording_that_was_cut_is_good_up_to_the_cut() {
    let whole = sample();
    for end in 0..=whole.len() {
        assert_eq!(
            a_cut_file_is_good_up_to_the_cut(&read, &whole, end),
            Ok(()),
            "{end}"
        );
        assert_eq!(any_file(&read, &whole[..end]), Ok(()), "{end}");
    }
}

/// Chance would prove little if nothing passed.
#[test]
fn what_is_declared_passes_here_too() {
    let policy = policy();
    for path in [
        "/things/12",
        "/things?filter%5Bname%5D=x",
        "/things/caf%C3%A9/parts",
        "/m%65",
    ] {
        assert!(policy.check("key", path).is_ok(), "{path}");
    }
}
