//! Team roles: slugs as they come, with Postman's names for those that are known.

use super::{
    draft::{Draft, presentable},
    known_roles::{self, KNOWN, ORGANIZATION_MANAGER, SUPER_ADMIN},
    types::names,
};
use crate::model::{Entitlement, Purpose, ResourceId, Text};
use crate::postman::lenient::{List, Scalar};

/// Slug of belonging to the team.
pub const MEMBER: &str = "member";

/// The longest slug that is taken for one, in bytes.
const MAX_SLUG: usize = 128;

/// Why a holder of another role is a Super Admin.
const FROM_ORGANIZATION: &str =
    "team role Organization Manager: its holders are Super Admins of the organization";

/// The entitlements that every team has.
pub fn built_in() -> Vec<Entitlement> {
    let member = Entitlement {
        purpose: Purpose::Assignment,
        grantable_to: vec![names::USER],
        ..role(
            MEMBER.into(),
            "Member".into(),
            "Belongs to the team.".into(),
        )
    };
    let roles = KNOWN.iter().map(|known| Entitlement {
        purpose: match known.slug {
            SUPER_ADMIN | ORGANIZATION_MANAGER => Purpose::Ownership,
            _ => Purpose::Permission,
        },
        ..role(known.slug.into(), known.name.into(), known.what.into())
    });
    std::iter::once(member).chain(roles).collect()
}

/// Grants every role of the list in `roles` on the team to `principal`. Roles that are not built in
/// bring their entitlement and, once a page, a notice.
pub fn grant(
    draft: &mut Draft,
    team: &ResourceId,
    principal: &ResourceId,
    expands: Option<&'static str>,
    roles: List<Scalar<'_>>,
) {
    let mut manages_organization = false;
    for entry in draft.entries("roles", roles, principal, true) {
        let Some(slug) = slug(&entry) else {
            draft.unreadable("roles", Some(principal), true);
            continue;
        };
        if let Text::Owned(slug) = &slug {
            describe(draft, team, slug);
        }
        manages_organization |= slug == ORGANIZATION_MANAGER;
        draft.grant(team, slug, principal, expands, None);
    }
    // After the listed roles, since of two equal grants the first stands.
    if manages_organization {
        let rule = Some(FROM_ORGANIZATION);
        draft.grant(team, SUPER_ADMIN, principal, expands, rule);
    }
}

/// The slug of a documented role, borrowed, or the slug as it came, kept apart from the one that we make.
fn slug(entry: &Scalar<'_>) -> Option<Text> {
    let Scalar::Text(slug) = entry else {
        return None;
    };
    if let Some(known) = known_roles::find(slug) {
        return Some(known.slug.into());
    }
    let fits =
        slug.len() <= MAX_SLUG && !slug.chars().any(char::is_control) && !slug.trim().is_empty();
    match slug.as_ref() {
        // It has to be described all the same.
        MEMBER => Some("role-member".to_owned().into()),
        slug => fits.then(|| slug.to_owned().into()),
    }
}

fn describe(draft: &mut Draft, team: &ResourceId, slug: &str) {
    if draft.has_entitlement(slug) {
        return;
    }
    let name = readable(slug);
    let message =
        format!("the team role `{slug}` is none that this connector knows; it is kept as `{name}`");
    draft.notice("unknown-role", Some(team), false, message);
    let what = "A team role that Postman's description does not explain.";
    let entitlement = role(slug.to_owned().into(), name.into(), what.into());
    draft.page.entitlements.push(entitlement);
}

fn role(slug: Text, display_name: Text, description: Text) -> Entitlement {
    Entitlement {
        resource_type: names::TEAM,
        slug,
        display_name,
        description,
        purpose: Purpose::Permission,
        grantable_to: vec![names::USER, names::GROUP],
        exclusion_group: None,
        rank: None,
    }
}

/// The name of a team role: Postman's, or made from the slug.
pub fn name(slug: &str) -> String {
    known_roles::find(slug).map_or_else(|| readable(slug), |known| known.name.to_owned())
}

/// A slug as a name: `release-manager` is `Release Manager`. One without a word is its own name.
pub fn readable(slug: &str) -> String {
    let is_shouted = !slug.contains(|letter: char| letter.is_ascii_lowercase());
    let words: Vec<String> = slug
        .split(['-', '_', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| match is_shouted {
            true => capitalised(&word.to_ascii_lowercase()),
            false => capitalised(word),
        })
        .collect();
    presentable(&words.join(" "))
        .or_else(|| presentable(slug))
        .unwrap_or_default()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
