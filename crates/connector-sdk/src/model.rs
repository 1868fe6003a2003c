//! The contract's records, without its generated code.

use std::borrow::Cow;

use crate::kind::Kind;

/// Text that is mostly one of ours and sometimes the provider's.
pub type Text = Cow<'static, str>;

/// The identity of one resource within one tenant. Its identifier has the form of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResourceId {
    /// One of the types that the connector reads.
    pub resource_type: &'static str,
    /// The provider's own identifier as text.
    pub id: String,
}

impl ResourceId {
    /// Returns the identity of a resource, if the identifier has the form of its kind.
    pub fn parse(kind: impl Kind, id: impl AsRef<str> + Into<String>) -> Option<Self> {
        kind.is_id(id.as_ref()).then(|| Self {
            resource_type: kind.name(),
            id: id.into(),
        })
    }

    /// Returns the identity of a resource that the connector itself names.
    pub fn fixed(kind: impl Kind, id: &'static str) -> Self {
        Self {
            resource_type: kind.name(),
            id: id.to_owned(),
        }
    }
}

/// The state of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In use.
    Enabled,
    /// Present and switched off.
    Disabled,
    /// The provider does not say.
    Unknown,
}

/// The kind of account that a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// A person who belongs to the tenant.
    Human,
    /// A program's account.
    Service,
    /// Somebody from outside the tenant.
    External,
    /// The provider does not say.
    Unknown,
}

/// Facts about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDetails {
    /// Address as the provider sent it.
    pub email: Option<String>,
    /// Login name.
    pub login: Option<String>,
    /// What kind of account this is.
    pub account_type: AccountType,
}

/// Facts about a credential that somebody issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDetails {
    /// Who issued it.
    pub created_by: Option<ResourceId>,
    /// What it opens.
    pub opens: Option<ResourceId>,
    /// When it stops working, RFC 3339 in UTC.
    pub expires_at: Option<String>,
    /// When it was last used, RFC 3339 in UTC; absent when it never was.
    pub last_used_at: Option<String>,
}

/// The facts that only some kinds of resource have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// An account.
    User(UserDetails),
    /// A set of accounts.
    Group,
    /// The tenant itself.
    Tenant,
    /// A credential.
    Secret(SecretDetails),
    /// Anything else.
    Other,
}

/// The calls that read the grants on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantsSource {
    /// In the pages of resources alone.
    Lists,
    /// In the pages of resources, and the rest by listing grants.
    ListsAndListGrants,
    /// As `Lists`; listing grants reads more, for whoever asks.
    ListsAndMoreOnRequest,
}

/// The reason why the connector knows of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The provider lists it.
    Listed,
    /// Something that the provider lists refers to it.
    Mentioned,
}

/// One thing that access is given to, or on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Identity.
    pub id: ResourceId,
    /// The resource that this one lives in.
    pub parent: Option<ResourceId>,
    /// Name for people to read.
    pub display_name: String,
    /// What it is for, in its owner's words.
    pub description: Option<String>,
    /// How the connector knows of it.
    pub evidence: Evidence,
    /// Whether it is in use.
    pub status: Status,
    /// When it came to be, RFC 3339 in UTC.
    pub created_at: Option<String>,
    /// When it last changed, RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// The facts of its kind.
    pub details: Details,
    /// Other facts of the provider, sorted by name.
    pub profile: Vec<(&'static str, String)>,
    /// Where to read the grants on it.
    pub grants: GrantsSource,
}

impl Resource {
    /// A resource that the provider lists, in use and without further facts.
    pub fn listed(id: ResourceId, parent: Option<&ResourceId>, display_name: String) -> Self {
        Self {
            id,
            parent: parent.cloned(),
            display_name,
            description: None,
            evidence: Evidence::Listed,
            status: Status::Enabled,
            created_at: None,
            updated_at: None,
            details: Details::Other,
            profile: Vec::new(),
            grants: GrantsSource::Lists,
        }
    }

    /// The provider's fact of this name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let mut facts = self.profile.iter().filter(|(known, _)| *known == name);
        facts.next().map(|(_, fact)| fact.as_str())
    }

    /// Names every field that `other` has otherwise; facts of the provider by their own names.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("parent", self.parent == other.parent),
            ("display-name", self.display_name == other.display_name),
            ("description", self.description == other.description),
            ("status", self.status == other.status),
            ("created-at", self.created_at == other.created_at),
            ("updated-at", self.updated_at == other.updated_at),
            ("details", self.details == other.details),
        ];
        let facts = self.profile.iter().chain(&other.profile);
        let facts = facts.map(|(name, _)| (*name, self.fact(name) == other.fact(name)));
        let differ = fields.into_iter().chain(facts).filter(|(_, same)| !same);
        let mut names: Vec<_> = differ.map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A resource that something else refers to.
    pub fn mentioned(id: ResourceId, display_name: String, details: Details) -> Self {
        Self {
            evidence: Evidence::Mentioned,
            status: Status::Unknown,
            details,
            ..Self::listed(id, None, display_name)
        }
    }
}

/// The meaning of an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A right that can be held on each resource of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// The type of resource it is held on.
    pub resource_type: &'static str,
    /// Its name within that type.
    pub slug: Text,
    /// Name for people to read.
    pub display_name: Text,
    /// What it lets the holder do.
    pub description: Text,
    /// What holding it means.
    pub purpose: Purpose,
    /// The types of resource that are meant to hold it.
    pub grantable_to: Vec<&'static str>,
    /// Entitlements of one group replace each other.
    pub exclusion_group: Option<&'static str>,
    /// Position within the exclusion group; higher allows more.
    pub rank: Option<u32>,
}

/// The fact that `principal` holds `entitlement` on `resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What the access is on.
    pub resource: ResourceId,
    /// Slug of the entitlement.
    pub entitlement: Text,
    /// Who holds it.
    pub principal: ResourceId,
    /// The provider's rule from which it follows, where the provider lists no such grant.
    pub implied_by: Option<&'static str>,
    /// Slug of an entitlement on `principal` whose holders hold this grant too.
    pub expands: Option<&'static str>,
}

/// Something a reader should know, which did not stop the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Stable name of what happened.
    pub code: &'static str,
    /// What it is about, where that is one resource.
    pub about: Option<ResourceId>,
    /// Whether the page lacks something that the provider sent.
    pub omits: bool,
    /// Text for people, without control characters.
    pub message: String,
}

/// What the provider said of its limits in its last answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

impl RateLimit {
    /// Returns the limits, if there is any.
    pub fn stated(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// One page of what a call read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Resources, each id once.
    pub resources: Vec<Resource>,
    /// Entitlements beyond the built-in ones.
    pub entitlements: Vec<Entitlement>,
    /// Grants, each triple once.
    pub grants: Vec<Grant>,
    /// What a reader should know.
    pub notices: Vec<Notice>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// The provider's limits, where it stated any.
    pub rate_limit: Option<RateLimit>,
}

/// The rights that can be held on each resource of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntitlementList {
    /// The entitlements, each slug once.
    pub entitlements: Vec<Entitlement>,
    /// What a reader should know.
    pub notices: Vec<Notice>,
    /// The provider's limits, where it stated any.
    pub rate_limit: Option<RateLimit>,
}

impl EntitlementList {
    /// Returns entitlements that the connector knows without a request.
    pub fn built_in(entitlements: Vec<Entitlement>) -> Self {
        Self {
            entitlements,
            ..Self::default()
        }
    }
}

/// What a credential can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant, as a resource.
    pub id: ResourceId,
    /// Its name.
    pub display_name: String,
    /// Whose credential it is.
    pub credential_owner: ResourceId,
    /// That person's or program's name.
    pub credential_owner_name: String,
    /// What every sync will lack.
    pub notices: Vec<Notice>,
    /// The provider's limits.
    pub rate_limit: Option<RateLimit>,
}
