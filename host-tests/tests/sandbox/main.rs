//! The sandbox holds: guests that do what a guest must not get away with, alone and beside good ones,
//! and compiled guests on disk.

use host_tests::bombs;
mod cache;
mod door;
mod held;
mod hostile;
mod structure;
use host_tests::support;
