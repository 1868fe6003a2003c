//! A team that moves while it is read: what is gone, who has left, whose role has changed, and how far
//! lists have shifted. It is put over the answers of the team as it was at first.

use super::fault::Fault;
use crate::answer::SimulatedResponse;
use crate::audit::AuditedChange;
use crate::history::TeamChange;
use crate::problem;
use crate::route::SimulatedEndpoint;
use crate::service::SimulatorService;
use connector_types::lock;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The changes since the beginning.
#[derive(Default)]
pub(super) struct World(Mutex<FaultState>);

#[derive(Default)]
struct FaultState {
    vanished: BTreeSet<String>,
    left: BTreeSet<String>,
    changed: BTreeSet<String>,
    shifted: usize,
    /// All of it, in order.
    moves: Vec<TeamChange>,
}

impl World {
    /// Applies a change on the occasion of a request, and returns the affected user or item; `None`
    /// if the change is not possible there.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`moves_the_team` names the faults that come here"
    )]
    pub(super) fn apply_move(
        &self,
        fault: &Fault,
        service: &SimulatorService,
        endpoint: SimulatedEndpoint,
        id: &str,
    ) -> Option<String> {
        let mut state = self.lock();
        match fault {
            Fault::Vanish if !id.is_empty() => {
                state.vanished.insert(id.to_owned());
                state.moves.push(TeamChange::Gone(id.to_owned()));
                service.note_event(&AuditedChange::Vanished(endpoint, id));
                Some(id.to_owned())
            }
            Fault::RoleChange if endpoint == SimulatedEndpoint::WorkspaceRoles => {
                state.changed.insert(id.to_owned());
                state.moves.push(TeamChange::Changed(id.to_owned()));
                service.note_event(&AuditedChange::RolesChanged(id));
                Some(id.to_owned())
            }
            Fault::Leave => {
                // The key's owner is the first of the list, and stays.
                let users = service.team.users.iter().skip(1).rev();
                let mut ids = users.map(|user| user.id.to_string());
                let leaver = ids.find(|id| !state.left.contains(id))?;
                state.left.insert(leaver.clone());
                state.moves.push(TeamChange::Gone(leaver.clone()));
                service.note_event(&AuditedChange::Left(&leaver));
                Some(leaver)
            }
            Fault::Reorder(items) => {
                state.shifted += items;
                state.moves.push(TeamChange::Shifted);
                Some(state.shifted.to_string())
            }
            _ => None,
        }
    }

    /// Swaps the viewers and the admins of a workspace, or swaps them back.
    pub(super) fn change_roles(&self, service: &SimulatorService, workspace: &str) {
        let mut state = self.lock();
        if !state.changed.remove(workspace) {
            state.changed.insert(workspace.to_owned());
        }
        state.moves.push(TeamChange::Changed(workspace.to_owned()));
        service.note_event(&AuditedChange::RolesChanged(workspace));
    }

    /// Returns a list in its present order.
    pub(super) fn reorder_list<'a, T: Clone>(&self, list: &'a [T]) -> Cow<'a, [T]> {
        let shifted = self.lock().shifted;
        let Some(by) = shifted.checked_rem(list.len()).filter(|by| *by > 0) else {
            return Cow::Borrowed(list);
        };
        let mut list = list.to_vec();
        list.rotate_left(by);
        Cow::Owned(list)
    }

    /// Returns whether the team has changed.
    pub(super) fn has_moved(&self) -> bool {
        !self.lock().moves.is_empty()
    }

    /// Returns all that happened, in order.
    pub(super) fn team_moves(&self) -> Vec<TeamChange> {
        self.lock().moves.clone()
    }

    /// Returns the answer for the present team, and the number of changes so far.
    pub(super) fn show_change(
        &self,
        endpoint: SimulatedEndpoint,
        id: &str,
        answer: SimulatedResponse,
    ) -> (SimulatedResponse, usize) {
        let state = self.lock();
        (state.show(endpoint, id, answer), state.moves.len())
    }

    fn lock(&self) -> MutexGuard<'_, FaultState> {
        lock(&self.0)
    }
}

impl FaultState {
    fn show(
        &self,
        endpoint: SimulatedEndpoint,
        id: &str,
        answer: SimulatedResponse,
    ) -> SimulatedResponse {
        if self.vanished.contains(id) {
            return problem::no_workspace();
        }
        let changed = endpoint == SimulatedEndpoint::WorkspaceRoles && self.changed.contains(id);
        let still = self.vanished.is_empty() && self.left.is_empty() && !changed;
        if still || answer.status != 200 {
            return answer;
        }
        let Ok(mut body) = serde_json::from_str::<Value>(&answer.body) else {
            return answer;
        };
        let gone = |id: &str| self.vanished.contains(id) || self.left.contains(id);
        if endpoint != SimulatedEndpoint::Me {
            remove_matching(&mut body, &gone);
        }
        if endpoint == SimulatedEndpoint::Team {
            without_member(&mut body, &gone);
        }
        if changed {
            swap_roles(&mut body);
        }
        answer.with_body(body.to_string())
    }
}

/// Takes what is gone out of every list, whether it stands there as an id or as an object.
fn remove_matching(value: &mut Value, gone: &impl Fn(&str) -> bool) {
    match value {
        Value::Array(items) => {
            items.retain(|item| {
                let names = ["id", "uid"].iter().filter_map(|key| item.get(key));
                let names = std::iter::once(item).chain(names).filter_map(plain_text);
                !names.chain(made_up_uid(item)).any(|id| gone(&id))
            });
            items
                .iter_mut()
                .for_each(|item| remove_matching(item, gone));
        }
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| remove_matching(field, gone)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes users that are gone from the members of a sub-team that go by `userId`.
fn without_member(body: &mut Value, gone: &impl Fn(&str) -> bool) {
    let users = body
        .pointer_mut("/team/users")
        .and_then(Value::as_array_mut);
    if let Some(users) = users {
        users.retain(|user| {
            let id = user.get("userId").and_then(plain_text);
            !id.is_some_and(|id| gone(&id))
        });
    }
}

/// Returns the uid of a collection that does not show it.
fn made_up_uid(item: &Value) -> Option<String> {
    let (owner, id) = (
        plain_text(item.get("owner")?)?,
        plain_text(item.get("id")?)?,
    );
    Some(format!("{owner}-{id}"))
}

pub(super) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Turns viewers (1) into admins (3), and vice versa.
fn swap_roles(body: &mut Value) {
    let rows = body.get_mut("roles").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        if let Some(id) = row.get_mut("id") {
            match plain_text(id).as_deref() {
                Some("1") => *id = "3".into(),
                Some("3") => *id = "1".into(),
                _ => {}
            }
        }
    }
}
