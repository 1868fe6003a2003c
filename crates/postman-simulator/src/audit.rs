//! The audit log: the events of the team, in order.

use super::route::SimulatedEndpoint;
use connector_types::lock;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

/// Time between two sign-ins that the log begins with.
const SIGN_IN: Duration = Duration::from_secs(12 * 3_600);
/// Days of sign-ins that the log begins with: more than Postman keeps.
const DAYS: u32 = 200;
/// The first event's id.
const FIRST: u64 = 81_000_000;

/// The answer of `/audit/logs` on an Enterprise plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditLog {
    /// Events of so many days (published: 90 or 180, by plan).
    Days(u32),
    /// 400, as of a feature that the team does not have (guessed).
    NotOffered,
    /// 403, as the list of actions answers (published).
    Forbidden,
    /// 404 (guessed).
    NotFound,
}

impl Default for AuditLog {
    fn default() -> Self {
        Self::Days(180)
    }
}

/// A change that the log has an event of.
pub(super) enum AuditedChange<'a> {
    /// The roles of a workspace have changed.
    RolesChanged(&'a str),
    /// The object that this endpoint has under an id is gone.
    Vanished(SimulatedEndpoint, &'a str),
    /// A user has left the team.
    Left(&'a str),
}

impl AuditedChange<'_> {
    /// Returns the action and its variables. The action of members is published, that of workspaces
    /// is guessed; only the variables of roles are published.
    fn event_fields(&self) -> (&'static str, Value) {
        match self {
            Self::RolesChanged(id) => (
                "workspace.update_user_roles",
                json!({"workspace": {"id": id, "name": "Workspace"}}),
            ),
            Self::Vanished(
                SimulatedEndpoint::Workspace | SimulatedEndpoint::WorkspaceRoles,
                id,
            ) => ("workspace.delete", json!({"workspaceId": id})),
            Self::Vanished(_, id) => ("element.delete", json!({"id": id})),
            Self::Left(id) => ("team.remove_member", json!({"user": {"id": id}})),
        }
    }
}

/// One event.
#[derive(Clone)]
pub(super) struct AuditedEvent {
    pub(super) id: u64,
    pub(super) at: SystemTime,
    pub(super) action: String,
    pub(super) variables: Value,
}

/// All events, oldest first.
pub(super) struct AuditHistory(Mutex<Vec<AuditedEvent>>);

impl AuditHistory {
    /// Creates a log that has only sign-ins so far, the last of them half a day ago.
    pub(super) fn new(now: SystemTime) -> Self {
        let sign_ins = (1..=2 * DAYS).rev().filter_map(|count| {
            let at = now.checked_sub(SIGN_IN * count)?;
            Some((at, "user.login_google_success", json!({})))
        });
        let events = (FIRST..).zip(sign_ins);
        let events = events.map(|(id, (at, action, variables))| AuditedEvent {
            id,
            at,
            action: action.to_owned(),
            variables,
        });
        Self(Mutex::new(events.collect()))
    }

    /// Adds the event of a change.
    pub(super) fn log_change(&self, now: SystemTime, change: &AuditedChange<'_>) {
        let (action, variables) = change.event_fields();
        self.push_event(now, action, variables);
    }

    /// Adds an event with variables as JSON; anything else is a text.
    pub(super) fn add_event(&self, now: SystemTime, action: &str, variables: &str) {
        let variables = serde_json::from_str(variables).unwrap_or_else(|_| variables.into());
        self.push_event(now, action, variables);
    }

    fn push_event(&self, at: SystemTime, action: &str, variables: Value) {
        let mut events = self.lock();
        let id = events.last().map_or(FIRST, |last| last.id + 1);
        events.push(AuditedEvent {
            id,
            at,
            action: action.to_owned(),
            variables,
        });
    }

    /// Returns the events since a time, newest first.
    pub(super) fn events_since(&self, time: SystemTime) -> Vec<AuditedEvent> {
        let events = self.lock();
        let events = events.iter().rev();
        events.filter(|event| event.at >= time).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AuditedEvent>> {
        lock(&self.0)
    }
}
