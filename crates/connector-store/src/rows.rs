//! Records as rows.

use rusqlite::{CachedStatement, Connection, Statement, ToSql, params};

use super::StoreError;
use super::keys::{notice_key, scope_key};
use super::runs::RunId;
use super::words::{integer, json, word};
use connector_types::{Entitlement, Notice, Resource, ResourceId, Scope};

/// Writes the end of a scope, whose type has this index among the connector's.
pub(super) fn save_scope(
    connection: &Connection,
    run: RunId,
    scope: &Scope,
    type_order: usize,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO scope_versions (epoch, scope, first, outcome, pages, requests, problem,
            type_order, read_at) VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome, pages = excluded.pages,
            requests = excluded.requests, problem = excluded.problem";
    let values = params![
        run.0,
        scope_key(connection, scope.into())?,
        scope.outcome.name(),
        integer(scope.pages),
        integer(scope.requests),
        scope.problem.as_ref().map(json).transpose()?,
        place_of(type_order),
        scope.read_at,
    ];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Returns an index as SQLite's integer.
pub(super) fn place_of(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Columns of a resource.
pub(super) const RESOURCE: &str = "epoch, first, resource, parent_type, parent_id, display_name, description,
    evidence, status, created_at, updated_at, kind, email, login, account_type, last_login,
    created_by_type, created_by_id, access_to_type, access_to_id, expires_at, last_used, attributes, grants,
    scope, page";
pub(super) const ENTITLEMENT: &str =
    "epoch, first, entitlement, display_name, description, purpose,
    grantable_to, exclusion_group, rank, scope";

/// The origin of a record: its scope's row and the number of its page; none if it is only
/// referenced.
pub(super) type PageOrigin = Option<(i64, u32)>;

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
        let of = |table: &str, columns: &str| {
            let parameters = vec!["?"; columns.split(',').count()].join(", ");
            let values = format!("INTO {table} ({columns}) VALUES ({parameters})");
            (
                format!("INSERT {values} ON CONFLICT DO NOTHING"),
                format!("INSERT OR REPLACE {values}"),
            )
        };
        let (insert_resource, replace_resource) = of("resource_versions", RESOURCE);
        let (insert_entitlement, replace_entitlement) = of("entitlement_versions", ENTITLEMENT);
        Self {
            insert_resource,
            replace_resource,
            insert_entitlement,
            replace_entitlement,
        }
    }

    /// Writes a resource of this key. Returns whether its identity had no record.
    pub(super) fn insert_resource(
        &self,
        connection: &Connection,
        row: (RunId, i64),
        resource: &Resource,
        place: PageOrigin,
    ) -> Result<bool, StoreError> {
        let mut insert = connection.prepare_cached(&self.insert_resource)?;
        bind_resource(&mut insert, row, resource, place)?;
        Ok(insert.raw_execute()? > 0)
    }

    /// Writes a resource over the one with this key.
    pub(super) fn replace_resource(
        &self,
        connection: &Connection,
        row: (RunId, i64),
        resource: &Resource,
        place: PageOrigin,
    ) -> Result<(), StoreError> {
        let mut replace = connection.prepare_cached(&self.replace_resource)?;
        bind_resource(&mut replace, row, resource, place)?;
        replace.raw_execute()?;
        Ok(())
    }

    /// Writes an entitlement of this key. Returns whether its identity had no record.
    pub(super) fn insert_entitlement(
        &self,
        connection: &Connection,
        row: (RunId, i64),
        entitlement: &Entitlement,
        scope: Option<i64>,
    ) -> Result<bool, StoreError> {
        let mut insert = connection.prepare_cached(&self.insert_entitlement)?;
        bind_entitlement(&mut insert, row, entitlement, scope)?;
        Ok(insert.raw_execute()? > 0)
    }

    /// Writes an entitlement over the one with this key.
    pub(super) fn replace_entitlement(
        &self,
        connection: &Connection,
        row: (RunId, i64),
        entitlement: &Entitlement,
        scope: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut replace = connection.prepare_cached(&self.replace_entitlement)?;
        bind_entitlement(&mut replace, row, entitlement, scope)?;
        replace.raw_execute()?;
        Ok(())
    }
}

/// Binds the values of [`RESOURCE`].
fn bind_resource(
    statement: &mut Statement<'_>,
    (run, key): (RunId, i64),
    resource: &Resource,
    place: PageOrigin,
) -> Result<(), StoreError> {
    let (parent_type, parent_id) = split(resource.parent.as_ref());
    let user = resource.details.user();
    let secret = resource.details.secret();
    let (created_by_type, created_by_id) = split(secret.and_then(|one| one.created_by.as_ref()));
    let (access_to_type, access_to_id) = split(secret.and_then(|one| one.access_to.as_ref()));
    let account_type = user.map(|one| word(&one.account_type)).transpose()?;
    let values = params![
        run.0,
        run.0,
        key,
        parent_type,
        parent_id,
        resource.display_name,
        resource.description,
        word(&resource.evidence)?,
        word(&resource.status)?,
        resource.created_at,
        resource.updated_at,
        resource.details.kind(),
        user.and_then(|one| one.email.as_ref()),
        user.and_then(|one| one.login.as_ref()),
        account_type,
        user.and_then(|one| one.last_login.as_ref()),
        created_by_type,
        created_by_id,
        access_to_type,
        access_to_id,
        secret.and_then(|one| one.expires_at.as_ref()),
        secret.and_then(|one| one.last_used.text()),
        json(&resource.attributes)?,
        word(&resource.grants)?,
        place.map(|(scope, _)| scope),
        place.map(|(_, page)| page),
    ];
    bind(statement, 1, values)
}

/// Binds the values of [`ENTITLEMENT`].
fn bind_entitlement(
    statement: &mut Statement<'_>,
    (run, key): (RunId, i64),
    entitlement: &Entitlement,
    scope: Option<i64>,
) -> Result<(), StoreError> {
    let values = params![
        run.0,
        run.0,
        key,
        entitlement.display_name,
        entitlement.description,
        word(&entitlement.purpose)?,
        json(&entitlement.grantable_to)?,
        entitlement.exclusion_group,
        entitlement.rank,
        scope,
    ];
    bind(statement, 1, values)
}

/// Binds values to the parameters from this one on.
fn bind(
    statement: &mut Statement<'_>,
    first: usize,
    values: &[&dyn ToSql],
) -> Result<(), StoreError> {
    for (place, value) in (first..).zip(values) {
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

/// Writes rows that differ in two keys alone.
#[derive(Debug)]
pub(super) struct PairInsert {
    one: String,
    many: String,
}

/// Rows of one statement: many take less time than one after the other.
const ROWS_TOGETHER: usize = 16;

impl PairInsert {
    /// Makes the statements for a table; its columns are the two that differ, then the others.
    pub(super) fn new(table: &str, columns: &str) -> Self {
        let shared = columns.split(',').count() - 2;
        let others: Vec<_> = (1..=shared).map(|place| format!("?{place}")).collect();
        let others = others.join(", ");
        let row = |at| format!("(?{}, ?{}, {others})", shared + at, shared + at + 1);
        // With ON CONFLICT, SQLite would keep a journal of each statement of several rows.
        let insert = |count: usize| {
            let rows: Vec<_> = (1..).step_by(2).take(count).map(row).collect();
            let rows = rows.join(", ");
            format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES {rows}")
        };
        Self {
            one: insert(1),
            many: insert(ROWS_TOGETHER),
        }
    }

    /// Writes a row for each pair, with the values that all share. Calls `left_out` with the rows of a statement that
    /// did not write all of them, because their keys were there.
    pub(super) fn insert(
        &self,
        connection: &Connection,
        shared: &[&dyn ToSql],
        mut pairs: impl Iterator<Item = (i64, i64)>,
        left_out: impl Fn(&[(i64, i64)]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let write = |insert: &mut Statement<'_>, pairs: &[(i64, i64)]| {
            for (place, (one, other)) in (1..).step_by(2).zip(pairs) {
                bind(insert, shared.len() + place, &[one, other])?;
            }
            if insert.raw_execute()? < pairs.len() {
                left_out(pairs)?;
            }
            Ok::<_, StoreError>(())
        };
        let mut many = None;
        let mut together: Vec<_> = pairs.by_ref().take(ROWS_TOGETHER).collect();
        while together.len() == ROWS_TOGETHER {
            let insert = match &mut many {
                Some(insert) => insert,
                none => none.insert(prepare_with(connection, &self.many, shared)?),
            };
            write(insert, &together)?;
            together.clear();
            together.extend(pairs.by_ref().take(ROWS_TOGETHER));
        }
        if together.is_empty() {
            return Ok(());
        }
        let mut insert = prepare_with(connection, &self.one, shared)?;
        together
            .chunks(1)
            .try_for_each(|pair| write(&mut insert, pair))
    }
}

/// Prepares a statement with values for its first parameters.
fn prepare_with<'c>(
    connection: &'c Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<CachedStatement<'c>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, 1, values)?;
    Ok(statement)
}

/// Writes a notice of a scope, or of the run.
pub(super) fn save_notice(
    connection: &Connection,
    run: RunId,
    notice: &Notice,
    scope: Option<i64>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO notice_versions (epoch, notice, scope, first)
        VALUES (?1, ?2, ifnull(?3, 0), ?1) ON CONFLICT DO NOTHING";
    let key = notice_key(connection, notice)?;
    connection
        .prepare_cached(sql)?
        .execute(params![run.0, key, scope])?;
    Ok(())
}

pub(super) fn split(id: Option<&ResourceId>) -> (Option<&str>, Option<&str>) {
    (id.map(|id| &*id.resource_type), id.map(|id| &*id.id))
}
