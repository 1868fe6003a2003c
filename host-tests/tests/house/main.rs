//! The rules of the house that a reader of the code relies on: who may use whom, how long files get,
//! that every word of the contract is explained, that the host knows no Postman, that what is
//! shipped can be looked through, and that what the documents name is there. `CONTRIBUTING.md` lists them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod contract;
mod documents;
mod files;
mod hosts;
mod links;
mod rooms;
mod tree;
mod trust;
