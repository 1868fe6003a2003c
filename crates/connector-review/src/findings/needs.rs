//! What a rule needs and the sync did not read: said, so that no finding is not taken for no fault.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{Need, NotJudged, ReviewRule};
use crate::origin::SCOPE;
use crate::{ReviewError, ScopeName, Unread};
use connector_store::{NamedRow, RunId, collect_named, each_row, each_row_of_named};
use connector_types::ResourceId;

/// What a scope `s` says of its problem.
const PROBLEM: &str = "json_extract(s.problem, '$.message') AS problem";

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
        "SELECT {SCOPE}, {PROBLEM} FROM scopes s
        WHERE s.run = ? AND s.call = 'list-resources' AND s.outcome IS NOT 'complete'"
    );
    let lists = collect_named(connection, &sql, [run.0], |row| {
        let row = unread(row)?;
        let name = &row.scope.resource_type;
        let kind = kinds.get(name).copied().unwrap_or_else(|| guess(name));
        Ok::<_, rusqlite::Error>((kind, row))
    });
    Ok(lists?)
}

/// What each type is: by the records that any sync of the file has of it, else by what grants and the
/// tenant say of it.
fn kinds(connection: &Connection, run: RunId) -> Result<BTreeMap<String, TypeKind>, ReviewError> {
    let sql = "WITH epochs AS MATERIALIZED (SELECT DISTINCT epoch FROM runs)
        SELECT resource_type, 'place' AS kind FROM entitlements
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
    let mut kinds = BTreeMap::new();
    each_row::<ReviewError>(connection, sql, [run.0], |row| {
        let kind = match row.text("kind")? {
            Some("user") => TypeKind::Account,
            Some("group") => TypeKind::Set,
            Some("secret") => TypeKind::Secret,
            Some("place") => TypeKind::Place,
            _ => TypeKind::Other,
        };
        kinds.insert(row.get("resource_type")?, kind);
        Ok(())
    })?;
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
        "{words} SELECT {SCOPE}, {PROBLEM}, r.resource_type AS subject_type, r.id AS subject_id,
            u.code AS code, u.message AS message
        FROM {table} u JOIN resources r ON r.resource = u.resource JOIN scopes s ON s.scope = u.scope"
    );
    let mut found = Vec::new();
    each_row_of_named::<ReviewError>(connection, &sql, &[(":run", &run.0)], |row| {
        let scope = unread(row)?;
        let message: Option<String> = row.get("message")?;
        let because = Unread {
            notice: row.get("code")?,
            message: message.or(scope.message),
            ..scope
        };
        found.push((row.id_in("subject_type", "subject_id")?, because));
        Ok(())
    })?;
    Ok(found)
}

/// The scope in the columns of [`SCOPE`] and [`PROBLEM`].
fn unread(row: NamedRow<'_>) -> rusqlite::Result<Unread> {
    Ok(Unread {
        scope: ScopeName::read(row)?,
        outcome: row.get("outcome")?,
        notice: None,
        message: row.get("problem")?,
    })
}
