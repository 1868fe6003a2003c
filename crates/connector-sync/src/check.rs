//! A page is checked before anything is believed: a connector is not trusted to follow its own
//! description.

use connector_types::{Entitlement, GrantSet, Page, Problem, Resource, ResourceId, TypeIndex};

/// The longest page token and id that are accepted, in bytes.
const MAX_PAGE_TOKEN: usize = 8 << 10;
const MAX_ID: usize = 1 << 10;

/// Finds what is wrong with a page.
pub(super) fn page(page: &Page, types: &TypeIndex) -> Result<(), Problem> {
    let ids = page.resources.iter().flat_map(ids_of_resource);
    let of_notices = page
        .notices
        .iter()
        .filter_map(|notice| notice.about.as_ref());
    for id in ids.chain(of_notices) {
        check_id(id, types)?;
    }
    if page.resources.iter().any(|one| one.extent().is_some()) {
        return Err(fault("an event of a change log in another list"));
    }
    for resource in &page.resources {
        check_details(resource, types)?;
    }
    for set in &page.grants {
        check_set(set, types)?;
    }
    if page
        .next_page_token
        .as_ref()
        .is_some_and(|next| next.len() > MAX_PAGE_TOKEN)
    {
        return Err(fault("a page token longer than 8 KiB"));
    }
    entitlements(&page.entitlements, types)
}

fn entitlements(all: &[Entitlement], types: &TypeIndex) -> Result<(), Problem> {
    for entitlement in all {
        known_type(&entitlement.resource_type, types)?;
        if entitlement.slug.is_empty() {
            return Err(fault("an entitlement without a slug"));
        }
    }
    Ok(())
}

fn check_set(set: &GrantSet, types: &TypeIndex) -> Result<(), Problem> {
    check_id(&set.resource, types)?;
    known_type(&set.principal_type, types)?;
    set.principal_ids
        .iter()
        .try_for_each(|id| check_length(id))?;
    if set.is_empty() || set.entitlements.iter().any(|slug| slug.is_empty()) {
        return Err(fault(
            "a grant without an entitlement or without a principal",
        ));
    }
    Ok(())
}

fn ids_of_resource(resource: &Resource) -> impl Iterator<Item = &ResourceId> {
    std::iter::once(&resource.id).chain(resource.references())
}

fn check_details(resource: &Resource, types: &TypeIndex) -> Result<(), Problem> {
    let kind = types.kind(&resource.id.resource_type);
    if kind.is_none_or(|kind| kind.allows_details(&resource.details)) {
        Ok(())
    } else {
        Err(fault(
            "a resource whose details do not fit the kind of its type",
        ))
    }
}

fn check_id(id: &ResourceId, types: &TypeIndex) -> Result<(), Problem> {
    known_type(&id.resource_type, types)?;
    check_length(&id.id)
}

fn check_length(id: &str) -> Result<(), Problem> {
    if (1..=MAX_ID).contains(&id.len()) {
        Ok(())
    } else {
        Err(fault("an id that is empty or longer than 1 KiB"))
    }
}

fn known_type(id: &str, types: &TypeIndex) -> Result<(), Problem> {
    if types.contains(id) {
        Ok(())
    } else {
        Err(fault("a resource type that its description does not list"))
    }
}

fn fault(what: &str) -> Problem {
    Problem::new(
        format!("The connector answered with {what}. This is a fault of the connector: report it."),
        format!("the host refused the connector's answer: {what}"),
    )
}
