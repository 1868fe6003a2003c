//! What a rule needs and the sync did not read: said, so that no finding is not taken for no fault.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::{Need, NotJudged, ReviewRule};
use crate::origin::scope_at;
use crate::{ReviewError, Unread};
use connector_store::{RunId, id_at};
use connector_types::ResourceId;

const COLUMNS: &str =
    "s.call, s.resource_type, s.id, s.parent_type, s.parent_id, ifnull(s.outcome, 'running'),
    json_extract(s.problem, '$.message')";

/// What a type of resource is, as far as the kept syncs tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypeKind {
    Account,
    Set,
    Secret,
    Place,
    Other,
}

/// What was not read, for all rules together.
pub(super) struct Needs {
    /// Lists that are not complete, with what they would show.
    lists: Vec<(TypeKind, Unread)>,
    places: Vec<(ResourceId, Unread)>,
    keys: Vec<(ResourceId, Unread)>,
}

impl Needs {
    /// `words` are the common table expressions of the rules.
    pub(super) fn read(
        connection: &Connection,
        run: RunId,
        words: &str,
    ) -> Result<Self, ReviewError> {
        Ok(Self {
            lists: lists(connection, run)?,
            places: single(connection, run, words, "unread")?,
            keys: single(connection, run, words, "unclear_keys")?,
        })
    }

    /// What one rule could not judge.
    pub(super) fn of(&self, rule: &ReviewRule) -> Vec<NotJudged> {
        let mut found = Vec::new();
        for need in rule.needs {
            let (kind, single) = match need {
                Need::Places => (Some(TypeKind::Place), &[][..]),
                Need::PlaceGrants => (None, &*self.places),
                Need::Accounts => (Some(TypeKind::Account), &[][..]),
                Need::Secrets => (Some(TypeKind::Secret), &*self.keys),
                Need::Groups => (Some(TypeKind::Set), &[][..]),
            };
            let lists = self.lists.iter().filter(|(of, _)| Some(*of) == kind);
            found.extend(lists.map(|(_, because)| (None, because.clone())));
            let single = single.iter();
            found.extend(single.map(|(id, because)| (Some(id.clone()), because.clone())));
        }
        found.sort();
        found.dedup();
        let not_judged = found.into_iter().map(|(subject, because)| NotJudged {
            rule: rule.id,
            subject,
            because,
        });
        not_judged.collect()
    }
}

fn lists(connection: &Connection, run: RunId) -> Result<Vec<(TypeKind, Unread)>, ReviewError> {
    let kinds = kinds(connection, run)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM scopes s
        WHERE s.run = ? AND s.call = 'list-resources' AND s.outcome IS NOT 'complete'"
    );
    let mut query = connection.prepare(&sql)?;
    let rows = query.query_map([run.0], |row| unread(row, 0))?;
    let mut found = Vec::new();
    for row in rows {
        let row = row?;
        let name = &row.scope.resource_type;
        let kind = kinds.get(name).copied().unwrap_or_else(|| guess(name));
        found.push((kind, row));
    }
    Ok(found)
}

/// What each type is: by the records that any sync of the file has of it, else by what grants and the
/// tenant say of it.
fn kinds(connection: &Connection, run: RunId) -> Result<BTreeMap<String, TypeKind>, ReviewError> {
    let sql = "WITH epochs AS MATERIALIZED (SELECT DISTINCT epoch FROM runs)
        SELECT resource_type, 'place' FROM entitlements
            WHERE run = ?1 AND slug IN ('admin', 'administrator', 'owner') AND rank IS NOT NULL
        UNION ALL SELECT DISTINCT q.resource_type, 'group'
            FROM grant_facts g JOIN resources q ON q.run = g.run AND q.resource = g.principal
            WHERE g.run = ?1 AND g.expands IS NOT NULL AND q.kind <> 'tenant'
        UNION ALL SELECT json_extract(tenant, '$.credential_owner.resource_type'), 'user'
            FROM runs WHERE run = ?1
        UNION ALL SELECT resource_type, kind FROM (
            SELECT t.resource_type, (
                SELECT v.kind FROM resource_keys k CROSS JOIN epochs e CROSS JOIN resource_versions v
                WHERE k.resource_type = t.resource_type AND v.epoch = e.epoch
                    AND v.resource = k.resource AND v.evidence = 'listed' AND v.kind <> 'other'
                LIMIT 1) AS kind
            FROM (SELECT DISTINCT resource_type FROM resource_keys) t)
            WHERE kind IS NOT NULL";
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map([run.0], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut kinds = BTreeMap::new();
    for row in rows {
        let (name, word) = row?;
        let kind = match word.as_str() {
            "user" => TypeKind::Account,
            "group" => TypeKind::Set,
            "secret" => TypeKind::Secret,
            "place" => TypeKind::Place,
            _ => TypeKind::Other,
        };
        kinds.insert(name, kind);
    }
    Ok(kinds)
}

/// A type of which no sync has a record: by the words of its name.
fn guess(name: &str) -> TypeKind {
    let has = |words: &[&str]| name.split('-').any(|word| words.contains(&word));
    if has(&["key", "token", "secret", "credential"]) {
        TypeKind::Secret
    } else if has(&["account", "user", "member", "person"]) {
        TypeKind::Account
    } else if has(&["group"]) {
        TypeKind::Set
    } else {
        TypeKind::Other
    }
}

fn single(
    connection: &Connection,
    run: RunId,
    words: &str,
    table: &str,
) -> Result<Vec<(ResourceId, Unread)>, ReviewError> {
    let sql = format!(
        "{words} SELECT r.resource_type, r.id, {COLUMNS}, u.code, u.message
        FROM {table} u JOIN resources r ON r.resource = u.resource JOIN scopes s ON s.scope = u.scope"
    );
    let mut query = connection.prepare(&sql)?;
    super::judge::bind(&mut query, &[(":run", &run.0)])?;
    let mut rows = query.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = id_at(row, 0)?;
        let mut because = unread(row, 2)?;
        because.notice = row.get(9)?;
        because.message = row.get::<_, Option<String>>(10)?.or(because.message);
        found.push((id, because));
    }
    Ok(found)
}

/// The scope in the columns of [`COLUMNS`] from `at` on.
fn unread(row: &Row<'_>, at: usize) -> rusqlite::Result<Unread> {
    Ok(Unread {
        scope: scope_at(row, at)?,
        outcome: row.get(at + 5)?,
        notice: None,
        message: row.get(at + 6)?,
    })
}
