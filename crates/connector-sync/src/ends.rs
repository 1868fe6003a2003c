//! The end of a scope, and its record.

use super::ScopeKey;
use connector_runtime::{CallFailure, LimitHit};
use connector_types::{ErrorCase, Operation, Outcome, Problem, Scope};

/// The end of a scope. A fatal failure ends the sync.
pub(super) struct ScopeEnd {
    pub(super) key: ScopeKey,
    pub(super) scope: Scope,
    pub(super) fatal: Option<(ErrorCase, Problem)>,
}

/// Returns the record of a scope.
pub(super) fn scope(
    key: &ScopeKey,
    outcome: Outcome,
    pages: u64,
    requests: u64,
    problem: Option<Problem>,
) -> Scope {
    let (id, parent) = match (key.call, &key.at) {
        (Operation::ListGrants, Some(resource)) => (Some(resource.id.to_string()), None),
        (_, parent) => (None, parent.clone()),
    };
    Scope {
        call: key.call,
        resource_type: key.resource_type.clone(),
        id,
        parent,
        outcome,
        pages,
        requests,
        problem,
        read_at: None,
    }
}

/// Returns the outcome that a failure gives its scope.
pub(super) fn of_failure(failure: CallFailure) -> (Outcome, Problem) {
    match failure {
        CallFailure::Reported { case, problem } => (Outcome::Error(case), problem),
        CallFailure::TimedOut(hit) => (Outcome::TimedOut, at_limit(hit)),
        CallFailure::Limited(hit) => (Outcome::Trapped, at_limit(hit)),
        CallFailure::Trapped(reason) => {
            let message = "The connector trapped. This is a fault of the connector: report it.";
            (Outcome::Trapped, Problem::new(message, reason))
        }
    }
}

fn at_limit(hit: LimitHit) -> Problem {
    let name = hit.limit().row().name;
    let message = format!(
        "Reading was ended at a limit of the sandbox: {hit}. Where a tenant of this size is expected, raise the limit {name}; otherwise report it as a fault of the connector."
    );
    Problem::new(message, format!("limit {name}: {hit}"))
}

pub(super) fn unexpected(problem: Problem) -> CallFailure {
    CallFailure::Reported {
        case: ErrorCase::UnexpectedResponse,
        problem,
    }
}
