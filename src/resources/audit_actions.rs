//! The kinds of event in the audit log, by what they can change in workspaces.
//!
//! Postman's documents list the events of teams and sign-ins. They do not list those of workspaces
//! by name; that these begin with `workspace.` is inferred from the form of the others.

/// The workspaces whose roles an event can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionReach {
    /// None: it concerns accounts, sign-in, payment or lists that every sync reads.
    NoWorkspace,
    /// Those that it names.
    NamedWorkspaces,
    /// Any. Events of members who join or leave are of this kind: they can end or begin with roles in
    /// workspaces that no event names.
    Unknown,
}

/// Beginnings of the names of events that concern sign-in alone.
const SIGN_IN: [&str; 3] = ["user.login", "user.logout", "team.customauth."];

/// Events of payment, invitations and settings, and of team roles, which the list of users shows.
const OF_TEAM: [&str; 15] = [
    "team.add_card",
    "team.add_domain",
    "team.cancel_invite",
    "team.decrease_size",
    "team.delete_card",
    "team.delete_domain",
    "team.increase_size",
    "team.modify_future_plan",
    "team.name_updated",
    "team.retry_invoice_success",
    "team.send_invite",
    "team.start_enterprise",
    "team.update_domain_verification",
    "team.update_user_roles",
    "team.url_updated",
];

/// Returns the workspaces that an event of this kind can change.
pub fn reach(action: &str) -> ActionReach {
    let signs_in = SIGN_IN.iter().any(|start| action.starts_with(start));
    if signs_in || OF_TEAM.contains(&action) {
        ActionReach::NoWorkspace
    } else if action.starts_with("workspace.") {
        ActionReach::NamedWorkspaces
    } else {
        ActionReach::Unknown
    }
}
