//! Reasons why a sync gives no result.

use thiserror::Error;

use super::{CheckpointError, UsageError};
use connector_types::{ErrorCase, Operation, Outcome, Problem, Scope};

/// The reason why a sync gives no result at all: nothing may be concluded from what it read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyncError {
    /// The options do not fit the connector.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A call ended with an error that only the operator can resolve.
    #[error("{}: {}", outcome.name(), problem.message)]
    Failed {
        /// The outcome of the call.
        outcome: Outcome,
        /// The description of the error.
        problem: Problem,
        /// The scope that was being read, as text; `None` if nothing had been read yet.
        during: Option<String>,
    },
    /// The records that were read cannot be stored.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Returns the scope that was being read, as text.
pub(super) fn in_words(scope: &Scope) -> String {
    let Scope {
        call,
        resource_type,
        id,
        ..
    } = scope;
    match (call, id) {
        (Operation::ListEntitlements, _) => format!("reading the entitlements on {resource_type}"),
        (_, Some(id)) => format!("reading the grants on {resource_type} {id}"),
        (_, None) => format!("listing {resource_type}"),
    }
}

/// Returns the error for a task of the sync that failed.
pub(super) fn lost_task(lost: &tokio::task::JoinError) -> SyncError {
    SyncError::Failed {
        outcome: Outcome::Error(ErrorCase::Other),
        problem: Problem::new(
            "An internal task of the host failed: report it as a bug.",
            lost.to_string(),
        ),
        during: Some("reading".to_owned()),
    }
}

/// Returns the error for more lists than a sync reads.
pub(super) fn too_many_lists(resource_type: &str, most: usize) -> SyncError {
    let message = format!(
        "The resources that were read have more lists under them than the {most} that a sync reads. Leave types out (--exclude {resource_type}), or report it as a fault of the connector."
    );
    SyncError::Failed {
        outcome: Outcome::Trapped,
        problem: Problem::new(message, format!("more than {most} lists to read")),
        during: Some("planning".to_owned()),
    }
}
