//! Asking the connector.

use serde::Serialize;

use crate::answer::Answer;
use crate::bindings::types::{Error, ResourceId};
use crate::bindings::{account, description, inventory};
use crate::page::ServedPage;
use crate::problem::of_error;
use crate::route::Asked;

/// Version of the contract that is served.
const CONTRACT: &str = "0.2.0";

/// A credential of the connector's, and whether the engine's environment has it.
#[derive(Serialize)]
struct SetCredential {
    name: String,
    set: bool,
}

/// Makes one call. The answer says which connector it is of, and how many requests it took.
pub fn call(asked: Asked) -> Answer {
    let descriptor = description::describe();
    let before = account::requests();
    let connector = format!("{}/{}", descriptor.name, descriptor.version);
    let answer = match asked {
        Asked::Describe => Answer::record(&descriptor),
        Asked::Credentials => Answer::record(&credentials(descriptor)),
        Asked::Validate => answer(inventory::validate()),
        Asked::Entitlements { resource_type } => {
            answer(inventory::list_entitlements(&resource_type))
        }
        Asked::Resources {
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
        Asked::Grants {
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

fn answer<T: Serialize>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(record) => Answer::record(&record),
        Err(error) => of_error(&error),
    }
}

fn credentials(descriptor: description::Descriptor) -> Vec<SetCredential> {
    let all = descriptor.credentials.into_iter();
    all.map(|credential| SetCredential {
        set: account::has_credential(&credential.name),
        name: credential.name,
    })
    .collect()
}
