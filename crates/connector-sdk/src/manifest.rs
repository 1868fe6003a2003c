//! The manifest of a connector: what it declares before anything is read.

/// A connector's declaration of what it asks for; its kinds of resource declare themselves.
pub struct Manifest {
    /// Name of the connector.
    pub name: &'static str,
    /// Version of the connector.
    pub version: &'static str,
    /// Credentials that the host holds.
    pub credentials: &'static [Credential],
    /// Base URLs of the provider, the usual one first, each with the tenants that it serves.
    pub base_urls: &'static [(&'static str, &'static str)],
    /// Every request that the connector can make.
    pub endpoints: &'static [&'static EndpointTemplate],
    /// The provider's change log, if it has one.
    pub change_log: Option<LogDeclaration>,
}

/// The declaration of the provider's change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDeclaration {
    /// The name of its list; no resource type has it.
    pub name: &'static str,
    /// A sentence that describes it, and the use that a host has for it.
    pub description: &'static str,
    /// Names of the types whose resources it covers.
    pub covers: &'static [&'static str],
}

pub use crate::bindings::exports::governance::connector::description::TypeKind;

/// The declaration of one kind of resource.
pub struct ResourceType {
    /// Name for people to read.
    pub display_name: &'static str,
    /// A sentence on what it is.
    pub description: &'static str,
    /// Name of the kind that it is listed under.
    pub parent: Option<&'static str>,
    /// True if it is known only by references, from pages of other kinds.
    pub reference_only: bool,
    /// True if it is left out unless asked for.
    pub opt_in: bool,
    /// The meaning of its resources.
    pub kind: TypeKind,
    /// The optional credential without which it cannot be read.
    pub needs: Option<&'static str>,
}

impl ResourceType {
    /// Returns the declaration of a kind that every sync reads, listed under another one or under none.
    pub const fn listed(
        kind: TypeKind,
        display_name: &'static str,
        description: &'static str,
        parent: Option<&'static str>,
    ) -> Self {
        Self {
            display_name,
            description,
            parent,
            reference_only: false,
            opt_in: false,
            kind,
            needs: None,
        }
    }

    /// Returns the declaration of a kind that is known only by references.
    pub const fn referenced(
        kind: TypeKind,
        display_name: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            reference_only: true,
            ..Self::listed(kind, display_name, description, None)
        }
    }
}

/// One secret that the host holds.
pub struct Credential {
    /// The name that a request repeats.
    pub name: &'static str,
    /// The access that it gives, and what a sync lacks without it.
    pub description: &'static str,
    /// True if nothing can be read without it.
    pub required: bool,
    /// The schemes that it may use.
    pub schemes: &'static [CredentialScheme],
}

/// One method to send a credential.
pub struct CredentialScheme {
    /// Its name.
    pub name: &'static str,
    /// The header that carries it.
    pub header: &'static str,
    /// The text before the value in the header.
    pub prefix: &'static str,
    /// Its description, and how to get one.
    pub description: &'static str,
}

/// A limit of the provider on one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests allowed within the window.
    pub requests: u32,
    /// Length of the window in seconds.
    pub window_seconds: u32,
}

/// One kind of request.
#[derive(Debug, PartialEq, Eq)]
pub struct EndpointTemplate {
    /// Path with `{name}` for each variable segment.
    pub path: &'static str,
    /// The keys that its query may have.
    pub query: &'static [&'static str],
    /// The credential that is sent.
    pub credential: &'static str,
    /// The provider's limit on this endpoint, where it has one.
    pub rate: Option<Rate>,
    /// The records that it reads, and what is missing if it is refused.
    pub purpose: &'static str,
    /// The name of the kind, in the middle of a sentence.
    pub what: &'static str,
}
