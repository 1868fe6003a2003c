//! Groups with members and team roles, from `/groups` in one answer; managers on request, from `/groups/{id}`.

use super::{draft::Draft, path_id, team_roles, types::names, users::whole_list};
use crate::{
    error::Error,
    model::{Details, Entitlement, GrantsSource, Page, Purpose, Resource, ResourceId},
    postman::{
        client::get,
        endpoints::Endpoint,
        lenient::Object,
        wire::{Group, WrappedGroup},
    },
    transport::Transport,
};

/// Slug of belonging to a group.
pub const MEMBER: &str = "member";
const MANAGER: &str = "manager";

/// The entitlements that every group has.
pub fn entitlements() -> Vec<Entitlement> {
    let entitlement =
        |slug: &'static str, name: &'static str, what: &'static str, purpose| Entitlement {
            resource_type: names::GROUP,
            slug: slug.into(),
            display_name: name.into(),
            description: what.into(),
            purpose,
            grantable_to: vec![names::USER],
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

/// All groups of the team.
pub fn list(transport: &impl Transport, team: &ResourceId) -> Result<Page, Error> {
    let answer = get(transport, &Endpoint::Groups)?;
    let mut draft = Draft::default();
    let groups = whole_list(&answer, &mut draft)?;
    draft.expect(groups.len(), groups.iter().map(grants_of).sum());
    for (index, group) in groups.into_iter().enumerate() {
        if let Some(group) = draft.object(names::GROUP, index, group) {
            add(&mut draft, team, index, group);
        }
    }
    Ok(draft.finish(&answer))
}

/// How many grants a group makes.
fn grants_of(group: &Object<Group<'_>>) -> usize {
    match group {
        Object::Here(group) => group.members.count() + group.roles.count(),
        _ => 0,
    }
}

fn add(draft: &mut Draft, team: &ResourceId, index: usize, group: Group<'_>) {
    let Some(id) = draft.identity(names::GROUP, index, &group.id) else {
        return;
    };
    let name = draft.text("name", &group.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Group {}", id.id));
    let created_by = draft.reference(names::USER, "createdBy", &group.created_by, &id, false);
    for member in draft.references(names::USER, "members", group.members, &id, true) {
        draft.grant(&id, MEMBER, &member, None, None);
    }
    team_roles::grant(draft, team, &id, Some(MEMBER), group.roles);
    let mut resource = Resource::listed(id.clone(), Some(team), display_name);
    resource.description = draft.text("summary", &group.summary, &id);
    resource.created_at = draft.moment("createdAt", &group.created_at, &id);
    resource.updated_at = draft.moment("updatedAt", &group.updated_at, &id);
    resource.details = Details::Group;
    resource.grants = GrantsSource::ListsAndMoreOnRequest;
    resource
        .profile
        .extend(created_by.map(|user| ("created_by", user.id)));
    draft.page.resources.push(resource);
}

/// The managers of one group.
pub fn list_managers(transport: &impl Transport, group: ResourceId) -> Result<Page, Error> {
    let endpoint = Endpoint::Group(path_id(&group)?);
    let answer = get(transport, &endpoint)?;
    let wrapped: WrappedGroup<'_> = answer.read()?;
    let found: Group<'_> = match wrapped.data {
        Object::Here(found) => found,
        _ => answer.read()?,
    };
    if found.id.id().is_none() {
        return Err(answer.lacks("no group with an `id`"));
    }
    let mut draft = Draft::default();
    for manager in draft.references(names::USER, "managers", found.managers, &group, true) {
        draft.grant(&group, MANAGER, &manager, None, None);
    }
    Ok(draft.finish(&answer))
}
