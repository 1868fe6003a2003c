//! The results of a connector's calls.

use serde::{Deserialize, Serialize};

use super::{Entitlement, GrantSet, Notice, Problem, Resource, ResourceId};

/// The limits that the provider stated in its last answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// The credential whose limit it is.
    pub credential: String,
    /// Requests allowed in a window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// Length of the window in seconds.
    pub window: Option<u64>,
    /// Seconds until the window ends.
    pub reset_after: Option<u64>,
    /// Requests allowed in a month.
    pub monthly_limit: Option<u64>,
    /// Requests left this month.
    pub monthly_remaining: Option<u64>,
}

/// The tenant that a credential belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The tenant, as a resource.
    pub id: ResourceId,
    /// Name for people to read.
    pub display_name: String,
    /// The owner of the credential.
    pub credential_owner: ResourceId,
    /// Name of the credential's owner.
    pub credential_owner_name: String,
    /// The records that every sync will lack.
    pub notices: Vec<Notice>,
    /// The state of every credential of the manifest, in its order.
    pub credentials: Vec<CredentialState>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}

impl Tenant {
    /// Returns the tenant of a sync that failed before the provider named it: its id is empty.
    pub fn unknown() -> Self {
        Self {
            id: ResourceId::new("", ""),
            display_name: String::new(),
            credential_owner: ResourceId::new("", ""),
            credential_owner_name: String::new(),
            notices: Vec::new(),
            credentials: Vec::new(),
            rate_limit: None,
        }
    }
}

/// The state of one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialState {
    /// Its name in the manifest.
    pub credential: String,
    /// The result of its check.
    pub status: CredentialStatus,
}

/// The result of checking a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialStatus {
    /// The provider took it.
    Accepted,
    /// The provider refused it.
    Rejected(Problem),
    /// The tenant has no secret for it.
    NotConfigured,
    /// It was not tried, or the answer says nothing about it.
    NotChecked,
}

/// The entitlements on each resource of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementList {
    /// The entitlements, each slug once.
    pub entitlements: Vec<Entitlement>,
    /// Notices for the reader.
    pub notices: Vec<Notice>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}

/// One page of what a call read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Resources in the provider's order, then those that something on the page refers to.
    pub resources: Vec<Resource>,
    /// Entitlements that `list-entitlements` does not return.
    pub entitlements: Vec<Entitlement>,
    /// Grants, in sets.
    pub grants: Vec<GrantSet>,
    /// Notices for the reader of this page.
    pub notices: Vec<Notice>,
    /// The token of the next page.
    pub next_page_token: Option<String>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}
