//! The counts of a sync, and whether it is complete.

use std::collections::HashSet;

use super::close::SortedRecords;
use super::digest::digest;
use connector_types::{ErrorCase, Evidence, Operation, Outcome, Scope, Summary};

/// Sums up. `owner` is the type of the credential's owner.
pub(super) fn summary(
    closed: &SortedRecords,
    scopes: &[Scope],
    owner: &str,
    requests: u64,
) -> Summary {
    let lengths = [
        closed.resources.len(),
        closed.entitlements.len(),
        closed.grants.len(),
        closed.notices.len(),
    ];
    let referenced = closed.resources.iter();
    let referenced = referenced.filter(|found| found.evidence == Evidence::Referenced);
    let referenced = referenced.map(|found| found.id.resource_type.as_str());
    // Each type once: there may be as many lists as resources.
    let referred_to = referenced.chain([owner]).collect();
    Summary {
        requests,
        digest: digest(closed, scopes),
        complete: find_gaps(scopes, &referred_to).is_empty(),
        ..Summary::counted(lengths, scopes)
    }
}

/// Returns the scopes that prevent a sync from being complete which refers to resources of these
/// types: to the credential's owner, and to resources that are only referenced.
pub fn find_gaps<'a>(scopes: &'a [Scope], referred_to: &HashSet<&str>) -> Vec<&'a Scope> {
    let is_gap = |one: &&Scope| {
        !one.outcome.lets_run_be_complete() || lacks_what_is_referred_to(one, referred_to)
    };
    scopes.iter().filter(is_gap).collect()
}

/// Returns whether a list that is unavailable on the plan is a gap: it is one if other records refer to its
/// type, because a review without its users is not whole, on any plan.
fn lacks_what_is_referred_to(scope: &Scope, referred_to: &HashSet<&str>) -> bool {
    scope.call == Operation::ListResources
        && scope.outcome == Outcome::Error(ErrorCase::NotOffered)
        && referred_to.contains(scope.resource_type.as_str())
}
