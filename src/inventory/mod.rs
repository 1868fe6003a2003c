//! Who has access to what, one page a call: one file per resource type.

mod access_keys;
mod catalogue;
mod collections;
mod draft;
mod groups;
mod known_roles;
mod once;
mod organization;
mod paging;
mod scim_accounts;
mod team;
mod team_roles;
mod types;
mod users;
mod workspace_roles;
mod workspaces;

#[cfg(test)]
mod tests;

pub use team::validate;
pub use types::{ResourceType, TYPES};

use crate::{
    error::Error,
    model::{Entitlement, EntitlementList, Page, ResourceId},
    postman::endpoints::PathId,
    transport::Transport,
};
use draft::usable_id;
use types::names;

/// Type and identifier of a resource as a caller gives them.
pub type Given<'a> = (&'a str, &'a str);

/// The rights that can be held on each resource of one type.
pub fn list_entitlements(
    transport: &impl Transport,
    resource_type: &str,
) -> Result<EntitlementList, Error> {
    let built_in = |entitlements: Vec<Entitlement>| EntitlementList {
        entitlements,
        ..EntitlementList::default()
    };
    match types::find(resource_type)?.id {
        names::WORKSPACE => catalogue::list(transport),
        names::TEAM => Ok(built_in(team_roles::built_in())),
        names::GROUP => Ok(built_in(groups::entitlements())),
        names::COLLECTION => Ok(built_in(collections::entitlements())),
        _ => Ok(EntitlementList::default()),
    }
}

/// One page of the resources of one type.
pub fn list_resources(
    transport: &impl Transport,
    resource_type: &str,
    parent: Option<Given<'_>>,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let wanted = types::find(resource_type)?;
    let parent = parent_of(wanted, parent)?;
    match (wanted.id, parent) {
        (names::WORKSPACE, Some(team)) => workspaces::list(transport, &team, cursor),
        (names::COLLECTION, Some(workspace)) => collections::list(transport, &workspace, cursor),
        (names::COLLECTION_ACCESS_KEY, Some(team)) => access_keys::list(transport, &team, cursor),
        (names::SCIM_ACCOUNT, Some(team)) => scim_accounts::list(transport, &team, cursor),
        (single, parent) => {
            no_cursor(cursor)?;
            match (single, parent) {
                (names::TEAM, None) => team::list(transport),
                (names::USER, Some(team)) => users::list(transport, &team),
                (names::GROUP, Some(team)) => groups::list(transport, &team),
                _ => Ok(Page::default()),
            }
        }
    }
}

/// One page of the grants on one resource.
pub fn list_grants(
    transport: &impl Transport,
    resource: Given<'_>,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let resource = identify(resource)?;
    no_cursor(cursor)?;
    match resource.resource_type {
        names::WORKSPACE => workspace_roles::list(transport, resource),
        names::GROUP => groups::list_managers(transport, resource),
        names::COLLECTION => collections::list_roles(transport, resource),
        _ => Ok(Page::default()),
    }
}

/// The identifier as a part of a path.
fn path_id(resource: &ResourceId) -> Result<PathId, Error> {
    PathId::new(&resource.id).ok_or_else(|| {
        Error::invalid_argument(format!(
            "the id of the {} is none of Postman's: 1 to 128 characters of A-Z a-z 0-9 _ . : @ -",
            resource.resource_type
        ))
    })
}

fn identify((resource_type, id): Given<'_>) -> Result<ResourceId, Error> {
    let found = types::find(resource_type)?;
    if !usable_id(found.id, id) {
        return Err(Error::invalid_argument(format!(
            "the id of the {} is none that this connector gives out",
            found.id
        )));
    }
    Ok(ResourceId::new(found.id, id))
}

fn parent_of(
    wanted: &ResourceType,
    parent: Option<Given<'_>>,
) -> Result<Option<ResourceId>, Error> {
    let parent = parent.map(identify).transpose()?;
    let given = parent.as_ref().map(|parent| parent.resource_type);
    match (wanted.parent, given) {
        (wanted, given) if wanted == given => Ok(parent),
        (Some(needed), _) => Err(Error::invalid_argument(format!(
            "parent: resources of type {} are listed under one of type {needed}",
            wanted.id
        ))),
        (None, _) => Err(Error::invalid_argument(format!(
            "parent: resources of type {} are listed under none",
            wanted.id
        ))),
    }
}

fn no_cursor(cursor: Option<&str>) -> Result<(), Error> {
    match cursor {
        None => Ok(()),
        Some(_) => Err(Error::invalid_argument(
            "cursor: this list has one page; call without a cursor",
        )),
    }
}
