//! Reasons why a store refuses a request.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// An error of a store. The file retains its last good state.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file cannot be made, opened or narrowed to its owner.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is something else, or of another version of this program.
    #[error("{}: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The kind of file it is instead, and what to do.
        reason: String,
    },
    /// There is no room left where the file is.
    #[error("the disk that holds the database is full: make room; what was written before stays")]
    Full,
    /// The file or its directory may not be written to.
    #[error("the database may not be written to: {0}")]
    ReadOnly(String),
    /// Another sync writes to it.
    #[error("{}: another sync writes to it. Wait for its end, or name another file", .0.display())]
    Locked(PathBuf),
    /// Another program keeps it for itself.
    #[error("another program keeps the database for itself: let it end, then run this again")]
    Busy,
    /// The disk does not take or give what it should.
    #[error(
        "the disk that holds the database fails, or a limit of file sizes is reached ({0}): correct it; what was written before stays"
    )]
    Disk(String),
    /// Its records contradict each other.
    #[error("the database is damaged: {0}. Restore it, or begin with a new file")]
    Damaged(String),
    /// A statement did not come to its end in time.
    #[error(
        "the database takes too long to answer: it is larger than this program can read, or was made to be. Use a database that this program wrote"
    )]
    TooLong,
    /// A value is longer than any that is read or written.
    #[error(
        "the database takes no text of more than 16 MiB: use a database that this program wrote; if a sync says so, report it as a fault of the connector"
    )]
    TooLarge,
    /// Anything else that SQLite says.
    #[error("the database: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Returns whether SQLite may make no files beside the database.
    pub(super) fn forbids_files(&self) -> bool {
        match self {
            Self::ReadOnly(_) => true,
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::CannotOpen),
            Self::File { .. }
            | Self::Foreign { .. }
            | Self::Full
            | Self::Locked(_)
            | Self::Busy
            | Self::Disk(_)
            | Self::Damaged(_)
            | Self::TooLong
            | Self::TooLarge => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..) = error
        {
            return Self::Damaged(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.to_string()),
            Some(ErrorCode::OperationInterrupted) => Self::TooLong,
            Some(ErrorCode::TooBig) => Self::TooLarge,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl From<StoreError> for std::io::Error {
    fn from(error: StoreError) -> Self {
        Self::other(error.to_string())
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(format!("a record in it cannot be read ({error})"))
    }
}
