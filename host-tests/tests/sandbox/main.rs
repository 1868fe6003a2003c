//! The sandbox holds: guests that do what a guest must not get away with, alone and beside good ones,
//! and compiled guests on disk.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use host_tests::bombs;
mod cache;
mod door;
mod held;
mod hostile;
mod structure;
use host_tests::support;
