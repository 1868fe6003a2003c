//! The team roles that Postman documents, by slug.
//!
//! Postman publishes their names. Of the slugs, `admin`, `user`, `billing`, `flow-editor` and
//! `community-manager` were seen live and `TEAM_…` are published; the others are taken from the names.

use connector_sdk::unique::is_same_text;

/// Slug of the role whose principals can do everything in every workspace.
pub const SUPER_ADMIN: &str = "super-admin";
/// Slug of the role whose principals manage the team and its members.
pub const ADMIN: &str = "admin";
/// Slug of the role that makes its principals Super Admins of an organization.
pub const ORGANIZATION_MANAGER: &str = "organization-manager";

/// Slug of the role whose principals manage every Partner Workspace.
pub const PARTNER_MANAGER: &str = "partner-manager";

/// A team role that Postman documents.
pub struct KnownRole {
    /// Its slug here.
    pub slug: &'static str,
    /// Postman's name for it.
    pub name: &'static str,
    /// The actions that it allows.
    pub what: &'static str,
}

const fn role(slug: &'static str, name: &'static str, what: &'static str) -> KnownRole {
    KnownRole { slug, name, what }
}

/// Every documented role, those that were seen live first.
pub const KNOWN: [KnownRole; 24] = [
    role(
        ADMIN,
        "Admin",
        "Manages the team, its members and settings.",
    ),
    role(
        "user",
        "Developer",
        "Works with the team's resources; takes a paid seat.",
    ),
    role(
        "billing",
        "Billing",
        "Manages the team's plan and payments.",
    ),
    role(
        "flow-editor",
        "Flow Editor",
        "Creates and runs Postman Flows.",
    ),
    role(
        "community-manager",
        "Community Manager",
        "Manages what the team shows in public.",
    ),
    role(
        SUPER_ADMIN,
        "Super Admin",
        "Manages everything in the team and in every workspace, and can do what every other role can.",
    ),
    role(
        PARTNER_MANAGER,
        "Partner Manager",
        "Manages the Partner Workspaces and invites partners.",
    ),
    role(
        "api-network-manager",
        "API Network Manager",
        "Manages the Private API Network.",
    ),
    role(
        "api-governance-manager",
        "API Governance Manager",
        "Manages the rules of API governance.",
    ),
    role("viewer", "Viewer", "Views the team's resources."),
    role("guest", "Guest", "Comes from outside the team."),
    role(
        "partner",
        "Partner",
        "Comes from outside the team, to work in Partner Workspaces.",
    ),
    role(
        ORGANIZATION_MANAGER,
        "Organization Manager",
        "Is a Super Admin of the organization.",
    ),
    role(
        "organization-member",
        "Organization Member",
        "Belongs to a team of the organization.",
    ),
    role(
        "organization-collaborator",
        "Organization Collaborator",
        "Works on what a team of the organization shared.",
    ),
    role(
        "team-manager",
        "Team Manager",
        "Manages one team of the organization.",
    ),
    role(
        "team-developer",
        "Team Developer",
        "Works with the resources of one team of the organization.",
    ),
    role(
        "team-community-manager",
        "Team Community Manager",
        "Manages what one team of the organization shows in public.",
    ),
    role(
        "team-partner-manager",
        "Team Partner Manager",
        "Manages the Partner Workspaces of one team of the organization.",
    ),
    role(
        "team-partner-lead",
        "Team Partner Lead",
        "Comes from outside the organization and invites further partners.",
    ),
    role(
        "team-partner",
        "Team Partner",
        "Comes from outside the organization, to work in Partner Workspaces.",
    ),
    role(
        "team-guest",
        "Team Guest",
        "Comes from outside one team of the organization.",
    ),
    role(
        "team-guest-developer",
        "Team Guest Developer",
        "Comes from outside one team of the organization and works with its resources.",
    ),
    role(
        "team-guest-viewer",
        "Team Guest Viewer",
        "Comes from outside one team of the organization and views its resources.",
    ),
];

/// Other likely slugs of documented roles.
const SPELLINGS: [(&str, &str); 4] = [
    ("developer", "user"),
    ("org-manager", ORGANIZATION_MANAGER),
    ("org-member", "organization-member"),
    ("org-collaborator", "organization-collaborator"),
];

/// Returns the documented role that a slug stands for, in any case and with any separators:
/// `SUPER_ADMIN`, `superAdmin` and `super admin` are `super-admin`.
pub fn find(slug: &str) -> Option<&'static KnownRole> {
    let exact = KNOWN.iter().find(|known| is_same_text(known.slug, slug));
    exact.or_else(|| {
        let spelling = SPELLINGS.iter().find(|(other, _)| is_spelled(slug, other));
        KNOWN.iter().find(|known| match spelling {
            Some((_, meant)) => known.slug == *meant,
            None => is_spelled(slug, known.slug),
        })
    })
}

/// Returns true if two slugs have the same letters and digits.
fn is_spelled(slug: &str, known: &str) -> bool {
    letters(slug).eq(letters(known))
}

fn letters(slug: &str) -> impl Iterator<Item = u8> {
    let bytes = slug.bytes().filter(|byte| !b"-_ ".contains(byte));
    bytes.map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_spellings_mean_one_role() {
        for (slug, wanted) in [
            ("super-admin", Some("Super Admin")),
            ("SUPER_ADMIN", Some("Super Admin")),
            ("superAdmin", Some("Super Admin")),
            ("super admin", Some("Super Admin")),
            ("developer", Some("Developer")),
            ("api-network-manager", Some("API Network Manager")),
            ("apiGovernanceManager", Some("API Governance Manager")),
            ("ORG_MANAGER", Some("Organization Manager")),
            ("TEAM_GUEST_VIEWER", Some("Team Guest Viewer")),
            ("member", None),
            ("x_Beta:1", None),
            ("", None),
        ] {
            assert_eq!(find(slug).map(|known| known.name), wanted, "{slug}");
        }
    }

    #[test]
    fn every_documented_role_has_its_own_spelling() {
        for (at, known) in KNOWN.iter().enumerate() {
            let same = |other: &KnownRole| is_spelled(other.slug, known.slug);
            assert!(!KNOWN.iter().skip(at + 1).any(same), "{}", known.slug);
            assert!(known.what.ends_with('.'), "{}", known.slug);
        }
    }
}
