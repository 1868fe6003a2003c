//! Any bytes as a recording: read to what they say, or refused. (Why not the whole host is linked,
//! `policy.rs` says.)
#![no_main]
#![allow(dead_code, unused_imports)]

#[path = "../../src/runtime/clock.rs"]
mod clock;
#[path = "../../src/recording/format.rs"]
mod format;
#[path = "../../src/runtime/http.rs"]
mod http;
#[path = "../../tests/hostile_input/recordings.rs"]
mod recordings;

mod recording {
    pub use crate::format::{Recording, RecordingError};
}

mod runtime {
    pub use crate::http::{HttpError, Response};
}

use clock::CallClock;
use recordings::{a_cut_file_is_good_up_to_the_cut, any_file, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(any_file(&read, bytes), Ok(()));
    // What is whole stays good when it is cut anywhere; where, the bytes themselves decide.
    if read(bytes).is_ok_and(|found| !found.cut) {
        let sum: usize = bytes.iter().map(|byte| usize::from(*byte)).sum();
        let end = sum % (bytes.len() + 1);
        assert_eq!(a_cut_file_is_good_up_to_the_cut(&read, bytes, end), Ok(()));
    }
});
