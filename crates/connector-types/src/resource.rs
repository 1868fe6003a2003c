//! Resources and their identity.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;

/// The identity of one resource within one tenant. Sorts by type, then by id, both by code point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId {
    /// An `id` that the descriptor's resource types list.
    pub resource_type: Text,
    /// The provider's own identifier.
    pub id: Text,
}

impl ResourceId {
    /// Returns the id of a resource of this type.
    pub fn new(resource_type: impl Into<Text>, id: impl Into<Text>) -> Self {
        Self {
            resource_type: resource_type.into(),
            id: id.into(),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.resource_type, self.id)
    }
}

/// The state of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In use.
    Enabled,
    /// Present and switched off.
    Disabled,
    /// The provider does not say.
    Unknown,
}

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// The connector's source for a resource. Sorts the better evidence first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The provider lists it.
    Listed,
    /// A listed record refers to it.
    Referenced,
}

/// The calls that read the grants on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantListing {
    /// All grants are in the pages of `list-resources`.
    Complete,
    /// The pages of `list-resources` have a part of the grants, those of `list-grants` the rest.
    ListGrantsRequired,
    /// As `Complete`; `list-grants` reads more if an operator asks for it.
    ListGrantsOptional,
}

/// Facts about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetails {
    /// E-mail address of the account.
    pub email: Option<String>,
    /// Login name.
    pub login: Option<String>,
    /// The kind of the account.
    pub account_type: AccountType,
    /// Time of the account's last sign-in, RFC 3339 in UTC.
    pub last_login: Option<String>,
}

/// The last use of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastUse {
    /// The provider does not say.
    NotStated,
    /// Never.
    Never,
    /// At this time, RFC 3339 in UTC.
    At(String),
}

/// The value of a time column for a credential that was never used.
const NEVER: &str = "never";

impl LastUse {
    /// Returns the time, if there is one.
    pub fn time(&self) -> Option<&str> {
        match self {
            Self::At(time) => Some(time),
            Self::NotStated | Self::Never => None,
        }
    }

    /// Returns the time or the text `never`, as a column has it; none if nothing is stated.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Never => Some(NEVER),
            Self::NotStated | Self::At(_) => self.time(),
        }
    }

    /// Returns the last use that a column has.
    pub fn of_text(column: Option<String>) -> Self {
        match column {
            None => Self::NotStated,
            Some(text) if text == NEVER => Self::Never,
            Some(time) => Self::At(time),
        }
    }
}

/// An open class of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everyone with the address.
    Anyone,
    /// Every member of the tenant.
    Organization,
}

/// The names of both audiences as kinds of resource in a sync database.
pub const AUDIENCES: [&str; 2] = ["anyone", "organization"];

/// Facts about a credential that an account issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeExtent {
    /// Nothing of it.
    None,
    /// The grants on these resources, and the lists under them.
    Resources(Vec<ResourceId>),
    /// Any of it.
    Unknown,
}

impl ChangeExtent {
    /// Returns the resources that the event names.
    pub fn resources(&self) -> &[ResourceId] {
        match self {
            Self::Resources(ids) => ids,
            Self::None | Self::Unknown => &[],
        }
    }
}

/// The facts that only some kinds of resource have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// An event of the change log, which is no part of an inventory.
    Change(ChangeExtent),
}

impl Details {
    /// Returns the name of the kind, as a sync database and the report have it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group => "group",
            Self::Tenant => "tenant",
            Self::Audience(Audience::Anyone) => "anyone",
            Self::Audience(Audience::Organization) => "organization",
            Self::Secret(_) => "secret",
            Self::Other => "other",
            Self::Change(_) => "change",
        }
    }

    /// Returns the facts of an account.
    pub fn user(&self) -> Option<&UserDetails> {
        if let Self::User(user) = self {
            Some(user)
        } else {
            None
        }
    }

    /// Returns the facts of a credential.
    pub fn secret(&self) -> Option<&SecretDetails> {
        if let Self::Secret(secret) = self {
            Some(secret)
        } else {
            None
        }
    }
}

/// Other facts of the provider: names and values, written as one JSON object in the given order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub Vec<(String, String)>);

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributesVisitor)
    }
}

struct AttributesVisitor;

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = Attributes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Attributes(entries))
    }
}

/// A thing that access is given to, or on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Identity, the same in every sync.
    pub id: ResourceId,
    /// The resource that contains this one.
    pub parent: Option<ResourceId>,
    /// Display name.
    pub display_name: String,
    /// Its description, as its owner wrote it.
    pub description: Option<String>,
    /// The connector's source for it.
    pub evidence: Evidence,
    /// Its state.
    pub status: Status,
    /// Time of creation, RFC 3339 in UTC.
    pub created_at: Option<String>,
    /// Time of the last change, RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// The facts of its kind.
    pub details: Details,
    /// Other facts of the provider.
    pub attributes: Attributes,
    /// The calls that read the grants on it.
    pub grants: GrantListing,
}

impl Resource {
    /// Returns every other resource that this record names: its parent, and a secret's issuer and object.
    pub fn references(&self) -> impl Iterator<Item = &ResourceId> {
        let secret = self.details.secret();
        let created_by = secret.and_then(|secret| secret.created_by.as_ref());
        let access_to = secret.and_then(|secret| secret.access_to.as_ref());
        [self.parent.as_ref(), created_by, access_to]
            .into_iter()
            .flatten()
    }

    /// Returns the extent of the change, if this is an event of a change log.
    pub fn extent(&self) -> Option<&ChangeExtent> {
        if let Details::Change(extent) = &self.details {
            Some(extent)
        } else {
            None
        }
    }

    /// Returns the name of every field that differs in `other`; facts of the provider by their own names.
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let fields = [
            ("parent", self.parent == other.parent),
            ("display-name", self.display_name == other.display_name),
            ("description", self.description == other.description),
            ("status", self.status == other.status),
            ("created-at", self.created_at == other.created_at),
            ("updated-at", self.updated_at == other.updated_at),
            ("details", self.details == other.details),
            ("grants", self.grants == other.grants),
        ];
        let facts = [
            (&self.attributes, &other.attributes),
            (&other.attributes, &self.attributes),
        ];
        let facts = facts.into_iter().flat_map(|(one, other)| {
            let facts = one.0.iter();
            facts.map(|fact| (fact.0.as_str(), other.0.contains(fact)))
        });
        let differ = fields.into_iter().chain(facts).filter(|(_, same)| !same);
        let names: BTreeSet<_> = differ.map(|(name, _)| name).collect();
        names.into_iter().collect()
    }

    /// Returns the record of a resource of which only the identity is known.
    pub fn referenced(id: ResourceId) -> Self {
        Self {
            display_name: id.id.to_string(),
            id,
            parent: None,
            description: None,
            evidence: Evidence::Referenced,
            status: Status::Unknown,
            created_at: None,
            updated_at: None,
            details: Details::Other,
            attributes: Attributes::default(),
            grants: GrantListing::Complete,
        }
    }
}
