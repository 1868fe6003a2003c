//! Any body to any call: the first byte chooses the call, the second the status, the rest is the body.
#![no_main]

use postman_connector::properties::{calls::CALLS, pages};

const STATUSES: [u16; 8] = [401, 403, 404, 429, 400, 503, 422, 204];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [which, status, body @ ..] = input else {
        return;
    };
    let call = &CALLS[usize::from(*which) % CALLS.len()];
    let verdict = match STATUSES.get(usize::from(*status)) {
        Some(status) => pages::any_answer(call, &(*status, http::HeaderMap::new(), body.to_vec())),
        None => pages::any_body(&pages::read, call, body),
    };
    assert_eq!(verdict, Ok(()));
});
