//! The same components in hosts that nobody here wrote: jco in Node.js, and wasmtime's wheel in Python.
//!
//! Their results for a simulated team are compared, byte for byte, with those of the reference host for
//! it. And since the contract's import is implemented in either language, its behavior is shown: the
//! key goes to one origin, no redirect is followed, bodies and waits have an end.
//!
//! `make hosts` installs what they need. Where that is not there a test says `skipped` on standard
//! error, and passes.

use host_tests::harness;
mod host;
mod manners;
mod rust;
mod same;
use host_tests::server;
use host_tests::support;
