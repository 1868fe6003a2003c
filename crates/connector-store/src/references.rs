//! Closed references: everything that a run refers to has a record, and groups of which no member
//! is known are reported.

use rusqlite::Connection;

use super::named::collect_named;
use super::rows::save_notice;
use super::{RunId, StoreError};
use connector_sync::{undescribed_notice, unknown_members_notice, unlisted_notice};
use connector_types::ResourceId;

/// Writes the ids that records of a run refer to: parents, and issuers and objects of secrets.
const REFERENCES: &str =
    "INSERT INTO temp.referred SELECT parent_type, parent_id FROM resource_versions
        WHERE epoch = ?1 AND parent_id IS NOT NULL
    UNION SELECT created_by_type, created_by_id FROM resource_versions
        WHERE epoch = ?1 AND kind = 'secret' AND created_by_id IS NOT NULL
    UNION SELECT access_to_type, access_to_id FROM resource_versions
        WHERE epoch = ?1 AND kind = 'secret' AND access_to_id IS NOT NULL";

/// Gives a record to everything that grants and records refer to, and says which have no other. Leaves
/// `temp.principals`: see [`name_principals`].
pub(super) fn close(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    name_principals(connection, run)?;
    connection.execute_batch(
        "CREATE TEMP TABLE granted (resource INTEGER NOT NULL, entitlement INTEGER NOT NULL) STRICT",
    )?;
    let sql = "INSERT INTO temp.granted SELECT DISTINCT resource, entitlement FROM grant_versions
        WHERE epoch = ?";
    connection.execute(sql, [run.0])?;
    add_resources(connection, run)?;
    add_entitlements(connection, run)?;
    connection.execute_batch("DROP TABLE temp.granted")?;
    mark_unknown_members(connection, run)
}

/// Writes into `temp.principals` each principal of a run with what its grants expand, so that the
/// grants are read once for all that asks for it.
pub(super) fn name_principals(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    connection.execute_batch(
        "CREATE TEMP TABLE principals (principal INTEGER NOT NULL, expands TEXT) STRICT",
    )?;
    let sql = "INSERT INTO temp.principals SELECT DISTINCT principal, expands FROM grant_versions
        WHERE epoch = ? ORDER BY principal, expands";
    connection.execute(sql, [run.0])?;
    Ok(())
}

/// Gives a record to each resource that only grants and other records name.
fn add_resources(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    with_referred(connection, run, || {
        let sql = "INSERT OR IGNORE INTO resource_keys (resource_type, id)
            SELECT resource_type, id FROM temp.referred";
        connection.execute(sql, [])?;
        let sql = "INSERT INTO resource_versions (epoch, first, resource, display_name, evidence,
                status, kind, attributes, grants)
            SELECT ?1, ?1, k.resource, k.id, 'referenced', 'unknown', 'other', '{}', 'complete'
            FROM (SELECT principal AS resource FROM temp.principals
                UNION ALL SELECT resource FROM temp.granted
                UNION ALL SELECT k.resource FROM temp.referred r
                    JOIN resource_keys k ON k.resource_type = r.resource_type AND k.id = r.id) n
            CROSS JOIN resource_keys k ON k.resource = n.resource
            WHERE NOT EXISTS (SELECT 1 FROM resource_versions v
                WHERE v.epoch = ?1 AND v.resource = n.resource)
            ON CONFLICT DO NOTHING";
        connection.execute(sql, [run.0])?;
        Ok(())
    })?;
    // One that passes grants on is a set of accounts.
    let sql = "UPDATE resource_versions SET kind = 'group'
        WHERE epoch = ?1 AND scope IS NULL AND resource IN (
            SELECT principal FROM temp.principals WHERE expands IS NOT NULL)";
    connection.execute(sql, [run.0])?;
    let sql = "SELECT resource_type, id FROM resources WHERE run = ? AND scope IS NULL
        ORDER BY resource_type, id";
    for id in ids(connection, sql, run)? {
        save_notice(connection, run, &unlisted_notice(&id), None)?;
    }
    Ok(())
}

/// Drops those resources of a table `temp.left_out` that are only referenced, and by nothing that is left.
pub(super) fn drop_unreferenced(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    with_referred(connection, run, || {
        let sql = "DELETE FROM resource_versions AS v WHERE epoch = ?1
            AND resource IN temp.left_out AND evidence = 'referenced'
            AND resource NOT IN (SELECT k.resource FROM temp.referred r
                JOIN resource_keys k ON k.resource_type = r.resource_type AND k.id = r.id)
            AND NOT EXISTS (SELECT 1 FROM grant_versions g
                WHERE g.epoch = ?1 AND g.resource = v.resource)
            AND NOT EXISTS (SELECT 1 FROM grant_versions g
                WHERE g.epoch = ?1 AND g.principal = v.resource)";
        connection.execute(sql, [run.0])?;
        Ok(())
    })
}

/// Works with a table `temp.referred` of the ids that records of a run refer to.
fn with_referred(
    connection: &Connection,
    run: RunId,
    work: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.execute_batch(
        "CREATE TEMP TABLE referred (resource_type TEXT NOT NULL, id TEXT NOT NULL) STRICT",
    )?;
    connection.execute(REFERENCES, [run.0])?;
    work()?;
    connection.execute_batch("DROP TABLE temp.referred")?;
    Ok(())
}

/// Gives a record to each entitlement that grants name and nothing describes.
fn add_entitlements(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO entitlement_keys (resource_type, slug)
        SELECT DISTINCT k.resource_type, p.expands FROM temp.principals p
        JOIN resource_keys k ON k.resource = p.principal WHERE p.expands IS NOT NULL";
    connection.execute(sql, [])?;
    let sql = "INSERT INTO entitlement_versions (epoch, first, entitlement, display_name, description,
            purpose, grantable_to)
        SELECT ?1, ?1, k.entitlement, k.slug, '', 'other', '[]' FROM entitlement_keys k
        WHERE k.entitlement IN (SELECT entitlement FROM temp.granted)
            OR (k.resource_type, k.slug) IN (SELECT r.resource_type, p.expands FROM temp.principals p
                JOIN resource_keys r ON r.resource = p.principal WHERE p.expands IS NOT NULL)
        ON CONFLICT DO NOTHING";
    connection.execute(sql, [run.0])?;
    let sql = "SELECT resource_type, slug AS id FROM entitlements WHERE run = ? AND scope IS NULL
        ORDER BY resource_type, slug";
    for ResourceId { resource_type, id } in ids(connection, sql, run)? {
        let notice = undescribed_notice(&resource_type, &id);
        save_notice(connection, run, &notice, None)?;
    }
    Ok(())
}

/// Marks each complete scope as partial that names a group of which no member is known. Groups
/// whose own list was not read are missing with that list.
fn mark_unknown_members(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    connection.execute_batch("CREATE TEMP TABLE unknown (resource INTEGER PRIMARY KEY) STRICT")?;
    let sql = "INSERT OR IGNORE INTO temp.unknown
        SELECT p.principal FROM temp.principals p
        CROSS JOIN resource_versions v ON v.epoch = ?1 AND v.resource = p.principal
        CROSS JOIN resource_keys q ON q.resource = p.principal
        WHERE p.expands IS NOT NULL AND v.evidence = 'referenced'
            AND q.resource_type IN (SELECT s.resource_type FROM scopes s WHERE s.run = ?1
                AND s.call = 'list-resources' AND s.outcome IN ('complete', 'partial'))
            AND NOT EXISTS (SELECT 1 FROM grant_versions m
                JOIN entitlement_keys e ON e.entitlement = m.entitlement
                WHERE m.epoch = ?1 AND m.resource = p.principal AND e.slug = p.expands)";
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
