//! Converts a manifest to the contract's descriptor.

use crate::bindings::exports::governance::connector::description;
use crate::kind::Kind;
use crate::manifest::{Credential, CredentialScheme, EndpointTemplate, LogDeclaration, Manifest};

impl<K: Kind> From<(&Manifest, &[K])> for description::Descriptor {
    fn from((manifest, kinds): (&Manifest, &[K])) -> Self {
        let base_url = |(url, description): &(&str, &str)| description::BaseUrl {
            url: (*url).to_owned(),
            description: (*description).to_owned(),
        };
        Self {
            name: manifest.name.to_owned(),
            version: manifest.version.to_owned(),
            resource_types: kinds.iter().copied().map(resource_type).collect(),
            credentials: manifest.credentials.iter().map(credential).collect(),
            base_urls: manifest.base_urls.iter().map(base_url).collect(),
            endpoints: manifest.endpoints.iter().copied().map(endpoint).collect(),
            change_log: manifest.change_log.map(change_log),
        }
    }
}

fn change_log(log: LogDeclaration) -> description::ChangeLog {
    description::ChangeLog {
        name: log.name.to_owned(),
        description: log.description.to_owned(),
        covers: log.covers.iter().map(|kind| (*kind).to_owned()).collect(),
    }
}

fn resource_type(kind: impl Kind) -> description::ResourceType {
    let declared = kind.declaration();
    description::ResourceType {
        id: kind.name().to_owned(),
        display_name: declared.display_name.to_owned(),
        description: declared.description.to_owned(),
        parent: declared.parent.map(str::to_owned),
        reference_only: declared.reference_only,
        opt_in: declared.opt_in,
        kind: declared.kind,
        needs: declared.needs.map(str::to_owned),
    }
}

fn credential(credential: &Credential) -> description::Credential {
    description::Credential {
        name: credential.name.to_owned(),
        description: credential.description.to_owned(),
        required: credential.required,
        schemes: credential.schemes.iter().map(scheme).collect(),
    }
}

fn scheme(scheme: &CredentialScheme) -> description::CredentialScheme {
    description::CredentialScheme {
        name: scheme.name.to_owned(),
        header: scheme.header.to_owned(),
        prefix: scheme.prefix.to_owned(),
        description: scheme.description.to_owned(),
    }
}

fn endpoint(template: &EndpointTemplate) -> description::Endpoint {
    description::Endpoint {
        path: template.path.to_owned(),
        query: template.query.iter().map(|key| (*key).to_owned()).collect(),
        credential: template.credential.to_owned(),
        rate: template.rate.map(|rate| description::Rate {
            requests: rate.requests,
            window_seconds: rate.window_seconds,
        }),
        purpose: template.purpose.to_owned(),
    }
}
