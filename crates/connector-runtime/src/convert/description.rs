//! Conversion of a connector's description.

use super::super::bindings::exports::governance::connector::description as wd;
use super::convert_all;
use connector_types::{
    BaseUrlOption, ChangeLog, Credential, CredentialScheme, Descriptor, Endpoint, Rate,
    ResourceType, TypeKind,
};

impl From<wd::TypeKind> for TypeKind {
    fn from(from: wd::TypeKind) -> Self {
        match from {
            wd::TypeKind::Other => Self::Other,
            wd::TypeKind::Tenant => Self::Tenant,
            wd::TypeKind::Account => Self::Account,
            wd::TypeKind::Group => Self::Group,
            wd::TypeKind::Audience => Self::Audience,
            wd::TypeKind::Container => Self::Container,
            wd::TypeKind::Credential => Self::Credential,
            wd::TypeKind::Invitation => Self::Invitation,
            wd::TypeKind::Usage => Self::Usage,
            wd::TypeKind::Subscription => Self::Subscription,
        }
    }
}

impl From<wd::ResourceType> for ResourceType {
    fn from(from: wd::ResourceType) -> Self {
        Self {
            id: from.id,
            display_name: from.display_name,
            description: from.description,
            parent: from.parent,
            reference_only: from.reference_only,
            opt_in: from.opt_in,
            kind: from.kind.into(),
            needs: from.needs,
        }
    }
}

impl From<wd::CredentialScheme> for CredentialScheme {
    fn from(from: wd::CredentialScheme) -> Self {
        Self {
            name: from.name,
            header: from.header,
            prefix: from.prefix,
            description: from.description,
        }
    }
}

impl From<wd::Credential> for Credential {
    fn from(from: wd::Credential) -> Self {
        Self {
            name: from.name,
            description: from.description,
            required: from.required,
            schemes: convert_all(from.schemes),
        }
    }
}

impl From<wd::BaseUrl> for BaseUrlOption {
    fn from(from: wd::BaseUrl) -> Self {
        Self {
            url: from.url,
            description: from.description,
        }
    }
}

impl From<wd::Endpoint> for Endpoint {
    fn from(from: wd::Endpoint) -> Self {
        Self {
            path: from.path,
            query: from.query,
            credential: from.credential,
            rate: from.rate.map(|rate| Rate {
                requests: rate.requests,
                window_seconds: rate.window_seconds,
            }),
            purpose: from.purpose,
        }
    }
}

impl From<wd::ChangeLog> for ChangeLog {
    fn from(from: wd::ChangeLog) -> Self {
        Self {
            name: from.name,
            description: from.description,
            covers: from.covers,
        }
    }
}

impl From<wd::Descriptor> for Descriptor {
    fn from(from: wd::Descriptor) -> Self {
        Self {
            name: from.name,
            version: from.version,
            resource_types: convert_all(from.resource_types),
            credentials: convert_all(from.credentials),
            base_urls: convert_all(from.base_urls),
            endpoints: convert_all(from.endpoints),
            change_log: from.change_log.map(Into::into),
        }
    }
}
