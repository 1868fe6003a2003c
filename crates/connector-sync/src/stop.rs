//! The effect of one call's error on all the others.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use connector_runtime::CallFailure;
use connector_types::lock;
use connector_types::{Descriptor, ErrorCase, Problem};

/// No description has more credentials; a failure may name others.
const MAX_CREDENTIALS: usize = 50;

/// Credentials with which nothing more can be read in this sync, and why.
#[derive(Debug, Default)]
pub(super) struct ExhaustedCredentials {
    ended: Mutex<BTreeMap<String, (ErrorCase, Problem)>>,
}

impl ExhaustedCredentials {
    /// Returns the failure that another call with this credential would end with.
    pub(super) fn known_failure(&self, credential: Option<&str>) -> Option<CallFailure> {
        let ended = self.lock();
        let (case, problem) = ended.get(credential?)?;
        Some(CallFailure::Reported {
            case: *case,
            problem: problem.clone(),
        })
    }

    /// Takes note of a failure that ends more than its own scope.
    pub(super) fn note(&self, failure: &CallFailure, credential: Option<&str>) {
        let CallFailure::Reported { case, problem } = failure else {
            return;
        };
        if matches!(case, ErrorCase::QuotaExhausted | ErrorCase::Unauthenticated)
            && let Some(name) = problem.credential.as_deref().or(credential)
        {
            let known = (*case, problem.clone());
            let mut ended = self.lock();
            if ended.len() < MAX_CREDENTIALS {
                ended.entry(name.to_owned()).or_insert(known);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (ErrorCase, Problem)>> {
        lock(&self.ended)
    }
}

/// Returns whether a failure ends the whole sync at once: the operator has to act, or a new
/// credential is needed, before anything else can be read.
pub(super) fn is_fatal(
    case: ErrorCase,
    problem: &Problem,
    credential: Option<&str>,
    descriptor: &Descriptor,
) -> bool {
    match case {
        ErrorCase::Misconfigured => true,
        ErrorCase::Unauthenticated => {
            let name = problem.credential.as_deref().or(credential);
            let mut known = descriptor.credentials.iter();
            let known = known.find(|known| Some(known.name.as_str()) == name);
            known.is_none_or(|known| known.required)
        }
        ErrorCase::InvalidArgument
        | ErrorCase::Expired
        | ErrorCase::Forbidden
        | ErrorCase::NotOffered
        | ErrorCase::NotFound
        | ErrorCase::RateLimited
        | ErrorCase::QuotaExhausted
        | ErrorCase::Unavailable
        | ErrorCase::UnexpectedResponse
        | ErrorCase::Other => false,
    }
}
