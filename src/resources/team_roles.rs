//! Team roles: slugs as they come, with Postman's names for those that are known.

use crate::ResourceKind;
use crate::resources::known_roles;
use crate::resources::known_roles::{ADMIN, KNOWN, ORGANIZATION_MANAGER, SUPER_ADMIN};
use connector_sdk::lenient::{LenientList, Scalar};
use connector_sdk::model::{BorrowedText, Entitlement, Impact, Purpose, ResourceId};
use connector_sdk::page::{PageBuilder, presentable};

/// Slug of belonging to the team.
pub const MEMBER: &str = "member";

/// The longest slug that is taken for one, in bytes.
const MAX_SLUG: usize = 128;

/// The reason why a principal of another role is a Super Admin.
const FROM_ORGANIZATION: &str =
    "team role Organization Manager: its members are Super Admins of the organization";

/// Returns the entitlements that every team has.
pub fn built_in() -> Vec<Entitlement> {
    let member = Entitlement {
        purpose: Purpose::Assignment,
        grantable_to: vec![ResourceKind::User.name()],
        ..role(
            MEMBER.into(),
            "Member".into(),
            "Belongs to the team.".into(),
        )
    };
    let roles = KNOWN.iter().map(|known| Entitlement {
        purpose: match known.slug {
            SUPER_ADMIN | ORGANIZATION_MANAGER | ADMIN => Purpose::Ownership,
            _ => Purpose::Permission,
        },
        ..role(known.slug.into(), known.name.into(), known.what.into())
    });
    std::iter::once(member).chain(roles).collect()
}

/// Grants every role of the list in `roles` on the team to `principal`. Roles that are not built in
/// bring their entitlement and, once a page, a notice.
pub fn grant(
    page: &mut PageBuilder,
    team: &ResourceId,
    principal: &ResourceId,
    expands: Option<&'static str>,
    roles: LenientList<Scalar<'_>>,
) {
    let mut manages_organization = false;
    for entry in page.entries("roles", roles, principal, true) {
        let Some(slug) = slug(&entry) else {
            page.unreadable("roles", Some(principal), Impact::ItemOmitted);
            continue;
        };
        if let BorrowedText::Owned(slug) = &slug {
            describe(page, team, slug);
        }
        manages_organization |= slug == ORGANIZATION_MANAGER;
        page.grant(team, slug, principal, expands, None);
    }
    // After the listed roles, since of two equal grants the first stands.
    if manages_organization {
        let rule = Some(FROM_ORGANIZATION);
        page.grant(team, SUPER_ADMIN, principal, expands, rule);
    }
}

/// Returns the slug of a documented role, borrowed, or the slug as it came, distinct from the one
/// that we make.
fn slug(entry: &Scalar<'_>) -> Option<BorrowedText> {
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

fn describe(page: &mut PageBuilder, team: &ResourceId, slug: &str) {
    if page.has_entitlement(slug) {
        return;
    }
    let name = readable(slug);
    let message =
        format!("the team role `{slug}` is unknown to this connector; it is recorded as `{name}`");
    page.notice("unknown-role", Some(team), Impact::None, message);
    let what = "A team role that Postman's description does not explain.";
    let entitlement = role(slug.to_owned().into(), name.into(), what.into());
    page.page.entitlements.push(entitlement);
}

fn role(slug: BorrowedText, display_name: BorrowedText, description: BorrowedText) -> Entitlement {
    Entitlement {
        resource_type: ResourceKind::Team.name(),
        slug,
        display_name,
        description,
        purpose: Purpose::Permission,
        grantable_to: vec![ResourceKind::User.name(), ResourceKind::Group.name()],
        exclusion_group: None,
        rank: None,
    }
}

/// Returns the name of a team role: Postman's, or made from the slug.
pub fn name(slug: &str) -> String {
    known_roles::find(slug).map_or_else(|| readable(slug), |known| known.name.to_owned())
}

/// Returns a slug as a name: `release-manager` is `Release Manager`. One without letters is its own
/// name.
pub fn readable(slug: &str) -> String {
    let is_shouted = !slug.contains(|letter: char| letter.is_ascii_lowercase());
    let words: Vec<String> = slug
        .split(['-', '_', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| {
            if is_shouted {
                capitalised(&word.to_ascii_lowercase())
            } else {
                capitalised(word)
            }
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
