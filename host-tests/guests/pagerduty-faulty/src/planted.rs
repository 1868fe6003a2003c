//! Which fault is chosen: the two digits at the end of a text in the component, written over by the test.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static CHOSEN: [u8; 26] = *b"the fault planted here: 00";

/// Returns whether this fault is the chosen one.
pub fn is(number: u8) -> bool {
    let [.., tens, ones] = *black_box(&CHOSEN);
    (tens - b'0') * 10 + (ones - b'0') == number
}

/// The number of calls of this instance: state that no connector may have.
pub fn earlier_calls() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    CALLS.fetch_add(1, Relaxed)
}
