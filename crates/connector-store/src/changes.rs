//! How much a run differs from the tenant's run before it.

use rusqlite::{Connection, OptionalExtension, params};

use super::{RunId, StoreError};

/// What is compared of two records of one resource.
const FIELDS: [&str; 20] = [
    "parent_type",
    "parent_id",
    "display_name",
    "description",
    "evidence",
    "status",
    "created_at",
    "updated_at",
    "kind",
    "email",
    "login",
    "account_type",
    "last_login",
    "created_by_type",
    "created_by_id",
    "opens_type",
    "opens_id",
    "expires_at",
    "last_used_at",
    "profile",
];

/// Counts the resources and grants that were added, removed or changed since the tenant's run before,
/// and keeps the count with the run, which has ended. The first run of a tenant has none.
pub(super) fn count(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "SELECT o.run, o.digest = n.digest FROM runs n JOIN runs o ON o.state = 'ended'
            AND o.run < n.run AND o.connector = n.connector AND o.tenant_type = n.tenant_type
            AND o.tenant_id = n.tenant_id
        WHERE n.run = ? ORDER BY o.run DESC LIMIT 1";
    let former = connection.query_row(sql, [run.0], |row| Ok((row.get(0)?, row.get(1)?)));
    let Some((former, is_same)): Option<(i64, bool)> = former.optional()? else {
        return Ok(());
    };
    let changes = if is_same {
        0
    } else {
        resources(connection, (former, run.0))? + grants(connection, (former, run.0))?
    };
    let sql = "UPDATE runs SET changes = ? WHERE run = ?";
    connection.execute(sql, params![changes, run.0])?;
    Ok(())
}

/// Counts resources of two runs.
fn resources(connection: &Connection, runs: (i64, i64)) -> Result<i64, StoreError> {
    let fields = |table: &str| FIELDS.map(|field| format!("{table}.{field}")).join(", ");
    let sql = format!(
        "SELECT (SELECT count(*) FROM resources WHERE run = ?1) + count(*)
            - 2 * count(o.resource) + ifnull(sum(o.resource IS NOT NULL
                AND ({}) IS NOT ({})), 0)
        FROM resources n LEFT JOIN resources o
            ON o.run = ?1 AND o.resource_type = n.resource_type AND o.id = n.id
        WHERE n.run = ?2",
        fields("o"),
        fields("n"),
    );
    Ok(connection.query_row(&sql, runs, |row| row.get(0))?)
}

/// Counts grants of two runs, whose keys are translated.
fn grants(connection: &Connection, runs: (i64, i64)) -> Result<i64, StoreError> {
    connection.execute_batch(
        "CREATE TEMP TABLE former_resources (key INTEGER PRIMARY KEY, former INTEGER) STRICT;
        CREATE TEMP TABLE former_entitlements (key INTEGER PRIMARY KEY, former INTEGER) STRICT",
    )?;
    let sql = "INSERT INTO temp.former_resources SELECT n.resource, o.resource FROM resources n
        JOIN resources o ON o.run = ?1 AND o.resource_type = n.resource_type AND o.id = n.id
        WHERE n.run = ?2";
    connection.execute(sql, runs)?;
    let sql = "INSERT INTO temp.former_entitlements SELECT n.entitlement, o.entitlement
        FROM entitlements n JOIN entitlements o
            ON o.run = ?1 AND o.resource_type = n.resource_type AND o.slug = n.slug
        WHERE n.run = ?2";
    connection.execute(sql, runs)?;
    let sql = "SELECT (SELECT grants FROM runs WHERE run = ?1) + count(*)
            - 2 * count(o.resource) + ifnull(sum(o.resource IS NOT NULL
                AND (o.implied_by, o.expands) IS NOT (g.implied_by, g.expands)), 0)
        FROM resources n CROSS JOIN grant_facts g ON g.resource = n.resource
        LEFT JOIN temp.former_resources r ON r.key = g.resource
        LEFT JOIN temp.former_entitlements e ON e.key = g.entitlement
        LEFT JOIN temp.former_resources p ON p.key = g.principal
        LEFT JOIN grant_facts o ON o.resource = r.former AND o.entitlement = e.former
            AND o.principal = p.former
        WHERE n.run = ?2";
    let count = connection.query_row(sql, runs, |row| row.get(0))?;
    connection
        .execute_batch("DROP TABLE temp.former_resources; DROP TABLE temp.former_entitlements")?;
    Ok(count)
}
