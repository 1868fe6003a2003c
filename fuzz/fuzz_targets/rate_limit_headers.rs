//! Any headers: a line each, the first byte choosing its name.
#![no_main]

use postman_connector::properties::headers::{self, NAMES};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let lines = input.split(|byte| *byte == b'\n').take(8);
    let pairs: Vec<_> = lines
        .filter_map(|line| line.split_first())
        .map(|(which, value)| {
            (
                NAMES[usize::from(*which) % NAMES.len()].to_owned(),
                value.to_vec(),
            )
        })
        .collect();
    assert_eq!(headers::any_headers(&headers::read, &pairs), Ok(()));
    if let [a, b, c, d, e, f, ..] = *input {
        let now = 1_000_000_000 + u64::from(u32::from_be_bytes([0, a, b, c])) * 180;
        let wait = u64::from(u32::from_be_bytes([0, d, e, f]));
        assert_eq!(
            headers::every_form_of_a_wait_agrees(&headers::read, now, wait),
            Ok(())
        );
        let limits = (u64::from(a) + 1, u64::from(b), wait, u64::from(c) + 1);
        assert_eq!(
            headers::every_dialect_of_limits_agrees(&headers::read, limits),
            Ok(())
        );
    }
});
