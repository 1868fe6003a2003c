//! Groups of which no list states the members: anyone may have their grants.

use std::collections::{BTreeSet, HashSet};

use super::close::SortedRecords;
use connector_types::{Evidence, Grant, Impact, Notice, Operation, Outcome, ResourceId, Scope};

/// Marks each complete scope as partial that names such a set, and says so once for each set. Sets
/// whose own list was not read are missing with that list.
pub(super) fn mark_unknown_members(closed: &mut SortedRecords, scopes: &mut [Scope]) {
    let unknown = unknown_sets(closed, scopes);
    if unknown.is_empty() {
        return;
    }
    for (grant, origin) in closed.grants.iter().zip(&closed.origins.grants) {
        let place = origin.and_then(|origin| usize::try_from(origin.scope).ok());
        let scope = place.and_then(|place| scopes.get_mut(place));
        if let Some(scope) = scope
            && scope.outcome == Outcome::Complete
            && grant.expands.is_some()
            && unknown.contains(&grant.principal)
        {
            scope.outcome = Outcome::Partial;
        }
    }
    closed
        .notices
        .extend(unknown.iter().map(unknown_members_notice));
    closed.notices.sort();
}

/// Returns the notice of a group of which no member is known.
pub fn unknown_members_notice(id: &ResourceId) -> Notice {
    Notice {
        code: "unknown-members".to_owned(),
        message: format!(
            "No list says who belongs to {id}: nothing is known of who has what it holds."
        ),
        about: Some(id.clone()),
        impact: Impact::AccessUnknown,
    }
}

fn unknown_sets(closed: &SortedRecords, scopes: &[Scope]) -> BTreeSet<ResourceId> {
    let lists = scopes.iter().filter(|one| {
        one.call == Operation::ListResources
            && matches!(one.outcome, Outcome::Complete | Outcome::Partial)
    });
    let lists: HashSet<&str> = lists.map(|one| &*one.resource_type).collect();
    let is_unlisted = |id: &ResourceId| {
        let found = closed.resources.binary_search_by(|one| one.id.cmp(id));
        let found = found.ok().and_then(|at| closed.resources.get(at));
        found.is_some_and(|one| one.evidence == Evidence::Referenced)
    };
    let passed_on = closed.grants.iter().filter(|one| {
        one.expands.is_some()
            && lists.contains(&*one.principal.resource_type)
            && is_unlisted(&one.principal)
    });
    let mut sets: BTreeSet<(&ResourceId, &str)> = passed_on.filter_map(set_of).collect();
    for grant in &closed.grants {
        sets.remove(&(&grant.resource, &*grant.entitlement));
    }
    sets.into_iter().map(|(id, _)| id.clone()).collect()
}

/// Returns the group that a grant is passed on to: the principals of an entitlement on its
/// principal.
fn set_of(grant: &Grant) -> Option<(&ResourceId, &str)> {
    Some((&grant.principal, grant.expands.as_deref()?))
}
