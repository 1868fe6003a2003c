//! The contract's records, without its generated code.

mod tenant;

use std::borrow::Cow;

use crate::kind::{Kind, is_plain_id};
use crate::manifest::LogDeclaration;
use crate::unique::{is_same_option, is_same_text};

pub use tenant::{CredentialState, CredentialStatus, RateLimit, Tenant};

/// A text that is mostly a constant of the connector, and sometimes the provider's.
pub type BorrowedText = Cow<'static, str>;

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

    /// Returns the identity of an event of a change log, if the identifier is plain.
    pub fn event(log: &LogDeclaration, id: impl AsRef<str> + Into<String>) -> Option<Self> {
        is_plain_id(id.as_ref(), b"_.:@-").then(|| Self {
            resource_type: log.name,
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

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// A person who belongs to the tenant.
    Human,
    /// A program's account.
    Service,
    /// An account from outside the tenant.
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
    /// The kind of the account.
    pub account_type: AccountType,
    /// Time of the last sign-in or activity, RFC 3339 in UTC.
    pub last_login: Option<String>,
}

/// The last use of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastUse {
    /// The provider does not say.
    NotStated,
    /// Never.
    Never,
    /// At this time, RFC 3339 in UTC.
    At(String),
}

/// An open class of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone with the address.
    Anyone,
    /// Every member of the tenant.
    Organization,
}

/// Facts about a credential that an account issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDetails {
    /// The account that issued it.
    pub created_by: Option<ResourceId>,
    /// The resource that it gives access to.
    pub access_to: Option<ResourceId>,
    /// Time of its expiry, RFC 3339 in UTC.
    pub expires_at: Option<String>,
    /// Its last use.
    pub last_used: LastUse,
}

/// The part of the covered inventory that an event may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventExtent {
    /// Nothing of it.
    None,
    /// The grants on these resources, and the lists under them.
    Resources(Vec<ResourceId>),
    /// Any of it.
    Unknown,
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
    /// An audience: an open class of principals.
    Audience(Audience),
    /// A credential.
    Secret(SecretDetails),
    /// Anything else.
    Other,
    /// An event of the change log.
    Change(EventExtent),
}

/// The calls that read the grants on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantListing {
    /// All grants are in the pages of resources.
    Complete,
    /// The pages of resources have a part of the grants, those of `list-grants` the rest.
    ListGrantsRequired,
    /// As `Complete`; `list-grants` reads more if a host asks for it.
    ListGrantsOptional,
}

/// A thing that access is given to, or on, under the parent of the call that lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Identity.
    pub id: ResourceId,
    /// Display name.
    pub display_name: String,
    /// Its description, as its owner wrote it.
    pub description: Option<String>,
    /// Its state.
    pub status: Status,
    /// Time of creation, RFC 3339 in UTC.
    pub created_at: Option<String>,
    /// Time of the last change, RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// The facts of its kind.
    pub details: Details,
    /// Other facts of the provider, sorted by name.
    pub attributes: Vec<(&'static str, String)>,
    /// The calls that read the grants on it.
    pub grants: GrantListing,
}

impl Resource {
    /// Returns a listed resource, enabled and without further facts.
    pub fn listed(id: ResourceId, display_name: String) -> Self {
        Self {
            id,
            display_name,
            description: None,
            status: Status::Enabled,
            created_at: None,
            updated_at: None,
            details: Details::Other,
            attributes: Vec::new(),
            grants: GrantListing::Complete,
        }
    }

    /// Returns the provider's fact of this name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut facts = self.attributes.iter().filter(|(known, _)| *known == name);
        facts.next().map(|(_, fact)| fact.as_str())
    }

    /// Returns the name of every field that differs in `other`; facts of the provider by their own names.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("display-name", self.display_name == other.display_name),
            ("description", self.description == other.description),
            ("status", self.status == other.status),
            ("created-at", self.created_at == other.created_at),
            ("updated-at", self.updated_at == other.updated_at),
            ("details", self.details == other.details),
        ];
        let facts = self.attributes.iter().chain(&other.attributes);
        let facts = facts.map(|(name, _)| (*name, self.attribute(name) == other.attribute(name)));
        let differ = fields.into_iter().chain(facts).filter(|(_, same)| !same);
        let mut names: Vec<_> = differ.map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A resource that a record names and that the lists of its type need not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The resource that contains it.
    pub parent: Option<ResourceId>,
    /// The known facts.
    pub resource: Resource,
}

impl Reference {
    /// Returns a reference of which nothing is known but its identity, its name and the facts of its kind.
    pub fn new(id: ResourceId, display_name: String, details: Details) -> Self {
        let resource = Resource {
            status: Status::Unknown,
            details,
            ..Resource::listed(id, display_name)
        };
        Self {
            parent: None,
            resource,
        }
    }
}

/// The meaning of an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// An entitlement on each resource of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// The type of the resources that it is granted on.
    pub resource_type: &'static str,
    /// Its name within that type.
    pub slug: BorrowedText,
    /// Display name.
    pub display_name: BorrowedText,
    /// The actions that it allows.
    pub description: BorrowedText,
    /// Its meaning.
    pub purpose: Purpose,
    /// The types of resource that are its intended principals.
    pub grantable_to: Vec<&'static str>,
    /// Entitlements of one group replace each other.
    pub exclusion_group: Option<&'static str>,
    /// Rank within the exclusion group; a higher rank allows more.
    pub rank: Option<u32>,
}

/// A set of grants on one resource: every principal has every entitlement of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantSet {
    /// The resource that the access is on.
    pub resource: ResourceId,
    /// Slugs of the entitlements.
    pub entitlements: Vec<BorrowedText>,
    /// The type of all principals.
    pub principal_type: &'static str,
    /// The principals, each once.
    pub principal_ids: Vec<String>,
    /// The provider's rule from which they follow, if the provider lists no such grant.
    pub implied_by: Option<&'static str>,
    /// Slug of an entitlement on each principal that passes these grants on to its own principals.
    pub expands: Option<&'static str>,
}

impl GrantSet {
    /// Returns true if further principals with these facts belong to the set.
    pub fn admits(
        &self,
        resource: &ResourceId,
        entitlements: &[BorrowedText],
        principal_type: &str,
        (implied_by, expands): (Option<&str>, Option<&str>),
    ) -> bool {
        // What differs between most sets comes first.
        let mut slugs = self.entitlements.iter().zip(entitlements);
        self.entitlements.len() == entitlements.len()
            && slugs.all(|(known, slug)| is_same_text(known, slug))
            && is_same_text(&self.resource.id, &resource.id)
            && is_same_text(self.resource.resource_type, resource.resource_type)
            && is_same_text(self.principal_type, principal_type)
            && is_same_option(self.implied_by, implied_by)
            && is_same_option(self.expands, expands)
    }
}

/// The effect of a notice on a reader's conclusions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impact {
    /// No limit.
    None,
    /// An item that the provider sent is left out.
    ItemOmitted,
    /// Access is unknown: nothing follows from an absent grant.
    AccessUnknown,
    /// A value could not be read or had to be altered.
    AttributeUnknown,
}

/// Information for a reader about something that did not stop the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Stable name of the event.
    pub code: &'static str,
    /// The resource it is about, if it is about one.
    pub about: Option<ResourceId>,
    /// Its effect on conclusions.
    pub impact: Impact,
    /// Text for people, without control characters.
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

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Resources, each id once.
    pub resources: Vec<Resource>,
    /// Resources that a record on the page names.
    pub references: Vec<Reference>,
    /// Entitlements beyond the built-in ones.
    pub entitlements: Vec<Entitlement>,
    /// Grants, in sets.
    pub grants: Vec<GrantSet>,
    /// Notices for the reader.
    pub notices: Vec<Notice>,
    /// Token of the next page.
    pub next_page_token: Option<String>,
    /// The provider's limits, if it stated any.
    pub rate_limit: Option<RateLimit>,
}

/// The entitlements on each resource of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntitlementList {
    /// The entitlements, each slug once.
    pub entitlements: Vec<Entitlement>,
    /// Notices for the reader.
    pub notices: Vec<Notice>,
    /// The provider's limits, if it stated any.
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
