//! The exchange of one sync in a file, so that what went wrong there can be looked at here: without
//! the network, without the key, and, where it was sanitised, without anybody's name.
//!
//! In reading order: `format` says what the lines are, `record` writes them while a sync runs, `replay`
//! answers from them. `sanitize` walks a line's texts, `broken` keeps what is unreadable in them,
//! `pseudonym` gives each word another one, and `words`, `header` and `address` know those that may stay.
//! `locate` says where in the answers an id stands.

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
    Exchange, Failed, Heard, RecordedBody, RecordedOptions, Recording, RecordingError,
    RecordingHeader, RecordingLine,
};
pub use locate::{FieldLocation, locate};
pub use record::{Recorded, Recorder};
pub use replay::Replay;
pub use sanitize::{Sanitizer, sanitize};
