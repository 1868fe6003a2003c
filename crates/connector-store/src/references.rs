//! Closed references: everything that a run refers to has a record, and groups of which no member
//! is known are reported.

use rusqlite::Connection;

use super::named::collect_named;
use super::rows::save_notice;
use super::{RunId, StoreError};
use connector_sync::{undescribed_notice, unknown_members_notice, unlisted_notice};
use connector_types::ResourceId;

/// The ids that records of a run refer to: parents, and issuers and objects of secrets.
const REFERENCES: &str =
    "SELECT parent_type AS resource_type, parent_id AS id FROM resource_versions
        WHERE epoch = ?1 AND parent_id IS NOT NULL
    UNION SELECT created_by_type, created_by_id FROM resource_versions
        WHERE epoch = ?1 AND kind = 'secret' AND created_by_id IS NOT NULL
    UNION SELECT access_to_type, access_to_id FROM resource_versions
        WHERE epoch = ?1 AND kind = 'secret' AND access_to_id IS NOT NULL";

/// Resources that nothing refers to, when `temp.referred` has those that records refer to.
const UNREFERRED: &str = "resource NOT IN temp.referred
    AND NOT EXISTS (SELECT 1 FROM grant_versions g
        WHERE g.epoch = ?1 AND g.resource = resource_versions.resource)
    AND NOT EXISTS (SELECT 1 FROM grant_versions g
        WHERE g.epoch = ?1 AND g.principal = resource_versions.resource)";

/// Gives a record to everything that grants and records refer to, and drops rows that nothing refers
/// to any more.
pub(super) fn close(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT OR IGNORE INTO resource_keys (resource_type, id)
        SELECT resource_type, id FROM ({REFERENCES})"
    );
    connection.execute(&sql, [run.0])?;
    let sql = format!(
        "INSERT OR IGNORE INTO resource_versions (epoch, first, resource, display_name, evidence,
            status, kind, attributes, grants)
        SELECT ?1, ?1, k.resource, k.id, 'referenced', 'unknown', 'other', '{{}}', 'complete'
        FROM ({REFERENCES}) r
        JOIN resource_keys k ON k.resource_type = r.resource_type AND k.id = r.id"
    );
    connection.execute(&sql, [run.0])?;
    with_referred(connection, run, || {
        let sql = format!(
            "DELETE FROM resource_versions WHERE epoch = ?1 AND scope IS NULL AND {UNREFERRED}"
        );
        connection.execute(&sql, [run.0])?;
        Ok(())
    })?;
    add_notices(connection, run)?;
    describe_entitlements(connection, run)?;
    mark_unknown_members(connection, run)
}

/// Drops those of `temp.principals` that are only referenced, and by nothing that is left.
pub(super) fn drop_unreferenced(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    with_referred(connection, run, || {
        let sql = format!(
            "DELETE FROM resource_versions WHERE epoch = ?1 AND resource IN temp.principals
                AND evidence = 'referenced' AND {UNREFERRED}"
        );
        connection.execute(&sql, [run.0])?;
        Ok(())
    })
}

fn with_referred(
    connection: &Connection,
    run: RunId,
    work: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.execute_batch("CREATE TEMP TABLE referred (resource INTEGER PRIMARY KEY) STRICT")?;
    let sql = format!(
        "INSERT INTO temp.referred SELECT r.resource FROM ({REFERENCES}) i JOIN resources r
            ON r.run = ?1 AND r.resource_type = i.resource_type AND r.id = i.id"
    );
    connection.execute(&sql, [run.0])?;
    work()?;
    connection.execute_batch("DROP TABLE temp.referred")?;
    Ok(())
}

/// Says what is referenced. One that passes grants on is a set of accounts.
fn add_notices(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "UPDATE resource_versions SET kind = 'group'
        WHERE epoch = ?1 AND scope IS NULL AND EXISTS (SELECT 1 FROM grant_versions g
            WHERE g.epoch = ?1 AND g.principal = resource_versions.resource
                AND g.expands IS NOT NULL)";
    connection.execute(sql, [run.0])?;
    let sql = "SELECT resource_type, id FROM resources WHERE run = ? AND scope IS NULL
        ORDER BY resource_type, id";
    for id in ids(connection, sql, run)? {
        save_notice(connection, run, &unlisted_notice(&id), None)?;
    }
    Ok(())
}

/// Says what grants name and nothing describes, and drops what nothing names any more.
fn describe_entitlements(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "DELETE FROM entitlement_versions WHERE epoch = ?1 AND scope IS NULL
        AND entitlement NOT IN (SELECT entitlement FROM grant_versions WHERE epoch = ?1)
        AND entitlement NOT IN (SELECT k.entitlement FROM (
                SELECT DISTINCT p.resource_type, g.expands AS slug FROM grant_versions g
                JOIN resource_keys p ON p.resource = g.principal
                WHERE g.epoch = ?1 AND g.expands IS NOT NULL) s
            JOIN entitlement_keys k ON k.resource_type = s.resource_type AND k.slug = s.slug)";
    connection.execute(sql, [run.0])?;
    let sql = "SELECT resource_type, slug AS id FROM entitlements WHERE run = ? AND scope IS NULL
        ORDER BY resource_type, slug";
    for ResourceId { resource_type, id } in ids(connection, sql, run)? {
        save_notice(
            connection,
            run,
            &undescribed_notice(&resource_type, &id),
            None,
        )?;
    }
    Ok(())
}

/// Marks each complete scope as partial that names a group of which no member is known. Groups
/// whose own list was not read are missing with that list.
fn mark_unknown_members(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    connection.execute_batch("CREATE TEMP TABLE unknown (resource INTEGER PRIMARY KEY) STRICT")?;
    let sql = "INSERT OR IGNORE INTO temp.unknown
        SELECT p.resource FROM resources p
        JOIN grant_facts g ON g.run = p.run AND g.principal = p.resource
        WHERE p.run = ?1 AND p.evidence = 'referenced' AND g.expands IS NOT NULL
            AND p.resource_type IN (SELECT s.resource_type FROM scopes s WHERE s.run = ?1
                AND s.call = 'list-resources' AND s.outcome IN ('complete', 'partial'))
            AND NOT EXISTS (SELECT 1 FROM grant_facts m
                JOIN entitlement_keys e ON e.entitlement = m.entitlement
                WHERE m.run = ?1 AND m.resource = p.resource AND e.slug = g.expands)";
    if connection.execute(sql, [run.0])? > 0 {
        let sql = "UPDATE scope_versions SET outcome = 'partial'
            WHERE epoch = ?1 AND outcome = 'complete' AND scope IN (
                SELECT g.scope FROM temp.unknown u
                JOIN grant_versions g ON g.epoch = ?1 AND g.principal = u.resource
                WHERE g.expands IS NOT NULL)";
        connection.execute(sql, [run.0])?;
        let sql = "SELECT resource_type, id FROM resources
            WHERE run = ? AND resource IN temp.unknown ORDER BY resource_type, id";
        for id in ids(connection, sql, run)? {
            save_notice(connection, run, &unknown_members_notice(&id), None)?;
        }
    }
    connection.execute_batch("DROP TABLE temp.unknown")?;
    Ok(())
}

fn ids(connection: &Connection, sql: &str, run: RunId) -> Result<Vec<ResourceId>, StoreError> {
    collect_named(connection, sql, [run.0], |row| row.id())
}
