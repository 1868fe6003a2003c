//! The files that the host stores and writes: the SQLite file, a sync that is interrupted and resumed, and
//! NDJSON. What is read back is what was written.

mod asked;
mod foreign;
use host_tests::harness;
mod hostile;
mod known;
mod links;
mod ndjson_schema;
mod read_only;
mod report;
mod resume;
mod runs;
mod same;
mod since_last;
mod storing;
use host_tests::support;
