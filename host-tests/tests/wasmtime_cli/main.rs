//! The components under the stock `wasmtime` command, which knows nothing of our host.
//!
//! A connector of the contract is useful only if any runtime can run it. So here the
//! built connector, joined to the WASI adapter, reads a simulated team by nothing but
//! `wasmtime run --invoke`, and what it prints is compared with what the team knows of itself. The
//! adapter is shown to serve other connectors, and to refuse and report as the contract says.
//!
//! `make test` builds the components and sees to the command; without it the tests say what to do.

mod adapter;
mod cli;
mod contract;
mod described;
mod errors;
mod imports;
mod json;
mod limits;
mod postman;
mod settings;
use host_tests::server;
use host_tests::stock;
mod walk;
