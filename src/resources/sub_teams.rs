//! The teams of an organization, from `/teams` by cursor, and who belongs to each, from `/teams/{id}`.
//!
//! They follow the root on the pages of the list of teams: a page of teams, then a page for the members
//! of each. Page tokens carry the root and the teams whose members are still to be read.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::{AcceptedResponse, get};
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::{Data, Group, ListAnswer, SubTeam};
use crate::resources::organization::accept_refusal;
use crate::resources::paging::next_cursor;
use crate::resources::sub_team_members::read_members;
use crate::resources::teams_position::{PendingTeam, TeamsPosition};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientList, LenientObject};
use connector_sdk::model::{Details, Impact, Page, Reference, Resource, ResourceId, Status};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// Reads one page after that of the root.
pub fn list(
    transport: &impl Transport,
    at: TeamsPosition,
    place: PagePosition,
) -> Result<Page, Error> {
    if at.waiting.is_empty() {
        list_teams(transport, &at, place)
    } else {
        list_members(transport, at, place)
    }
}

/// Reads a page of teams.
fn list_teams(
    transport: &impl Transport,
    at: &TeamsPosition,
    place: PagePosition,
) -> Result<Page, Error> {
    let mut page = PageBuilder::new(PROVIDER);
    let endpoint = PostmanRequest::Teams { cursor: &at.cursor };
    match get(transport, &endpoint) {
        Err(error) if at.cursor.is_empty() => {
            let rate_limit = error.rate_limit.as_deref().copied();
            accept_refusal(&mut page, &at.root, error, "")?;
            Ok(page.into_page(rate_limit))
        }
        answer => {
            let answer = answer?;
            page.page.next_page_token = add_teams(transport, &mut page, &answer, place, at)?;
            Ok(answer.finish(page))
        }
    }
}

/// Reads a page of the members of the teams that come next.
fn list_members(
    transport: &impl Transport,
    mut at: TeamsPosition,
    place: PagePosition,
) -> Result<Page, Error> {
    let mut page = PageBuilder::new(PROVIDER);
    let mut rate_limit = None;
    // Of two pages without a record a host takes the second for the first again.
    while page.page.grants.is_empty() && !at.waiting.is_empty() {
        let pending = at.waiting.remove(0);
        rate_limit = read_members(transport, &mut page, &pending)?.or(rate_limit);
    }
    page.page.next_page_token = at.next(place)?;
    Ok(page.into_page(rate_limit))
}

/// Adds a page of teams, and returns the token of what follows it.
fn add_teams(
    transport: &impl Transport,
    page: &mut PageBuilder,
    answer: &AcceptedResponse<'_>,
    place: PagePosition,
    before: &TeamsPosition,
) -> Result<Option<String>, Error> {
    let ListAnswer { list, rest } = answer.read_list::<Data<SubTeam<'_>>>()?;
    let LenientList::Items(teams) = list.data else {
        return Err(answer.lacks("no list in `data`"));
    };
    let (root, items) = (&before.root, teams.len());
    let mut added = Vec::with_capacity(teams.len());
    page.each_object(ResourceKind::Team.name(), teams, |page, index, team| {
        added.extend(record(page, root, index, &team));
    });
    let mut at = TeamsPosition {
        root: root.clone(),
        cursor: next_cursor(page, &before.cursor, &rest, items).unwrap_or_default(),
        waiting: Vec::new(),
    };
    let groups = if added.is_empty() {
        Vec::new()
    } else {
        group_ids(transport)?
    };
    for team in added {
        add(page, &mut at, team, &groups);
    }
    while !at.waiting.is_empty() && at.is_too_long() {
        let pending = at.waiting.remove(0);
        read_members(transport, page, &pending)?;
    }
    at.next(place)
}

/// Adds a team, whose members are read on a page of their own. The root's members are the users.
fn add(page: &mut PageBuilder, at: &mut TeamsPosition, team: Reference, groups: &[String]) {
    let id = team.resource.id.clone();
    if id == at.root {
        return;
    }
    let is_only_one = !groups.contains(&id.id);
    if is_only_one {
        add_group_reference(page, &team.resource);
    } else {
        let message = "A group has the same id as this team: a group of that id in roles is taken to be that group, though it may be this team";
        page.notice("shared-id", Some(&id), Impact::None, message.to_owned());
    }
    if !at.waiting.iter().any(|one| one.id == id) {
        at.waiting.push(PendingTeam { id, is_only_one });
    }
    page.page.references.push(team);
}

/// Returns the ids of the team's groups, to distinguish them from teams in roles; none where Postman
/// refuses them.
fn group_ids(transport: &impl Transport) -> Result<Vec<String>, Error> {
    let read = get(transport, &PostmanRequest::Groups).and_then(|answer| {
        let groups: Data<Group<'_>> = answer.read()?;
        let LenientList::Items(groups) = groups.data else {
            return Ok(Vec::new());
        };
        let groups = groups.into_iter().filter_map(LenientObject::here);
        Ok(groups.filter_map(|one| Some(one.id.id()?.into())).collect())
    });
    match read {
        Err(error) if !error.kind.is_lasting() => Err(error),
        read => Ok(read.unwrap_or_default()),
    }
}

/// Returns the record of a team; a reference, since a host lists users, groups and workspaces under the
/// root alone.
fn record(
    page: &mut PageBuilder,
    root: &ResourceId,
    index: usize,
    team: &SubTeam<'_>,
) -> Option<Reference> {
    let id = page.identity(ResourceKind::Team, index, &team.id)?;
    let name = page.text("name", &team.name, &id);
    let name = name.unwrap_or_else(|| format!("Team {}", id.id));
    let creator = page.reference(
        ResourceKind::User,
        "createdBy",
        &team.created_by,
        &id,
        Impact::AttributeUnknown,
    );
    let mut record = Reference::new(id.clone(), name, Details::Group);
    record.parent = Some(root.clone());
    let resource = &mut record.resource;
    resource.description = page.text("description", &team.description, &id);
    resource.created_at = page.moment("createdAt", &team.created_at, &id);
    resource.updated_at = page.moment("updatedAt", &team.updated_at, &id);
    resource.status = match page.flag("enabled", &team.enabled, &id) {
        Some(true) => Status::Enabled,
        Some(false) => Status::Disabled,
        None => Status::Unknown,
    };
    let count = team.member_count.count().map(|count| count.to_string());
    if count.is_none() && !team.member_count.is_blank() {
        page.unreadable("memberCount", Some(&id), Impact::AttributeUnknown);
    }
    resource.attributes = [
        ("created_by", creator.map(|user| user.id)),
        ("handle", page.text("handle", &team.handle, &id)),
        ("member_count", count),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    Some(record)
}

/// Adds the group that roles name this team as. Its members follow once they are read.
fn add_group_reference(page: &mut PageBuilder, team: &Resource) {
    if let Some(group) = ResourceId::parse(ResourceKind::Group, team.id.id.as_str()) {
        let name = team.display_name.clone();
        let group = Reference::new(group, name, Details::Group);
        page.page.references.push(group);
    }
}
