//! Removes the rows that only a forgotten run has: versions, and keys that nothing names.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::history::tables;
use super::{RunId, StoreError};

/// Tables of keys, the column of the key, and the table of versions that has each key in use.
const KEYS: [(&str, &str, &str); 4] = [
    ("resource_keys", "resource", "resource_versions"),
    ("entitlement_keys", "entitlement", "entitlement_versions"),
    ("scope_keys", "scope", "scope_versions"),
    ("notice_keys", "notice", "notice_versions"),
];

/// Forgets runs, and what no other run has.
pub(super) fn forget_runs(
    connection: &Connection,
    runs: impl Iterator<Item = RunId>,
) -> Result<(), StoreError> {
    let mut latest = BTreeMap::new();
    for run in runs {
        let sql = "DELETE FROM runs WHERE run = ? RETURNING epoch";
        let epoch = connection.query_row(sql, [run.0], |row| row.get(0));
        if let Some(epoch) = epoch.optional()? {
            let latest: &mut i64 = latest.entry(epoch).or_insert(run.0);
            *latest = run.0.max(*latest);
        }
    }
    if latest.is_empty() {
        return Ok(());
    }
    connection.execute_batch("CREATE TEMP TABLE epochs AS SELECT DISTINCT epoch FROM runs")?;
    for (_, key, _) in KEYS {
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE gone_{key} ({key} INTEGER PRIMARY KEY) STRICT"
        ))?;
    }
    for (epoch, forgotten) in latest {
        sweep_epoch(connection, epoch, forgotten)?;
    }
    for (table, key, versions) in KEYS {
        connection.execute_batch(&format!(
            "DELETE FROM {table} WHERE {key} IN (
                SELECT g.{key} FROM temp.gone_{key} g WHERE NOT EXISTS (
                    SELECT 1 FROM temp.epochs e CROSS JOIN {versions} v
                    WHERE v.epoch = e.epoch AND v.{key} = g.{key}));
            DROP TABLE temp.gone_{key}"
        ))?;
    }
    connection.execute_batch("DROP TABLE temp.epochs")?;
    connection.execute(UNUSED_PATHS, [])?;
    Ok(())
}

/// A path is used by an expansion, or as the beginning of one that is.
const UNUSED_PATHS: &str = "DELETE FROM path_keys WHERE path NOT IN (
    WITH RECURSIVE used (path) AS (
        SELECT DISTINCT path FROM expansion_versions
        UNION SELECT k.shorter FROM used u JOIN path_keys k ON k.path = u.path)
    SELECT path FROM used)";

/// Drops the versions of an epoch that no run of it has any more, `forgotten` being the latest that
/// went.
fn sweep_epoch(connection: &Connection, epoch: i64, forgotten: i64) -> Result<(), StoreError> {
    let sql = "SELECT ifnull(max(run), -1) FROM runs WHERE epoch = ?";
    let latest: i64 = connection.query_row(sql, [epoch], |row| row.get(0))?;
    for table in tables() {
        let name = table.name;
        let unused = format!(
            "FROM {name} WHERE epoch = {epoch} AND (last IS NOT NULL OR first > {latest})
                AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.epoch = {epoch}
                    AND r.run BETWEEN {name}.first AND ifnull({name}.last, {}))",
            i64::MAX
        );
        for (_, key, versions) in KEYS {
            if versions == name {
                connection.execute_batch(&format!(
                    "INSERT OR IGNORE INTO temp.gone_{key} SELECT {key} {unused}"
                ))?;
            }
        }
        connection.execute_batch(&format!("DELETE {unused}"))?;
        if forgotten > latest {
            // Versions that were valid until the run that is now the latest are valid in it, and
            // may go on.
            connection.execute_batch(&format!(
                "UPDATE {name} SET last = NULL WHERE epoch = {epoch} AND last >= {latest}"
            ))?;
        }
    }
    Ok(())
}

/// Drops all rows of a run that has not ended.
pub(super) fn drop_rows(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    for table in tables() {
        let sql = format!("DELETE FROM {} WHERE epoch = ?", table.name);
        connection.execute(&sql, [run.0])?;
    }
    Ok(())
}

/// Drops the records that wait for the end of a run.
pub(super) fn drop_duplicates(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    for table in ["duplicate_records", "duplicate_grants"] {
        connection.execute(&format!("DELETE FROM {table} WHERE run = ?"), [run.0])?;
    }
    Ok(())
}
