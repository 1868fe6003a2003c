//! Records as rows.

use rusqlite::{Connection, Statement, ToSql, params};

use super::StoreError;
use super::runs::RunId;
use super::words::{integer, json, word};
use connector_types::{
    Details, Entitlement, Notice, Resource, ResourceId, Scope, SecretDetails, UserDetails,
};

/// Writes how a scope ended, whose type has this place among the connector's.
pub(super) fn save_scope(
    connection: &Connection,
    run: RunId,
    scope: &Scope,
    type_order: usize,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO scopes (run, call, resource_type, id, parent_type, parent_id, outcome,
            pages, requests, problem, type_order) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome, pages = excluded.pages,
            requests = excluded.requests, problem = excluded.problem";
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
        place_of(type_order),
    ];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// A place as SQLite holds it.
pub(super) fn place_of(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Columns of a resource, but for its key.
const RESOURCE: &str = "run, resource_type, id, parent_type, parent_id, display_name, description,
    evidence, status, created_at, updated_at, kind, email, login, account_type, last_login,
    created_by_type, created_by_id, opens_type, opens_id, expires_at, last_used_at, profile, grants,
    scope, page";
const ENTITLEMENT: &str =
    "run, resource_type, slug, display_name, description, purpose, grantable_to,
    exclusion_group, rank, scope";

/// The place of a record: its scope's row and the number of its page; none where only something
/// refers to it.
pub(super) type Place = Option<(i64, u32)>;

/// The statements that write a record of one kind. Of each identity the first record has a row.
#[derive(Debug)]
pub(super) struct Statements {
    insert_resource: String,
    replace_resource: String,
    insert_entitlement: String,
    replace_entitlement: String,
}

impl Statements {
    pub(super) fn new() -> Self {
        let of = |table: &str, key: &str, columns: &str, identity: &str| {
            let places = vec!["?"; columns.split(',').count()].join(", ");
            let names = columns.split(',').map(str::trim);
            let set: Vec<_> = names
                .map(|name| format!("{name} = excluded.{name}"))
                .collect();
            let insert = format!(
                "INSERT INTO {table} ({columns}) VALUES ({places})
                ON CONFLICT ({identity}) DO UPDATE SET {} WHERE {table}.scope IS NULL
                RETURNING {key}",
                set.join(", ")
            );
            let replace =
                format!("INSERT OR REPLACE INTO {table} ({columns}, {key}) VALUES ({places}, ?)");
            (insert, replace)
        };
        let (insert_resource, replace_resource) =
            of("resources", "resource", RESOURCE, "run, resource_type, id");
        let (insert_entitlement, replace_entitlement) = of(
            "entitlements",
            "entitlement",
            ENTITLEMENT,
            "run, resource_type, slug",
        );
        Self {
            insert_resource,
            replace_resource,
            insert_entitlement,
            replace_entitlement,
        }
    }

    /// Writes a resource, and returns its key; `None` if its identity has a record already.
    pub(super) fn insert_resource(
        &self,
        connection: &Connection,
        run: RunId,
        resource: &Resource,
        place: Place,
    ) -> Result<Option<i64>, StoreError> {
        let mut insert = connection.prepare_cached(&self.insert_resource)?;
        bind_resource(&mut insert, run, resource, place)?;
        first_key(&mut insert)
    }

    /// Writes a resource in the place of the one with this key.
    pub(super) fn replace_resource(
        &self,
        connection: &Connection,
        (run, key): (RunId, i64),
        resource: &Resource,
        place: Place,
    ) -> Result<(), StoreError> {
        let mut replace = connection.prepare_cached(&self.replace_resource)?;
        let next = bind_resource(&mut replace, run, resource, place)?;
        replace.raw_bind_parameter(next, key)?;
        replace.raw_execute()?;
        Ok(())
    }

    /// Writes an entitlement, and returns its key; `None` if its identity has a record already.
    pub(super) fn insert_entitlement(
        &self,
        connection: &Connection,
        run: RunId,
        entitlement: &Entitlement,
        scope: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let mut insert = connection.prepare_cached(&self.insert_entitlement)?;
        bind_entitlement(&mut insert, run, entitlement, scope)?;
        first_key(&mut insert)
    }

    /// Writes an entitlement in the place of the one with this key.
    pub(super) fn replace_entitlement(
        &self,
        connection: &Connection,
        (run, key): (RunId, i64),
        entitlement: &Entitlement,
        scope: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut replace = connection.prepare_cached(&self.replace_entitlement)?;
        let next = bind_entitlement(&mut replace, run, entitlement, scope)?;
        replace.raw_bind_parameter(next, key)?;
        replace.raw_execute()?;
        Ok(())
    }
}

fn first_key(insert: &mut Statement<'_>) -> Result<Option<i64>, StoreError> {
    let mut rows = insert.raw_query();
    let row = rows.next()?;
    Ok(row.map(|row| row.get(0)).transpose()?)
}

/// Binds the values of [`RESOURCE`], and returns the number of the parameter after them.
fn bind_resource(
    statement: &mut Statement<'_>,
    run: RunId,
    resource: &Resource,
    place: Place,
) -> Result<usize, StoreError> {
    let (parent_type, parent_id) = split(resource.parent.as_ref());
    let user = user_of(&resource.details);
    let secret = secret_of(&resource.details);
    let (created_by_type, created_by_id) = split(secret.and_then(|one| one.created_by.as_ref()));
    let (opens_type, opens_id) = split(secret.and_then(|one| one.opens.as_ref()));
    let account_type = user.map(|one| word(&one.account_type)).transpose()?;
    let values = params![
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
        place.map(|(scope, _)| scope),
        place.map(|(_, page)| page),
    ];
    bind(statement, values)
}

/// Binds the values of [`ENTITLEMENT`], and returns the number of the parameter after them.
fn bind_entitlement(
    statement: &mut Statement<'_>,
    run: RunId,
    entitlement: &Entitlement,
    scope: Option<i64>,
) -> Result<usize, StoreError> {
    let values = params![
        run.0,
        entitlement.resource_type,
        entitlement.slug,
        entitlement.display_name,
        entitlement.description,
        word(&entitlement.purpose)?,
        json(&entitlement.grantable_to)?,
        entitlement.exclusion_group,
        entitlement.rank,
        scope,
    ];
    bind(statement, values)
}

fn bind(statement: &mut Statement<'_>, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
    for (place, value) in (1..).zip(values) {
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(values.len() + 1)
}

/// Writes a notice behind the others of its run.
pub(super) fn save_notice(
    connection: &Connection,
    run: RunId,
    notice: &Notice,
    scope: Option<i64>,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO notices (run, position, code, about_type, about_id, omits, message, scope)
        VALUES (?1, (SELECT ifnull(max(position) + 1, 0) FROM notices WHERE run = ?1),
            ?2, ?3, ?4, ?5, ?6, ?7)";
    let (about_type, about_id) = split(notice.about.as_ref());
    connection.prepare_cached(sql)?.execute(params![
        run.0,
        notice.code,
        about_type,
        about_id,
        notice.omits,
        notice.message,
        scope,
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
