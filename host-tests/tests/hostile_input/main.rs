//! What the host parses of others' making, as properties of whatever comes: paths that a guest asks
//! for, manifests, and files that are said to be recordings or stored syncs. The fuzzers of `fuzz` run
//! the same ones.

mod chance;
mod planted;
mod sanitized;
mod stored;

use connector_host::recording;
use host_tests::{manifests, paths, recordings, stored_syncs};
