//! Asking the connector.

use serde::Serialize;

use crate::answer::ServiceResponse;
use crate::bindings::types::{Error, ResourceId};
use crate::bindings::{account, description, inventory};
use crate::page::ServedPage;
use crate::problem::of_error;
use crate::route::ServiceRequest;

/// Version of the contract that is served.
const CONTRACT: &str = "0.2.0";

/// A credential of the connector's, and whether the engine's environment has it.
#[derive(Serialize)]
struct EnvironmentCredential {
    name: String,
    set: bool,
}

/// Makes one call. The answer says which connector it is of, and how many requests it took.
pub fn call(asked: ServiceRequest) -> ServiceResponse {
    let descriptor = description::describe();
    let before = account::requests();
    let connector = format!("{}/{}", descriptor.name, descriptor.version);
    let answer = match asked {
        ServiceRequest::Describe => ServiceResponse::record(&descriptor),
        ServiceRequest::Credentials => ServiceResponse::record(&credentials(descriptor)),
        ServiceRequest::Validate => answer(inventory::validate()),
        ServiceRequest::Entitlements { resource_type } => {
            answer(inventory::list_entitlements(&resource_type))
        }
        ServiceRequest::Resources {
            resource_type,
            parent,
            page_token,
        } => {
            let parent = parent.map(|(resource_type, id)| ResourceId { resource_type, id });
            let (parent, page_token) = (parent.as_ref(), page_token.as_deref());
            let page = inventory::list_resources(&resource_type, parent, page_token);
            answer(page.map(|page| ServedPage {
                page,
                resource_type: &resource_type,
                parent,
            }))
        }
        ServiceRequest::Grants {
            resource_type,
            id,
            page_token,
        } => {
            let resource = ResourceId { resource_type, id };
            let page = inventory::list_grants(&resource, page_token.as_deref());
            answer(page.map(|page| ServedPage {
                page,
                resource_type: &resource.resource_type,
                parent: None,
            }))
        }
    };
    let requests = account::requests().saturating_sub(before);
    answer
        .with("connector", connector)
        .with("connector-contract", CONTRACT)
        .with("connector-requests", requests.to_string())
}

fn answer<T: Serialize>(result: Result<T, Error>) -> ServiceResponse {
    match result {
        Ok(record) => ServiceResponse::record(&record),
        Err(error) => of_error(&error),
    }
}

fn credentials(descriptor: description::Descriptor) -> Vec<EnvironmentCredential> {
    let all = descriptor.credentials.into_iter();
    all.map(|credential| EnvironmentCredential {
        set: account::has_credential(&credential.name),
        name: credential.name,
    })
    .collect()
}
