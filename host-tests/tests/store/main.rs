//! What the host keeps and writes: the SQLite file, a sync that is broken off and gone on with, and
//! NDJSON. What is read back is what was written.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod asked;
mod foreign;
use host_tests::harness;
mod hostile;
mod kept;
mod known;
mod links;
mod ndjson_schema;
mod read_only;
mod report;
mod resume;
mod runs;
mod same;
use host_tests::support;
