//! Who holds which role in a workspace, from `/workspaces/{id}/roles`.

use super::{catalogue, draft::Draft, groups, path_id, team_roles, types::names};
use crate::{
    error::Error,
    model::{AccountType, Details, Page, Resource, ResourceId, UserDetails},
    postman::{
        client::get,
        endpoints::Endpoint,
        lenient::{List, Scalar},
        wire::{RoleRow, WorkspaceRoles},
    },
    transport::Transport,
};
use std::collections::BTreeMap;

/// Fields of a role that are not about who holds it.
const WORDS: [&str; 3] = ["description", "name", "type"];

/// All roles of one workspace.
pub fn list(transport: &impl Transport, workspace: ResourceId) -> Result<Page, Error> {
    let endpoint = Endpoint::WorkspaceRoles(path_id(&workspace)?);
    let answer = get(transport, &endpoint)?;
    let WorkspaceRoles { roles } = answer.read()?;
    let List::Items(roles) = roles else {
        return Err(answer.lacks("no list in `roles`"));
    };
    let mut draft = Draft::default();
    for (index, role) in roles.into_iter().enumerate() {
        if let Some(role) = draft.object("role", index, role) {
            add(&mut draft, &workspace, index, role);
        }
    }
    Ok(draft.finish(answer.rate_limit))
}

fn add(draft: &mut Draft, workspace: &ResourceId, index: usize, role: RoleRow<'_>) {
    let Some(role_id) = catalogue::role_id(&role.id) else {
        let message = format!("role {index} has no readable id: who holds it is left out");
        draft.notice("no-id", Some(workspace), true, message);
        return;
    };
    let slug = catalogue::slug(&role_id);
    if !catalogue::is_built_in(&role_id) {
        describe(draft, workspace, &role_id, &role.display_name);
    }
    for (resource_type, field, holders, expands) in [
        (names::USER, "user", role.user, None),
        (names::GROUP, "group", role.group, Some(groups::MEMBER)),
        (
            names::GROUP,
            "usergroup",
            role.usergroup,
            Some(groups::MEMBER),
        ),
        (names::PARTNER, "partner", role.partner, None),
        (names::TEAM, "team", role.team, Some(team_roles::MEMBER)),
    ] {
        for holder in draft.references(resource_type, field, holders, workspace, false) {
            draft.grant(workspace, slug.clone(), &holder, expands, None);
            draft.grant(workspace, catalogue::MEMBER, &holder, expands, None);
            if resource_type == names::PARTNER {
                draft.page.resources.push(partner(holder));
            }
        }
    }
    note_other_holders(draft, workspace, &role.rest);
}

/// A role that is not built in: kept under its id.
fn describe(draft: &mut Draft, workspace: &ResourceId, role_id: &str, name: &Scalar<'_>) {
    let slug = catalogue::slug(role_id);
    if draft
        .page
        .entitlements
        .iter()
        .any(|known| known.slug == slug)
    {
        return;
    }
    let name = catalogue::plain(name).unwrap_or_else(|| format!("Role {role_id}"));
    let message =
        format!("role {role_id} is none that this connector knows; it is kept as `{slug}`");
    draft.notice("unknown-role", Some(workspace), false, message);
    let what = "A workspace role that Postman's description does not explain.";
    let entitlement = catalogue::role(slug, name.into(), what.into(), Vec::new());
    draft.page.entitlements.push(entitlement);
}

/// A partner is known by its id alone: Postman lists none.
fn partner(id: ResourceId) -> Resource {
    let name = format!("Partner {}", id.id);
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::External,
    });
    Resource::mentioned(id, name, details)
}

/// A kind of holder that nobody described is access that would go unseen.
pub fn note_other_holders(
    draft: &mut Draft,
    about: &ResourceId,
    rest: &BTreeMap<String, Scalar<'_>>,
) {
    for (field, value) in rest {
        let holds = matches!(value, Scalar::Composite { empty: false });
        if holds && !WORDS.contains(&field.as_str()) {
            let field = super::draft::presentable(field).unwrap_or_default();
            let message = format!(
                "`{field}` may name holders of a kind that this connector does not know; they are left out"
            );
            draft.notice("unknown-holder", Some(about), true, message);
        }
    }
}
