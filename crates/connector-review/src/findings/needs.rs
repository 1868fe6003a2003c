//! The inputs of a rule that the sync did not read, so that an empty result is not mistaken for a
//! clean one.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, ToSql};

use super::{Need, NotJudged, ReviewRule};
use crate::origin::scope_at;
use crate::{ReviewError, Unread};
use connector_store::{RunId, id_at};
use connector_types::ResourceId;

const COLUMNS: &str =
    "s.call, s.resource_type, s.id, s.parent_type, s.parent_id, ifnull(s.outcome, 'running'),
    json_extract(s.problem, '$.message')";

/// The kind of a resource type, as far as the stored syncs show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypeKind {
    Account,
    Set,
    Secret,
    Place,
    Use,
    Invitation,
    Report,
    Other,
}

/// The common table expressions of the rules, and values of their parameters.
type Words<'a> = (&'a str, &'a [(&'a str, &'a dyn ToSql)]);

/// What was not read, for all rules together.
pub(super) struct Needs {
    /// Lists that are not complete, with what they would show.
    lists: Vec<(TypeKind, Unread)>,
    places: Vec<(ResourceId, Unread)>,
    keys: Vec<(ResourceId, Unread)>,
    /// Lists of accounts and invitations without a time.
    accounts: Vec<Unread>,
    invitations: Vec<Unread>,
}

impl Needs {
    pub(super) fn read(
        connection: &Connection,
        run: RunId,
        words: Words<'_>,
    ) -> Result<Self, ReviewError> {
        Ok(Self {
            lists: unread_lists(connection, run)?,
            places: unread_resources(connection, words, "unread")?,
            keys: unread_resources(connection, words, "unclear_keys")?,
            accounts: untimed(connection, words, "accounts")?,
            invitations: untimed(connection, words, "invitations")?,
        })
    }

    /// Returns the inputs that one rule lacks.
    pub(super) fn unmet_needs(&self, rule: &ReviewRule) -> Vec<NotJudged> {
        let mut found = Vec::new();
        for need in rule.needs {
            let (kinds, single, untimed) = match need {
                Need::Places => (&[TypeKind::Place][..], &[][..], &[][..]),
                Need::PlaceGrants => (&[][..], &*self.places, &[][..]),
                Need::Accounts => (&[TypeKind::Account][..], &[][..], &[][..]),
                Need::Secrets => (&[TypeKind::Secret][..], &*self.keys, &[][..]),
                Need::Groups => (&[TypeKind::Set][..], &[][..], &[][..]),
                Need::LastUse => (
                    &[TypeKind::Use, TypeKind::Report][..],
                    &[][..],
                    &*self.accounts,
                ),
                Need::Invitations => {
                    let kinds = &[TypeKind::Invitation, TypeKind::Report][..];
                    (kinds, &[][..], &*self.invitations)
                }
                Need::Seats => (&[TypeKind::Report][..], &[][..], &[][..]),
            };
            let lists = self.lists.iter().filter(|(of, _)| kinds.contains(of));
            found.extend(lists.map(|(_, because)| (None, because.clone())));
            found.extend(untimed.iter().map(|because| (None, because.clone())));
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

fn unread_lists(
    connection: &Connection,
    run: RunId,
) -> Result<Vec<(TypeKind, Unread)>, ReviewError> {
    let kinds = type_kinds(connection, run)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM scopes s
        WHERE s.run = ? AND s.call = 'list-resources' AND s.outcome IS NOT 'complete'"
    );
    let mut query = connection.prepare(&sql)?;
    let rows = query.query_map([run.0], |row| read_unread(row, 0))?;
    let mut found = Vec::new();
    for row in rows {
        let row = row?;
        let name = &row.scope.resource_type;
        let kind = match guess_kind(name) {
            // Records of both are accounts, and no access rests on either.
            guessed @ (TypeKind::Use | TypeKind::Invitation) => guessed,
            guessed => kinds.get(name).copied().unwrap_or(guessed),
        };
        found.push((kind, row));
    }
    Ok(found)
}

/// Returns the kind of each type: by the records that any sync of the file has of it, else by what
/// grants and the tenant state.
fn type_kinds(
    connection: &Connection,
    run: RunId,
) -> Result<BTreeMap<String, TypeKind>, ReviewError> {
    let sql = "WITH epochs AS MATERIALIZED (SELECT DISTINCT epoch FROM runs)
        SELECT resource_type, 'place' FROM entitlements
            WHERE run = ?1 AND purpose = 'ownership' AND rank IS NOT NULL
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

/// Returns the kind of a type without records, by the parts of its name.
fn guess_kind(name: &str) -> TypeKind {
    let has = |words: &[&str]| name.split('-').any(|word| words.contains(&word));
    if has(&["key", "token", "secret", "credential"]) {
        TypeKind::Secret
    } else if has(&["account", "user", "member", "person"]) {
        TypeKind::Account
    } else if has(&["group"]) {
        TypeKind::Set
    } else if has(&["activity", "usage"]) {
        TypeKind::Use
    } else if has(&["invitation", "invite"]) {
        TypeKind::Invitation
    } else if has(&["analytics", "report", "seat", "license", "subscription"]) {
        TypeKind::Report
    } else {
        TypeKind::Other
    }
}

fn unread_resources(
    connection: &Connection,
    (words, values): Words<'_>,
    table: &str,
) -> Result<Vec<(ResourceId, Unread)>, ReviewError> {
    let sql = format!(
        "{words} SELECT r.resource_type, r.id, {COLUMNS}, u.code, u.message
        FROM {table} u JOIN resources r ON r.resource = u.resource JOIN scopes s ON s.scope = u.scope"
    );
    let mut query = connection.prepare(&sql)?;
    super::judge::bind_values(&mut query, values)?;
    let mut rows = query.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = id_at(row, 0)?;
        let mut because = read_unread(row, 2)?;
        because.notice = row.get(9)?;
        because.message = row.get::<_, Option<String>>(10)?.or(because.message);
        found.push((id, because));
    }
    Ok(found)
}

/// Returns the lists of accounts or of invitations of which a time is not stated, each with its message.
fn untimed(
    connection: &Connection,
    (words, values): Words<'_>,
    kind: &str,
) -> Result<Vec<Unread>, ReviewError> {
    let sql = format!(
        "{words} SELECT {COLUMNS}, u.code, u.message FROM unstated_times u JOIN scopes s ON s.scope = u.scope
        WHERE u.kind = '{kind}'"
    );
    let mut query = connection.prepare(&sql)?;
    super::judge::bind_values(&mut query, values)?;
    let mut rows = query.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut because = read_unread(row, 0)?;
        because.notice = row.get(7)?;
        because.message = row.get(8)?;
        found.push(because);
    }
    Ok(found)
}

/// The scope in the columns of [`COLUMNS`] from `at` on.
fn read_unread(row: &Row<'_>, at: usize) -> rusqlite::Result<Unread> {
    Ok(Unread {
        scope: scope_at(row, at)?,
        outcome: row.get(at + 5)?,
        notice: None,
        message: row.get(at + 6)?,
    })
}
