//! What leaves the host: files that are whole or not there, records as lines, text that a terminal
//! may be shown. Whoever writes something uses it; it knows nobody who does.

mod destination;
mod ndjson;
mod plain;

pub use destination::{Destination, Output, create_private, open_private_log};
pub use ndjson::{ReadError, read_ndjson, write_ndjson};
pub use plain::plain;
