//! The changes of a team in the last month, so that two syncs of it differ.

use super::super::team::{Team, Visibility, Workspace, WorkspaceRole};
use std::cmp::Reverse;

/// Users who joined in that month.
const JOINED: usize = 3;
/// Role ids of a workspace.
const EDITOR: u32 = 2;
const ADMIN: u32 = 3;
const PARTNERS: std::ops::RangeInclusive<u32> = 4..=7;

/// Shows the team as it was before that month: newcomers had not joined, a workspace was not public yet,
/// partners were not invited yet, and two people were not admins yet.
pub(super) fn undo_month(team: &mut Team) {
    remove_newcomers(team);
    let workspaces = &mut team.workspaces;
    let public = workspaces
        .iter_mut()
        .find(|one| one.visibility == Some(Visibility::Public));
    if let Some(one) = public {
        one.visibility = Some(Visibility::Team);
    }
    let partnered = workspaces
        .iter_mut()
        .find(|one| one.roles.iter().any(is_of_partners));
    if let Some(one) = partnered {
        one.roles.retain(|role| !is_of_partners(role));
    }
    if let Some(one) = workspaces.iter_mut().find(|one| has_admins(one)) {
        let admin = role_of(one, ADMIN).and_then(|role| role.users.pop());
        if let Some(editors) = role_of(one, EDITOR) {
            editors.users.extend(admin);
        }
    }
    let owner = team.owner.id;
    let admin = |role: &String| role == "admin";
    let mut users = team.users.iter_mut().filter(|user| user.id != owner);
    if let Some(user) = users.find(|user| user.roles.iter().any(admin)) {
        user.roles = vec!["user".to_owned()];
    }
}

/// Takes the last who joined out of everything, with what they made.
fn remove_newcomers(team: &mut Team) {
    let owner = team.owner.id;
    let mut users: Vec<_> = team.users.iter().filter(|user| user.id != owner).collect();
    users.sort_by_key(|user| Reverse(user.joined));
    let gone: Vec<u64> = users.iter().take(JOINED).map(|user| user.id).collect();
    let stays = |id: &u64| !gone.contains(id);
    team.users.retain(|user| stays(&user.id));
    for part in team.sub_teams.iter_mut().flatten() {
        part.members.retain(stays);
    }
    for group in &mut team.groups {
        group.members.retain(stays);
        group.managers.retain(stays);
    }
    team.workspaces
        .retain(|one| one.created_by.as_ref().is_none_or(stays));
    for role in team.workspaces.iter_mut().flat_map(|one| &mut one.roles) {
        role.users.retain(stays);
    }
    for role in team.collections.iter_mut().flat_map(|one| &mut one.roles) {
        role.users.retain(stays);
    }
    team.keys
        .retain(|key| key.created_by.as_ref().is_none_or(stays));
}

fn is_of_partners(role: &WorkspaceRole) -> bool {
    PARTNERS.contains(&role.role) && !role.partners.is_empty()
}

fn has_admins(workspace: &Workspace) -> bool {
    let mut roles = workspace.roles.iter();
    roles.any(|role| role.role == ADMIN && role.users.len() > 1)
}

fn role_of(workspace: &mut Workspace, id: u32) -> Option<&mut WorkspaceRole> {
    workspace.roles.iter_mut().find(|role| role.role == id)
}
