//! Team roles: slugs as they come, with Postman's names for those that are known.

use super::{
    draft::{Draft, presentable},
    types::names,
};
use crate::model::{Entitlement, Purpose, ResourceId, Text};
use crate::postman::lenient::{List, Scalar};

/// Slug of belonging to the team.
pub const MEMBER: &str = "member";

/// The longest slug that is taken for one, in bytes.
const MAX_SLUG: usize = 128;

/// The slugs that were seen live, with the names that Postman's pages use.
const KNOWN: [(&str, &str, &str); 5] = [
    (
        "admin",
        "Admin",
        "Manages the team, its members and settings.",
    ),
    (
        "user",
        "Developer",
        "Works with the team's resources; takes a paid seat.",
    ),
    (
        "billing",
        "Billing",
        "Manages the team's plan and payments.",
    ),
    (
        "flow-editor",
        "Flow Editor",
        "Creates and runs Postman Flows.",
    ),
    (
        "community-manager",
        "Community Manager",
        "Manages what the team shows in public.",
    ),
];

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
    let roles = KNOWN
        .iter()
        .map(|(slug, name, what)| role((*slug).into(), (*name).into(), (*what).into()));
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
    for entry in draft.entries("roles", roles, principal, true) {
        let Some(slug) = slug(&entry) else {
            draft.unreadable("roles", Some(principal), true);
            continue;
        };
        if let Text::Owned(slug) = &slug {
            describe(draft, team, slug);
        }
        draft.grant(team, slug, principal, expands, None);
    }
}

/// The slug as it came, kept apart from the one that we make. Borrowed where it is built in.
fn slug(entry: &Scalar<'_>) -> Option<Text> {
    let Scalar::Text(slug) = entry else {
        return None;
    };
    let mut known = KNOWN.iter().map(|(known, ..)| *known);
    if let Some(known) = known.find(|known| known == slug) {
        return Some(known.into());
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
    let mut known = KNOWN.iter().filter(|(known, ..)| *known == slug);
    known
        .next()
        .map_or_else(|| readable(slug), |(_, name, _)| (*name).to_owned())
}

/// A slug as a name: `api-network-manager` is `Api Network Manager`. One without a word is its own name.
pub fn readable(slug: &str) -> String {
    let words: Vec<String> = slug
        .split(['-', '_', ' '])
        .filter(|word| !word.is_empty())
        .map(capitalised)
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
