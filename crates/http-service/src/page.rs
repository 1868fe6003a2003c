//! A page as JSON: each resource with its type and its parent, which the contract leaves to the call.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::bindings::types::{
    Details, GrantListing, Page, Reference, Resource, ResourceId, Status,
};
use crate::json::JsonFields;

/// A page with the arguments of the call that it answers.
pub struct ServedPage<'a> {
    /// The page.
    pub page: Page,
    /// The type of its resources.
    pub resource_type: &'a str,
    /// The parent of its resources.
    pub parent: Option<&'a ResourceId>,
}

impl Serialize for ServedPage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Page {
            resources,
            references,
            entitlements,
            grants,
            notices,
            next_page_token,
            rate_limit,
        } = &self.page;
        let listed = resources.iter().map(|one| self.listed(one));
        let records: Vec<_> = listed
            .chain(references.iter().map(ServedResource::from))
            .collect();
        let mut page = serializer.serialize_struct("Page", 6)?;
        page.serialize_field("resources", &records)?;
        page.serialize_field("entitlements", entitlements)?;
        page.serialize_field("grants", grants)?;
        page.serialize_field("notices", notices)?;
        page.serialize_field("next_page_token", next_page_token)?;
        page.serialize_field("rate_limit", rate_limit)?;
        page.end()
    }
}

impl ServedPage<'_> {
    fn listed<'b>(&'b self, resource: &'b Resource) -> ServedResource<'b> {
        ServedResource {
            id: ServedId {
                resource_type: self.resource_type,
                id: &resource.id,
            },
            parent: self.parent,
            display_name: &resource.display_name,
            description: resource.description.as_deref(),
            evidence: "listed",
            status: resource.status,
            created_at: resource.created_at.as_deref(),
            updated_at: resource.updated_at.as_deref(),
            details: &resource.details,
            attributes: JsonFields(&resource.attributes),
            grants: resource.grants,
        }
    }
}

#[derive(Serialize)]
struct ServedId<'a> {
    resource_type: &'a str,
    id: &'a str,
}

/// A resource in the form of the host's NDJSON.
#[derive(Serialize)]
struct ServedResource<'a> {
    id: ServedId<'a>,
    parent: Option<&'a ResourceId>,
    display_name: &'a str,
    description: Option<&'a str>,
    evidence: &'static str,
    status: Status,
    created_at: Option<&'a str>,
    updated_at: Option<&'a str>,
    details: &'a Details,
    attributes: JsonFields<'a>,
    grants: GrantListing,
}

impl<'a> From<&'a Reference> for ServedResource<'a> {
    fn from(reference: &'a Reference) -> Self {
        let ResourceId { resource_type, id } = &reference.id;
        Self {
            id: ServedId { resource_type, id },
            parent: reference.parent.as_ref(),
            // Where nothing but the identity is known, the id stands for the name.
            display_name: reference.display_name.as_deref().unwrap_or(id),
            description: reference.description.as_deref(),
            evidence: "referenced",
            status: reference.status,
            created_at: reference.created_at.as_deref(),
            updated_at: reference.updated_at.as_deref(),
            details: &reference.details,
            attributes: JsonFields(&reference.attributes),
            grants: GrantListing::Complete,
        }
    }
}
