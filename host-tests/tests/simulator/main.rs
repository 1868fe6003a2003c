//! The simulated Postman is the yardstick of every other test, so it is measured itself: by raw HTTP,
//! against the bodies and refusals of Postman's published description.

// Helpers outside of test functions may fail the test like these do.
mod bodies;
mod client;
mod expected;
mod faults;
mod limits;
mod quirks;
mod refusals;
mod serving;
mod shape;
mod workspaces;
