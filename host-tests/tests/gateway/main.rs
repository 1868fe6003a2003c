//! What leaves the machine and what comes back, seen from servers that are not on our side: policy,
//! headers, credentials, addresses, proxies, time-outs and pins.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod addresses;
mod authorities;
mod base_url;
mod egress;
mod names;
mod pin;
mod policy;
mod recorded;
mod redacted;
mod send;
use host_tests::support;
