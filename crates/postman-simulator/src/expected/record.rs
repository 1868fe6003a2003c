//! Records as lines of NDJSON, keys in the order of the contract.

use super::super::team::EpochSeconds;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Type and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Id {
    pub(super) resource_type: &'static str,
    pub(super) id: String,
}

/// Names one resource.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a number, a text or a reference to one"
)]
pub(super) fn id(resource_type: &'static str, id: impl ToString) -> Id {
    Id {
        resource_type,
        id: id.to_string(),
    }
}

/// A resource.
#[derive(Serialize)]
pub(super) struct ExpectedResource {
    pub(super) id: Id,
    pub(super) parent: Option<Id>,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) evidence: &'static str,
    pub(super) status: &'static str,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) details: ExpectedDetails,
    pub(super) attributes: BTreeMap<&'static str, String>,
    pub(super) grants: &'static str,
}

/// The fields that only some kinds of resource have.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpectedDetails {
    User {
        email: Option<String>,
        login: Option<String>,
        account_type: &'static str,
        last_login: Option<String>,
    },
    Group,
    Tenant,
    Audience(&'static str),
    Secret {
        created_by: Option<Id>,
        access_to: Option<Id>,
        expires_at: Option<String>,
        last_used: ExpectedLastUse,
    },
    Other,
}

/// The last use of a key.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpectedLastUse {
    Never,
    At(String),
}

impl ExpectedLastUse {
    pub(super) fn from_time(used: Option<EpochSeconds>) -> Self {
        format_time(used).map_or(Self::Never, Self::At)
    }
}

/// A grant.
#[derive(Serialize)]
pub(super) struct ExpectedGrant {
    pub(super) resource: Id,
    pub(super) entitlement: String,
    pub(super) principal: Id,
    pub(super) implied_by: Option<&'static str>,
    pub(super) expands: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ExpectedLine<'a> {
    Resource(&'a ExpectedResource),
    Grant(&'a ExpectedGrant),
}

impl ExpectedResource {
    /// Returns a listed, enabled resource without anything else.
    pub(super) fn listed_resource(id: Id, parent: Option<Id>, display_name: String) -> Self {
        Self {
            id,
            parent,
            display_name,
            description: None,
            evidence: "listed",
            status: "enabled",
            created_at: None,
            updated_at: None,
            details: ExpectedDetails::Other,
            attributes: BTreeMap::new(),
            grants: "complete",
        }
    }

    /// Returns a resource that something refers to.
    pub(super) fn referenced_resource(
        id: Id,
        display_name: String,
        details: ExpectedDetails,
    ) -> Self {
        Self {
            evidence: "referenced",
            status: "unknown",
            details,
            ..Self::listed_resource(id, None, display_name)
        }
    }

    /// Returns all other resources that this record names.
    pub(super) fn referenced_ids(&self) -> impl Iterator<Item = &Id> {
        let (issuer, opened) = if let ExpectedDetails::Secret {
            created_by,
            access_to,
            ..
        } = &self.details
        {
            (created_by.as_ref(), access_to.as_ref())
        } else {
            (None, None)
        };
        self.parent.iter().chain(issuer).chain(opened)
    }

    /// Returns the line of this record.
    pub(super) fn line(&self) -> String {
        // Texts and maps with text keys can always be written.
        serde_json::to_string(&ExpectedLine::Resource(self)).unwrap_or_default()
    }
}

impl ExpectedGrant {
    /// Returns the line of this record.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(&ExpectedLine::Grant(self)).unwrap_or_default()
    }
}

/// Returns a time in its normal form.
pub(super) fn format_time(time: Option<EpochSeconds>) -> Option<String> {
    time.and_then(|time| Timestamp::from_second(time).ok())
        .map(|time| time.to_string())
}

/// Returns the facts that have a value.
pub(super) fn sort_attributes<const N: usize>(
    facts: [(&'static str, Option<String>); N],
) -> BTreeMap<&'static str, String> {
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
