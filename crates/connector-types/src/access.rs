//! Entitlements, grants and notices.

use serde::{Deserialize, Serialize};

use super::{ResourceId, Text};

/// What holding an entitlement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Belonging to something.
    Assignment,
    /// Being able to do something.
    Permission,
    /// Answering for something.
    Ownership,
    /// None of these.
    Other,
}

/// A right that can be held on each resource of one type. Its identity is type and slug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The type of resource it is held on.
    pub resource_type: String,
    /// Its name within that type.
    pub slug: String,
    /// Name for people to read.
    pub display_name: String,
    /// What it lets the holder do.
    pub description: String,
    /// What holding it means.
    pub purpose: Purpose,
    /// The types of resource that are meant to hold it.
    pub grantable_to: Vec<String>,
    /// Entitlements of one group replace each other.
    pub exclusion_group: Option<String>,
    /// Place within the exclusion group; a higher rank allows more.
    pub rank: Option<u32>,
}

impl Entitlement {
    /// The record that stands for an entitlement of which only the slug is known.
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

/// The fact that `principal` holds `entitlement` on `resource`. Those three are its identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What the access is on.
    pub resource: ResourceId,
    /// Slug of the entitlement.
    pub entitlement: Text,
    /// Who holds it.
    pub principal: ResourceId,
    /// The provider's rule from which the grant follows, where it lists no such grant.
    pub implied_by: Option<Text>,
    /// Slug of an entitlement on `principal` whose holders hold this grant too.
    pub expands: Option<Text>,
}

/// Something a reader should know, which did not stop a page. Sorts by code, subject, text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// Stable name of what happened.
    pub code: String,
    /// What it is about, where that is one resource.
    pub about: Option<ResourceId>,
    /// Whether something that the provider sent could not be reported.
    pub omits: bool,
    /// Text for people.
    pub message: String,
}
