//! `/me`.

use super::super::answer::Answer;
use super::super::json::{IdType, Object, Unset, array};
use super::super::options::{KeyOwner, Plan};
use super::super::service::Service;

/// Who the key belongs to.
pub(in super::super) fn get(service: &Service) -> Answer {
    let style = service.style("me");
    let mut body = Object::new(style);
    body.raw("user", &user(service));
    if service.team.owner.kind != KeyOwner::Partner {
        body.raw("operations", &operations(service));
    }
    Answer::json(body.close())
}

fn user(service: &Service) -> String {
    let (team, owner) = (&service.team, &service.team.owner);
    let mut user = Object::new(service.style("me user"));
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

fn operations(service: &Service) -> String {
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
    if service.team.plan == Plan::Free {
        operations.push(operation("flow_count", "20", "3"));
    }
    array(operations)
}

fn operation(name: &str, limit: &str, usage: &str) -> String {
    format!("{{\"name\":\"{name}\",\"limit\":{limit},\"usage\":{usage},\"overage\":0}}")
}
