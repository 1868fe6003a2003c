//! The check of the credential, before anything is read.

use std::sync::Arc;

use tracing::Instrument;

use super::call::{CallExecutor, ScopeAttempts};
use super::ends::of_failure;
use super::spans::validate_span;
use super::{NoProgress, Source, SyncError, SyncOptions};
use connector_gateway::in_scope;
use connector_types::Tenant;

/// Checks that the credential works, waiting and trying again as a sync does.
///
/// # Errors
/// Returns an error if the credential does not work or the operator has to act.
pub async fn validate<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
) -> Result<Tenant, SyncError> {
    let quiet = CallExecutor::new(source, options, Arc::new(NoProgress));
    check_credential(&quiet).await
}

/// Checks the credential of a sync.
///
/// # Errors
/// Returns an error if it does not work, or the operator has to help.
pub(super) async fn check_credential<S: Source>(
    caller: &CallExecutor<S>,
) -> Result<Tenant, SyncError> {
    let descriptor = caller.source.descriptor();
    let required = descriptor.credentials.iter().find(|one| one.required);
    let credential = required.map(|one| one.name.as_str());
    let mut tries = ScopeAttempts::default();
    let validating = caller.call(credential, &mut tries, || caller.source.validate());
    let tenant = caller.in_time(in_scope("validate".to_owned(), validating));
    tenant.instrument(validate_span()).await.map_err(|failure| {
        let (outcome, problem) = of_failure(failure);
        SyncError::Failed {
            outcome,
            problem,
            during: None,
        }
    })
}
