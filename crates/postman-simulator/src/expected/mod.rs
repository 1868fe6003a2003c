//! The expected state of a sync, derived from the team itself.
//!
//! Nothing here reads an answer or shares code with a connector: the team contains the facts, the
//! endpoints distort their notation.

mod analytics;
mod builder;
mod reading;
mod record;
mod sub_teams;
mod workspaces;

use super::service::SimulatorService;
use reading::TeamReading;
use std::collections::BTreeSet;

/// The options of a sync; the default is a plain sync without opt-ins and without a key for SCIM.
#[derive(Clone, Debug, Default)]
pub struct ExpectedScope {
    /// True if collections and their roles are read.
    pub collections: bool,
    /// True if the managers of groups are read.
    pub group_managers: bool,
    /// True if the sync has the simulator's key for SCIM.
    pub scim: bool,
    /// True if the analytics report is read, with the lists under it.
    pub analytics: bool,
    /// Types that are left out, such as `user`; what lies below a type is left out with it. Types that
    /// are known only by references (`partner`, `everyone`) cannot be left out.
    pub exclude: BTreeSet<String>,
}

/// The expected state of a sync. Two expected states of the same options and scope are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedState {
    /// Lines of NDJSON, one for each resource, those that the host adds at the end included.
    pub resources: BTreeSet<String>,
    /// Lines of NDJSON, one for each grant.
    pub grants: BTreeSet<String>,
    /// Type and slug of each entitlement that a grant names, as `workspace admin`.
    pub entitlements: BTreeSet<String>,
    /// Entries of lists that cannot be reported, such as `users: no id` or `workspaces: id a/b`.
    pub omitted: BTreeSet<String>,
    /// Resources whose roles are refused, as `workspace <id>` or `collection <uid>`.
    pub refused: BTreeSet<String>,
    /// Resources whose roles name a group or team that the list of its kind does not have, as `refused`
    /// names them, or `list workspace`: who belongs to it is not known.
    pub unknown_members: BTreeSet<String>,
    /// Workspaces of an organisation that a team can open, as `workspace <id>`: which team is not known.
    pub unknown_access: BTreeSet<String>,
    /// Resources that are referred to and that nothing lists, as `user <id>`: the host adds them.
    pub unlisted: BTreeSet<String>,
}

impl ExpectedState {
    pub(super) fn read_service(service: &SimulatorService, scope: &ExpectedScope) -> Self {
        TeamReading::new(service, scope).finish()
    }

    /// Returns all resources, then all grants, one a line, each sorted by identity.
    pub fn to_ndjson(&self) -> String {
        let lines = self.resources.iter().chain(&self.grants);
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}
