//! Planted defects, each of which its property must find; and a small recording.

use crate::{
    paths::what_passes_stays_inside,
    recordings::{a_cut_file_is_good_up_to_the_cut, any_file, read},
};

/// A recording of five exchanges.
pub fn sample() -> Vec<u8> {
    include_bytes!("sample.recording").to_vec()
}

/// Policies that make one mistake each, and a path that shows it.
#[test]
fn a_policy_that_lets_something_out_is_found() {
    let always = |place: usize| move |_: &str, _: &str| Some(place);
    for (place, path) in [
        (0, "//evil.example/me"),
        (0, "/\\evil.example/me"),
        (0, "https://evil.example/me"),
        (0, "/me/../things"),
        (0, "/me#x"),
        (0, "/me?limit=1"),
        (0, "/ME"),
        (1, "/things?limit=1&limit=2"),
        (1, "/things?lim%69t=1&limit=2"),
        (2, "/things/a%2fb"),
        (2, "/things/%252e%252e"),
        (2, "/things/a%00"),
        (2, "/things/%2e%2e"),
        (2, "/things/a%3Bb"),
        (2, "/things/..;"),
        (2, "/things/%EF%BC%8E%EF%BC%8E"),
        (2, "/things/a%EF%BC%8Fb"),
        (1, "/things?limit=1;admin=1"),
        (2, "/things/a/parts"),
        (3, "/things//parts"),
        (5, "/accounts/v2/Users"),
        (9, "/me"),
    ] {
        let verdict = what_passes_stays_inside(&always(place), "key", path);
        assert!(verdict.is_err(), "{path} is not found");
    }
    assert_eq!(what_passes_stays_inside(&always(0), "key", "/m%65"), Ok(()));
}

#[test]
fn a_reader_that_drops_or_repeats_a_line_is_found() {
    let sample = sample();
    let forgetful = |bytes: &[u8]| {
        let mut found = read(bytes)?;
        found.exchanges.pop();
        Ok(found)
    };
    assert!(any_file(&forgetful, &sample).is_err());
    assert!(a_cut_file_is_good_up_to_the_cut(&forgetful, &sample, sample.len() - 9).is_err());
    let silent = |bytes: &[u8]| {
        let mut found = read(bytes)?;
        found.cut = false;
        Ok(found)
    };
    assert!(a_cut_file_is_good_up_to_the_cut(&silent, &sample, sample.len() - 9).is_err());
    let strict = |bytes: &[u8]| {
        let found = read(bytes)?;
        if found.cut { read(b"") } else { Ok(found) }
    };
    assert!(a_cut_file_is_good_up_to_the_cut(&strict, &sample, sample.len() - 9).is_err());
    let blames_another = |_: &[u8]| {
        let line = 99;
        let reason = String::new();
        Err(crate::recording::RecordingError::Line { line, reason })
    };
    assert!(any_file(&blames_another, &sample).is_err());
}
