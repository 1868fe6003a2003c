//! What a connector says of itself.

use super::super::bindings::exports::governance::connector::description as wd;
use super::all;
use connector_types::{
    BaseUrlOption, Credential, CredentialForm, Descriptor, Endpoint, ResourceType,
};

impl From<wd::ResourceType> for ResourceType {
    fn from(from: wd::ResourceType) -> Self {
        Self {
            id: from.id,
            display_name: from.display_name,
            description: from.description,
            parent: from.parent,
            met_in_passing: from.met_in_passing,
            opt_in: from.opt_in,
            needs: from.needs,
        }
    }
}

impl From<wd::CredentialForm> for CredentialForm {
    fn from(from: wd::CredentialForm) -> Self {
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
            forms: all(from.forms),
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
            rate: from.rate,
            purpose: from.purpose,
        }
    }
}

impl From<wd::Descriptor> for Descriptor {
    fn from(from: wd::Descriptor) -> Self {
        Self {
            name: from.name,
            version: from.version,
            resource_types: all(from.resource_types),
            credentials: all(from.credentials),
            base_urls: all(from.base_urls),
            endpoints: all(from.endpoints),
        }
    }
}
