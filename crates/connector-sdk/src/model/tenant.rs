//! The tenant of a credential, and its limits.

use super::{Notice, ResourceId};
use crate::error::Problem;

/// The limits that the provider stated in its last answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// The credential whose limit it is.
    pub credential: &'static str,
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

impl RateLimit {
    /// Returns the limits, if there is any.
    pub fn stated(self) -> Option<Self> {
        let nothing = Self {
            credential: self.credential,
            ..Self::default()
        };
        (self != nothing).then_some(self)
    }
}

/// The tenant that a credential belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant, as a resource.
    pub id: ResourceId,
    /// Its name.
    pub display_name: String,
    /// The owner of the credential.
    pub credential_owner: ResourceId,
    /// That person's or program's name.
    pub credential_owner_name: String,
    /// The records that every sync will lack.
    pub notices: Vec<Notice>,
    /// The state of every credential of the manifest, in its order.
    pub credentials: Vec<CredentialState>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}

/// The state of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialState {
    /// Its name in the manifest.
    pub credential: &'static str,
    /// The result of its check.
    pub status: CredentialStatus,
}

/// The result of checking a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
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
