//! The inputs of a rule that the sync did not read, so that an empty result is not mistaken for a
//! clean one.

use rusqlite::{Connection, Row, ToSql};

use super::{Need, NotJudged, ReviewRule};
use crate::origin::scope_at;
use crate::{ReviewError, Unread};
use connector_store::id_at;
use connector_types::{ResourceId, TypeKind};

const COLUMNS: &str =
    "s.call, s.resource_type, s.id, s.parent_type, s.parent_id, ifnull(s.outcome, 'running'),
    json_extract(s.problem, '$.message')";

/// The common table expressions of the rules, and values of their parameters.
type Words<'a> = (&'a str, &'a [(&'a str, &'a dyn ToSql)]);

/// What was not read, for all rules together.
pub(super) struct Needs {
    /// Lists that are not complete, each with the name of the kind that they would show.
    lists: Vec<(String, Unread)>,
    places: Vec<(ResourceId, Unread)>,
    keys: Vec<(ResourceId, Unread)>,
    /// Lists of accounts and invitations without a time.
    accounts: Vec<Unread>,
    invitations: Vec<Unread>,
}

impl Needs {
    pub(super) fn read(connection: &Connection, words: Words<'_>) -> Result<Self, ReviewError> {
        Ok(Self {
            lists: unread_lists(connection, words)?,
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
            let (kind, single, untimed) = match need {
                Need::Places => (Some(TypeKind::Container), &[][..], &[][..]),
                Need::PlaceGrants => (None, &*self.places, &[][..]),
                Need::Accounts => (Some(TypeKind::Account), &[][..], &[][..]),
                Need::Secrets => (Some(TypeKind::Credential), &*self.keys, &[][..]),
                Need::Groups => (Some(TypeKind::Group), &[][..], &[][..]),
                Need::LastUse => (Some(TypeKind::Usage), &[][..], &*self.accounts),
                Need::Invitations => (Some(TypeKind::Invitation), &[][..], &*self.invitations),
                Need::Seats => (Some(TypeKind::Subscription), &[][..], &[][..]),
            };
            let name = kind.map(TypeKind::name);
            let lists = self.lists.iter().filter(|(of, _)| name == Some(&**of));
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

/// Returns the lists that lack something: of each type, its own, and those above it that were not read
/// to their end, under which nothing of the type was listed.
fn unread_lists(
    connection: &Connection,
    (words, values): Words<'_>,
) -> Result<Vec<(String, Unread)>, ReviewError> {
    let sql = format!(
        "{words} SELECT {COLUMNS}, a.kind FROM above a JOIN scopes s ON s.resource_type = a.above
        WHERE s.call = 'list-resources' AND s.outcome IS NOT 'complete'
            AND (a.resource_type = a.above OR s.outcome IS NOT 'partial')"
    );
    let mut query = connection.prepare(&sql)?;
    super::judge::bind_values(&mut query, values)?;
    let mut rows = query.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(7)?, read_unread(row, 0)?));
    }
    Ok(found)
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
