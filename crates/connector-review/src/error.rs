//! Why a question about kept syncs has no answer.

use thiserror::Error;

use connector_store::StoreError;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The question does not fit what is kept.
    #[error("{0}")]
    Unfit(String),
}

impl From<rusqlite::Error> for ReviewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
