//! Foreign input of the host, as properties for any input: paths that a guest asks
//! for, manifests, and files that are said to be recordings or stored syncs. The fuzzers of `fuzz` run
//! the same ones.

mod chance;
mod planted;
mod sanitized;
mod stored;

use connector_host::recording;
use host_tests::{manifests, paths, recordings, stored_syncs};
