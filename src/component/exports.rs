//! The contract's functions.

use super::bindings::exports::governance::connector::{description, inventory as out};
use super::bindings::governance::connector::types::{Error, Page, ResourceId};
use super::http::Host;
use crate::inventory::{self, ResourceType, TYPES};
use crate::postman::{
    access::{BASE_URLS, CREDENTIALS, Credential, Form},
    endpoints::{ALL, Template},
};

/// The connector as the contract knows it.
pub struct Component;

impl description::Guest for Component {
    fn describe() -> description::Descriptor {
        description::Descriptor {
            name: "postman".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            resource_types: TYPES.iter().map(resource_type).collect(),
            credentials: CREDENTIALS.iter().map(credential).collect(),
            base_urls: BASE_URLS
                .iter()
                .map(|(url, description)| description::BaseUrl {
                    url: (*url).to_owned(),
                    description: (*description).to_owned(),
                })
                .collect(),
            endpoints: ALL.into_iter().map(endpoint).collect(),
        }
    }
}

impl out::Guest for Component {
    fn validate() -> Result<out::Tenant, Error> {
        Ok(inventory::validate(&Host)?.into())
    }

    fn list_entitlements(resource_type: String) -> Result<out::EntitlementList, Error> {
        Ok(inventory::list_entitlements(&Host, &resource_type)?.into())
    }

    fn list_resources(
        resource_type: String,
        parent: Option<ResourceId>,
        cursor: Option<String>,
    ) -> Result<Page, Error> {
        let parent = parent.as_ref().map(given);
        Ok(inventory::list_resources(&Host, &resource_type, parent, cursor.as_deref())?.into())
    }

    fn list_grants(resource: ResourceId, cursor: Option<String>) -> Result<Page, Error> {
        Ok(inventory::list_grants(&Host, given(&resource), cursor.as_deref())?.into())
    }
}

fn given(id: &ResourceId) -> inventory::Given<'_> {
    (&id.resource_type, &id.id)
}

fn resource_type(kind: &ResourceType) -> description::ResourceType {
    description::ResourceType {
        id: kind.id.to_owned(),
        display_name: kind.display_name.to_owned(),
        description: kind.description.to_owned(),
        parent: kind.parent.map(str::to_owned),
        met_in_passing: kind.met_in_passing,
        opt_in: kind.opt_in,
        needs: kind.needs.map(str::to_owned),
    }
}

fn credential(credential: &Credential) -> description::Credential {
    description::Credential {
        name: credential.name.to_owned(),
        description: credential.description.to_owned(),
        required: credential.required,
        forms: credential.forms.iter().map(form).collect(),
    }
}

fn form(form: &Form) -> description::CredentialForm {
    description::CredentialForm {
        name: form.name.to_owned(),
        header: form.header.to_owned(),
        prefix: form.prefix.to_owned(),
        description: form.description.to_owned(),
    }
}

fn endpoint(template: &Template) -> description::Endpoint {
    description::Endpoint {
        path: template.path.to_owned(),
        query: template.query.iter().map(|key| (*key).to_owned()).collect(),
        credential: template.credential.to_owned(),
        rate: template.rate,
        purpose: template.purpose.to_owned(),
    }
}
