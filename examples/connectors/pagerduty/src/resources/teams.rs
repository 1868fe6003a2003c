//! Teams, from `/teams` by offset. The grants on a team are those of its members.

use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::lenient::LenientObject;
use connector_sdk::model::{
    Details, EntitlementList, GrantListing, Impact, Page, Resource, ResourceId,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PagerDutyRequest;
use crate::api::wire::{Reference, Team};
use crate::resources::roles::{ADMIN, MANAGER, TEAM};
use crate::resources::{members, paging};

/// The reader of teams.
pub struct PagerDutyTeams;

impl<T: Transport> ResourceReader<T> for PagerDutyTeams {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(TEAM.entitlements()))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }

    fn list_grants(
        &self,
        transport: &T,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        members::list(transport, resource, page_token)
    }
}

/// Reads one page of the teams of an account.
fn list(
    transport: &impl Transport,
    account: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let (place, offset) = paging::resume(ResourceKind::Team.name(), account, page_token)?;
    let endpoint = PagerDutyRequest::Teams { offset };
    let answer = get(transport, &endpoint)?;
    let mut page = PageBuilder::new(PROVIDER);
    let teams = paging::items(&answer, &mut page, place)?;
    page.expect(teams.len());
    page.each_object(ResourceKind::Team.name(), teams, |page, index, team| {
        add(page, account, index, team);
    });
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, account: &ResourceId, index: usize, team: Team<'_>) {
    let Some(id) = page.identity(ResourceKind::Team, index, &team.id) else {
        return;
    };
    // "Manages users, teams and everything in them": no list shows it.
    let rule = Some("admins-manage-every-team");
    page.grant(&id, MANAGER, account, Some(ADMIN), rule);
    let name = page.text("name", &team.name, &id);
    let display_name = name.unwrap_or_else(|| id.id.clone());
    let default_role = page.text("default_role", &team.default_role, &id);
    let parent = parent_of(page, team.parent, &id);
    let description = page.text("description", &team.description, &id);
    let mut resource = Resource::listed(id, display_name);
    resource.description = description;
    resource.details = Details::Group;
    resource.grants = GrantListing::ListGrantsRequired;
    resource.attributes = [
        ("default_role", default_role),
        ("parent_team", parent.map(|parent| parent.id)),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some((name, fact?)))
    .collect();
    page.page.resources.push(resource);
}

/// Returns the team that a team lies in.
fn parent_of(
    page: &mut PageBuilder,
    parent: LenientObject<Reference<'_>>,
    team: &ResourceId,
) -> Option<ResourceId> {
    page.note_other("parent", &parent, team);
    let id = parent.here()?.id;
    page.reference(
        ResourceKind::Team,
        "parent",
        &id,
        team,
        Impact::AttributeUnknown,
    )
}
