//! `/me`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, Unset, array};
use super::super::options::{KeyOwner, TeamPlan};
use super::super::service::SimulatorService;

/// Who the key belongs to.
pub(in super::super) fn get(service: &SimulatorService) -> SimulatedResponse {
    let style = service.style("me");
    let mut body = JsonObject::new(style);
    body.raw("user", &user(service));
    if service.team.owner.kind != KeyOwner::Partner {
        body.raw("operations", &operations(service));
    }
    SimulatedResponse::json(body.close())
}

fn user(service: &SimulatorService) -> String {
    let (team, owner) = (&service.team, &service.team.owner);
    let mut user = JsonObject::new(service.style("me user"));
    user.id("id", owner.id, IdType::Number);
    user.text("sub", &format!("{}", owner.id));
    // Seen live: these are empty or null for a program's account.
    user.optional("username", owner.username.as_deref(), Unset::Empty);
    user.optional("email", owner.email.as_deref(), Unset::Null);
    user.text("fullName", &owner.name).raw("avatar", "null");
    user.raw("isPublic", "false").raw("emailVerified", "true");
    match owner.in_team {
        true => user
            .id("teamId", team.id, IdType::Number)
            .text("teamName", team.name)
            .text("teamDomain", team.domain),
        false => user.raw("teamId", "0").text("teamDomain", ""),
    };
    user.roles("roles", &owner.roles).close()
}

fn operations(service: &SimulatorService) -> String {
    let limit = service
        .options
        .month_limit
        .unwrap_or(service.team.plan.month_limit());
    let mut operations = vec![
        operation(
            "api_usage",
            &limit.to_string(),
            &service.month_used().to_string(),
        ),
        operation("file_storage_limit", "1", "0.28"),
        operation("custom_authentication_flow_count", "99999999", "0"),
    ];
    if service.team.plan == TeamPlan::Free {
        operations.push(operation("flow_count", "20", "3"));
    }
    array(operations)
}

fn operation(name: &str, limit: &str, usage: &str) -> String {
    format!("{{\"name\":\"{name}\",\"limit\":{limit},\"usage\":{usage},\"overage\":0}}")
}
