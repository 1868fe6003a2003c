//! Requests and answers, seen from servers that are not on our side: policy,
//! headers, credentials, addresses, proxies, time-outs and pins.

mod addresses;
mod approved_manifest;
mod authorities;
mod base_url;
mod egress;
mod names;
mod policy;
mod recorded;
mod redacted;
mod send;
use host_tests::support;
mod tokens;
