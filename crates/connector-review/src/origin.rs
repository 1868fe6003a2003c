//! The page that a stored record was read from.

use std::fmt;

use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use super::{ReviewError, ScopeName};
use connector_store::{RunId, StoreError, find_row};

/// The scope and page that a record was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EvidenceOrigin {
    /// The scope.
    pub scope: ScopeName,
    /// The outcome of the scope.
    pub outcome: String,
    /// Which of its pages, from 1; `None` where the file does not say.
    pub page: Option<i64>,
    /// The requests for that page: paths with their query. Empty if the file does not state them.
    pub requests: Vec<String>,
    /// True if the file states it; otherwise it is the scope that reads such records.
    pub stated: bool,
    /// The start of the sync that read the scope, if it was carried over from that sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<String>,
}

/// The first request that read it, else the scope.
impl fmt::Display for EvidenceOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.requests.first() {
            Some(request) => f.write_str(request),
            None => self.scope.fmt(f),
        }
    }
}

/// Columns of a scope `s` as [`ScopeName::read`] reads them, its outcome, and the time of its reading.
pub(super) const SCOPE: &str = "s.call AS call, s.resource_type AS resource_type, s.id AS id,
    s.parent_type AS parent_type, s.parent_id AS parent_id, ifnull(s.outcome, 'running') AS outcome,
    s.read_at AS read_at";

/// Returns the scope and page that a row names.
pub(super) fn stored_origin(
    connection: &Connection,
    run: RunId,
    (scope, page): (i64, Option<i64>),
) -> Result<Option<EvidenceOrigin>, ReviewError> {
    let sql = format!(
        "SELECT {SCOPE}, (
            SELECT p.requests FROM pages p WHERE p.run = ?1 AND p.scope = ?2 AND p.page = ?3) AS requests
        FROM scopes s WHERE s.run = ?1 AND s.scope = ?2"
    );
    let found = find_row(connection, &sql, (run.0, scope, page), |row| {
        Ok::<_, StoreError>(EvidenceOrigin {
            scope: ScopeName::read(row)?,
            outcome: row.get("outcome")?,
            page,
            requests: row.text("requests")?.map(request_paths).unwrap_or_default(),
            stated: true,
            read_at: row.get("read_at")?,
        })
    });
    Ok(found?)
}

/// A record whose scope the file does not state.
#[derive(Clone, Copy)]
pub(super) enum SoughtScope {
    /// A resource.
    Resource(i64),
    /// A grant on the first, to the second.
    Grant(i64, i64),
    /// A grant on it that a rule gives.
    Implied(i64),
}

/// Returns the scope that reads such things: of a grant the call on its resource, where there was one; on a
/// tenant the list of who holds it; else the list of the resource.
pub(super) fn derived_origin(
    connection: &Connection,
    run: RunId,
    sought: SoughtScope,
) -> Result<Option<EvidenceOrigin>, ReviewError> {
    let (resource, principal) = match sought {
        SoughtScope::Resource(key) | SoughtScope::Implied(key) => (key, None),
        SoughtScope::Grant(key, principal) => (key, Some(principal)),
    };
    let found = find_row(
        connection,
        &derived_sql(),
        (run.0, resource, principal),
        |row| {
            Ok::<_, StoreError>(EvidenceOrigin {
                scope: ScopeName::read(row)?,
                outcome: row.get("outcome")?,
                page: None,
                requests: Vec::new(),
                stated: false,
                read_at: row.get("read_at")?,
            })
        },
    );
    Ok(found?)
}

/// Returns the query, which looks scopes up by their identity: a search among all of them for each row of
/// an answer would be quadratic.
fn derived_sql() -> String {
    format!(
        "WITH r AS (SELECT * FROM resources WHERE run = ?1 AND resource = ?2),
        q AS (SELECT * FROM resources WHERE run = ?1 AND resource = ?3),
        sought AS (
            SELECT 'list-grants' AS call, r.resource_type, r.id, NULL AS parent_type,
                NULL AS parent_id
            FROM r JOIN q
            UNION ALL
            SELECT 'list-resources', r.resource_type, NULL, r.parent_type, r.parent_id FROM r
            UNION ALL
            SELECT 'list-resources', q.resource_type, NULL, q.parent_type, q.parent_id
            FROM r JOIN q WHERE r.kind = 'tenant')
        SELECT {SCOPE} FROM sought t
        CROSS JOIN scope_keys k ON k.call = t.call AND k.resource_type = t.resource_type
            AND ifnull(k.id, '') = ifnull(t.id, '')
            AND ifnull(k.parent_type, '') = ifnull(t.parent_type, '')
            AND ifnull(k.parent_id, '') = ifnull(t.parent_id, '')
        CROSS JOIN scopes s ON s.run = ?1 AND s.scope = k.scope
        ORDER BY s.call, s.resource_type IS NOT (SELECT resource_type FROM q) LIMIT 1"
    )
}

/// Returns the paths in a page's list of requests, each once in a row.
fn request_paths(json: &str) -> Vec<String> {
    let requests: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    let paths = requests.iter().filter_map(|one| one.get("path")?.as_str());
    let mut paths: Vec<_> = paths.map(str::to_owned).collect();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use connector_store::Store;

    use super::*;

    #[test]
    fn scopes_are_looked_up_by_their_identity() {
        let store = Store::temporary().unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", derived_sql());
        let mut query = store.connection().prepare(&sql).unwrap();
        let steps = query.query_map((1, 2, 3), |row| row.get::<_, String>(3));
        let steps: Vec<_> = steps.unwrap().map(Result::unwrap).collect();
        let by_identity = |step: &String| step.contains("scope_keys_by_identity (call=?");
        assert_eq!(steps.iter().filter(|step| by_identity(step)).count(), 1);
        // But for the three records that are sought.
        let scans = steps.iter().filter_map(|step| step.strip_prefix("SCAN "));
        assert!(
            scans.clone().all(|of| ["r", "q", "t"].contains(&of)),
            "{steps:?}"
        );
    }
}
