//! The inputs of a rule that the sync did not read, so that an empty result is not mistaken for a
//! clean one.

use std::collections::BTreeMap;

use rusqlite::{Connection, ToSql};

use super::{Need, NotJudged, ReviewRule};
use crate::origin::SCOPE;
use crate::{ReviewError, ScopeName, Unread};
use connector_store::{NamedRow, RunId, StoreError, collect_named, each_row, each_row_of_named};
use connector_types::ResourceId;

/// What a scope `s` says of its problem.
const PROBLEM: &str = "json_extract(s.problem, '$.message') AS problem";

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
        "SELECT {SCOPE}, {PROBLEM} FROM scopes s
        WHERE s.run = ? AND s.call = 'list-resources' AND s.outcome IS NOT 'complete'"
    );
    let lists = collect_named(connection, &sql, [run.0], |row| {
        let row = read_unread(row)?;
        let name = &row.scope.resource_type;
        let kind = match guess_kind(name) {
            // Records of both are accounts, and no access rests on either.
            guessed @ (TypeKind::Use | TypeKind::Invitation) => guessed,
            guessed => kinds.get(name).copied().unwrap_or(guessed),
        };
        Ok::<_, StoreError>((kind, row))
    });
    Ok(lists?)
}

/// Returns the kind of each type: by the records that any sync of the file has of it, else by what
/// grants and the tenant state.
fn type_kinds(
    connection: &Connection,
    run: RunId,
) -> Result<BTreeMap<String, TypeKind>, ReviewError> {
    let sql = "WITH epochs AS MATERIALIZED (SELECT DISTINCT epoch FROM runs)
        SELECT resource_type, 'place' AS kind FROM entitlements
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
        "{words} SELECT {SCOPE}, {PROBLEM}, r.resource_type AS subject_type, r.id AS subject_id,
            u.code AS code, u.message AS message
        FROM {table} u JOIN resources r ON r.resource = u.resource JOIN scopes s ON s.scope = u.scope"
    );
    let mut found = Vec::new();
    each_row_of_named::<ReviewError>(connection, &sql, values, |row| {
        let because = read_unread_because(row)?;
        found.push((row.id_in("subject_type", "subject_id")?, because));
        Ok(())
    })?;
    Ok(found)
}

/// Returns the lists of accounts or of invitations of which a time is not stated, each with its message.
fn untimed(
    connection: &Connection,
    (words, values): Words<'_>,
    kind: &str,
) -> Result<Vec<Unread>, ReviewError> {
    let sql = format!(
        "{words} SELECT {SCOPE}, NULL AS problem, u.code AS code, u.message AS message
        FROM unstated_times u JOIN scopes s ON s.scope = u.scope
        WHERE u.kind = '{kind}'"
    );
    let mut found = Vec::new();
    each_row_of_named::<ReviewError>(connection, &sql, values, |row| {
        found.push(read_unread_because(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The scope in the columns of [`SCOPE`] and [`PROBLEM`], with the notice in `code` and `message`.
fn read_unread_because(row: NamedRow<'_>) -> rusqlite::Result<Unread> {
    let scope = read_unread(row)?;
    let message: Option<String> = row.get("message")?;
    Ok(Unread {
        notice: row.get("code")?,
        message: message.or(scope.message),
        ..scope
    })
}

/// The scope in the columns of [`SCOPE`] and [`PROBLEM`].
fn read_unread(row: NamedRow<'_>) -> rusqlite::Result<Unread> {
    Ok(Unread {
        scope: ScopeName::read(row)?,
        outcome: row.get("outcome")?,
        notice: None,
        message: row.get("problem")?,
    })
}
