//! The sandbox holds: guests that do what a guest must not get away with, alone and beside good ones,
//! and compiled guests on disk.

use host_tests::{bombs, large};
mod cache;
mod door;
mod held;
mod hostile;
mod neighbors;
mod structure;
use host_tests::support;
