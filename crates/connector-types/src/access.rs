//! Entitlements, grants and notices.

use serde::{Deserialize, Serialize};

use super::{ResourceId, Text};

/// The meaning of an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Membership, such as in a group.
    Assignment,
    /// The ability to do something.
    Permission,
    /// Responsibility for a resource: its principals administer it.
    Ownership,
    /// None of these.
    Other,
}

/// An entitlement on each resource of one type. Its identity is type and slug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The type of the resources that it is granted on.
    pub resource_type: String,
    /// Its name within that type.
    pub slug: String,
    /// Display name.
    pub display_name: String,
    /// The actions that it allows.
    pub description: String,
    /// Its meaning.
    pub purpose: Purpose,
    /// The types of resource that are its intended principals.
    pub grantable_to: Vec<String>,
    /// Entitlements of one group replace each other.
    pub exclusion_group: Option<String>,
    /// Rank within the exclusion group; a higher rank allows more.
    pub rank: Option<u32>,
}

impl Entitlement {
    /// Returns the record of an entitlement of which only the slug is known.
    pub fn undescribed(resource_type: String, slug: String) -> Self {
        Self {
            display_name: slug.clone(),
            resource_type,
            slug,
            description: String::new(),
            purpose: Purpose::Other,
            grantable_to: Vec::new(),
            exclusion_group: None,
            rank: None,
        }
    }
}

/// The fact that `principal` has `entitlement` on `resource`. The three are its identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The resource that the access is on.
    pub resource: ResourceId,
    /// Slug of the entitlement.
    pub entitlement: Text,
    /// The principal.
    pub principal: ResourceId,
    /// The provider's rule from which the grant follows, if the provider lists no such grant.
    pub implied_by: Option<Text>,
    /// Slug of an entitlement on `principal` that passes this grant on to its own principals.
    pub expands: Option<Text>,
}

/// A set of grants on one resource: every principal has every entitlement of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantSet {
    /// The resource that the access is on.
    pub resource: ResourceId,
    /// Slugs of the entitlements.
    pub entitlements: Vec<Text>,
    /// The type of all principals.
    pub principal_type: Text,
    /// The principals.
    pub principal_ids: Vec<Text>,
    /// The provider's rule from which the grants follow, if the provider lists no such grants.
    pub implied_by: Option<Text>,
    /// Slug of an entitlement on each principal that passes these grants on to its own principals.
    pub expands: Option<Text>,
}

impl GrantSet {
    /// Returns the number of grants.
    pub fn len(&self) -> usize {
        self.entitlements.len() * self.principal_ids.len()
    }

    /// Returns true if there is no grant.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns each grant, all entitlements of a principal after one another.
    pub fn grants(&self) -> impl Iterator<Item = Grant> {
        self.principal_ids.iter().flat_map(|id| {
            self.entitlements.iter().map(|entitlement| Grant {
                resource: self.resource.clone(),
                entitlement: entitlement.clone(),
                principal: ResourceId {
                    resource_type: self.principal_type.clone(),
                    id: id.clone(),
                },
                implied_by: self.implied_by.clone(),
                expands: self.expands.clone(),
            })
        })
    }
}

impl From<Grant> for GrantSet {
    fn from(grant: Grant) -> Self {
        Self {
            resource: grant.resource,
            entitlements: vec![grant.entitlement],
            principal_type: grant.principal.resource_type,
            principal_ids: vec![grant.principal.id],
            implied_by: grant.implied_by,
            expands: grant.expands,
        }
    }
}

/// The effect of a notice on a reader's conclusions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    // In the order of their names, by which a sync database sorts.
    /// Access is unknown: nothing follows from an absent grant.
    AccessUnknown,
    /// A value could not be read or had to be altered.
    AttributeUnknown,
    /// An item that the provider sent could not be reported.
    ItemOmitted,
    /// No limit.
    None,
}

/// Information for a reader about something that did not stop a page. Sorts by code, subject, text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// Stable name of the event.
    pub code: String,
    /// The resource it is about, if it is about one.
    pub about: Option<ResourceId>,
    /// Its effect on conclusions.
    pub impact: Impact,
    /// Text for people.
    pub message: String,
}

impl Notice {
    /// Returns true if nothing follows from what is absent in the list that the notice is about.
    pub fn is_partial(&self) -> bool {
        match self.impact {
            Impact::ItemOmitted => true,
            Impact::AccessUnknown => self.about.is_none(),
            Impact::None | Impact::AttributeUnknown => false,
        }
    }
}
