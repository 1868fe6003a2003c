//! An unread record must not look like a removed one. Every fault that the simulated provider
//! knows, at every endpoint, alone and mixed by seed: a sync ends, names every scope that it could not
//! read, invents nothing, and reports of every other scope exactly what the team says of itself, as it was
//! when that scope was read.

// Helpers outside of test functions may fail the test like these do.
mod defects;
use host_tests::direct;
use host_tests::harness;
mod healed;
mod lists;
mod moving;
mod oracle;
mod planted;
use host_tests::postman;
mod reading;
mod seeds;
mod states;
mod table;
