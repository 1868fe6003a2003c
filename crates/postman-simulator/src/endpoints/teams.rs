//! `/teams` and `/teams/{teamId}`: the parts of an organisation.

use super::super::answer::SimulatedResponse;
use super::super::chance::RandomDraws;
use super::super::json::{IdType, JsonObject, MissingNotation, json_array};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{MemberForm, SubTeam};
use super::paging::{limit_parameter, page_of};

/// Returns the sub-teams; 400 where the account is no organisation.
pub(in super::super) fn list_teams(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(teams) = &service.team.sub_teams else {
        return teams_refusal(service);
    };
    let shown = limit_parameter(request)
        .and_then(|limit| page_of(service, request, teams, Some(limit.unwrap_or(50))));
    let shown = match shown {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let mut body = JsonObject::new(service.item_style("teams"));
    body.raw_field(
        "data",
        &json_array(shown.entries.iter().map(|team| write(service, team))),
    );
    shown.close(service, "teams", "metadata", &mut body);
    SimulatedResponse::json_answer(body.close())
}

/// Returns one sub-team, with its members where they are asked for. Postman publishes no shape of members: each
/// is a guess.
pub(in super::super) fn get_team(
    service: &SimulatorService,
    id: &str,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(teams) = &service.team.sub_teams else {
        return teams_refusal(service);
    };
    let Ok(id) = id.parse::<u64>() else {
        return problem::bad_id();
    };
    let Some(team) = teams.iter().find(|team| team.id == id) else {
        return problem::not_found(service.item_draws("team"));
    };
    let mut object = describe(service, team);
    if request.query_has("include", "members") {
        if team.form == MemberForm::Refused {
            return problem::forbidden_answer(service.item_draws("team members"));
        }
        write_members(service, team, &mut object);
    }
    let mut body = JsonObject::new(service.item_style("teams"));
    SimulatedResponse::json_answer(body.raw_field("team", &object.close()).close())
}

fn write_members(service: &SimulatorService, team: &SubTeam, object: &mut JsonObject<'_>) {
    let ids = || json_array(team.members.iter().map(u64::to_string));
    let rows = |key: &str| {
        let rows = team
            .members
            .iter()
            .map(|id| write_member(service, key, *id));
        json_array(rows)
    };
    match team.form {
        MemberForm::Objects => object.raw_field("members", &rows("id")),
        MemberForm::Ids => object.raw_field("members", &ids()),
        MemberForm::Users => object.raw_field("users", &rows("userId")),
        MemberForm::ByKind => {
            object.raw_field("members", &format!(r#"{{"users":{},"groups":[]}}"#, ids()))
        }
        MemberForm::ByRole => {
            object.raw_field("members", &format!(r#"{{"TEAM_DEVELOPER":{}}}"#, ids()))
        }
        MemberForm::CountAlone | MemberForm::Refused => object,
    };
}

fn write_member(service: &SimulatorService, key: &str, id: u64) -> String {
    let mut style = service.item_style("team member");
    style.draws = RandomDraws::at_index(style.draws, id);
    JsonObject::new(style).id(key, id, IdType::Number).close()
}

fn teams_refusal(service: &SimulatorService) -> SimulatedResponse {
    let draws = service.item_draws("no organisation");
    let form = if service.options.quirks.teams_refusals {
        draws.draw_below("form", 4)
    } else {
        0
    };
    match form {
        0 => problem::no_organisation("Team feature is not available for your organization."),
        1 => problem::no_organisation("Squad feature is not available for your team."),
        2 => problem::forbidden_answer(draws),
        _ => problem::not_found(draws),
    }
}

fn write(service: &SimulatorService, team: &SubTeam) -> String {
    describe(service, team).close()
}

fn describe<'a>(service: &'a SimulatorService, team: &SubTeam) -> JsonObject<'a> {
    let mut style = service.item_style("team");
    style.draws = RandomDraws::at_index(style.draws, team.id);
    let mut object = JsonObject::new(style);
    object
        .id("id", team.id, IdType::Number)
        .name("name", Some(&team.name));
    object
        .text_field("handle", &team.handle)
        .text_field("description", "");
    object.id("organizationId", service.team.id, IdType::Number);
    object.id("createdBy", team.created_by, IdType::Number);
    object
        .raw_field("enabled", "true")
        .raw_field("memberCount", &team.members.len().to_string());
    object.time_field("createdAt", Some(team.created), MissingNotation::Absent);
    object.time_field("updatedAt", Some(team.created), MissingNotation::Absent);
    object
}
