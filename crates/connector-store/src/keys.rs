//! The keys of what runs have in common: one for each resource, entitlement, scope and notice.

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::StoreError;
use super::rows::split;
use super::words::word;
use connector_sync::ScopeKey;
use connector_types::{Notice, Operation, ResourceId, Scope};

/// Returns the key of a resource, which may be a new one.
pub(super) fn resource_key(connection: &Connection, id: &ResourceId) -> Result<i64, StoreError> {
    let find = "SELECT resource FROM resource_keys WHERE resource_type = ? AND id = ?";
    let values = (&*id.resource_type, &*id.id);
    find_or_insert(connection, (find, INSERT_RESOURCE), values)
}

/// As [`resource_key`], for a resource that is a new one as a rule: it is looked for if it cannot be added.
pub(super) fn new_resource_key(
    connection: &Connection,
    id: &ResourceId,
) -> Result<i64, StoreError> {
    let values = (&*id.resource_type, &*id.id);
    if connection
        .prepare_cached(INSERT_RESOURCE)?
        .execute(values)?
        > 0
    {
        return Ok(connection.last_insert_rowid());
    }
    resource_key(connection, id)
}

const INSERT_RESOURCE: &str =
    "INSERT INTO resource_keys (resource_type, id) VALUES (?, ?) ON CONFLICT DO NOTHING";

/// Returns the key of an entitlement, which may be a new one.
pub(super) fn entitlement_key(
    connection: &Connection,
    resource_type: &str,
    slug: &str,
) -> Result<i64, StoreError> {
    let find = "SELECT entitlement FROM entitlement_keys WHERE resource_type = ? AND slug = ?";
    let insert = "INSERT INTO entitlement_keys (resource_type, slug) VALUES (?, ?)";
    find_or_insert(connection, (find, insert), (resource_type, slug))
}

/// Returns the key of a notice, which may be a new one.
pub(super) fn notice_key(connection: &Connection, notice: &Notice) -> Result<i64, StoreError> {
    let find =
        "SELECT notice FROM notice_keys WHERE code = ? AND ifnull(about_type, '') = ifnull(?, '')
        AND ifnull(about_id, '') = ifnull(?, '') AND impact = ? AND message = ?";
    let insert = "INSERT INTO notice_keys (code, about_type, about_id, impact, message)
        VALUES (?, ?, ?, ?, ?)";
    let (about_type, about_id) = split(notice.about.as_ref());
    let impact = word(&notice.impact)?;
    let values = params![notice.code, about_type, about_id, impact, notice.message];
    find_or_insert(connection, (find, insert), values)
}

/// Returns the key of a path of groups, by the key of the shorter path and the last group; it may be a new
/// one.
pub(super) fn path_key(connection: &Connection, step: (i64, i64)) -> Result<i64, StoreError> {
    let find = "SELECT path FROM path_keys WHERE shorter = ? AND group_like = ?";
    let insert = "INSERT INTO path_keys (shorter, group_like) VALUES (?, ?)";
    find_or_insert(connection, (find, insert), step)
}

/// The identity of a scope in columns.
#[derive(Clone, Copy)]
pub(super) struct ScopeColumns<'a> {
    call: &'a str,
    resource_type: &'a str,
    id: Option<&'a str>,
    parent: Option<&'a ResourceId>,
}

impl<'a> From<&'a Scope> for ScopeColumns<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self {
            call: scope.call.name(),
            resource_type: &scope.resource_type,
            id: scope.id.as_deref(),
            parent: scope.parent.as_ref(),
        }
    }
}

impl<'a> From<&'a ScopeKey> for ScopeColumns<'a> {
    fn from(key: &'a ScopeKey) -> Self {
        let (id, parent) = match key.call {
            Operation::ListGrants => (key.at.as_ref().map(|at| &*at.id), None),
            Operation::ListEntitlements | Operation::ListResources => (None, key.at.as_ref()),
        };
        Self {
            call: key.call.name(),
            resource_type: &key.resource_type,
            id,
            parent,
        }
    }
}

/// Returns the key of a scope, which may be a new one.
pub(super) fn scope_key(
    connection: &Connection,
    scope: ScopeColumns<'_>,
) -> Result<i64, StoreError> {
    let find = "SELECT scope FROM scope_keys WHERE call = ? AND resource_type = ?
        AND ifnull(id, '') = ifnull(?, '') AND ifnull(parent_type, '') = ifnull(?, '')
        AND ifnull(parent_id, '') = ifnull(?, '')";
    let insert = "INSERT INTO scope_keys (call, resource_type, id, parent_type, parent_id)
        VALUES (?, ?, ?, ?, ?)";
    let (parent_type, parent_id) = split(scope.parent);
    let values = params![
        scope.call,
        scope.resource_type,
        scope.id,
        parent_type,
        parent_id
    ];
    find_or_insert(connection, (find, insert), values)
}

fn find_or_insert(
    connection: &Connection,
    (find, insert): (&str, &str),
    values: impl Params + Copy,
) -> Result<i64, StoreError> {
    let mut query = connection.prepare_cached(find)?;
    let found = query.query_row(values, |row| row.get(0)).optional()?;
    if let Some(key) = found {
        return Ok(key);
    }
    connection.prepare_cached(insert)?.execute(values)?;
    Ok(connection.last_insert_rowid())
}
