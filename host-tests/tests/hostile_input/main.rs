//! What the host parses of others' making, as properties of whatever comes: paths that a guest asks
//! for, and files that are said to be recordings. The fuzzers of `fuzz` run the same ones.

mod chance;
mod planted;
mod sanitized;

use connector_host::recording;
use host_tests::{paths, recordings};
