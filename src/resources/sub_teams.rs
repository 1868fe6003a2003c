//! The teams of an organization, from `/teams` by cursor, and who belongs to each, from `/teams/{id}`.
//!
//! They follow the root on the pages of the list of teams: a page of teams, then a page for the members
//! of each. Page tokens carry the root and the teams whose members are still to be read.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::{Answer, get};
use crate::api::endpoints::Endpoint;
use crate::api::tree::{Fields, Node};
use crate::api::wire::{Data, Group, SubTeam};
use crate::resources::members::{Member, Members, members, team_of};
use crate::resources::paging::{Paging, next_cursor};
use crate::resources::{groups, team_roles, workspace_roles};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::{List, Object, Scalar};
use connector_sdk::model::{
    Details, Impact, Page, RateLimit, Reference, Resource, ResourceId, Status,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// Why a group that no list of groups has has members.
const AS_GROUP: &str = "sub-team of the organization: roles name it among groups, by the same id";

/// The longest list of teams to go on with that a page token has room for, in bytes.
const MAX_WAITING: usize = 1024;

/// A place in the list of an organization's teams.
pub struct TeamsPosition {
    root: ResourceId,
    /// Teams whose members are still to be read.
    waiting: Vec<Waiting>,
    /// Where the list of teams goes on after them; empty at its end.
    cursor: String,
}

/// A team whose members are still to be read.
struct Waiting {
    team: ResourceId,
    /// No group has the same id, so that a group of that id in roles is this team.
    is_only_one: bool,
}

/// Marks a team that shares its id with a group, in page tokens.
const SHARED: char = '!';

impl TeamsPosition {
    /// Returns the position that a page token has.
    pub fn parse(at: &str) -> Option<Self> {
        let mut parts = at.splitn(3, ' ');
        let root = ResourceId::parse(ResourceKind::Team, parts.next()?)?;
        // The token of the first page of teams has the root alone.
        let waiting = parts.next().unwrap_or_default();
        let waiting = waiting.split(',').filter(|id| !id.is_empty());
        Some(Self {
            root,
            waiting: waiting.map(Waiting::parse).collect::<Option<_>>()?,
            cursor: parts.next().unwrap_or_default().to_owned(),
        })
    }

    /// Returns the text that a page token has, or none where nothing is left to read.
    fn text(&self) -> Option<String> {
        let waiting: Vec<String> = self.waiting.iter().map(Waiting::text).collect();
        let is_end = waiting.is_empty() && self.cursor.is_empty();
        (!is_end).then(|| format!("{} {} {}", self.root.id, waiting.join(","), self.cursor))
    }

    /// Returns the token of what follows, where anything does.
    fn next(&self, place: PagePosition) -> Result<Option<String>, Error> {
        let next = self.text().map(|text| place.then(&text)).transpose();
        next.map_err(|_| endless())
    }
}

fn endless() -> Error {
    Error::new(
        ErrorKind::UnexpectedResponse,
        "Postman's list of the organization's teams does not come to an end, or its cursor is too long.".to_owned(),
        "GET /teams: 200, the list cannot go on".to_owned(),
    )
}

impl Waiting {
    fn parse(text: &str) -> Option<Self> {
        let id = text.trim_end_matches(SHARED);
        Some(Self {
            team: ResourceId::parse(ResourceKind::Team, id)?,
            is_only_one: id.len() == text.len(),
        })
    }

    fn text(&self) -> String {
        let mut text = self.team.id.clone();
        text.extend((!self.is_only_one).then_some(SHARED));
        text
    }
}

/// Returns the token of the first page of teams, which follows the root.
pub fn first_page(root: &ResourceId, place: PagePosition) -> Result<Option<String>, Error> {
    place.then(&root.id).map(Some).map_err(|_| endless())
}

/// One page after that of the root.
pub fn list(
    transport: &impl Transport,
    mut at: TeamsPosition,
    place: PagePosition,
) -> Result<Page, Error> {
    let mut page = PageBuilder::new(PROVIDER);
    if at.waiting.is_empty() {
        let endpoint = Endpoint::Teams { cursor: &at.cursor };
        let answer = match get(transport, &endpoint) {
            Err(error) if at.cursor.is_empty() => {
                note_no_teams(&mut page, &at.root, error)?;
                return Ok(page.into_page(None));
            }
            answer => answer?,
        };
        page.page.next_page_token =
            add_teams(transport, &mut page, &answer, place, (&at.root, &at.cursor))?;
        return Ok(answer.finish(page));
    }
    let mut rate_limit = None;
    // Of two pages without a record a host takes the second for the first again.
    while page.page.grants.is_empty() && !at.waiting.is_empty() {
        let waiting = at.waiting.remove(0);
        rate_limit = read_members(transport, &mut page, &waiting)?.or(rate_limit);
    }
    page.page.next_page_token = at.next(place)?;
    Ok(page.into_page(rate_limit))
}

/// Notes that the team is no organization, where Postman refuses its teams for good; any other error
/// ends the page.
fn note_no_teams(page: &mut PageBuilder, root: &ResourceId, error: Error) -> Result<(), Error> {
    match (error.kind, error.problem.status) {
        (ErrorKind::NotOffered, _) => Ok(()),
        (
            ErrorKind::RateLimited
            | ErrorKind::QuotaExhausted
            | ErrorKind::Unauthenticated
            | ErrorKind::Unavailable,
            _,
        ) => Err(error),
        (ErrorKind::Forbidden, _) | (_, Some(400 | 404)) => {
            page.notice("no-teams", Some(root), Impact::None, no_teams(&error));
            Ok(())
        }
        _ => Err(error),
    }
}

fn no_teams(error: &Error) -> String {
    format!(
        "{} The team is taken to be no organization of several teams.",
        error.problem.message
    )
}

/// Another try ends the same, so that the rest of the list is read all the same.
fn is_lasting(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Forbidden
            | ErrorKind::NotOffered
            | ErrorKind::NotFound
            | ErrorKind::UnexpectedResponse
    )
}

/// Adds a page of teams, and returns the token of what follows it.
fn add_teams(
    transport: &impl Transport,
    page: &mut PageBuilder,
    answer: &Answer<'_>,
    place: PagePosition,
    (root, sent): (&ResourceId, &str),
) -> Result<Option<String>, Error> {
    let wire: Data<'_, SubTeam<'_>> = answer.read()?;
    let List::Items(teams) = wire.data else {
        let message = "Postman's list of the organization's teams has no list in `data`: if the team is an organization, its teams are missing";
        page.notice(
            "unread-teams",
            Some(root),
            Impact::ItemOmitted,
            message.to_owned(),
        );
        return Ok(None);
    };
    let mut added = Vec::with_capacity(teams.len());
    for (index, team) in teams.into_iter().enumerate() {
        if let Some(team) = page.object(ResourceKind::Team.name(), index, team) {
            added.extend(record(page, root, index, &team));
        }
    }
    let paging = Paging {
        metas: [&wire.meta, &wire.metadata],
        top: &wire.next_cursor,
    };
    let mut at = TeamsPosition {
        root: root.clone(),
        cursor: next_cursor(page, sent, &paging).unwrap_or_default(),
        waiting: Vec::new(),
    };
    let groups = match added.is_empty() {
        true => Vec::new(),
        false => group_ids(transport)?,
    };
    for team in added {
        at.add(page, team, &groups);
    }
    while !at.waiting.is_empty() && at.text().is_some_and(|text| text.len() > MAX_WAITING) {
        let waiting = at.waiting.remove(0);
        read_members(transport, page, &waiting)?;
    }
    at.next(place)
}

impl TeamsPosition {
    /// Adds a team, whose members are read on a page of their own. The root's members are the users.
    fn add(&mut self, page: &mut PageBuilder, team: Reference, groups: &[String]) {
        let id = team.resource.id.clone();
        let is_known = self.waiting.iter().any(|one| one.team == id);
        if id == self.root {
            return;
        }
        let is_only_one = !groups.contains(&id.id);
        if is_only_one {
            add_group_reference(page, &team.resource);
        } else {
            let message = "A group has the same id as this team: a group of that id in roles is taken to be that group, though it may be this team";
            page.notice("shared-id", Some(&id), Impact::None, message.to_owned());
        }
        if !is_known {
            self.waiting.push(Waiting {
                team: id,
                is_only_one,
            });
        }
        page.page.references.push(team);
    }
}

/// The ids of the team's groups, to tell them from teams in roles; none where they are not to be had.
fn group_ids(transport: &impl Transport) -> Result<Vec<String>, Error> {
    let read = get(transport, &Endpoint::Groups).and_then(|answer| {
        let groups: Data<'_, Group<'_>> = answer.read()?;
        let List::Items(groups) = groups.data else {
            return Ok(Vec::new());
        };
        let groups = groups.into_iter().filter_map(Object::here);
        Ok(groups.filter_map(|one| Some(one.id.id()?.into())).collect())
    });
    match read {
        Err(error) if !is_lasting(error.kind) => Err(error),
        read => Ok(read.unwrap_or_default()),
    }
}

/// The record of a team; a reference, since a host lists users, groups and workspaces under the root alone.
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
    resource.status = match team.enabled {
        Scalar::Bool(true) => Status::Enabled,
        Scalar::Bool(false) => Status::Disabled,
        _ => Status::Unknown,
    };
    if resource.status == Status::Unknown && !team.enabled.is_blank() {
        page.unreadable("enabled", Some(&id), Impact::AttributeUnknown);
    }
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

/// Adds the members of a team. Where Postman refuses them, a notice says so, and the rest is read.
fn read_members(
    transport: &impl Transport,
    page: &mut PageBuilder,
    waiting: &Waiting,
) -> Result<Option<RateLimit>, Error> {
    let endpoint = Endpoint::Team(&waiting.team);
    match get(transport, &endpoint) {
        Ok(answer) => {
            add_members(page, waiting, &answer)?;
            page.note_lost_name(&answer.body);
            Ok(answer.rate_limit)
        }
        Err(error) if is_lasting(error.kind) => {
            note_no_members(page, &waiting.team, &error.problem.message);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn note_no_members(page: &mut PageBuilder, team: &ResourceId, why: &str) {
    let message = format!("{why} Who belongs to the team is not known.");
    page.notice("no-members", Some(team), Impact::AccessUnknown, message);
}

fn add_members(
    page: &mut PageBuilder,
    waiting: &Waiting,
    answer: &Answer<'_>,
) -> Result<(), Error> {
    let body: Fields<'_> = answer.read()?;
    let count = team_of(&body).first(&["memberCount"]).and_then(Node::count);
    let team = &waiting.team;
    let Some(Members { found, unreadable }) = members(&body) else {
        let count = count.map_or(String::new(), |count| format!(", and counts {count}"));
        let why = format!("Postman's answer shows no members that can be read{count}.");
        note_no_members(page, team, &why);
        return Ok(());
    };
    for _ in 0..unreadable {
        page.unreadable("members", Some(team), Impact::ItemOmitted);
    }
    let shown = u64::try_from(found.len() + unreadable).unwrap_or(u64::MAX);
    if let Some(count) = count.filter(|count| *count > shown) {
        let message = format!(
            "Postman counts {count} members of the team and shows {shown}: the others are missing"
        );
        page.notice("short-list", Some(team), Impact::ItemOmitted, message);
    }
    let is_empty = found.is_empty();
    for member in found {
        add_member(page, team, member);
    }
    if !is_empty {
        add_as_group(page, waiting);
    }
    Ok(())
}

fn add_member(page: &mut PageBuilder, team: &ResourceId, member: Member) {
    let expands = match member.kind {
        ResourceKind::Group => Some(groups::MEMBER),
        ResourceKind::Team => Some(team_roles::MEMBER),
        _ => None,
    };
    let Some(id) = ResourceId::parse(member.kind, member.id) else {
        page.unreadable("members", Some(team), Impact::ItemOmitted);
        return;
    };
    page.grant(team, team_roles::MEMBER, &id, expands, None);
    let roles = member.roles.into_iter();
    let roles = roles.map(|role| Scalar::Text(role.into())).collect();
    team_roles::grant(page, team, &id, expands, List::Items(roles));
    workspace_roles::add_partner(page, &id);
}

/// Gives the group that roles name this team as the team's members.
fn add_as_group(page: &mut PageBuilder, waiting: &Waiting) {
    let team = &waiting.team;
    let group = ResourceId::parse(ResourceKind::Group, team.id.as_str());
    if let Some(group) = group.filter(|_| waiting.is_only_one) {
        let expands = Some(team_roles::MEMBER);
        page.grant(&group, groups::MEMBER, team, expands, Some(AS_GROUP));
    }
}
