//! Records by identity, and the closing of references.

use super::ExpectedState;
use super::record::{ExpectedDetails, ExpectedGrant, ExpectedResource, Id};
use std::collections::{BTreeMap, BTreeSet};

/// The expected state, as read so far.
#[derive(Default)]
pub(super) struct ExpectedStateBuilder {
    resources: BTreeMap<Id, ExpectedResource>,
    grants: BTreeMap<(Id, String, Id), ExpectedGrant>,
    pub(super) omitted: BTreeSet<String>,
    pub(super) refused: BTreeSet<String>,
    pub(super) unknown_members: BTreeSet<String>,
    pub(super) unknown_access: BTreeSet<String>,
}

impl ExpectedStateBuilder {
    /// Keeps a resource, and says whether it is the first of its id: that one stays.
    pub(super) fn add_resource(&mut self, resource: ExpectedResource) -> bool {
        let id = resource.id.clone();
        let is_first = !self.resources.contains_key(&id);
        self.resources.entry(id).or_insert(resource);
        is_first
    }

    /// Keeps a grant that the provider lists.
    pub(super) fn has_grant(&mut self, resource: &Id, entitlement: &str, principal: Id) {
        self.add_grant(resource, entitlement, principal, None);
    }

    /// Stores a grant; a grant that is not implied replaces an implied one. Groups and teams are
    /// expanded to their members.
    pub(super) fn add_grant(
        &mut self,
        resource: &Id,
        entitlement: &str,
        principal: Id,
        implied_by: Option<&'static str>,
    ) {
        let expands = matches!(principal.resource_type, "group" | "team").then_some("member");
        self.pass_grant(resource, entitlement, (principal, expands), implied_by);
    }

    /// Stores a grant to the principals of an entitlement on the principal, or to the principal
    /// alone.
    pub(super) fn pass_grant(
        &mut self,
        resource: &Id,
        entitlement: &str,
        (principal, expands): (Id, Option<&'static str>),
        implied_by: Option<&'static str>,
    ) {
        let grant = ExpectedGrant {
            resource: resource.clone(),
            entitlement: entitlement.to_owned(),
            principal: principal.clone(),
            implied_by,
            expands,
        };
        let key = (resource.clone(), entitlement.to_owned(), principal);
        match implied_by {
            None => drop(self.grants.insert(key, grant)),
            Some(_) => drop(self.grants.entry(key).or_insert(grant)),
        }
    }

    /// Gives everything that is referred to a record, and writes all lines.
    pub(super) fn build(mut self) -> ExpectedState {
        let unlisted = self.unlisted_ids();
        for id in &unlisted {
            // A principal whose grants are passed on is a group.
            let mut passed_on = self.grants.values().filter(|grant| grant.expands.is_some());
            let details = if passed_on.any(|grant| grant.principal == *id) {
                ExpectedDetails::Group
            } else {
                ExpectedDetails::Other
            };
            self.add_resource(ExpectedResource::referenced_resource(
                id.clone(),
                id.id.clone(),
                details,
            ));
        }
        ExpectedState {
            resources: self
                .resources
                .values()
                .map(ExpectedResource::line)
                .collect(),
            grants: self.grants.values().map(ExpectedGrant::line).collect(),
            entitlements: self.entitlement_keys(),
            omitted: self.omitted,
            refused: self.refused,
            unknown_members: self.unknown_members,
            unknown_access: self.unknown_access,
            unlisted: unlisted
                .iter()
                .map(|id| format!("{} {}", id.resource_type, id.id))
                .collect(),
        }
    }

    fn entitlement_keys(&self) -> BTreeSet<String> {
        let granted = self.grants.keys();
        granted
            .map(|(resource, slug, _)| format!("{} {slug}", resource.resource_type))
            .collect()
    }

    fn unlisted_ids(&self) -> BTreeSet<Id> {
        let granted = self
            .grants
            .values()
            .flat_map(|grant| [&grant.resource, &grant.principal]);
        let referred = granted.chain(
            self.resources
                .values()
                .flat_map(ExpectedResource::referenced_ids),
        );
        referred
            .filter(|id| !self.resources.contains_key(id))
            .cloned()
            .collect()
    }
}
