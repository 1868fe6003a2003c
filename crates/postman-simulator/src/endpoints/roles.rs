//! `/workspaces/{workspaceId}/roles` and `/workspaces-roles`.

use super::super::answer::SimulatedResponse;
use super::super::chance::RandomDraws;
use super::super::generate::scim_id;
use super::super::json::{IdType, JsonObject, json_array, json_text};
use super::super::listing::{Ids, hostile_id};
use super::super::options::TeamPlan;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{RolesAnswer, Workspace, WorkspaceRole};

/// Returns the roles in a workspace with their principals; roles without principals and lists
/// without entries are left out.
pub(in super::super) fn of_workspace(
    service: &SimulatorService,
    id: &str,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(workspace) = service.find_workspace(id) else {
        return problem::no_workspace();
    };
    let draws = service.item_draws(id);
    match workspace.answer {
        _ if !service.team.readable_workspaces().roles => problem::forbidden_answer(draws),
        _ if workspace.is_personal() && service.options.quirks.personal_roles_refused => {
            problem::personal_roles()
        }
        RolesAnswer::NotFound => problem::no_workspace(),
        RolesAnswer::Forbidden => problem::no_access(draws),
        RolesAnswer::Given => SimulatedResponse::json_answer(body(
            service,
            workspace,
            request.query_has("include", "scim"),
        )),
    }
}

fn body(service: &SimulatorService, workspace: &Workspace, scim: bool) -> String {
    let style = service.item_style(&workspace.id);
    let odd = Odd::for_workspace(service, workspace);
    let rows = (0..).zip(&workspace.roles).map(|(at, role)| {
        let principal = odd.principal.as_deref().filter(|_| at == 0);
        role_row(service, style.draws.at_index(at), role, principal, scim)
    });
    let mut rows: Vec<String> = rows.collect();
    rows.extend(odd.row);
    JsonObject::new(style).list_field("roles", rows).close()
}

fn role_row(
    service: &SimulatorService,
    draws: RandomDraws,
    role: &WorkspaceRole,
    odd: Option<&str>,
    scim: bool,
) -> String {
    let mut style = service.item_style("row");
    style.draws = draws;
    let mut row = JsonObject::new(style);
    row.id("id", u64::from(role.role), IdType::Text);
    row.name("displayName", Some(display_name(role.role)));
    let mut principals = |key: &str, ids: &[u64], as_scim: bool, odd: Option<&str>| {
        let mut written = if as_scim && scim {
            ids.iter()
                .map(|id| json_text(&scim_id(service.options.seed, *id)))
                .collect()
        } else {
            row.written_ids(key, ids, IdType::Text)
        };
        written.extend(odd.map(str::to_owned));
        if !written.is_empty() {
            row.list_field(key, written);
        }
    };
    principals("user", &role.users, true, odd);
    for (key, groups) in group_keys(service, draws, &role.groups) {
        principals(key, groups, true, None);
    }
    principals("partner", &role.partners, false, None);
    principals("team", &role.teams, false, None);
    row.close()
}

/// Returns the groups under their keys: one key, the other, or both with an overlap.
pub(super) fn group_keys<'a, T>(
    service: &SimulatorService,
    draws: RandomDraws,
    groups: &'a [T],
) -> Vec<(&'static str, &'a [T])> {
    let middle = groups.len() / 2;
    let form = if service.options.quirks.group_keys {
        draws.draw_below("group key", 3)
    } else {
        0
    };
    match form {
        1 => vec![("usergroup", groups)],
        2 => vec![
            ("group", groups.get(..=middle).unwrap_or(groups)),
            ("usergroup", groups.get(middle..).unwrap_or_default()),
        ],
        _ => vec![("group", groups)],
    }
}

/// Returns the display name of a role; two of them share each name.
fn display_name(role: u32) -> &'static str {
    match role {
        1 | 4 => "Viewer",
        2 | 5 => "Editor",
        3 => "Admin",
        6 => "Viewer and Partner Lead",
        7 => "Editor and Partner Lead",
        8 => "Commenter",
        _ => "Custom Role",
    }
}

/// The entries among a workspace's roles that cannot be reported.
pub(in super::super) struct Odd {
    /// A principal whose id is missing or may not stand in a path; beside the users of the first
    /// role.
    pub(in super::super) principal: Option<String>,
    /// A role that is no object, or has no id.
    pub(in super::super) row: Option<String>,
}

impl Odd {
    /// Returns the invalid entries of this workspace; most have none.
    pub(in super::super) fn for_workspace(
        service: &SimulatorService,
        workspace: &Workspace,
    ) -> Self {
        let draws = service.item_draws(&workspace.id);
        let quirks = &service.options.quirks;
        let hostile = || json_text(&hostile_id(draws, Ids::InPaths));
        let principal = match draws.draw_below("odd holder", 60) {
            0 if quirks.hostile_ids => Some(hostile()),
            1 if quirks.broken_items => Some("null".to_owned()),
            2 if quirks.broken_items => Some("{\"name\":\"77\"}".to_owned()),
            _ => None,
        };
        let row = match draws.draw_below("odd row", 60) {
            0 if quirks.broken_items => Some("null"),
            1 if quirks.broken_items => Some("\"3\""),
            2 if quirks.broken_items => Some(r#"{"displayName":"Admin","user":["99999999"]}"#),
            3 if quirks.broken_items => {
                Some(r#"{"id":null,"displayName":"Viewer","group":["999"]}"#)
            }
            _ => None,
        };
        Self {
            principal: principal.filter(|_| !workspace.roles.is_empty()),
            row: row.map(str::to_owned),
        }
    }
}

/// Returns the roles that the team's plan has.
pub(in super::super) fn role_catalog(service: &SimulatorService) -> SimulatedResponse {
    if !service.team.readable_workspaces().roles {
        return problem::forbidden_answer(service.item_draws("/workspaces-roles"));
    }
    let inside = [
        ("1", "Viewer", "Can view and collaborate on all resources"),
        ("2", "Editor", "Can create and edit all resources"),
        ("3", "Admin", "Can manage workspace details and members"),
    ];
    let partner = [
        (
            "4",
            "Viewer",
            "Can send requests and view workspace resources",
        ),
        (
            "5",
            "Editor",
            "Can create, edit and fork workspace resources",
        ),
        (
            "6",
            "Viewer and Partner Lead",
            "Can view, fork and export, and invite partners with Viewer access",
        ),
        (
            "7",
            "Editor and Partner Lead",
            "Can create and edit, and invite partners with Editor or Viewer access",
        ),
    ];
    let mut roles = JsonObject::new(service.item_style("catalogue"));
    roles.raw_field("user", &entries(service, &inside));
    if service.team.plan == TeamPlan::Enterprise {
        roles.raw_field("usergroup", &entries(service, &inside));
    }
    roles.raw_field("partner", &entries(service, &partner));
    SimulatedResponse::json_answer(format!("{{\"roles\":{}}}", roles.close()))
}

fn entries(service: &SimulatorService, roles: &[(&str, &str, &str)]) -> String {
    json_array(roles.iter().map(|(id, name, description)| {
        let mut role = JsonObject::new(service.item_style(id));
        role.text_field("id", id)
            .text_field("displayName", name)
            .text_field("description", description)
            .close()
    }))
}
