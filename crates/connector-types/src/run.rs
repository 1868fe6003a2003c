//! A sync as records: how it began, how each scope ended, the counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    CONTRACT_VERSION, Details, Entitlement, ErrorCase, Grant, Notice, Problem, Resource,
    ResourceId, ResourceType, SinceLast, Tenant, TypeKind,
};

/// The calls that read a scope. Sorts in the order in which a sync makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The entitlements of one type.
    ListEntitlements,
    /// The resources of one type under one parent.
    ListResources,
    /// The grants on one resource.
    ListGrants,
}

impl Operation {
    /// Returns the name of the call.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListEntitlements => "list-entitlements",
            Self::ListResources => "list-resources",
            Self::ListGrants => "list-grants",
        }
    }
}

/// The outcome of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Read to its end, nothing left out.
    Complete,
    /// Read to its end, something omitted.
    Partial,
    /// Left out by choice, or because its optional credential is absent.
    NotAsked,
    /// The sandbox ended a call: a trap or a limit other than time.
    Trapped,
    /// A call took longer than it may.
    TimedOut,
    /// A call ended with an error of the contract.
    #[serde(untagged)]
    Error(ErrorCase),
}

impl Outcome {
    /// Returns the name of the outcome.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::NotAsked => "not-asked",
            Self::Trapped => "trapped",
            Self::TimedOut => "timed-out",
            Self::Error(case) => case.name(),
        }
    }

    /// Returns whether a run with this outcome among its scopes can be complete.
    pub fn lets_run_be_complete(self) -> bool {
        matches!(
            self,
            Self::Complete | Self::NotAsked | Self::Error(ErrorCase::NotOffered)
        )
    }
}

/// One paginated read, from first to last page, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The call that was made.
    pub call: Operation,
    /// The type that was listed, or the type of the resource whose grants were read.
    pub resource_type: String,
    /// The resource whose grants were read.
    pub id: Option<String>,
    /// The parent under which was listed.
    pub parent: Option<ResourceId>,
    /// Its outcome.
    pub outcome: Outcome,
    /// Pages that were read.
    pub pages: u64,
    /// Requests that were sent, tries included.
    pub requests: u64,
    /// The description of its error.
    pub problem: Option<Problem>,
    /// The start of the earlier run from which the scope was carried over, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<String>,
}

impl Scope {
    /// Returns the identity of the scope within a run, which also sorts it.
    pub fn identity(&self) -> (Operation, &str, Option<&str>, Option<&ResourceId>) {
        let (id, parent) = (self.id.as_deref(), self.parent.as_ref());
        (self.call, &self.resource_type, id, parent)
    }
}

/// A resource type as a run states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunType {
    /// Its name in ids.
    pub id: String,
    /// The type that it is listed under.
    pub parent: Option<String>,
    /// The meaning of its resources.
    pub kind: TypeKind,
}

impl From<&ResourceType> for RunType {
    fn from(described: &ResourceType) -> Self {
        Self {
            id: described.id.clone(),
            parent: described.parent.clone(),
            kind: described.kind,
        }
    }
}

/// The first line of a sync. The only one that differs between two syncs of the same answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the contract.
    pub contract: String,
    /// Name of the connector.
    pub connector: String,
    /// Version of the connector.
    pub version: String,
    /// SHA-256 of the component's bytes, in lower-case hexadecimal.
    pub component_sha256: String,
    /// SHA-256 of the connector's description: see [`super::Descriptor::sha256`].
    pub manifest_sha256: String,
    /// The base URL of the provider.
    pub base_url: String,
    /// Start of the sync, RFC 3339 in UTC.
    pub started_at: String,
    /// The tenant of the credential.
    pub tenant: Tenant,
    /// The types of the connector's description, in its order.
    pub resource_types: Vec<RunType>,
    /// The mode of a sync of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_last: Option<SinceLast>,
}

impl Run {
    /// Returns the version of the contract that a run of this host is of.
    pub fn contract() -> String {
        CONTRACT_VERSION.to_owned()
    }

    /// Returns whether a resource is an account of its own: records of invitations and of the use of
    /// accounts have the details of one too.
    pub fn is_account(&self, resource: &Resource) -> bool {
        let kind = self.kind_of(resource);
        matches!(resource.details, Details::User(_))
            && !matches!(kind, Some(TypeKind::Invitation | TypeKind::Usage))
    }

    /// Returns whether a resource is an invitation, which becomes an account when it is accepted.
    pub fn is_invitation(&self, resource: &Resource) -> bool {
        self.kind_of(resource) == Some(TypeKind::Invitation)
    }

    fn kind_of(&self, resource: &Resource) -> Option<TypeKind> {
        let mut types = self.resource_types.iter();
        let described = types.find(|one| *one.id == *resource.id.resource_type);
        described.map(|one| one.kind)
    }
}

/// The last line of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of resources.
    pub resources: u64,
    /// Number of entitlements.
    pub entitlements: u64,
    /// Number of grants.
    pub grants: u64,
    /// Number of notices.
    pub notices: u64,
    /// Number of scopes by outcome.
    pub scopes: BTreeMap<String, u64>,
    /// Scopes that were carried over from a former run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub carried: u64,
    /// Requests that were sent in all.
    pub requests: u64,
    /// SHA-256, in hexadecimal, of all resources, entitlements, grants and the outcomes of scopes: two
    /// syncs that say the same have the same, whenever and however they were read.
    pub digest: String,
    /// True if every scope was read to its end, was not asked for or is unavailable on the plan,
    /// and no list that is unavailable is of a type that the rest refers to.
    pub complete: bool,
}

impl Summary {
    /// Returns a summary of counts: resources, entitlements, grants, notices, and scopes by outcome.
    pub fn counted(lengths: [usize; 4], ended: &[Scope]) -> Self {
        let [resources, entitlements, grants, notices] =
            lengths.map(|n| u64::try_from(n).unwrap_or(u64::MAX));
        let mut scopes = BTreeMap::new();
        let carried = ended.iter().filter(|scope| scope.read_at.is_some());
        let carried = u64::try_from(carried.count()).unwrap_or(u64::MAX);
        for scope in ended {
            *scopes.entry(scope.outcome.name().to_owned()).or_insert(0) += 1;
        }
        Self {
            resources,
            entitlements,
            grants,
            notices,
            scopes,
            carried,
            ..Self::default()
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One line of NDJSON: an object with one key, the record's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "the run is one line of a whole output, and each record lives only while it is written"
)]
pub enum OutputRecord<'a> {
    /// The first line.
    Run(Cow<'a, Run>),
    /// One resource.
    Resource(Cow<'a, Resource>),
    /// One entitlement.
    Entitlement(Cow<'a, Entitlement>),
    /// One grant.
    Grant(Cow<'a, Grant>),
    /// One notice.
    Notice(Cow<'a, Notice>),
    /// One scope.
    Scope(Cow<'a, Scope>),
    /// The last line.
    Summary(Cow<'a, Summary>),
}
