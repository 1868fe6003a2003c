//! The entitlements on a workspace: Postman's role ids, its texts for them, and ours.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::{RoleCatalogue, RoleWords, RolesByPrincipal};
use connector_sdk::error::Error;
use connector_sdk::kind::is_plain_id;
use connector_sdk::lenient::{LenientList, Scalar};
use connector_sdk::model::{BorrowedText, Entitlement, EntitlementList, Impact, Purpose};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

/// Slug of holding any role in a workspace.
pub const MEMBER: &str = "member";
/// Slug of being able to open a workspace without a role in it.
pub const ACCESS: &str = "access";
/// Slug of managing a Partner Workspace without a role in it.
pub const MANAGE: &str = "manage";
/// Slug of the role that manages a workspace.
pub const ADMIN: &str = "admin";

/// The groups of roles that replace each other.
const ROLE: &str = "role";
const PARTNER_ROLE: &str = "partner-role";

/// Postman's role ids and its texts for them: id, slug, name, description, rank among the roles that it
/// replaces. A lead who can only view allows neither less nor more than an editor.
const ROLES: [(&str, &str, &str, &str, Option<u32>); 7] = [
    (
        "1",
        "viewer",
        "Viewer",
        "Can view and collaborate on all resources",
        Some(1),
    ),
    (
        "2",
        "editor",
        "Editor",
        "Can create and edit all resources",
        Some(2),
    ),
    (
        "3",
        ADMIN,
        "Admin",
        "Can manage people and all resources",
        Some(3),
    ),
    (
        "4",
        "partner-viewer",
        "Viewer",
        "Can send requests and view workspace resources",
        Some(1),
    ),
    (
        "5",
        "partner-editor",
        "Editor",
        "Can create, edit and fork workspace resources",
        Some(2),
    ),
    (
        "6",
        "partner-viewer-lead",
        "Viewer and Partner Lead",
        "Can view, fork and export resources, and invite partners with Viewer access",
        None,
    ),
    (
        "7",
        "partner-editor-lead",
        "Editor and Partner Lead",
        "Can create and edit resources, and invite partners with Editor or Viewer access",
        Some(3),
    ),
];

/// Returns the slug that a role id stands for. Postman's id, never its name, since two roles share one.
pub fn slug(role_id: &str) -> BorrowedText {
    ROLES.iter().find(|(id, ..)| *id == role_id).map_or_else(
        || format!("role-{role_id}").into(),
        |(_, slug, ..)| (*slug).into(),
    )
}

/// Returns the slug of a role id for this kind of principal: a role may be sent by its name, and a partner's
/// role can have the same name as a user's.
pub fn slug_of(role_id: &str, principal: ResourceKind) -> BorrowedText {
    let Some(name) = named(role_id) else {
        return slug(role_id);
    };
    let is_partner = principal == ResourceKind::Partner;
    let slugs = ROLES
        .iter()
        .filter(|(_, slug, ..)| slug.starts_with("partner-") == is_partner);
    let mut slugs = slugs.map(|(_, slug, known, ..)| (*known, *slug));
    let found = slugs.find(|(known, _)| *known == name);
    found.map_or_else(|| slug(role_id), |(_, slug)| slug.into())
}

/// Returns the name of the built-in role that is sent by its name, in any case.
fn named(role_id: &str) -> Option<&'static str> {
    let mut names = ROLES.iter().map(|(_, _, name, ..)| *name);
    names.find(|name| name.eq_ignore_ascii_case(role_id))
}

/// Returns whether the role is one of the built-in ones.
pub fn is_built_in(role_id: &str) -> bool {
    ROLES.iter().any(|(id, ..)| *id == role_id) || named(role_id).is_some()
}

/// Returns the built-in entitlements, with the texts of Postman's catalog where it can be read, and
/// its further ones.
pub fn list(transport: &impl Transport) -> Result<EntitlementList, Error> {
    let mut entitlements = built_in();
    let mut page = PageBuilder::new(PROVIDER);
    let mut rate_limit = None;
    let endpoint = PostmanRequest::RoleCatalogue;
    let answered = get(transport, &endpoint).and_then(|answer| {
        rate_limit = answer.rate_limit;
        let RoleCatalogue { roles } = answer.read()?;
        let roles = roles.here().filter(|roles| !is_empty(roles));
        let roles = roles.ok_or_else(|| answer.lacks("no `roles`"))?;
        take_roles(&mut entitlements, &mut page, roles);
        page.note_lost_name(&answer.body);
        Ok(())
    });
    match answered {
        Err(error) if !error.kind.is_lasting() => return Err(error),
        // The catalog cannot be read, so that the built-in texts are used.
        Err(error) => {
            let message = format!(
                "Postman's own texts for roles are missing. {}",
                error.problem.message
            );
            page.notice("no-catalogue", None, Impact::AttributeUnknown, message);
        }
        Ok(()) => {}
    }
    Ok(EntitlementList {
        entitlements,
        notices: page.page.notices,
        rate_limit,
    })
}

fn built_in() -> Vec<Entitlement> {
    let own =
        |slug: &'static str, name: &'static str, what: &'static str, purpose, to| Entitlement {
            purpose,
            grantable_to: to,
            ..role(slug.into(), name.into(), what.into(), Vec::new())
        };
    let mut all = vec![
        own(
            MEMBER,
            "Member",
            "Holds some role in the workspace.",
            Purpose::Assignment,
            vec![
                ResourceKind::User.name(),
                ResourceKind::Group.name(),
                ResourceKind::Partner.name(),
            ],
        ),
        own(
            ACCESS,
            "Access",
            "Can open the workspace without a role in it.",
            Purpose::Permission,
            vec![ResourceKind::Team.name(), ResourceKind::Everyone.name()],
        ),
        own(
            MANAGE,
            "Manage",
            "Manages the Partner Workspace without a role in it.",
            Purpose::Permission,
            vec![ResourceKind::Team.name()],
        ),
    ];
    all.extend(ROLES.map(|(_, slug, name, what, rank)| {
        let of_partners = slug.starts_with("partner-");
        Entitlement {
            exclusion_group: Some(if of_partners { PARTNER_ROLE } else { ROLE }),
            rank,
            purpose: if slug == ADMIN {
                Purpose::Ownership
            } else {
                Purpose::Permission
            },
            grantable_to: if of_partners {
                vec![ResourceKind::Partner.name()]
            } else {
                vec![ResourceKind::User.name(), ResourceKind::Group.name()]
            },
            ..role(slug.into(), name.into(), what.into(), Vec::new())
        }
    }));
    all
}

/// Returns an entitlement on a workspace of which only the id is known.
pub fn role(
    slug: BorrowedText,
    display_name: BorrowedText,
    description: BorrowedText,
    grantable_to: Vec<&'static str>,
) -> Entitlement {
    Entitlement {
        resource_type: ResourceKind::Workspace.name(),
        slug,
        display_name,
        description,
        purpose: Purpose::Permission,
        grantable_to,
        exclusion_group: None,
        rank: None,
    }
}

/// Returns whether the catalog names no kind of principal at all.
fn is_empty(roles: &RolesByPrincipal<'_>) -> bool {
    [&roles.user, &roles.usergroup, &roles.group, &roles.partner]
        .into_iter()
        .all(|list| matches!(list, LenientList::Absent | LenientList::Null))
}

fn take_roles(all: &mut Vec<Entitlement>, page: &mut PageBuilder, roles: RolesByPrincipal<'_>) {
    for (principal, field, list) in [
        (ResourceKind::User, "roles.user", roles.user),
        (ResourceKind::Group, "roles.usergroup", roles.usergroup),
        (ResourceKind::Group, "roles.group", roles.group),
        (ResourceKind::Partner, "roles.partner", roles.partner),
    ] {
        match list {
            LenientList::Items(items) => page.each_object("role", items, |page, index, words| {
                take_role(all, page, principal.name(), index, &words);
            }),
            LenientList::Other => page.unreadable(field, None, Impact::AttributeUnknown),
            LenientList::Absent | LenientList::Null => {}
        }
    }
}

fn take_role(
    all: &mut Vec<Entitlement>,
    page: &mut PageBuilder,
    principal: &'static str,
    index: usize,
    words: &RoleWords<'_>,
) {
    let Some(id) = role_id(&words.id) else {
        let message = format!("role {index} of the catalogue has no readable id and is left out");
        page.notice("no-id", None, Impact::ItemOmitted, message);
        return;
    };
    let mut text = |field, value| page.text(&format!("{field} of role {id}"), value, None);
    let name = text("displayName", &words.display_name);
    let what = text("description", &words.description);
    let slug = slug(&id);
    match all.iter_mut().find(|known| known.slug == slug) {
        Some(known) => {
            if let Some(name) = name {
                known.display_name = name.into();
            }
            if let Some(what) = what {
                known.description = what.into();
            }
            if !known.grantable_to.contains(&principal) {
                known.grantable_to.push(principal);
            }
        }
        None => all.push(role(
            slug,
            name.unwrap_or_else(|| format!("Role {id}")).into(),
            what.unwrap_or_default().into(),
            vec![principal],
        )),
    }
}

/// Returns a role's id, where it can be part of a slug.
pub fn role_id(id: &Scalar<'_>) -> Option<String> {
    let id = id.id()?;
    is_plain_id(&id, b"_.:@-").then(|| id.into_owned())
}
