//! The manifest of a connector.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Details;

/// The meaning of the resources of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypeKind {
    /// None of the others, or several.
    Other,
    /// The tenant, and parts of it that have members of their own.
    Tenant,
    /// Accounts of people and programs.
    Account,
    /// Sets of accounts.
    Group,
    /// Audiences: open classes of principals.
    Audience,
    /// Containers of work, such as projects, with administrators of their own.
    Container,
    /// Issued credentials.
    Credential,
    /// Pending invitations.
    Invitation,
    /// The use of accounts.
    Usage,
    /// The plans that the tenant pays for, with their seats.
    Subscription,
}

impl TypeKind {
    /// Returns the name of the kind, as the contract has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Tenant => "tenant",
            Self::Account => "account",
            Self::Group => "group",
            Self::Audience => "audience",
            Self::Container => "container",
            Self::Credential => "credential",
            Self::Invitation => "invitation",
            Self::Usage => "usage",
            Self::Subscription => "subscription",
        }
    }

    /// Returns whether a resource of a type of this kind may have these details.
    pub fn allows_details(self, details: &Details) -> bool {
        match details {
            Details::Other => true,
            Details::User(_) => matches!(
                self,
                Self::Other | Self::Account | Self::Invitation | Self::Usage
            ),
            Details::Group => matches!(self, Self::Other | Self::Group | Self::Tenant),
            Details::Tenant => matches!(self, Self::Other | Self::Tenant),
            Details::Audience(_) => matches!(self, Self::Other | Self::Audience),
            Details::Secret(_) => matches!(self, Self::Other | Self::Credential),
            // No resource type has events.
            Details::Change(_) => false,
        }
    }
}

/// One kind of resource that the connector reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceType {
    /// Its name in ids.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Its description in the provider's own terms.
    pub description: String,
    /// The type that it is listed under.
    pub parent: Option<String>,
    /// True if it is known only by references, in pages of other types.
    pub reference_only: bool,
    /// True if a sync leaves it out unless an operator asks for it.
    pub opt_in: bool,
    /// The meaning of its resources.
    pub kind: TypeKind,
    /// The optional credential without which it cannot be read.
    pub needs: Option<String>,
}

/// One method to send a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialScheme {
    /// Its name.
    pub name: String,
    /// The header that carries it.
    pub header: String,
    /// The text in the header before the value.
    pub prefix: String,
    /// Its description, and how to get one.
    pub description: String,
}

/// One secret that the host holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The name that a request repeats.
    pub name: String,
    /// The access that it gives, and what a sync lacks without it.
    pub description: String,
    /// True if the connector can do nothing without it.
    pub required: bool,
    /// The schemes it may be sent by.
    pub schemes: Vec<CredentialScheme>,
}

/// An address at which the provider's API is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseUrlOption {
    /// Scheme and authority.
    pub url: String,
    /// The tenants that are served there.
    pub description: String,
}

/// A limit of the provider on one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Requests allowed within the window.
    pub requests: u32,
    /// Length of the window in seconds.
    pub window_seconds: u32,
}

/// One kind of request that the connector sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Path with `{name}` for each variable segment.
    pub path: String,
    /// The keys that its query may have.
    pub query: Vec<String>,
    /// The credential that the host sends with it.
    pub credential: String,
    /// The provider's limit on this endpoint, if it has one.
    pub rate: Option<Rate>,
    /// The records that it reads, and what is missing if it is refused.
    pub purpose: String,
}

/// The provider's change log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLog {
    /// The name of its list.
    pub name: String,
    /// Its description, and its use for a host.
    pub description: String,
    /// The types whose resources it covers, with the lists under them.
    pub covers: Vec<String>,
}

/// The manifest of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Name of the connector.
    pub name: String,
    /// Version of the connector.
    pub version: String,
    /// The kinds of resource, parents before children.
    pub resource_types: Vec<ResourceType>,
    /// The credentials it can use.
    pub credentials: Vec<Credential>,
    /// The addresses of the provider, the usual one first.
    pub base_urls: Vec<BaseUrlOption>,
    /// Every path that can be requested.
    pub endpoints: Vec<Endpoint>,
    /// The provider's change log, if the connector can read one.
    #[serde(default)]
    pub change_log: Option<ChangeLog>,
}

impl Descriptor {
    /// Returns the SHA-256, in lower-case hexadecimal, of the manifest as compact JSON: it changes with
    /// every part of the manifest.
    pub fn sha256(&self) -> String {
        // Texts, numbers and lists always have a form in JSON.
        let json = serde_json::to_vec(self).unwrap_or_default();
        super::hexadecimal(&Sha256::digest(json))
    }

    /// Returns the resource type of this id, by a linear search. For many lookups, use a
    /// [`TypeIndex`].
    pub fn resource_type(&self, id: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|known| known.id == id)
    }
}

/// The resource types of a manifest by id: a page names thousands of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeIndex {
    types: HashMap<String, IndexedType>,
    /// The first required credential.
    required: Option<String>,
}

/// The facts of a resource type that are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct IndexedType {
    order: usize,
    kind: TypeKind,
    needs: Option<String>,
}

impl TypeIndex {
    /// Returns the index of a manifest.
    pub fn new(descriptor: &Descriptor) -> Self {
        let mut types = HashMap::with_capacity(descriptor.resource_types.len());
        for (order, one) in descriptor.resource_types.iter().enumerate() {
            types.entry(one.id.clone()).or_insert(IndexedType {
                order,
                kind: one.kind,
                needs: one.needs.clone(),
            });
        }
        let required = descriptor.credentials.iter().find(|known| known.required);
        Self {
            types,
            required: required.map(|known| known.name.clone()),
        }
    }

    /// Returns whether the manifest has a type of this id.
    pub fn contains(&self, id: &str) -> bool {
        self.types.contains_key(id)
    }

    /// Returns the kind of a type; `None` for unknown ones.
    pub fn kind(&self, id: &str) -> Option<TypeKind> {
        self.types.get(id).map(|known| known.kind)
    }

    /// Returns the index of a type in the manifest; unknown ones come last.
    pub fn order(&self, id: &str) -> usize {
        self.types.get(id).map_or(usize::MAX, |known| known.order)
    }

    /// Returns the credential that reading a type takes: the one it needs, else the first required
    /// one.
    pub fn credential(&self, id: &str) -> Option<&str> {
        let needed = self.types.get(id).and_then(|known| known.needs.as_deref());
        needed.or(self.required.as_deref())
    }
}
