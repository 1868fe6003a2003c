//! Records by identity, and the closing of references.

use super::Truth;
use super::record::{ExpectedDetails, ExpectedGrant, ExpectedResource, Id};
use std::collections::{BTreeMap, BTreeSet};

/// What has been read.
#[derive(Default)]
pub(super) struct ExpectedState {
    resources: BTreeMap<Id, ExpectedResource>,
    grants: BTreeMap<(Id, String, Id), ExpectedGrant>,
    pub(super) omitted: BTreeSet<String>,
    pub(super) refused: BTreeSet<String>,
    pub(super) unknown_members: BTreeSet<String>,
    pub(super) unknown_access: BTreeSet<String>,
}

impl ExpectedState {
    /// Keeps a resource, and says whether it is the first of its id: that one stays.
    pub(super) fn resource(&mut self, resource: ExpectedResource) -> bool {
        let id = resource.id.clone();
        let is_first = !self.resources.contains_key(&id);
        self.resources.entry(id).or_insert(resource);
        is_first
    }

    /// Keeps a grant that the provider lists.
    pub(super) fn holds(&mut self, resource: &Id, entitlement: &str, principal: Id) {
        self.grant(resource, entitlement, principal, None);
    }

    /// Keeps a grant, which gives way to one that is not implied. Groups and teams hold for their members.
    pub(super) fn grant(
        &mut self,
        resource: &Id,
        entitlement: &str,
        principal: Id,
        implied_by: Option<&'static str>,
    ) {
        let expands = matches!(principal.resource_type, "group" | "team").then_some("member");
        self.pass(resource, entitlement, (principal, expands), implied_by);
    }

    /// Keeps a grant to the holders of a right on the principal, or to the principal alone.
    pub(super) fn pass(
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
    pub(super) fn close(mut self) -> Truth {
        let unlisted = self.unlisted();
        for id in &unlisted {
            // What passes on what it holds is a set of people.
            let mut passed_on = self.grants.values().filter(|grant| grant.expands.is_some());
            let details = match passed_on.any(|grant| grant.principal == *id) {
                true => ExpectedDetails::Group,
                false => ExpectedDetails::Other,
            };
            self.resource(ExpectedResource::referenced(
                id.clone(),
                id.id.clone(),
                details,
            ));
        }
        Truth {
            resources: self
                .resources
                .values()
                .map(ExpectedResource::line)
                .collect(),
            grants: self.grants.values().map(ExpectedGrant::line).collect(),
            entitlements: self.entitlements(),
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

    fn entitlements(&self) -> BTreeSet<String> {
        let held = self.grants.keys();
        held.map(|(resource, slug, _)| format!("{} {slug}", resource.resource_type))
            .collect()
    }

    fn unlisted(&self) -> BTreeSet<Id> {
        let granted = self
            .grants
            .values()
            .flat_map(|grant| [&grant.resource, &grant.principal]);
        let referred = granted.chain(
            self.resources
                .values()
                .flat_map(ExpectedResource::references),
        );
        referred
            .filter(|id| !self.resources.contains_key(id))
            .cloned()
            .collect()
    }
}
