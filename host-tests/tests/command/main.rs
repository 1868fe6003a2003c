//! The command as its users meet it, with the built connector and a simulated team. `make components`
//! comes first.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod answers;
use host_tests::bombs;
mod cli;
mod demo;
mod hostile;
use host_tests::handmade as made;
mod operator;
mod outputs;
mod recording;
mod sanitized;
mod settings;
mod spelled;
mod streams;
use host_tests::support;
