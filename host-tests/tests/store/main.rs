//! What the host keeps and writes: the SQLite file, a sync that is broken off and gone on with, and
//! NDJSON. What is read back is what was written.

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
mod since_last;
use host_tests::support;
