//! The roles of a workspace and their principals, from `/workspaces/{id}/roles`.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::role_principals::{RoleRow, ids};
use crate::api::wire::{ListAnswer, WorkspaceRoles};
use crate::resources::{catalogue, groups, paging, team_roles};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientList, Scalar};
use connector_sdk::model::{
    AccountType, Details, GrantSet, Impact, Page, Reference, ResourceId, UserDetails,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

/// One kind of principal of a role.
#[derive(Clone, Copy)]
pub struct PrincipalField {
    /// The field that lists them.
    pub field: &'static str,
    /// The kind of resource.
    pub kind: ResourceKind,
    /// The slug of belonging to them, where others hold what they hold.
    pub expands: Option<&'static str>,
}

/// The kinds that Postman describes; groups go by two names, teams stand in collections' roles and
/// in those of organisations.
pub const PRINCIPAL_FIELDS: [PrincipalField; 5] = [
    principal_field("user", ResourceKind::User, None),
    principal_field("group", ResourceKind::Group, Some(groups::MEMBER)),
    principal_field("usergroup", ResourceKind::Group, Some(groups::MEMBER)),
    principal_field("partner", ResourceKind::Partner, None),
    principal_field("team", ResourceKind::Team, Some(team_roles::MEMBER)),
];

const fn principal_field(
    field: &'static str,
    kind: ResourceKind,
    expands: Option<&'static str>,
) -> PrincipalField {
    PrincipalField {
        field,
        kind,
        expands,
    }
}

/// Reads all roles of one workspace.
pub fn list(transport: &impl Transport, workspace: &ResourceId) -> Result<Page, Error> {
    let endpoint = PostmanRequest::WorkspaceRoles(workspace);
    let answer = get(transport, &endpoint)?;
    let ListAnswer { list, rest } = answer.read_list::<WorkspaceRoles<'_>>()?;
    let LenientList::Items(roles) = list.roles else {
        return Err(answer.lacks("no list in `roles`"));
    };
    let mut page = PageBuilder::new(PROVIDER).within(workspace);
    paging::note_unread_rest(&mut page, &rest, Some(roles.len()));
    page.each_object("role", roles, |page, index, role| {
        add(page, workspace, index, role);
    });
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, workspace: &ResourceId, index: usize, mut role: RoleRow<'_>) {
    let Some(role_id) = catalogue::role_id(&role.id) else {
        let message = format!("role {index} has no readable id: its principals are left out");
        page.notice("no-id", Some(workspace), Impact::ItemOmitted, message);
        return;
    };
    if !catalogue::is_built_in(&role_id) {
        describe(page, workspace, &role_id, &role.display_name);
    }
    let mut is_read = false;
    for principal_field in PRINCIPAL_FIELDS {
        while let Some(list) = role.take(principal_field.field) {
            is_read = true;
            add_principals(page, workspace, &role_id, principal_field, ids(list));
        }
    }
    note_other_principals(page, workspace, &role.lists);
    if let Some(field) = role.unread_field().filter(|_| !is_read) {
        note_unknown_principal_kind(page, workspace, field);
    }
}

fn add_principals(
    page: &mut PageBuilder,
    workspace: &ResourceId,
    role_id: &str,
    principal_field: PrincipalField,
    list: LenientList<Scalar<'_>>,
) {
    let principals = page.references(
        principal_field.kind,
        principal_field.field,
        list,
        workspace,
        false,
    );
    for principal in &principals {
        add_partner(page, principal);
    }
    page.grant_set(GrantSet {
        resource: workspace.clone(),
        entitlements: vec![
            catalogue::slug_of(role_id, principal_field.kind),
            catalogue::MEMBER.into(),
        ],
        principal_type: principal_field.kind.name(),
        principal_ids: principals
            .into_iter()
            .map(|principal| principal.id)
            .collect(),
        implied_by: None,
        expands: principal_field.expands,
    });
}

/// Adds the entitlement of a role that is not built in, under its id.
fn describe(page: &mut PageBuilder, workspace: &ResourceId, role_id: &str, name: &Scalar<'_>) {
    let slug = catalogue::slug(role_id);
    if page.has_entitlement(&slug) {
        return;
    }
    let name = page.text("displayName", name, workspace);
    let name = name.unwrap_or_else(|| format!("Role {role_id}"));
    let message =
        format!("role {role_id} is unknown to this connector; it is recorded as `{slug}`");
    page.notice("unknown-role", Some(workspace), Impact::None, message);
    let what = "A workspace role that Postman's description does not explain.";
    let entitlement = catalogue::role(slug, name.into(), what.into(), Vec::new());
    page.page.entitlements.push(entitlement);
}

/// Adds the reference of a principal if it is a partner: Postman lists them nowhere, so that the id alone is
/// known.
pub fn add_partner(page: &mut PageBuilder, principal: &ResourceId) {
    if principal.resource_type != ResourceKind::Partner.name() {
        return;
    }
    page.page.references.push(partner(principal.clone(), None));
}

/// Returns the record of a partner, with the time of its last activity where that is known.
pub fn partner(id: ResourceId, last_login: Option<String>) -> Reference {
    let name = format!("Partner {}", id.id);
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::External,
        last_login,
    });
    Reference::new(id, name, details)
}

/// Adds a notice for each undocumented kind of principal, whose access would go unseen.
pub fn note_other_principals<T>(
    page: &mut PageBuilder,
    about: &ResourceId,
    rest: &[(String, LenientList<T>)],
) {
    for (field, list) in rest {
        if matches!(list, LenientList::Items(items) if !items.is_empty()) {
            note_unknown_principal_kind(page, about, field);
        }
    }
}

fn note_unknown_principal_kind(page: &mut PageBuilder, about: &ResourceId, field: &str) {
    let field = connector_sdk::page::presentable(field).unwrap_or_default();
    let message = format!(
        "`{field}` may name principals of a kind that is unknown to this connector; they are left out"
    );
    page.notice(
        "unknown-principal-kind",
        Some(about),
        Impact::ItemOmitted,
        message,
    );
}
