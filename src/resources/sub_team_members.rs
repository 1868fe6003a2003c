//! The members of one team of an organization, from `/teams/{id}`.

use crate::ResourceKind;
use crate::api::client::{AcceptedResponse, get};
use crate::api::endpoints::PostmanRequest;
use crate::api::tree::{Fields, JsonNode};
use crate::resources::members::{TeamMember, TeamMembers, members, team_of};
use crate::resources::teams_position::PendingTeam;
use crate::resources::{groups, team_roles, workspace_roles};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::{LenientList, Scalar};
use connector_sdk::model::{Impact, RateLimit, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

/// The rule that gives members to a group that no list of groups has.
const AS_GROUP: &str = "sub-team of the organization: roles name it among groups, by the same id";

/// Adds the members of a team. Where Postman refuses them, a notice says so, and the rest is read.
pub fn read_members(
    transport: &impl Transport,
    page: &mut PageBuilder,
    pending: &PendingTeam,
) -> Result<Option<RateLimit>, Error> {
    let endpoint = PostmanRequest::Team(&pending.id);
    match get(transport, &endpoint) {
        Ok(answer) => {
            add_members(page, pending, &answer)?;
            page.note_lost_name(&answer.body);
            Ok(answer.rate_limit)
        }
        Err(error) if error.kind.is_lasting() => {
            let impact = if error.kind == ErrorKind::UnexpectedResponse {
                Impact::ItemOmitted
            } else {
                Impact::AccessUnknown
            };
            note_no_members(page, &pending.id, impact, &error.problem.message);
            Ok(error.rate_limit.as_deref().copied())
        }
        Err(error) => Err(error),
    }
}

fn note_no_members(page: &mut PageBuilder, team: &ResourceId, impact: Impact, why: &str) {
    let message = format!("{why} Who belongs to the team is not known.");
    page.notice("no-members", Some(team), impact, message);
}

fn add_members(
    page: &mut PageBuilder,
    pending: &PendingTeam,
    answer: &AcceptedResponse<'_>,
) -> Result<(), Error> {
    let body: Fields<'_> = answer.read()?;
    let count = team_of(&body)
        .first(&["memberCount"])
        .and_then(JsonNode::count);
    let team = &pending.id;
    let Some(TeamMembers { found, unreadable }) = members(&body) else {
        let error = answer.lacks("no members");
        if !error.kind.is_lasting() {
            return Err(error);
        }
        let count = count.map_or(String::new(), |count| format!(", and counts {count}"));
        let why = format!("Postman's answer shows no members that can be read{count}.");
        note_no_members(page, team, Impact::AccessUnknown, &why);
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
    for member in found {
        add_member(page, team, member);
    }
    add_as_group(page, pending);
    Ok(())
}

fn add_member(page: &mut PageBuilder, team: &ResourceId, member: TeamMember) {
    let expands = if member.kind == ResourceKind::Group {
        Some(groups::MEMBER)
    } else if member.kind == ResourceKind::Team {
        Some(team_roles::MEMBER)
    } else {
        None
    };
    let Some(id) = ResourceId::parse(member.kind, member.id) else {
        page.unreadable("members", Some(team), Impact::ItemOmitted);
        return;
    };
    page.grant(team, team_roles::MEMBER, &id, expands, None);
    let roles = member.roles.into_iter();
    let roles = roles.map(|role| Scalar::Text(role.into())).collect();
    team_roles::grant(page, team, &id, expands, LenientList::Items(roles));
    workspace_roles::add_partner(page, &id);
}

/// Gives the group that roles name this team as the team's members.
fn add_as_group(page: &mut PageBuilder, pending: &PendingTeam) {
    let team = &pending.id;
    let group = ResourceId::parse(ResourceKind::Group, team.id.as_str());
    if let Some(group) = group.filter(|_| pending.is_only_one) {
        let expands = Some(team_roles::MEMBER);
        page.grant(&group, groups::MEMBER, team, expands, Some(AS_GROUP));
    }
}
