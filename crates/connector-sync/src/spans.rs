//! The spans of a sync, for traces: kinds, counts and outcomes, and no id or name of a provider.

use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::ends::ScopeEnd;
use super::{CheckpointError, ScopeKey, SyncEnd, SyncError};
use connector_gateway::TRACE_TARGET;

/// Returns the span of a whole sync.
pub(super) fn sync_span(connector: &str) -> Span {
    tracing::info_span!(
        target: TRACE_TARGET,
        "sync",
        connector,
        outcome = Empty,
        scopes = Empty,
        resources = Empty,
        grants = Empty,
        requests = Empty,
        otel.status_code = Empty,
    )
}

/// Runs a sync in its span, and records the outcome there.
pub(super) async fn trace_sync(
    span: Span,
    reading: impl Future<Output = Result<SyncEnd, SyncError>>,
) -> Result<SyncEnd, SyncError> {
    let ended = reading.instrument(span.clone()).await;
    describe_sync(&span, &ended);
    ended
}

fn describe_sync(span: &Span, ended: &Result<SyncEnd, SyncError>) {
    match ended {
        Ok(end) => {
            let summary = &end.summary;
            span.record("outcome", summary_outcome(summary.complete));
            span.record("scopes", end.scopes.len());
            span.record("resources", summary.resources);
            span.record("grants", summary.grants);
            span.record("requests", summary.requests);
        }
        Err(error) => describe_failure(span, error),
    }
}

fn summary_outcome(is_complete: bool) -> &'static str {
    if is_complete {
        "complete"
    } else {
        "incomplete"
    }
}

fn describe_failure(span: &Span, error: &SyncError) {
    let outcome = match error {
        SyncError::Failed { outcome, .. } => outcome.name(),
        SyncError::Usage(_) | SyncError::Checkpoint(_) => "host",
    };
    span.record("outcome", outcome);
    span.record("otel.status_code", "ERROR");
}

/// Returns the span of the check of the credential.
pub(super) fn validate_span() -> Span {
    tracing::info_span!(target: TRACE_TARGET, "validate")
}

/// Returns the span of one scope.
pub(super) fn scope_span(key: &ScopeKey) -> Span {
    tracing::info_span!(
        target: TRACE_TARGET,
        "scope",
        otel.name = format!("{} {}", key.call.name(), key.resource_type),
        operation = key.call.name(),
        resource_type = key.resource_type,
        outcome = Empty,
        pages = Empty,
        requests = Empty,
        otel.status_code = Empty,
    )
}

/// Records the outcome of a scope in its span.
pub(super) fn describe_scope(span: &Span, ended: &Result<ScopeEnd, CheckpointError>) {
    let Ok(end) = ended else {
        span.record("otel.status_code", "ERROR");
        return;
    };
    span.record("outcome", end.scope.outcome.name());
    span.record("pages", end.scope.pages);
    span.record("requests", end.scope.requests);
    if end.scope.problem.is_some() {
        span.record("otel.status_code", "ERROR");
    }
}
