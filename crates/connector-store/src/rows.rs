//! Records as rows.

use rusqlite::{Connection, params};

use super::StoreError;
use super::runs::RunId;
use super::words::{integer, json, word};
use connector_types::{
    Details, Entitlement, Notice, Resource, ResourceId, Scope, SecretDetails, UserDetails,
};

/// Writes how a scope ended, and gives back its row.
pub(super) fn save_scope(
    connection: &Connection,
    run: RunId,
    scope: &Scope,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO scopes (run, call, resource_type, id, parent_type, parent_id, outcome,
            pages, requests, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome, pages = excluded.pages,
            requests = excluded.requests, problem = excluded.problem
        RETURNING scope";
    let (parent_type, parent_id) = split(scope.parent.as_ref());
    let problem = scope.problem.as_ref().map(json).transpose()?;
    let values = params![
        run.0,
        scope.call.name(),
        scope.resource_type,
        scope.id,
        parent_type,
        parent_id,
        scope.outcome.name(),
        integer(scope.pages),
        integer(scope.requests),
        problem,
    ];
    let mut insert = connection.prepare_cached(sql)?;
    Ok(insert.query_row(values, |row| row.get(0))?)
}

pub(super) fn save_resource(
    connection: &Connection,
    run: RunId,
    resource: &Resource,
    (scope, page): (Option<i64>, Option<u32>),
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO resources (run, resource_type, id, parent_type, parent_id, display_name,
        description, evidence, status, created_at, updated_at, kind, email, login, account_type,
        last_login, created_by_type, created_by_id, opens_type, opens_id, expires_at, last_used_at,
        profile, grants, scope, page)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (parent_type, parent_id) = split(resource.parent.as_ref());
    let user = user_of(&resource.details);
    let secret = secret_of(&resource.details);
    let (created_by_type, created_by_id) = split(secret.and_then(|one| one.created_by.as_ref()));
    let (opens_type, opens_id) = split(secret.and_then(|one| one.opens.as_ref()));
    let account_type = user.map(|one| word(&one.account_type)).transpose()?;
    connection.prepare_cached(sql)?.execute(params![
        run.0,
        &*resource.id.resource_type,
        &*resource.id.id,
        parent_type,
        parent_id,
        resource.display_name,
        resource.description,
        word(&resource.evidence)?,
        word(&resource.status)?,
        resource.created_at,
        resource.updated_at,
        kind(&resource.details),
        user.and_then(|one| one.email.as_ref()),
        user.and_then(|one| one.login.as_ref()),
        account_type,
        user.and_then(|one| one.last_login.as_ref()),
        created_by_type,
        created_by_id,
        opens_type,
        opens_id,
        secret.and_then(|one| one.expires_at.as_ref()),
        secret.and_then(|one| one.last_used_at.as_ref()),
        json(&resource.profile)?,
        word(&resource.grants)?,
        scope,
        page,
    ])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn save_entitlement(
    connection: &Connection,
    run: RunId,
    entitlement: &Entitlement,
) -> Result<i64, StoreError> {
    let sql =
        "INSERT INTO entitlements (run, resource_type, slug, display_name, description, purpose,
        grantable_to, exclusion_group, rank) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![
        run.0,
        entitlement.resource_type,
        entitlement.slug,
        entitlement.display_name,
        entitlement.description,
        word(&entitlement.purpose)?,
        json(&entitlement.grantable_to)?,
        entitlement.exclusion_group,
        entitlement.rank,
    ])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn save_notice(
    connection: &Connection,
    run: RunId,
    position: usize,
    notice: &Notice,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO notices (run, position, code, about_type, about_id, omits, message)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    let (about_type, about_id) = split(notice.about.as_ref());
    connection.prepare_cached(sql)?.execute(params![
        run.0,
        i64::try_from(position).unwrap_or(i64::MAX),
        notice.code,
        about_type,
        about_id,
        notice.omits,
        notice.message,
    ])?;
    Ok(())
}

pub(super) fn split(id: Option<&ResourceId>) -> (Option<&str>, Option<&str>) {
    (id.map(|id| &*id.resource_type), id.map(|id| &*id.id))
}

fn kind(details: &Details) -> &'static str {
    match details {
        Details::User(_) => "user",
        Details::Group => "group",
        Details::Tenant => "tenant",
        Details::Secret(_) => "secret",
        Details::Other => "other",
    }
}

fn user_of(details: &Details) -> Option<&UserDetails> {
    match details {
        Details::User(user) => Some(user),
        _ => None,
    }
}

fn secret_of(details: &Details) -> Option<&SecretDetails> {
    match details {
        Details::Secret(secret) => Some(secret),
        _ => None,
    }
}
