//! Reads resources and grants, one page a call: one file for each kind of resource.

pub mod access_keys;
pub mod activities;
pub mod analytics_reports;
mod analytics_tables;
mod audit_actions;
pub mod audit_events;
mod catalogue;
pub mod collections;
pub mod groups;
pub mod invitations;
mod known_roles;
mod members;
mod organization;
mod paging;
mod scim;
pub mod scim_accounts;
pub mod scim_groups;
mod sub_team_members;
mod sub_teams;
pub mod team;
mod team_roles;
mod teams_position;
pub mod users;
mod workspace_roles;
pub mod workspaces;

#[cfg(test)]
mod tests;
