//! Output of the host: files that are whole or absent, and records as lines.

mod clean;
mod content;
mod destination;
mod distinct;
mod draft;
pub mod files;
mod ndjson;

pub use clean::{CleanWriter, json_stdout};
pub use content::FileContent;
pub use destination::{Destination, Output, create_private, open_private_log};
pub use distinct::{DATABASE_ID, OutputClaims, OutputConflict};
pub use draft::{DraftFile, remove_drafts};

pub use ndjson::{ReadError, read_ndjson, write_grant, write_ndjson, write_record};
