//! The connector as a service: the joined component under the stock `wasmtime serve`, asked over
//! HTTP by hand and by `connector-host sync --service`.
//!
//! That any engine and any number of replicas give what one process gives is a claim that only
//! running them can hold. So here its API is compared with `openapi.json`, what a sync reads through it to
//! what a local sync reads, also while replicas are killed, slow, or brought to another version
//! behind a balancer (nginx, where it is installed), and what it says of its troubles to the
//! contract's errors.
//!
//! `make test` builds the components and sees to the command; without it the tests say what to do.

mod access;
mod answers;
mod balance;
mod command;
mod deploy;
use host_tests::engine;
mod errors;
mod openapi;
mod replicas;
use host_tests::stock;
use host_tests::support;
mod sync;
mod team;
mod wire;
