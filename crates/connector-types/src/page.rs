//! What the calls of a connector answer.

use serde::{Deserialize, Serialize};

use super::{Entitlement, Grant, Notice, Resource, ResourceId};

/// What the provider said of its limits in its last answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests allowed in a window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// Length of the window in seconds.
    pub window: Option<u64>,
    /// Seconds until the window ends.
    pub reset_after: Option<u64>,
    /// Requests allowed in a month.
    pub month_limit: Option<u64>,
    /// Requests left this month.
    pub month_remaining: Option<u64>,
}

/// What a credential can see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The tenant, as a resource.
    pub id: ResourceId,
    /// Name for people to read.
    pub display_name: String,
    /// Whose credential it is.
    pub credential_owner: ResourceId,
    /// Name of the credential's owner.
    pub credential_owner_name: String,
    /// What every sync will lack.
    pub notices: Vec<Notice>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}

/// The rights that can be held on each resource of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementList {
    /// The entitlements, each slug once.
    pub entitlements: Vec<Entitlement>,
    /// What a reader should know.
    pub notices: Vec<Notice>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}

/// One page of what a call read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Resources, in the provider's order.
    pub resources: Vec<Resource>,
    /// Entitlements that `list-entitlements` did not foretell.
    pub entitlements: Vec<Entitlement>,
    /// Grants.
    pub grants: Vec<Grant>,
    /// What a reader should know of this page.
    pub notices: Vec<Notice>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}
