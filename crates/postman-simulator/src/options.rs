//! The options of the simulation.

use super::audit::AuditLog;
use super::clock::{RealTime, SimulatorClock};
use super::dialect::Dialect;
use super::faults::Faults;
use super::oauth::OAuthClient;
use super::quirks::ApiQuirks;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The options of the simulation. `Options::default()` is the demo: an Enterprise team of 120 users
/// and 60 workspaces, all of which a Super Admin can read, without rate limits.
#[derive(Clone)]
pub struct Options {
    /// The same seed and sizes give the same team and the same answers.
    pub seed: u64,
    /// Listed members of the team; at least 1, and exactly 1 on the plans for one person.
    pub users: usize,
    /// The number of the team's workspaces, including those that the key cannot see.
    pub workspaces: usize,
    /// Groups of the team; `None` goes by the number of users.
    pub groups: Option<usize>,
    /// Partners of the team; `None` goes by the number of workspaces.
    pub partners: Option<usize>,
    /// Teams of an organisation.
    pub sub_teams: usize,
    /// The number of listed users, the last ones, that are programs' accounts.
    pub services: usize,
    /// Pending invitations, which analytics show.
    pub invitations: usize,
    /// The plan of the team.
    pub plan: TeamPlan,
    /// True if the team is shown as it was a month before.
    pub month_before: bool,
    /// The owner of the key, who determines what it can see.
    pub owner: KeyOwner,
    /// True if the key's owner is in no team at all: `teamId` is 0.
    pub teamless: bool,
    /// The differences from Postman's own description.
    pub quirks: ApiQuirks,
    /// The injected faults.
    pub faults: Faults,
    /// The audit log, on the plan that has one.
    pub audit_log: AuditLog,
    /// Most items of a page: 100, or fewer, which makes lists of several pages of a small team.
    pub page: usize,
    /// True if every answer is stored for [`super::Simulator::answered_requests`].
    pub history: bool,
    /// The key that is accepted in `X-API-Key`.
    pub api_key: String,
    /// The access token that is accepted as `Authorization: Bearer …`, if any.
    pub access_token: Option<String>,
    /// The client that gets further access tokens at `/oauth2/token`, if any.
    pub oauth: Option<OAuthClient>,
    /// The key that `/scim/v2` accepts in `Authorization`, with or without `Bearer `, if any.
    pub scim_key: Option<String>,
    /// The limit mode of requests, and its clock.
    pub limits: SimulatedLimits,
    /// The notation of limits; with `None` it differs by endpoint and by refusal.
    pub dialect: Option<Dialect>,
    /// True if successful answers state the remaining requests of a limit.
    pub tells_limits: bool,
    /// The offset from whole minutes of the clock at which windows follow each other; with `None` a
    /// window opens with its first request.
    pub limit_phase: Option<Duration>,
    /// Requests allowed in a month; `None` is the plan's own.
    pub month_limit: Option<u64>,
    /// Requests of this month before the simulator started.
    pub month_used: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            users: 120,
            workspaces: 60,
            groups: None,
            partners: None,
            sub_teams: 4,
            services: 0,
            invitations: 4,
            plan: TeamPlan::Enterprise,
            month_before: false,
            owner: KeyOwner::SuperAdmin,
            teamless: false,
            quirks: ApiQuirks::default(),
            faults: Faults::default(),
            audit_log: AuditLog::default(),
            page: 100,
            history: false,
            api_key: sample_key("PMAK"),
            access_token: None,
            oauth: None,
            scim_key: None,
            limits: SimulatedLimits::Off,
            dialect: None,
            tells_limits: true,
            limit_phase: None,
            month_limit: None,
            month_used: 10_788,
        }
    }
}

impl Options {
    /// Returns an organization with 400 people, 5 service accounts, 3 teams, 12 groups, 20 partners and 15
    /// pending invitations.
    pub fn organization() -> Self {
        Self {
            users: 405,
            services: 5,
            groups: Some(12),
            partners: Some(20),
            sub_teams: 3,
            invitations: 15,
            quirks: ApiQuirks {
                organisation: true,
                invitation_senders: true,
                ..ApiQuirks::default()
            },
            ..Self::default()
        }
    }
}

/// Returns a key in the form of Postman's, which opens nothing but a simulator.
pub fn sample_key(prefix: &str) -> String {
    format!("{prefix}-{:024x}-{:034x}", 0x51a7_u32, 0x0dd5_u32)
}

/// The plan of a team. The features of each plan are published; the answer without a feature is
/// not, so the simulator uses 403 with one of the published bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TeamPlan {
    /// One person: users, groups, roles and SCIM are refused.
    Free,
    /// One person with a larger quota; refused as on Free.
    Solo,
    /// No groups, no SCIM, no organisation.
    Team,
    /// Everything.
    Enterprise,
}

impl TeamPlan {
    /// Requests allowed in a month (from the published prices of May 2026).
    pub fn month_limit(self) -> u64 {
        match self {
            Self::Free => 10_000,
            Self::Solo => 100_000,
            Self::Team => 1_000_000,
            Self::Enterprise => 10_000_000,
        }
    }

    /// Returns whether a plan is for more than one person.
    pub(super) fn has_members(self) -> bool {
        matches!(self, Self::Team | Self::Enterprise)
    }
}

/// The owner of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// Sees every workspace (published; Enterprise only). The slug `super-admin` is a guess.
    SuperAdmin,
    /// Sees all but the private and personal workspaces of others (published).
    Admin,
    /// A member without a say: sees what an admin sees.
    Developer,
    /// An external user: sees the partner workspaces they have a role in; `/me` lacks `operations`
    /// (published), the rest of the team is refused (guessed).
    Partner,
    /// A program: in no list of users, without username and address (seen live); sees all.
    ServiceAccount,
}

/// The limit mode of requests.
#[derive(Clone)]
pub enum SimulatedLimits {
    /// No limits, and no headers about them.
    Off,
    /// 300 a minute for a user, 10 in 10 seconds for some lists, and the month's quota.
    On(Arc<dyn SimulatorClock>),
}

impl SimulatedLimits {
    /// Limits by the machine's clock.
    pub fn system_clock() -> Self {
        Self::On(Arc::new(RealTime))
    }

    /// Returns the time by the clock of the limits, else by the machine's.
    pub(super) fn now(&self) -> SystemTime {
        match self {
            Self::Off => RealTime.now(),
            Self::On(clock) => clock.now(),
        }
    }
}
