//! The whole way, from the simulated provider over HTTP through the built component and the host to
//! the NDJSON, compared with the expected state of the simulated team. A review can only be trusted
//! if nothing in it is missing, invented or silently left out.

// Helpers outside of test functions may fail the test like these do.
mod compare;
use host_tests::harness;
mod organization;
mod refused;
mod requests;
mod scopes;
mod seeds;
mod sizes;
