//! What the host parses of others' making, as properties of whatever comes: paths that a guest asks
//! for, and files that are said to be recordings. The fuzzers of `host-tests/fuzz` run the same ones.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod chance;
mod paths;
mod planted;
mod recordings;

use connector_host::{manifest, recording, records};
