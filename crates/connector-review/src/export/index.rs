//! A sync looked up by identity, and records that are made while they are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Serialize, Serializer};

use serde_json::{Value, json};

use connector_sync::SyncInventory;
use connector_types::{
    Details, DisabledResources, Entitlement, Evidence, Grant, LastLogins, Purpose, Resource,
    ResourceId, Status,
};

/// The role of a resource in an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A person or program that acts.
    Account,
    /// A set of accounts.
    Set,
    /// The tenant, whose members are a set too.
    Tenant,
    /// A resource that is acted on.
    Object,
}

/// The lookups.
pub(super) struct ExportIndex<'a> {
    resources: HashMap<&'a ResourceId, &'a Resource>,
    entitlements: BTreeMap<(&'a str, &'a str), &'a Entitlement>,
    /// Principals of grants, and types and slugs that pass grants on.
    principals: BTreeSet<&'a ResourceId>,
    passed_on: BTreeSet<(&'a str, &'a str)>,
    /// Sets of which no list says who is in them.
    unknown: BTreeSet<&'a ResourceId>,
    disabled: DisabledResources<'a>,
    last_logins: LastLogins<'a>,
    synced: &'a SyncInventory,
}

impl<'a> ExportIndex<'a> {
    pub(super) fn new(synced: &'a SyncInventory) -> Self {
        let resources = synced.resources.iter().map(|one| (&one.id, one));
        let entitlements = synced.entitlements.iter();
        let grants = synced.grants.iter();
        let passed_on = grants.clone().filter_map(|one| {
            let slug = one.expands.as_deref()?;
            Some((&*one.principal.resource_type, slug))
        });
        let references = synced
            .resources
            .iter()
            .filter(|one| one.evidence == Evidence::Referenced && one.details == Details::Group);
        let mut unknown: BTreeSet<_> = references.map(|one| &one.id).collect();
        for grant in grants.clone() {
            unknown.remove(&grant.resource);
        }
        Self {
            unknown,
            disabled: DisabledResources::of(&synced.resources),
            last_logins: LastLogins::of(&synced.resources),
            resources: resources.collect(),
            entitlements: entitlements
                .map(|one| ((&*one.resource_type, &*one.slug), one))
                .collect(),
            principals: grants.clone().map(|one| &one.principal).collect(),
            passed_on: passed_on.collect(),
            synced,
        }
    }

    /// Returns whether a resource is an account of its own.
    pub(super) fn is_account(&self, one: &Resource) -> bool {
        self.synced.run.is_account(one)
    }

    /// Returns whether a resource is an invitation.
    pub(super) fn is_invitation(&self, one: &Resource) -> bool {
        self.synced.run.is_invitation(one)
    }

    /// Returns the status of a resource, as every answer has it.
    pub(super) fn status(&self, one: &Resource) -> Status {
        self.disabled.status(one)
    }

    /// Returns when an account was last in use, as every answer has it.
    pub(super) fn last_login(&self, one: &Resource) -> Option<&'a str> {
        self.last_logins.get(&one.id)
    }

    /// Returns true if no list says who belongs to a set.
    pub(super) fn has_unknown_members(&self, id: &ResourceId) -> bool {
        self.unknown.contains(id)
    }

    /// Returns the marks of a record that an importer must not overrate: unlisted resources, groups
    /// of unknown members, and a tenant that was not read whole.
    pub(super) fn mark_attributes(&self, one: &Resource) -> Vec<(String, Value)> {
        let mut marks = Vec::new();
        if one.evidence == Evidence::Referenced {
            marks.push(("evidence", json!("referenced")));
        }
        if self.has_unknown_members(&one.id) {
            marks.push(("members", json!("unknown")));
        }
        if one.id == self.synced.run.tenant.id {
            marks.push(("sync_complete", json!(self.synced.summary.complete)));
            marks.push(("sync_started_at", json!(self.synced.run.started_at)));
        }
        let marks = marks.into_iter();
        marks.map(|(name, mark)| (name.to_owned(), mark)).collect()
    }

    /// Returns the entitlement whose principals hold a grant, if these are not the members of a
    /// group but those who have another entitlement, such as to administer the tenant.
    pub(super) fn expanded_entitlement(&self, grant: &Grant) -> Option<&'a Entitlement> {
        let slug = grant.expands.as_deref()?;
        let name = (&*grant.principal.resource_type, slug);
        let entitlement = self.entitlements.get(&name).copied()?;
        is_permission(entitlement).then_some(entitlement)
    }

    pub(super) fn resource(&self, id: &ResourceId) -> Option<&'a Resource> {
        self.resources.get(id).copied()
    }

    /// Returns the entitlement of a grant. A sync has a record for everything that its grants name.
    pub(super) fn entitlement(&self, grant: &Grant) -> Option<&'a Entitlement> {
        let name = (&*grant.resource.resource_type, &*grant.entitlement);
        self.entitlements.get(&name).copied()
    }

    pub(super) fn resource_role(&self, id: &ResourceId) -> Role {
        let resource = self.resource(id);
        match resource.map(|one| &one.details) {
            _ if *id == self.synced.run.tenant.id => Role::Tenant,
            _ if resource.is_some_and(|one| self.is_account(one)) => Role::Account,
            Some(Details::Group | Details::Tenant | Details::Audience(_)) => Role::Set,
            // Of a principal that no list has, only the identity is known.
            _ if self.principals.contains(id) => Role::Account,
            _ => Role::Object,
        }
    }

    /// Returns whether a grant states a membership of a group rather than an ability.
    pub(super) fn is_membership(&self, grant: &Grant) -> bool {
        let name = (&*grant.resource.resource_type, &*grant.entitlement);
        let entitlement = self.entitlement(grant);
        let is_assignment = entitlement.is_some_and(|one| one.purpose == Purpose::Assignment);
        matches!(
            self.resource_role(&grant.resource),
            Role::Set | Role::Tenant
        ) && (is_assignment
            || self.passed_on.contains(&name) && !entitlement.is_some_and(is_permission))
    }
}

fn is_permission(entitlement: &Entitlement) -> bool {
    matches!(
        entitlement.purpose,
        Purpose::Permission | Purpose::Ownership
    )
}

/// Returns an identity in one text.
pub(super) fn key(id: &ResourceId) -> String {
    format!("{}:{}", encode_part(&id.resource_type), encode_part(&id.id))
}

/// Returns a part of an identity without the colon that separates parts: it is percent-encoded, so
/// that no id reads as the identity of something else.
pub(super) fn encode_part(text: &str) -> String {
    text.replace('%', "%25").replace(':', "%3A")
}

/// A list whose records are made one by one while it is written.
pub(super) struct LazyList<F>(pub(super) F);

impl<F, I> Serialize for LazyList<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
