//! `/me`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, MissingNotation, json_array};
use super::super::options::{KeyOwner, TeamPlan};
use super::super::service::SimulatorService;

/// Returns the owner of the key.
pub(in super::super) fn get(service: &SimulatorService) -> SimulatedResponse {
    let style = service.item_style("me");
    let mut body = JsonObject::new(style);
    body.raw_field("user", &user_object(service));
    if service.team.owner.kind != KeyOwner::Partner {
        body.raw_field("operations", &operations_object(service));
    }
    SimulatedResponse::json_answer(body.close())
}

fn user_object(service: &SimulatorService) -> String {
    let (team, owner) = (&service.team, &service.team.owner);
    let mut user = JsonObject::new(service.item_style("me user"));
    user.id("id", owner.id, IdType::Number);
    user.text_field("sub", &format!("{}", owner.id));
    // Seen live: these are empty or null for a program's account.
    user.optional_field(
        "username",
        owner.username.as_deref(),
        MissingNotation::Empty,
    );
    user.optional_field("email", owner.email.as_deref(), MissingNotation::Null);
    user.text_field("fullName", &owner.name)
        .raw_field("avatar", "null");
    user.raw_field("isPublic", "false")
        .raw_field("emailVerified", "true");
    if owner.in_team {
        user.id("teamId", team.id, IdType::Number)
            .text_field("teamName", team.name)
            .text_field("teamDomain", team.domain)
    } else {
        user.raw_field("teamId", "0").text_field("teamDomain", "")
    };
    user.role_list("roles", &owner.roles).close()
}

fn operations_object(service: &SimulatorService) -> String {
    let limit = service
        .options
        .month_limit
        .unwrap_or(service.team.plan.month_limit());
    let mut operations = vec![
        operation_object(
            "api_usage",
            &limit.to_string(),
            &service.month_used().to_string(),
        ),
        operation_object("file_storage_limit", "1", "0.28"),
        operation_object("custom_authentication_flow_count", "99999999", "0"),
    ];
    if service.team.plan == TeamPlan::Free {
        operations.push(operation_object("flow_count", "20", "3"));
    }
    json_array(operations)
}

fn operation_object(name: &str, limit: &str, usage: &str) -> String {
    format!("{{\"name\":\"{name}\",\"limit\":{limit},\"usage\":{usage},\"overage\":0}}")
}
