//! Who holds which role in a workspace, from `/workspaces/{id}/roles`.

use super::{catalogue, draft::Draft, groups, path_id, team_roles, types::names};
use crate::{
    error::Error,
    model::{AccountType, Details, Page, Resource, ResourceId, UserDetails},
    postman::{
        client::get,
        endpoints::Endpoint,
        holders::RoleRow,
        lenient::{List, Object, Scalar},
        wire::WorkspaceRoles,
    },
    transport::Transport,
};

/// One kind of holder of a role.
#[derive(Clone, Copy)]
pub struct Holder {
    /// The field that lists them.
    pub field: &'static str,
    /// What they are.
    pub resource_type: &'static str,
    /// The slug of belonging to them, where others hold what they hold.
    pub expands: Option<&'static str>,
}

/// The kinds that Postman describes; groups go by two names, teams stand in collections' roles and
/// in those of organisations.
pub const HOLDERS: [Holder; 5] = [
    holder("user", names::USER, None),
    holder("group", names::GROUP, Some(groups::MEMBER)),
    holder("usergroup", names::GROUP, Some(groups::MEMBER)),
    holder("partner", names::PARTNER, None),
    holder("team", names::TEAM, Some(team_roles::MEMBER)),
];

const fn holder(
    field: &'static str,
    resource_type: &'static str,
    expands: Option<&'static str>,
) -> Holder {
    Holder {
        field,
        resource_type,
        expands,
    }
}

/// All roles of one workspace.
pub fn list(transport: &impl Transport, workspace: ResourceId) -> Result<Page, Error> {
    let endpoint = Endpoint::WorkspaceRoles(path_id(&workspace)?);
    let answer = get(transport, &endpoint)?;
    let WorkspaceRoles { roles } = answer.read()?;
    let List::Items(roles) = roles else {
        return Err(answer.lacks("no list in `roles`"));
    };
    let mut draft = Draft::within(&workspace);
    draft.expect(0, roles.iter().map(grants_of).sum());
    for (index, role) in roles.into_iter().enumerate() {
        if let Some(role) = draft.object("role", index, role) {
            add(&mut draft, &workspace, index, role);
        }
    }
    Ok(draft.finish(&answer))
}

/// How many grants a role makes: each holder has the role and belongs to the workspace.
fn grants_of(role: &Object<RoleRow<'_>>) -> usize {
    match role {
        Object::Here(role) => role.lists.iter().map(|(_, list)| 2 * list.count()).sum(),
        _ => 0,
    }
}

fn add(draft: &mut Draft, workspace: &ResourceId, index: usize, mut role: RoleRow<'_>) {
    let Some(role_id) = catalogue::role_id(&role.id) else {
        let message = format!("role {index} has no readable id: who holds it is left out");
        draft.notice("no-id", Some(workspace), true, message);
        return;
    };
    let slug = catalogue::slug(&role_id);
    if !catalogue::is_built_in(&role_id) {
        describe(draft, workspace, &role_id, &role.display_name);
    }
    for kind in HOLDERS {
        let list = role.take(kind.field);
        for holder in draft.references(kind.resource_type, kind.field, list, workspace, false) {
            draft.grant(workspace, slug.clone(), &holder, kind.expands, None);
            draft.grant(workspace, catalogue::MEMBER, &holder, kind.expands, None);
            mention(draft, holder);
        }
    }
    note_other_holders(draft, workspace, &role.lists);
}

/// A role that is not built in: kept under its id.
fn describe(draft: &mut Draft, workspace: &ResourceId, role_id: &str, name: &Scalar<'_>) {
    let slug = catalogue::slug(role_id);
    if draft.has_entitlement(&slug) {
        return;
    }
    let name = draft.text("displayName", name, workspace);
    let name = name.unwrap_or_else(|| format!("Role {role_id}"));
    let message =
        format!("role {role_id} is none that this connector knows; it is kept as `{slug}`");
    draft.notice("unknown-role", Some(workspace), false, message);
    let what = "A workspace role that Postman's description does not explain.";
    let entitlement = catalogue::role(slug, name.into(), what.into(), Vec::new());
    draft.page.entitlements.push(entitlement);
}

/// The record of a holder that Postman lists nowhere: a partner is known by its id alone.
pub fn mention(draft: &mut Draft, holder: ResourceId) {
    if holder.resource_type != names::PARTNER {
        return;
    }
    let name = format!("Partner {}", holder.id);
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::External,
    });
    draft
        .page
        .resources
        .push(Resource::mentioned(holder, name, details));
}

/// A kind of holder that nobody described is access that would go unseen.
pub fn note_other_holders<T>(draft: &mut Draft, about: &ResourceId, rest: &[(String, List<T>)]) {
    for (field, list) in rest {
        if matches!(list, List::Items(items) if !items.is_empty()) {
            let field = super::draft::presentable(field).unwrap_or_default();
            let message = format!(
                "`{field}` may name holders of a kind that this connector does not know; they are left out"
            );
            draft.notice("unknown-holder", Some(about), true, message);
        }
    }
}
