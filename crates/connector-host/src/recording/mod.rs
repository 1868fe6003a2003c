//! The HTTP exchange of one sync in a file, so that a failure can be examined elsewhere: without
//! the network, without the key, and, if the recording was sanitized, without the names of people.
//!
//! In reading order: `format` defines the lines, `record` writes them while a sync runs, `replay`
//! answers from them. `sanitize` processes a line's texts, `broken` preserves the unreadable parts
//! in them, `pseudonym` replaces each word by another one, and `words`, `header` and `address` list
//! those that may stay. `locate` finds an id in the answers.

mod address;
mod broken;
mod format;
mod header;
mod locate;
mod pseudonym;
mod record;
mod replay;
mod sanitize;
mod words;

pub use format::{
    Exchange, Failed, RecordedBody, RecordedOptions, RecordedResult, Recording, RecordingError,
    RecordingHeader, RecordingLine,
};
pub use locate::{FieldLocation, locate_fields};
pub use record::{Recorded, Recorder};
pub use replay::Replay;
pub use sanitize::{Sanitizer, sanitize_recording};
