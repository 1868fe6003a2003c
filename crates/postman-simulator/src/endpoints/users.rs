//! `/users` and `/users/{userId}`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, MissingNotation, json_array};
use super::super::listing::ListEntry;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::User;
use super::write_entries;
use std::sync::Arc;

/// Returns all users in one answer, or those of one group; an unknown group has none.
pub(in super::super) fn list_users(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    if let Some(refusal) = users_refusal(service, "/users") {
        return refusal;
    }
    match request.query_value("groupId") {
        Some(group) => match group.parse() {
            Ok(group) => SimulatedResponse::json_answer(of_group(service, group)),
            Err(_) => problem::not_an_integer("groupId"),
        },
        None => SimulatedResponse::json_answer(Arc::clone(
            service
                .users_body
                .get_or_init(|| body(service, &service.lists.users)),
        )),
    }
}

/// Returns one user, without a wrapper.
pub(in super::super) fn get_user(service: &SimulatorService, id: &str) -> SimulatedResponse {
    if let Some(refusal) = users_refusal(service, "/users") {
        return refusal;
    }
    let Ok(id) = id.parse::<u64>() else {
        return problem::bad_id();
    };
    let mut known = service.team.users.iter().filter(|user| user.id == id);
    match known.next() {
        Some(user) => SimulatedResponse::json_answer(write(service, user, true)),
        None => problem::not_found(service.item_draws("user")),
    }
}

fn users_refusal(service: &SimulatorService, path: &str) -> Option<SimulatedResponse> {
    (!service.team.readable_workspaces().users)
        .then(|| problem::forbidden_answer(service.item_draws(path)))
}

fn body(service: &SimulatorService, entries: &[ListEntry]) -> Arc<str> {
    let users = &service.team.users;
    let users = write_entries(entries, |at| {
        users.get(at).map(|user| write(service, user, true))
    });
    let mut body = JsonObject::new(service.item_style("users"));
    body.raw_field("data", &json_array(users)).close().into()
}

/// Users of a group lack `joinedAt` (published example).
fn of_group(service: &SimulatorService, group: u64) -> String {
    let mut groups = service.team.groups.iter().filter(|known| known.id == group);
    let members = groups
        .next()
        .map(|group| group.members.as_slice())
        .unwrap_or_default();
    let users = service
        .team
        .users
        .iter()
        .filter(|user| members.contains(&user.id));
    let users = json_array(users.map(|user| write(service, user, false)));
    format!("{{\"data\":{users}}}")
}

fn write(service: &SimulatorService, user: &User, joined: bool) -> String {
    let mut style = service.item_style("user");
    style.draws = style.draws.at_index(user.id);
    let mut object = JsonObject::new(style);
    object.id("id", user.id, IdType::Number);
    object.name("name", user.name.as_deref());
    if user.is_service {
        object
            .raw_field("username", "\"\"")
            .raw_field("email", "null");
    } else {
        object.optional_field(
            "username",
            user.username.as_deref(),
            MissingNotation::Absent,
        );
        object.optional_field("email", user.email.as_deref(), MissingNotation::Absent);
    }
    object.role_list("roles", &user.roles);
    if joined {
        object.time_field("joinedAt", user.joined, MissingNotation::Absent);
    }
    object.close()
}
