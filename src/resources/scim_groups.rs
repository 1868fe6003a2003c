//! SCIM groups with their members, from `/scim/v2/Groups` by number.

use crate::ResourceKind;
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::{ScimGroup, ScimMember};
use crate::resources::{paging, scim};
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::model::{
    AccountType, Details, Entitlement, EntitlementList, Impact, Page, Purpose, Reference, Resource,
    ResourceId, UserDetails,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::transport::Transport;

/// The reader of SCIM groups.
pub struct ScimGroups;

impl<T: Transport> ResourceReader<T> for ScimGroups {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(vec![Entitlement {
            resource_type: ResourceKind::ScimGroup.name(),
            slug: MEMBER.into(),
            display_name: "Member".into(),
            description: "Belongs to the group at the identity provider.".into(),
            purpose: Purpose::Assignment,
            grantable_to: vec![
                ResourceKind::ScimAccount.name(),
                ResourceKind::ScimGroup.name(),
            ],
            exclusion_group: None,
            rank: None,
        }]))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        let team = scope.parent()?;
        let kind = ResourceKind::ScimGroup.name();
        let mut place = page_token::resume(kind, team, scope.page_token)?;
        let endpoint = PostmanRequest::ScimGroups {
            before: paging::before(&place),
        };
        let answer = paging::get(transport, &endpoint, &mut place)?;
        let id = |group: &ScimGroup<'_>| group.id.id().map(Into::into);
        scim::list(&answer, place, ("SCIM group", id), add)
    }
}

/// Slug of belonging to a SCIM group.
const MEMBER: &str = "member";

fn add(page: &mut PageBuilder, index: usize, group: ScimGroup<'_>) {
    let Some(id) = page.identity(ResourceKind::ScimGroup, index, &group.id) else {
        return;
    };
    let name = page.text("displayName", &group.display_name, &id);
    let name = name.unwrap_or_else(|| format!("SCIM group {}", id.id));
    let external_id = page.text("externalId", &group.external_id, &id);
    let mut record = Resource::listed(id.clone(), name);
    record.details = Details::Group;
    scim::read_times(page, &mut record, group.meta);
    record
        .attributes
        .extend(external_id.map(|id| ("external_id", id)));
    page.page.resources.push(record);
    for member in page.entries("members", group.members, &id, true) {
        match member.get() {
            Some(member) => add_member(page, &id, member),
            None => page.unreadable("members", Some(&id), Impact::ItemOmitted),
        }
    }
}

/// Returns the kind of a member, which is an account where nothing is stated; `None` for one that is neither
/// account nor group.
fn member_kind(member: &ScimMember<'_>) -> Option<ResourceKind> {
    let of_reference = || member.reference.as_str()?.rsplit('/').nth(1);
    let stated = member.kind.as_str().or_else(of_reference);
    match stated.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "user" | "users" | "direct" => Some(ResourceKind::ScimAccount),
        "group" | "groups" | "indirect" => Some(ResourceKind::ScimGroup),
        _ => None,
    }
}

/// Adds a member. Its id may be of another form than that of its account, so that no list has it: a
/// record of a person that is known by name is no account that was removed.
fn add_member(page: &mut PageBuilder, group: &ResourceId, member: &ScimMember<'_>) {
    let kind = member_kind(member);
    let found = kind.zip(member.value.id());
    let Some(id) = found.and_then(|(kind, id)| ResourceId::parse(kind, id)) else {
        page.unreadable("members", Some(group), Impact::ItemOmitted);
        return;
    };
    if kind == Some(ResourceKind::ScimGroup) {
        page.grant(group, MEMBER, &id, Some(MEMBER), None);
        return;
    }
    page.grant(group, MEMBER, &id, None, None);
    let name = page.text("members.display", &member.display, group);
    let name = name.unwrap_or_else(|| format!("SCIM account {}", id.id));
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::Human,
        last_login: None,
    });
    page.page.references.push(Reference::new(id, name, details));
}
