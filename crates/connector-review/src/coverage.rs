//! Which scopes an answer lacks: what could have shown more and was not read to its end.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, named_params};

use super::origin::SCOPE;
use super::{MissingScope, ReviewError, SILENT, ScopeName};
use connector_store::{NamedRow, RunId, Store, StoreError, collect_named, each_row};
use connector_types::{Problem, ResourceId};

/// The subject of an answer that is not about everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerSubject {
    /// The one resource whose grants are asked about.
    pub on: Option<ResourceId>,
    /// The types that are asked about; empty for all of them.
    pub types: BTreeSet<String>,
    /// True if the answer includes the people behind the principals.
    pub include_principals: bool,
}

const SCOPES: &str = "SELECT call, resource_type, id, parent_type, parent_id, outcome, problem
    FROM scopes WHERE run = ? AND outcome IS NOT NULL AND outcome <> 'complete'
    ORDER BY call, resource_type, id, parent_type, parent_id";

/// Returns the scopes of a run that bear on an answer and did not end `complete`. What they would have shown
/// is missing from it.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub fn unread_scopes(
    store: &Store,
    run: RunId,
    about: &AnswerSubject,
) -> Result<Vec<MissingScope>, ReviewError> {
    let connection = store.connection();
    let types = about.types_asked();
    let principals = match (about.include_principals, types.is_empty()) {
        (true, false) => principal_types(connection, run, &types)?,
        _ => BTreeSet::new(),
    };
    let mut found = collect_named(connection, SCOPES, [run.0], read)?;
    found.retain(|one| {
        principals.contains(&one.scope.resource_type) || about.rests_on(&one.scope, &types)
    });
    if about.include_principals {
        let silent = silent_notices(connection, run, about)?.into_iter();
        found.extend(silent.filter(|one| {
            let listed = &one.scope.resource_type;
            types.is_empty() || types.contains(listed) || principals.contains(listed)
        }));
    }
    Ok(found)
}

/// Returns the lists that are complete and do not state who has access to all that they list, each
/// reason once.
fn silent_notices(
    connection: &Connection,
    run: RunId,
    about: &AnswerSubject,
) -> Result<Vec<MissingScope>, ReviewError> {
    let sql = format!(
        "SELECT DISTINCT {SCOPE}, NULL AS problem, n.code AS code, n.message AS message
        FROM ({SILENT}) n
        JOIN (SELECT resource_type, min(scope) AS scope FROM scopes
            WHERE run = :run AND call = 'list-resources'
            GROUP BY resource_type HAVING min(outcome = 'complete')) l ON l.resource_type = n.about_type
        JOIN scopes s ON s.run = :run AND s.scope = l.scope
        WHERE :type IS NULL OR n.about_type <> :type OR n.about_id = :id
        ORDER BY s.scope, n.code, n.message"
    );
    let on = about.on.as_ref();
    let resource_type = on.map(|id| &*id.resource_type);
    let values =
        named_params! { ":run": run.0, ":type": resource_type, ":id": on.map(|id| &*id.id) };
    let silent = collect_named(connection, &sql, values, |row| {
        Ok::<_, StoreError>(MissingScope {
            notice: row.get("code")?,
            message: row.get("message")?,
            ..read(row)?
        })
    });
    Ok(silent?)
}

impl AnswerSubject {
    fn types_asked(&self) -> BTreeSet<String> {
        let on = self.on.iter().map(|id| id.resource_type.to_string());
        on.chain(self.types.iter().cloned()).collect()
    }

    fn rests_on(&self, scope: &ScopeName, types: &BTreeSet<String>) -> bool {
        let of_type = types.is_empty() || types.contains(&scope.resource_type);
        match (&self.on, &scope.id) {
            (Some(on), Some(id)) => of_type && *id == on.id,
            _ => of_type,
        }
    }
}

fn read(row: NamedRow<'_>) -> rusqlite::Result<MissingScope> {
    let problem = row.text("problem")?;
    // A problem that cannot be read leaves the outcome, which says as much.
    let problem = problem.and_then(|text| serde_json::from_str::<Problem>(text).ok());
    Ok(MissingScope {
        scope: ScopeName::read(row)?,
        outcome: row.get("outcome")?,
        notice: None,
        message: problem.map(|problem| problem.message),
    })
}

/// Returns the types that may hold entitlements on these types, that may belong to those, and so on.
fn principal_types(
    connection: &Connection,
    run: RunId,
    types: &BTreeSet<String>,
) -> Result<BTreeSet<String>, ReviewError> {
    let sql = "SELECT e.resource_type AS resource_type, j.value AS principal_type
        FROM entitlements e, json_each(e.grantable_to) j WHERE e.run = ?1
        UNION SELECT r.resource_type, p.resource_type FROM grant_facts g
        JOIN resources r ON r.run = g.run AND r.resource = g.resource
        JOIN resources p ON p.run = g.run AND p.resource = g.principal
        WHERE g.run = ?1 AND p.kind = 'group'";
    let mut types_by_resource: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_row::<ReviewError>(connection, sql, [run.0], |row| {
        let principals = types_by_resource
            .entry(row.get("resource_type")?)
            .or_default();
        principals.insert(row.get("principal_type")?);
        Ok(())
    })?;
    let mut found = BTreeSet::new();
    let mut next: Vec<&String> = types.iter().collect();
    while let Some(one) = next.pop() {
        for principal in types_by_resource.get(one).into_iter().flatten() {
            if found.insert(principal.clone()) {
                next.push(principal);
            }
        }
    }
    Ok(found)
}
