//! `/teams` and `/teams/{teamId}`: the parts of an organisation.

use super::super::answer::SimulatedResponse;
use super::super::chance::Dice;
use super::super::json::{IdType, JsonObject, Unset, array};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{MemberForm, SubTeam};
use super::paging::{limit, page};

/// The sub-teams; 400 where the account is no organisation.
pub(in super::super) fn list(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(teams) = &service.team.sub_teams else {
        return refusal(service);
    };
    let shown =
        limit(request).and_then(|limit| page(service, request, teams, Some(limit.unwrap_or(50))));
    let shown = match shown {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let mut body = JsonObject::new(service.style("teams"));
    body.raw(
        "data",
        &array(shown.entries.iter().map(|team| write(service, team))),
    );
    shown.close(service, "teams", "metadata", &mut body);
    SimulatedResponse::json(body.close())
}

/// One sub-team, with its members where they are asked for. Postman publishes no shape of members: each
/// is a guess.
pub(in super::super) fn one(
    service: &SimulatorService,
    id: &str,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(teams) = &service.team.sub_teams else {
        return refusal(service);
    };
    let Ok(id) = id.parse::<u64>() else {
        return problem::bad_id();
    };
    let Some(team) = teams.iter().find(|team| team.id == id) else {
        return problem::not_found(service.dice("team"));
    };
    let mut object = describe(service, team);
    if request.query_has("include", "members") {
        if team.form == MemberForm::Refused {
            return problem::forbidden(service.dice("team members"));
        }
        write_members(service, team, &mut object);
    }
    let mut body = JsonObject::new(service.style("teams"));
    SimulatedResponse::json(body.raw("team", &object.close()).close())
}

fn write_members(service: &SimulatorService, team: &SubTeam, object: &mut JsonObject<'_>) {
    let ids = || array(team.members.iter().map(u64::to_string));
    let rows = |key: &str| {
        let rows = team
            .members
            .iter()
            .map(|id| write_member(service, key, *id));
        array(rows)
    };
    match team.form {
        MemberForm::Objects => object.raw("members", &rows("id")),
        MemberForm::Ids => object.raw("members", &ids()),
        MemberForm::Users => object.raw("users", &rows("userId")),
        MemberForm::ByKind => {
            object.raw("members", &format!(r#"{{"users":{},"groups":[]}}"#, ids()))
        }
        MemberForm::ByRole => object.raw("members", &format!(r#"{{"TEAM_DEVELOPER":{}}}"#, ids())),
        MemberForm::CountAlone | MemberForm::Refused => object,
    };
}

fn write_member(service: &SimulatorService, key: &str, id: u64) -> String {
    let mut style = service.style("team member");
    style.dice = Dice::at(style.dice, id);
    JsonObject::new(style).id(key, id, IdType::Number).close()
}

fn refusal(service: &SimulatorService) -> SimulatedResponse {
    let dice = service.dice("no organisation");
    let form = match service.options.traps.teams_refusals {
        true => dice.roll("form", 4),
        false => 0,
    };
    match form {
        0 => problem::no_organisation("Team feature is not available for your organization."),
        1 => problem::no_organisation("Squad feature is not available for your team."),
        2 => problem::forbidden(dice),
        _ => problem::not_found(dice),
    }
}

fn write(service: &SimulatorService, team: &SubTeam) -> String {
    describe(service, team).close()
}

fn describe<'a>(service: &'a SimulatorService, team: &SubTeam) -> JsonObject<'a> {
    let mut style = service.style("team");
    style.dice = Dice::at(style.dice, team.id);
    let mut object = JsonObject::new(style);
    object
        .id("id", team.id, IdType::Number)
        .name("name", Some(&team.name));
    object.text("handle", &team.handle).text("description", "");
    object.id("organizationId", service.team.id, IdType::Number);
    object.id("createdBy", team.created_by, IdType::Number);
    object
        .raw("enabled", "true")
        .raw("memberCount", &team.members.len().to_string());
    object.time("createdAt", Some(team.created), Unset::Absent);
    object.time("updatedAt", Some(team.created), Unset::Absent);
    object
}
