//! The entitlements: base roles on the account, team roles on a team.
//!
//! Names and slugs are those of <https://support.pagerduty.com/main/docs/advanced-permissions>. PagerDuty
//! does not order its roles; the ranks say which allows more, and are this connector's reading.

use connector_sdk::lenient::Scalar;
use connector_sdk::model::{BorrowedText, Entitlement, Impact, Purpose, ResourceId};
use connector_sdk::page::PageBuilder;

use crate::ResourceKind;

/// The base role of the account's owner.
pub const OWNER: &str = "owner";
/// The base role that may do everything in every team.
pub const ADMIN: &str = "admin";
/// The team role that may change a team.
pub const MANAGER: &str = "manager";

/// The longest slug that is taken for one, in bytes.
const MAX_SLUG: usize = 64;

/// The roles on one kind of resource, of which a user holds one.
pub struct RoleSet {
    kind: ResourceKind,
    exclusion_group: &'static str,
    /// Slug, name and description of each role; the one that allows least first.
    known: &'static [(&'static str, &'static str, &'static str)],
}

/// The base roles, which are on the account.
pub const BASE: RoleSet = RoleSet {
    kind: ResourceKind::Account,
    exclusion_group: "account-role",
    known: &[
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
    ],
};

/// The team roles, which are on a team.
pub const TEAM: RoleSet = RoleSet {
    kind: ResourceKind::Team,
    exclusion_group: "team-role",
    known: &[
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
    ],
};

impl RoleSet {
    /// Returns the entitlements that PagerDuty documents.
    pub fn entitlements(&self) -> Vec<Entitlement> {
        let ranked = (1..).zip(self.known);
        ranked
            .map(|(rank, (slug, name, description))| Entitlement {
                display_name: (*name).into(),
                description: (*description).into(),
                rank: Some(rank),
                purpose: match *slug {
                    ADMIN | OWNER => Purpose::Ownership,
                    _ => Purpose::Permission,
                },
                ..self.unknown((*slug).into())
            })
            .collect()
    }

    /// Adds the grant of a role as PagerDuty names it. One that is not known becomes an entitlement of its own.
    pub fn grant(
        &self,
        page: &mut PageBuilder,
        on: &ResourceId,
        role: &Scalar<'_>,
        principal: &ResourceId,
    ) {
        let Some(slug) = slug(role) else {
            let kind = self.kind.name();
            let message = format!("{}: no role that can be read on the {kind}", principal.id);
            page.notice(
                "unreadable-role",
                Some(principal),
                Impact::ItemOmitted,
                message,
            );
            return;
        };
        let known = self.known.iter().find(|(known, ..)| *known == slug);
        let slug = match known {
            Some((known, ..)) => BorrowedText::Borrowed(known),
            None => BorrowedText::Owned(slug.to_owned()),
        };
        if known.is_none() && !page.has_entitlement(&slug) {
            page.page.entitlements.push(self.unknown(slug.clone()));
            let message = format!("the role {slug} is not in PagerDuty's documentation");
            page.notice("unknown-role", None, Impact::None, message);
        }
        page.grant(on, slug, principal, None, None);
    }

    /// Returns a role that PagerDuty names and its documentation does not: it has no rank.
    fn unknown(&self, slug: BorrowedText) -> Entitlement {
        Entitlement {
            resource_type: self.kind.name(),
            display_name: slug.clone(),
            slug,
            description: "PagerDuty's documentation does not describe this role.".into(),
            purpose: Purpose::Permission,
            grantable_to: vec![ResourceKind::User.name()],
            exclusion_group: Some(self.exclusion_group),
            rank: None,
        }
    }
}

/// Returns true if a field names this role.
pub fn is_role(role: &Scalar<'_>, slug: &str) -> bool {
    matches!(role, Scalar::Text(role) if role == slug)
}

/// Returns the role, where it can be a slug.
fn slug<'s>(role: &'s Scalar<'_>) -> Option<&'s str> {
    let Scalar::Text(role) = role else {
        return None;
    };
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let fits = (1..=MAX_SLUG).contains(&role.len()) && role.bytes().all(plain);
    fits.then_some(role)
}
