//! Where something that is kept was read.

use std::fmt;

use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use super::{ReviewError, ScopeName};
use connector_store::{RunId, StoreError, find_row};

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EvidenceOrigin {
    /// The scope.
    pub scope: ScopeName,
    /// How the scope ended.
    pub outcome: String,
    /// Which of its pages, from 1; `None` where the file does not say.
    pub page: Option<i64>,
    /// What was asked for that page: paths with their query. Empty where the file does not say.
    pub requests: Vec<String>,
    /// Whether the file says so. Else it is the scope that reads such things.
    pub kept: bool,
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

/// Columns of a scope `s` as [`ScopeName::read`] reads them, and its outcome.
pub(super) const SCOPE: &str = "s.call AS call, s.resource_type AS resource_type, s.id AS id,
    s.parent_type AS parent_type, s.parent_id AS parent_id, ifnull(s.outcome, 'running') AS outcome";

/// The scope and page that a row names.
pub(super) fn kept(
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
            requests: row.text("requests")?.map(paths).unwrap_or_default(),
            kept: true,
        })
    });
    Ok(found?)
}

/// What a scope is looked for that the file does not name.
#[derive(Clone, Copy)]
pub(super) enum Sought {
    /// A resource.
    Resource(i64),
    /// A grant on the first, held by the second.
    Grant(i64, i64),
    /// A grant on it that a rule gives.
    Implied(i64),
}

/// The scope that reads such things: of a grant the call on its resource, where there was one; on a
/// tenant the list of who holds it; else the list of the resource.
pub(super) fn derived(
    connection: &Connection,
    run: RunId,
    sought: Sought,
) -> Result<Option<EvidenceOrigin>, ReviewError> {
    let sql = format!(
        "SELECT {SCOPE} FROM resources r LEFT JOIN resources q ON q.run = ?1 AND q.resource = ?3
        JOIN scopes s ON s.run = ?1 AND (
            (q.resource IS NOT NULL AND s.call = 'list-grants'
                AND s.resource_type = r.resource_type AND s.id = r.id)
            OR (s.call = 'list-resources' AND s.resource_type = r.resource_type
                AND s.parent_type IS r.parent_type AND s.parent_id IS r.parent_id)
            OR (r.kind = 'tenant' AND s.call = 'list-resources'
                AND s.resource_type = q.resource_type
                AND s.parent_type IS q.parent_type AND s.parent_id IS q.parent_id))
        WHERE r.run = ?1 AND r.resource = ?2
        ORDER BY s.call, s.resource_type IS NOT q.resource_type LIMIT 1"
    );
    let (resource, principal) = match sought {
        Sought::Resource(key) | Sought::Implied(key) => (key, None),
        Sought::Grant(key, principal) => (key, Some(principal)),
    };
    let found = find_row(connection, &sql, (run.0, resource, principal), |row| {
        Ok::<_, StoreError>(EvidenceOrigin {
            scope: ScopeName::read(row)?,
            outcome: row.get("outcome")?,
            page: None,
            requests: Vec::new(),
            kept: false,
        })
    });
    Ok(found?)
}

/// The paths in a page's list of requests, tries of the same one told once.
fn paths(json: &str) -> Vec<String> {
    let requests: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    let paths = requests.iter().filter_map(|one| one.get("path")?.as_str());
    let mut paths: Vec<_> = paths.map(str::to_owned).collect();
    paths.dedup();
    paths
}
