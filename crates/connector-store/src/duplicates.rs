//! Records of one identity: the one of the earlier scope counts, what that costs is said, and what
//! follows from a record that is left out is left out, too.

use std::num::NonZeroU32;

use rusqlite::{Connection, params};

use super::guard::collect_rows;
use super::load::{RESOURCE_FACTS, record};
use super::named::{collect_named, each_row};
use super::rows::{Statements, save_notice};
use super::words::parsed;
use super::{RunId, StoreError};
use connector_sync::{Conflict, RecordOrigin, ScopeKey};
use connector_types::{Entitlement, Evidence, Resource, ResourceId};

/// Leaves one record of each identity.
pub(super) fn resolve_duplicates(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM duplicate_records WHERE run = ?1)
        OR EXISTS (SELECT 1 FROM duplicate_grants WHERE run = ?1)";
    if !connection.query_row(sql, [run.0], |row| row.get(0))? {
        return Ok(());
    }
    let duplicates = Duplicates {
        connection,
        run,
        scopes: rank_scopes(connection, run)?,
        statements: Statements::new(),
    };
    duplicates.resolve_entitlements()?;
    let conflicts = duplicates.resolve_resources()?;
    duplicates.drop_dependent_grants(&conflicts)?;
    duplicates.resolve_grants()?;
    for conflict in &conflicts {
        duplicates.record_conflict(conflict)?;
    }
    connection.execute_batch("DROP TABLE temp.scope_ranks")?;
    Ok(())
}

/// Writes the rank of each scope into a table, and returns the scopes in their order.
fn rank_scopes(connection: &Connection, run: RunId) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT scope, call, type_order, resource_type, id, parent_type, parent_id
        FROM scopes WHERE run = ?";
    let mut scopes = collect_named(connection, sql, [run.0], |row| {
        let resource_type: String = row.get("resource_type")?;
        let at = match row.text("id")? {
            Some(id) => Some(ResourceId::new(&*resource_type, id)),
            None => row.maybe_id("parent_type", "parent_id")?,
        };
        let key = ScopeKey {
            call: row.case("call")?,
            type_order: usize::try_from(row.get::<i64>("type_order")?).unwrap_or(usize::MAX),
            resource_type,
            at,
        };
        Ok::<_, StoreError>((key, row.get::<i64>("scope")?))
    })?;
    scopes.sort();
    let scopes: Vec<_> = scopes.into_iter().map(|(_, scope)| scope).collect();
    connection.execute_batch(
        "CREATE TEMP TABLE scope_ranks (scope INTEGER PRIMARY KEY, rank INTEGER NOT NULL) STRICT",
    )?;
    let mut insert = connection.prepare("INSERT INTO temp.scope_ranks VALUES (?, ?)")?;
    for (rank, scope) in (0_u32..).zip(&scopes) {
        insert.execute(params![scope, rank])?;
    }
    Ok(scopes)
}

struct Duplicates<'a> {
    connection: &'a Connection,
    run: RunId,
    /// In their order: of what is equally good, the record of the earlier one counts.
    scopes: Vec<i64>,
    statements: Statements,
}

/// A record, and where it was read.
type LocatedRecord = (Resource, Option<RecordOrigin>);

impl Duplicates<'_> {
    fn keys(&self, kind: &str) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT DISTINCT key FROM duplicate_records WHERE run = ? AND kind = ?
            ORDER BY key";
        let mut query = self.connection.prepare(sql)?;
        let rows = query.query_map((self.run.0, kind), |row| row.get(0))?;
        collect_rows(self.connection, rows)
    }

    fn resolve_entitlements(&self) -> Result<(), StoreError> {
        // The row's own record came before its duplicates; there is none where its list began again.
        let sql = "SELECT d.record, d.scope FROM duplicate_records d
            JOIN temp.scope_ranks s ON s.scope = d.scope
            LEFT JOIN entitlement_versions e ON e.epoch = d.run AND e.entitlement = d.key
            LEFT JOIN temp.scope_ranks o ON o.scope = e.scope
            WHERE d.run = ?1 AND d.kind = 'entitlement' AND d.key = ?2
                AND (o.rank IS NULL OR s.rank < o.rank)
            ORDER BY s.rank, d.page, d.duplicate LIMIT 1";
        let mut query = self.connection.prepare(sql)?;
        for key in self.keys("entitlement")? {
            let mut rows = query.query((self.run.0, key))?;
            if let Some(row) = rows.next()? {
                let entitlement: Entitlement = parsed(&row.get::<_, String>("record")?)?;
                let (row, scope) = ((self.run, key), Some(row.get("scope")?));
                self.statements
                    .replace_entitlement(self.connection, row, &entitlement, scope)?;
            }
        }
        Ok(())
    }

    /// Puts the first record of each id into its row, and returns what the others contradict it in.
    fn resolve_resources(&self) -> Result<Vec<Conflict>, StoreError> {
        let mut conflicts = Vec::new();
        for key in self.keys("resource")? {
            let mut records = self.records(key)?;
            records.sort_by_key(|((record, origin), _)| {
                (
                    record.evidence,
                    origin.map(|origin| (origin.scope, origin.page)),
                )
            });
            let Some((first, is_row)) = records.first() else {
                continue;
            };
            if !is_row {
                let place = first
                    .1
                    .map(|origin| (self.scope(origin), origin.page.get()));
                self.statements.replace_resource(
                    self.connection,
                    (self.run, key),
                    &first.0,
                    place,
                )?;
            }
            self.mark_shared(first, &records)?;
            let others = records.iter().skip(1);
            conflicts.extend(others.filter_map(|(other, _)| Conflict::between(first, other)));
        }
        Ok(conflicts)
    }

    /// Marks the scopes that list a resource whose record belongs to another scope now.
    fn mark_shared(
        &self,
        first: &LocatedRecord,
        records: &[(LocatedRecord, bool)],
    ) -> Result<(), StoreError> {
        let place = |read: &LocatedRecord| read.1.map(|origin| origin.scope);
        let listed = |read: &&LocatedRecord| read.0.evidence == Evidence::Listed;
        let others = records.iter().map(|(read, _)| read).filter(listed);
        let others = others.filter(|read| place(read) != place(first));
        for origin in others.filter_map(|read| read.1) {
            let sql = "UPDATE scope_versions SET shared = 1 WHERE epoch = ? AND scope = ?";
            let mut update = self.connection.prepare_cached(sql)?;
            update.execute((self.run.0, self.scope(origin)))?;
        }
        Ok(())
    }

    /// Returns the records of a row, in the order in which they were read, each with whether it is in
    /// the row now.
    fn records(&self, key: i64) -> Result<Vec<(LocatedRecord, bool)>, StoreError> {
        let mut records = Vec::new();
        let sql = format!(
            "SELECT resource_type, id, {RESOURCE_FACTS}, scope, page FROM resources
            WHERE run = ? AND resource = ?"
        );
        each_row::<StoreError>(self.connection, &sql, (self.run.0, key), |row| {
            let origin = self.origin(row.get("scope")?, row.get("page")?)?;
            records.push(((record(row.id()?, row)?, Some(origin)), true));
            Ok(())
        })?;
        let sql = "SELECT record, scope, page FROM duplicate_records
            WHERE run = ? AND kind = 'resource' AND key = ? ORDER BY duplicate";
        each_row::<StoreError>(self.connection, sql, (self.run.0, key), |row| {
            let origin = self.origin(row.get("scope")?, row.get("page")?)?;
            let record = parsed(row.text("record")?.unwrap_or_default())?;
            records.push(((record, Some(origin)), false));
            Ok(())
        })?;
        Ok(records)
    }

    fn origin(&self, scope: i64, page: u32) -> Result<RecordOrigin, StoreError> {
        let sql = "SELECT rank FROM temp.scope_ranks WHERE scope = ?";
        let mut query = self.connection.prepare_cached(sql)?;
        Ok(RecordOrigin {
            scope: query.query_row([scope], |row| row.get(0))?,
            page: NonZeroU32::new(page).unwrap_or(NonZeroU32::MIN),
        })
    }

    fn scope(&self, origin: RecordOrigin) -> i64 {
        let rank = usize::try_from(origin.scope).unwrap_or(usize::MAX);
        self.scopes.get(rank).copied().unwrap_or_default()
    }

    /// Leaves out grants that follow from records that are left out, and those of their principals
    /// that nothing else refers to.
    fn drop_dependent_grants(&self, conflicts: &[Conflict]) -> Result<(), StoreError> {
        let left_out = conflicts.iter().filter_map(Conflict::takes_along);
        let left_out: Vec<_> = left_out
            .filter_map(|(id, origin)| Some((id, origin?)))
            .collect();
        if left_out.is_empty() {
            return self.restore_grants();
        }
        self.connection
            .execute_batch("CREATE TEMP TABLE left_out (resource INTEGER PRIMARY KEY) STRICT")?;
        for (id, origin) in left_out {
            for (table, run) in [("grant_versions", "epoch"), ("duplicate_grants", "run")] {
                let of = format!(
                    "{run} = ?1 AND resource = (SELECT k.resource FROM resource_keys k
                        WHERE k.resource_type = ?2 AND k.id = ?3)
                    AND scope = ?4 AND page = ?5 AND implied_by IS NOT NULL"
                );
                let values = params![
                    self.run.0,
                    &*id.resource_type,
                    &*id.id,
                    self.scope(origin),
                    origin.page.get()
                ];
                let sql = format!(
                    "INSERT OR IGNORE INTO temp.left_out SELECT principal FROM {table} WHERE {of}"
                );
                self.connection.prepare_cached(&sql)?.execute(values)?;
                let sql = format!("DELETE FROM {table} WHERE {of}");
                self.connection.prepare_cached(&sql)?.execute(values)?;
            }
        }
        self.restore_grants()?;
        super::references::drop_unreferenced(self.connection, self.run)?;
        self.connection.execute_batch("DROP TABLE temp.left_out")?;
        Ok(())
    }

    /// Gives a row to grants whose own row is gone and that were read elsewhere, too.
    fn restore_grants(&self) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO grant_versions
                (epoch, first, resource, entitlement, principal, implied_by, expands, scope, page)
            SELECT run, run, resource, entitlement, principal, implied_by, expands, scope, page
            FROM duplicate_grants WHERE run = ? ORDER BY duplicate";
        self.connection.execute(sql, [self.run.0])?;
        Ok(())
    }

    /// Chooses one row for each grant: a listed one before an implied one.
    fn resolve_grants(&self) -> Result<(), StoreError> {
        let sql = "WITH best AS (
                SELECT d.*, s.rank, row_number() OVER (
                    PARTITION BY d.resource, d.entitlement, d.principal
                    ORDER BY d.implied_by IS NOT NULL, s.rank, d.page, d.duplicate) AS place
                FROM duplicate_grants d JOIN temp.scope_ranks s ON s.scope = d.scope
                WHERE d.run = ?1)
            UPDATE grant_versions AS g
            SET implied_by = b.implied_by, expands = b.expands, scope = b.scope, page = b.page
            FROM best b, temp.scope_ranks o
            WHERE g.epoch = ?1 AND b.place = 1 AND o.scope = g.scope AND b.resource = g.resource
                AND b.entitlement = g.entitlement AND b.principal = g.principal
                AND (b.implied_by IS NOT NULL, b.rank, b.page)
                    < (g.implied_by IS NOT NULL, o.rank, g.page)";
        self.connection.execute(sql, [self.run.0])?;
        Ok(())
    }

    /// Says what was left out, and that its scope lacks it.
    fn record_conflict(&self, conflict: &Conflict) -> Result<(), StoreError> {
        for notice in conflict.notices() {
            save_notice(self.connection, self.run, &notice, None)?;
        }
        if let Some(origin) = conflict.origin {
            let sql = "UPDATE scope_versions SET outcome = 'partial'
                WHERE epoch = ? AND scope = ? AND outcome = 'complete'";
            let mut update = self.connection.prepare_cached(sql)?;
            update.execute((self.run.0, self.scope(origin)))?;
        }
        Ok(())
    }
}
