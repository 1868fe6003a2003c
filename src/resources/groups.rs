//! Groups with members and team roles, from `/groups` in one answer; managers on request, from `/groups/{id}`.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::role_principals::ids;
use crate::api::wire::{Group, WrappedGroup};
use crate::resources::team_roles;
use crate::resources::users::whole_list;
use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::Error;
use connector_sdk::model::{
    Details, Entitlement, GrantListing, Page, Purpose, Resource, ResourceId,
};
use connector_sdk::model::{EntitlementList, GrantSet, Impact};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;
use std::mem::take;

/// The reader of groups.
pub struct GroupReader;

impl<T: Transport> ResourceReader<T> for GroupReader {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(entitlements()))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        refuse_page_token(scope.page_token)?;
        list(transport, scope.parent()?)
    }

    fn list_grants(
        &self,
        transport: &T,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        refuse_page_token(page_token)?;
        list_managers(transport, resource)
    }
}

/// Slug of belonging to a group.
pub const MEMBER: &str = "member";
const MANAGER: &str = "manager";

/// Returns the entitlements that every group has.
fn entitlements() -> Vec<Entitlement> {
    let entitlement =
        |slug: &'static str, name: &'static str, what: &'static str, purpose| Entitlement {
            resource_type: ResourceKind::Group.name(),
            slug: slug.into(),
            display_name: name.into(),
            description: what.into(),
            purpose,
            grantable_to: vec![ResourceKind::User.name()],
            exclusion_group: None,
            rank: None,
        };
    vec![
        entitlement(
            MEMBER,
            "Member",
            "Belongs to the group and has what the group has.",
            Purpose::Assignment,
        ),
        entitlement(
            MANAGER,
            "Manager",
            "Manages the group and who belongs to it.",
            Purpose::Ownership,
        ),
    ]
}

/// Reads all groups of the team.
fn list(transport: &impl Transport, team: &ResourceId) -> Result<Page, Error> {
    let answer = get(transport, &PostmanRequest::Groups)?;
    let mut page = PageBuilder::new(PROVIDER);
    whole_list(
        &answer,
        &mut page,
        ResourceKind::Group,
        |page, index, group| {
            add(page, team, index, group);
        },
    )?;
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, team: &ResourceId, index: usize, group: &mut Group<'_>) {
    let Some(id) = page.identity(ResourceKind::Group, index, &group.id) else {
        return;
    };
    let name = page.text("name", &group.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Group {}", id.id));
    let created_by = page.reference(
        ResourceKind::User,
        "createdBy",
        &group.created_by,
        &id,
        Impact::AttributeUnknown,
    );
    let members = page.references(
        ResourceKind::User,
        "members",
        ids(take(&mut group.members)),
        &id,
        true,
    );
    page.grant_set(GrantSet {
        resource: id.clone(),
        entitlements: vec![MEMBER.into()],
        principal_type: ResourceKind::User.name(),
        principal_ids: members.into_iter().map(|member| member.id).collect(),
        implied_by: None,
        expands: None,
    });
    team_roles::grant(page, team, &id, Some(MEMBER), take(&mut group.roles));
    let mut resource = Resource::listed(id.clone(), display_name);
    resource.description = page.text("summary", &group.summary, &id);
    resource.created_at = page.moment("createdAt", &group.created_at, &id);
    resource.updated_at = page.moment("updatedAt", &group.updated_at, &id);
    resource.details = Details::Group;
    resource.grants = GrantListing::ListGrantsOptional;
    let created_by = created_by.map(|user| ("created_by", user.id));
    resource.attributes = created_by.into_iter().collect();
    page.page.resources.push(resource);
}

/// Reads the managers of one group.
fn list_managers(transport: &impl Transport, group: &ResourceId) -> Result<Page, Error> {
    let endpoint = PostmanRequest::Group(group);
    let answer = get(transport, &endpoint)?;
    let wrapped: WrappedGroup<'_> = answer.read()?;
    let found: Group<'_> = match wrapped.data.here() {
        Some(found) => found,
        None => answer.read()?,
    };
    if found.id.id().is_none() {
        return Err(answer.lacks("no group with an `id`"));
    }
    let mut page = PageBuilder::new(PROVIDER);
    let managers = ids(found.managers);
    for manager in page.references(ResourceKind::User, "managers", managers, group, true) {
        page.grant(group, MANAGER, &manager, None, None);
    }
    Ok(answer.finish(page))
}
