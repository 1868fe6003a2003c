//! Rows into a sync.

use rusqlite::Connection;

use super::named::{NamedRow, collect_named};
use super::runs::RunId;
use super::words::{number, parsed};
use super::{Store, StoreError};
use connector_sync::SyncInventory;
use connector_types::{
    Audience, Details, Entitlement, Grant, LastUse, Notice, Operation, Outcome, Resource,
    ResourceId, Run, Scope, SecretDetails, Summary, Texts, UserDetails,
};

impl Store {
    /// Reads a sync as it was stored, each kind in the order of the sync.
    ///
    /// # Errors
    /// Returns an error if it is not there, or cannot be read.
    pub fn load(&self, run: RunId) -> Result<SyncInventory, StoreError> {
        let connection = &self.connection;
        let mut texts = Texts::default();
        let resources = format!(
            "SELECT resource_type, id, {RESOURCE_FACTS} FROM resources WHERE run = ?
            ORDER BY resource_type, id"
        );
        let mut synced = SyncInventory {
            run: load_run(connection, run)?,
            resources: all(connection, &resources, run, |row| record(row.id()?, row))?,
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

/// Returns the scopes of a run that have ended, sorted by identity.
pub(super) fn load_scopes(connection: &Connection, run: RunId) -> Result<Vec<Scope>, StoreError> {
    let mut scopes = all(connection, SCOPES, run, scope)?;
    scopes.sort_by(|a, b| a.identity().cmp(&b.identity()));
    Ok(scopes)
}

/// The columns of a resource apart from its identity, for [`record`].
pub(super) const RESOURCE_FACTS: &str = "parent_type, parent_id, display_name, description,
    evidence, status, created_at, updated_at, kind, email, login, account_type, last_login,
    created_by_type, created_by_id, access_to_type, access_to_id, expires_at, last_used, attributes, grants";
pub(super) const ENTITLEMENTS: &str = "SELECT resource_type, slug, display_name, description, purpose,
    grantable_to, exclusion_group, rank FROM entitlements WHERE run = ? ORDER BY resource_type, slug";
const GRANTS: &str = "SELECT resource_type, resource_id, entitlement, principal_type, principal_id,
    implied_by, expands FROM grants WHERE run = ?
    ORDER BY resource_type, resource_id, entitlement, principal_type, principal_id";
/// Each text once: every scope that shows it has a row, so that a sync of changes can carry it over.
pub(super) const NOTICES: &str =
    "SELECT DISTINCT about_type, about_id, code, impact, message FROM notices WHERE run = ?
    ORDER BY code, about_type, about_id, impact, message";
const SCOPES: &str = "SELECT call, resource_type, id, parent_type, parent_id, outcome, pages,
    requests, problem, read_at FROM scopes WHERE run = ? AND outcome IS NOT NULL";

fn all<T>(
    connection: &Connection,
    sql: &str,
    run: RunId,
    read: impl FnMut(NamedRow<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    collect_named(connection, sql, [run.0], read)
}

/// Reads the record of a resource with this identity.
pub(super) fn record(id: ResourceId, row: NamedRow<'_>) -> Result<Resource, StoreError> {
    Ok(Resource {
        id,
        parent: row.maybe_id("parent_type", "parent_id")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        evidence: row.case("evidence")?,
        status: row.case("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        details: details(row)?,
        attributes: parsed(row.text("attributes")?.unwrap_or("{}"))?,
        grants: row.case("grants")?,
    })
}

fn details(row: NamedRow<'_>) -> Result<Details, StoreError> {
    Ok(match row.text("kind")? {
        Some("user") => Details::User(UserDetails {
            email: row.get("email")?,
            login: row.get("login")?,
            account_type: row.case("account_type")?,
            last_login: row.get("last_login")?,
        }),
        Some("secret") => Details::Secret(SecretDetails {
            created_by: row.maybe_id("created_by_type", "created_by_id")?,
            access_to: row.maybe_id("access_to_type", "access_to_id")?,
            expires_at: row.get("expires_at")?,
            last_used: LastUse::of_text(row.get("last_used")?),
        }),
        Some("group") => Details::Group,
        Some("tenant") => Details::Tenant,
        Some("anyone") => Details::Audience(Audience::Anyone),
        Some("organization") => Details::Audience(Audience::Organization),
        _ => Details::Other,
    })
}

pub(super) fn entitlement(row: NamedRow<'_>) -> Result<Entitlement, StoreError> {
    Ok(Entitlement {
        resource_type: row.get("resource_type")?,
        slug: row.get("slug")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        purpose: row.case("purpose")?,
        grantable_to: parsed(&row.get::<String>("grantable_to")?)?,
        exclusion_group: row.get("exclusion_group")?,
        rank: row.get("rank")?,
    })
}

fn grant(row: NamedRow<'_>, texts: &mut Texts) -> Result<Grant, StoreError> {
    let text = |name| row.text(name).map(|text| text.map(Into::into));
    Ok(texts.shared(Grant {
        resource: row.id_in("resource_type", "resource_id")?,
        entitlement: row.get::<String>("entitlement")?.into(),
        principal: row.id_in("principal_type", "principal_id")?,
        implied_by: text("implied_by")?,
        expands: text("expands")?,
    }))
}

pub(super) fn notice(row: NamedRow<'_>) -> Result<Notice, StoreError> {
    Ok(Notice {
        about: row.maybe_id("about_type", "about_id")?,
        code: row.get("code")?,
        impact: row.case("impact")?,
        message: row.get("message")?,
    })
}

pub(super) fn scope(row: NamedRow<'_>) -> Result<Scope, StoreError> {
    Ok(Scope {
        call: row.case::<Operation>("call")?,
        resource_type: row.get("resource_type")?,
        id: row.get("id")?,
        parent: row.maybe_id("parent_type", "parent_id")?,
        outcome: row.case::<Outcome>("outcome")?,
        pages: number(row.get("pages")?),
        requests: number(row.get("requests")?),
        problem: row.text("problem")?.map(parsed).transpose()?,
        read_at: row.get("read_at")?,
    })
}

/// Reads the row of a run in any state.
pub(super) fn load_run(connection: &Connection, run: RunId) -> Result<Run, StoreError> {
    let sql = "SELECT contract, connector, version, component_sha256, manifest_sha256, base_url,
        started_at, tenant, resource_types, since_last FROM runs WHERE run = ?";
    let found = all(connection, sql, run, |row| {
        Ok(Run {
            contract: row.get("contract")?,
            connector: row.get("connector")?,
            version: row.get("version")?,
            component_sha256: row.get("component_sha256")?,
            manifest_sha256: row.get("manifest_sha256")?,
            base_url: row.get("base_url")?,
            started_at: row.get("started_at")?,
            tenant: parsed(&row.get::<String>("tenant")?)?,
            resource_types: parsed(&row.get::<String>("resource_types")?)?,
            since_last: row.text("since_last")?.map(parsed).transpose()?,
        })
    })?;
    let none = || StoreError::Damaged(format!("it has no run {}", run.0));
    found.into_iter().next().ok_or_else(none)
}

/// Returns the last line of a run that has ended.
pub(super) fn load_summary(
    connection: &Connection,
    run: RunId,
    scopes: &[Scope],
) -> Result<Summary, StoreError> {
    let sql = "SELECT requests, complete, digest, resources, entitlements, grants, notices
        FROM runs WHERE run = ? AND state = 'ended'";
    let found = all(connection, sql, run, |row| {
        let count = |name| row.get::<i64>(name).map(number);
        Ok(Summary {
            requests: count("requests")?,
            complete: row.get("complete")?,
            digest: row.get("digest")?,
            resources: count("resources")?,
            entitlements: count("entitlements")?,
            grants: count("grants")?,
            notices: count("notices")?,
            ..Summary::counted([0; 4], scopes)
        })
    })?;
    let none = || StoreError::Damaged(format!("its run {} has no end", run.0));
    found.into_iter().next().ok_or_else(none)
}
