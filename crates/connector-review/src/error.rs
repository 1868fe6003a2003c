//! Reasons why a question about stored syncs has no answer.

use thiserror::Error;

use connector_store::StoreError;

/// The reason why there is no answer.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The question does not fit the stored sync.
    #[error("{0}")]
    Unfit(String),
}

impl From<rusqlite::Error> for ReviewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
