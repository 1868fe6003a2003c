//! `/groups` and `/groups/{groupId}`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, MissingNotation, json_array};
use super::super::options::KeyOwner;
use super::super::problem;
use super::super::service::SimulatorService;
use super::super::team::TeamGroup;
use super::write_entries;
use std::sync::Arc;

/// Returns all groups with their members in one answer.
pub(in super::super) fn list_groups(service: &SimulatorService) -> SimulatedResponse {
    if let Some(refusal) = groups_refusal(service) {
        return refusal;
    }
    let body = service.groups_body.get_or_init(|| {
        let groups = &service.team.groups;
        let groups = write_entries(&service.lists.groups, |at| {
            groups.get(at).map(|group| write(service, group, false))
        });
        JsonObject::new(service.item_style("groups"))
            .raw_field("data", &json_array(groups))
            .close()
            .into()
    });
    SimulatedResponse::json_answer(Arc::clone(body))
}

/// Returns one group, without a wrapper, with its managers.
pub(in super::super) fn get_group(service: &SimulatorService, id: &str) -> SimulatedResponse {
    if let Some(refusal) = groups_refusal(service) {
        return refusal;
    }
    let Ok(id) = id.parse::<u64>() else {
        return problem::bad_id();
    };
    let mut known = service.team.groups.iter().filter(|group| group.id == id);
    match known.next() {
        Some(group) => SimulatedResponse::json_answer(write(service, group, true)),
        None => problem::not_found(service.item_draws("group")),
    }
}

fn groups_refusal(service: &SimulatorService) -> Option<SimulatedResponse> {
    let readable = service.team.readable_workspaces();
    let plan_lacks = service.team.owner.kind != KeyOwner::Partner && readable.users;
    match (readable.groups, plan_lacks) {
        (true, _) => None,
        (false, true) => Some(problem::not_in_plan()),
        (false, false) => Some(problem::forbidden_answer(service.item_draws("/groups"))),
    }
}

fn write(service: &SimulatorService, group: &TeamGroup, managers: bool) -> String {
    let mut style = service.item_style("group");
    style.draws = style.draws.at_index(group.id);
    let mut object = JsonObject::new(style);
    object.id("id", group.id, IdType::Number);
    object.id("teamId", service.team.id, IdType::Number);
    object.name("name", group.name.as_deref());
    object.optional_field("summary", group.summary.as_deref(), MissingNotation::Empty);
    object.optional_id("createdBy", group.created_by, IdType::Number);
    object.time_field("createdAt", group.created, MissingNotation::Absent);
    object.time_field("updatedAt", group.updated, MissingNotation::Absent);
    object.id_list("members", &group.members, IdType::Number);
    object.role_list("roles", &group.roles);
    if managers {
        object.id_list("managers", &group.managers, IdType::Number);
    }
    object.close()
}
