//! Rows into a sync.

use rusqlite::{Connection, Row};

use super::guard::collect_rows;
use super::rows::last_use;
use super::runs::RunId;
use super::words::{case, id_at, maybe_id_at, number, parsed};
use super::{Store, StoreError};
use connector_sync::Synced;
use connector_types::{
    Audience, Call, Details, Entitlement, Grant, Notice, Outcome, Resource, Run, Scope,
    SecretDetails, Summary, Texts, UserDetails,
};

impl Store {
    /// A sync as it was kept, each kind sorted as the sync sorted it.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn load(&self, run: RunId) -> Result<Synced, StoreError> {
        let connection = &self.connection;
        let mut texts = Texts::default();
        let mut synced = Synced {
            run: load_run(connection, run)?,
            resources: all(connection, RESOURCES, run, resource)?,
            entitlements: all(connection, ENTITLEMENTS, run, entitlement)?,
            grants: all(connection, GRANTS, run, |row| grant(row, &mut texts))?,
            notices: all(connection, NOTICES, run, notice)?,
            scopes: load_scopes(connection, run)?,
            summary: Summary::default(),
        };
        synced.summary = load_summary(connection, run, &synced.scopes)?;
        Ok(synced)
    }
}

/// The scopes of a run that have ended, sorted by identity.
pub(super) fn load_scopes(connection: &Connection, run: RunId) -> Result<Vec<Scope>, StoreError> {
    let mut scopes = all(connection, SCOPES, run, scope)?;
    scopes.sort_by(|a, b| a.identity().cmp(&b.identity()));
    Ok(scopes)
}

pub(super) const RESOURCES: &str =
    "SELECT resource_type, id, parent_type, parent_id, display_name, description,
    evidence, status, created_at, updated_at, kind, email, login, account_type, last_login,
    created_by_type, created_by_id, access_to_type, access_to_id, expires_at, last_used, attributes, grants
    FROM resources WHERE run = ? ORDER BY resource_type, id";
pub(super) const ENTITLEMENTS: &str = "SELECT resource_type, slug, display_name, description, purpose,
    grantable_to, exclusion_group, rank FROM entitlements WHERE run = ? ORDER BY resource_type, slug";
const GRANTS: &str = "SELECT resource_type, resource_id, entitlement, principal_type, principal_id,
    implied_by, expands FROM grants WHERE run = ?
    ORDER BY resource_type, resource_id, entitlement, principal_type, principal_id";
pub(super) const NOTICES: &str =
    "SELECT about_type, about_id, code, impact, message FROM notices WHERE run = ?
    ORDER BY code, about_type, about_id, impact, message";
const SCOPES: &str = "SELECT call, resource_type, id, parent_type, parent_id, outcome, pages,
    requests, problem FROM scopes WHERE run = ? AND outcome IS NOT NULL";

fn all<T>(
    connection: &Connection,
    sql: &str,
    run: RunId,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_and_then([run.0], |row| read(row))?;
    collect_rows(connection, rows)
}

pub(super) fn resource(row: &Row<'_>) -> Result<Resource, StoreError> {
    Ok(Resource {
        id: id_at(row, 0)?,
        parent: maybe_id_at(row, 2)?,
        display_name: row.get(4)?,
        description: row.get(5)?,
        evidence: case(row.get(6)?)?,
        status: case(row.get(7)?)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        details: details(row)?,
        attributes: parsed(&row.get::<_, String>(21)?)?,
        grants: case(row.get(22)?)?,
    })
}

fn details(row: &Row<'_>) -> Result<Details, StoreError> {
    let kind: String = row.get(10)?;
    Ok(match kind.as_str() {
        "user" => Details::User(UserDetails {
            email: row.get(11)?,
            login: row.get(12)?,
            account_type: case(row.get(13)?)?,
            last_login: row.get(14)?,
        }),
        "secret" => Details::Secret(SecretDetails {
            created_by: maybe_id_at(row, 15)?,
            access_to: maybe_id_at(row, 17)?,
            expires_at: row.get(19)?,
            last_used: last_use(row.get(20)?),
        }),
        "group" => Details::Group,
        "tenant" => Details::Tenant,
        "anyone" => Details::Audience(Audience::Anyone),
        "organization" => Details::Audience(Audience::Organization),
        _ => Details::Other,
    })
}

pub(super) fn entitlement(row: &Row<'_>) -> Result<Entitlement, StoreError> {
    Ok(Entitlement {
        resource_type: row.get(0)?,
        slug: row.get(1)?,
        display_name: row.get(2)?,
        description: row.get(3)?,
        purpose: case(row.get(4)?)?,
        grantable_to: parsed(&row.get::<_, String>(5)?)?,
        exclusion_group: row.get(6)?,
        rank: row.get(7)?,
    })
}

fn grant(row: &Row<'_>, texts: &mut Texts) -> Result<Grant, StoreError> {
    Ok(texts.shared(Grant {
        resource: id_at(row, 0)?,
        entitlement: row.get::<_, String>(2)?.into(),
        principal: id_at(row, 3)?,
        implied_by: row.get::<_, Option<String>>(5)?.map(Into::into),
        expands: row.get::<_, Option<String>>(6)?.map(Into::into),
    }))
}

pub(super) fn notice(row: &Row<'_>) -> Result<Notice, StoreError> {
    Ok(Notice {
        about: maybe_id_at(row, 0)?,
        code: row.get(2)?,
        impact: case(row.get(3)?)?,
        message: row.get(4)?,
    })
}

pub(super) fn scope(row: &Row<'_>) -> Result<Scope, StoreError> {
    let problem: Option<String> = row.get(8)?;
    Ok(Scope {
        call: case::<Call>(row.get(0)?)?,
        resource_type: row.get(1)?,
        id: row.get(2)?,
        parent: maybe_id_at(row, 3)?,
        outcome: case::<Outcome>(row.get(5)?)?,
        pages: number(row.get(6)?),
        requests: number(row.get(7)?),
        problem: problem.as_deref().map(parsed).transpose()?,
    })
}

/// The first line of a run, whatever its state.
pub(super) fn load_run(connection: &Connection, run: RunId) -> Result<Run, StoreError> {
    let sql = "SELECT contract, connector, version, component_sha256, manifest_sha256, base_url,
        started_at, tenant FROM runs WHERE run = ?";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([run.0])?;
    let row = rows.next()?;
    let row = row.ok_or_else(|| StoreError::Damaged(format!("it has no run {}", run.0)))?;
    Ok(Run {
        contract: row.get(0)?,
        connector: row.get(1)?,
        version: row.get(2)?,
        component_sha256: row.get(3)?,
        manifest_sha256: row.get(4)?,
        base_url: row.get(5)?,
        started_at: row.get(6)?,
        tenant: parsed(&row.get::<_, String>(7)?)?,
    })
}

/// The last line of a run that has ended.
pub(super) fn load_summary(
    connection: &Connection,
    run: RunId,
    scopes: &[Scope],
) -> Result<Summary, StoreError> {
    let sql = "SELECT requests, complete, digest, resources, entitlements, grants, notices
        FROM runs WHERE run = ? AND state = 'ended'";
    let mut query = connection.prepare_cached(sql)?;
    let summary = query.query_row([run.0], |row| {
        let count = |column| row.get::<_, i64>(column).map(number);
        Ok(Summary {
            requests: count(0)?,
            complete: row.get(1)?,
            digest: row.get(2)?,
            resources: count(3)?,
            entitlements: count(4)?,
            grants: count(5)?,
            notices: count(6)?,
            ..Summary::counted([0; 4], scopes)
        })
    });
    Ok(summary?)
}
