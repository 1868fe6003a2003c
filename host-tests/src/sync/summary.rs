//! The counts of a sync, and whether it is complete.

use std::collections::BTreeMap;

use super::close::Closed;
use super::digest::digest;
use crate::records::{Call, ErrorCase, Evidence, Outcome, Scope, Summary};

/// Sums up. `owner` is the type of whoever the credential belongs to.
pub(super) fn summary(closed: &Closed, scopes: &[Scope], owner: &str, requests: u64) -> Summary {
    let mut by_outcome = BTreeMap::new();
    for scope in scopes {
        *by_outcome
            .entry(scope.outcome.name().to_owned())
            .or_insert(0) += 1;
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Summary {
        resources: count(closed.resources.len()),
        entitlements: count(closed.entitlements.len()),
        grants: count(closed.grants.len()),
        notices: count(closed.notices.len()),
        scopes: by_outcome,
        requests,
        digest: digest(closed, scopes),
        complete: scopes.iter().all(|one| {
            one.outcome.lets_run_be_complete() && !lacks_what_is_referred_to(one, closed, owner)
        }),
    }
}

/// A list that is not offered is nothing missing, unless the run knows of something that would stand
/// in it: a review without its users is not whole, whatever the plan.
fn lacks_what_is_referred_to(scope: &Scope, closed: &Closed, owner: &str) -> bool {
    let listed = scope.resource_type.as_str();
    scope.call == Call::ListResources
        && scope.outcome == Outcome::Error(ErrorCase::NotOffered)
        && (listed == owner
            || closed.resources.iter().any(|found| {
                found.evidence == Evidence::Mentioned && found.id.resource_type == listed
            }))
}
