//! The rights: base roles on the account, team roles on a team.
//!
//! Names and slugs are those of <https://support.pagerduty.com/main/docs/advanced-permissions>. PagerDuty
//! does not order its roles; the ranks say which allows more, and are this connector's reading.

use crate::bindings::governance::connector::types::{Entitlement, Purpose};

/// The tenant: an account of PagerDuty's.
pub const ACCOUNT: &str = "account";
/// A user.
pub const USER: &str = "user";
/// A team.
pub const TEAM_TYPE: &str = "team";

/// The base role of whoever owns the account.
pub const OWNER: &str = "owner";
/// The base role that may do everything in every team.
pub const ADMIN: &str = "admin";
/// The team role that may change a team.
pub const MANAGER: &str = "manager";

/// A role: slug, name, and what it lets its holder do.
pub type Role = (&'static str, &'static str, &'static str);

/// The base roles, the one that allows least first.
pub const BASE: [Role; 8] = [
    (
        "read_only_limited_user",
        "Limited Stakeholder",
        "Sees the status of what concerns them.",
    ),
    (
        "read_only_user",
        "Full Stakeholder",
        "Sees incidents and what they concern, and is not on call.",
    ),
    (
        "restricted_access",
        "Restricted Access",
        "Sees nothing but what a team role opens.",
    ),
    ("observer", "Observer", "Sees incidents and configuration."),
    ("limited_user", "Responder", "Acts on incidents."),
    (
        "user",
        "Manager",
        "Acts on incidents and changes configuration.",
    ),
    (
        ADMIN,
        "Global Admin",
        "Manages users, teams and everything in them.",
    ),
    (
        OWNER,
        "Account Owner",
        "All of Global Admin, and billing. An account has one.",
    ),
];

/// The team roles, the one that allows least first.
pub const TEAM: [Role; 3] = [
    (
        "observer",
        "Observer",
        "Sees the team's incidents and configuration.",
    ),
    ("responder", "Responder", "Acts on the team's incidents."),
    (
        MANAGER,
        "Manager",
        "Changes the team, its members and its configuration.",
    ),
];

/// What is known of the roles on a type; none on a user.
pub fn on(resource_type: &str) -> &'static [Role] {
    match resource_type {
        ACCOUNT => &BASE,
        TEAM_TYPE => &TEAM,
        _ => &[],
    }
}

/// The rights on a type.
pub fn entitlements(resource_type: &str) -> Vec<Entitlement> {
    let ranked = (1..).zip(on(resource_type));
    ranked
        .map(|(rank, (slug, name, description))| Entitlement {
            display_name: (*name).to_owned(),
            description: (*description).to_owned(),
            rank: Some(rank),
            ..unknown(resource_type, slug)
        })
        .collect()
}

/// A role that PagerDuty names and its documentation does not: it has no rank.
pub fn unknown(resource_type: &str, slug: &str) -> Entitlement {
    Entitlement {
        resource_type: resource_type.to_owned(),
        slug: slug.to_owned(),
        display_name: slug.to_owned(),
        description: "PagerDuty's documentation does not describe this role.".to_owned(),
        purpose: Purpose::Permission,
        grantable_to: vec![USER.to_owned()],
        exclusion_group: Some(format!("{resource_type}-role")),
        rank: None,
    }
}
