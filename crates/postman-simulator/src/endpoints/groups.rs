//! `/groups` and `/groups/{groupId}`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, Unset, array};
use super::super::options::KeyOwner;
use super::super::problem;
use super::super::service::SimulatorService;
use super::super::team::TeamGroup;
use super::written;
use std::sync::Arc;

/// All groups with their members in one answer.
pub(in super::super) fn list(service: &SimulatorService) -> SimulatedResponse {
    if let Some(refusal) = refusal(service) {
        return refusal;
    }
    let body = service.groups_body.get_or_init(|| {
        let groups = &service.team.groups;
        let groups = written(&service.lists.groups, |at| {
            groups.get(at).map(|group| write(service, group, false))
        });
        JsonObject::new(service.style("groups"))
            .raw("data", &array(groups))
            .close()
            .into()
    });
    SimulatedResponse::json(Arc::clone(body))
}

/// One group, without a wrapper, with its managers.
pub(in super::super) fn one(service: &SimulatorService, id: &str) -> SimulatedResponse {
    if let Some(refusal) = refusal(service) {
        return refusal;
    }
    let Ok(id) = id.parse::<u64>() else {
        return problem::bad_id();
    };
    let mut known = service.team.groups.iter().filter(|group| group.id == id);
    match known.next() {
        Some(group) => SimulatedResponse::json(write(service, group, true)),
        None => problem::not_found(service.dice("group")),
    }
}

fn refusal(service: &SimulatorService) -> Option<SimulatedResponse> {
    let readable = service.team.readable();
    let plan_lacks = service.team.owner.kind != KeyOwner::Partner && readable.users;
    match (readable.groups, plan_lacks) {
        (true, _) => None,
        (false, true) => Some(problem::not_in_plan()),
        (false, false) => Some(problem::forbidden(service.dice("/groups"))),
    }
}

fn write(service: &SimulatorService, group: &TeamGroup, managers: bool) -> String {
    let mut style = service.style("group");
    style.dice = style.dice.at(group.id);
    let mut object = JsonObject::new(style);
    object.id("id", group.id, IdType::Number);
    object.id("teamId", service.team.id, IdType::Number);
    object.name("name", group.name.as_deref());
    object.optional("summary", group.summary.as_deref(), Unset::Empty);
    object.optional_id("createdBy", group.created_by, IdType::Number);
    object.time("createdAt", group.created, Unset::Absent);
    object.time("updatedAt", group.updated, Unset::Absent);
    object.ids("members", &group.members, IdType::Number);
    object.roles("roles", &group.roles);
    if managers {
        object.ids("managers", &group.managers, IdType::Number);
    }
    object.close()
}
