//! Runs sandboxed identity-governance connectors: a library, and the command `connector-host`.
//!
//! A connector is a WebAssembly component of the contract `governance:connector` (see `wit/`). The
//! rooms, in reading order:
//!
//! - [`records`]: the contract's records as the host keeps and writes them
//! - [`runtime`]: the sandbox; one fresh instance a call, limited in time, memory and requests
//! - [`gateway`]: what a request of the guest passes before it reaches the network
//! - [`sync`]: the walk over everything that a connector reads, and how it ends
//! - [`report`]: what was read, as NDJSON and for people
//! - [`cli`]: the command, one file for each subcommand

//pub mod cli;
pub mod gateway;
pub mod records;
//pub mod report;
pub mod runtime;
//pub mod sync;
