//! Any bytes as a recording: read to what they say, or refused.
#![no_main]

use host_tests::recordings::{a_cut_file_is_good_up_to_the_cut, any_file, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(any_file(&read, bytes), Ok(()));
    // What is whole stays good when it is cut anywhere; where, the bytes themselves decide.
    if read(bytes).is_ok_and(|found| !found.cut) {
        let sum: usize = bytes.iter().map(|byte| usize::from(*byte)).sum();
        let end = sum % (bytes.len() + 1);
        assert_eq!(a_cut_file_is_good_up_to_the_cut(&read, bytes, end), Ok(()));
    }
});
