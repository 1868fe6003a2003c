//! The inputs of a rule that the sync did not read, so that an empty result is not mistaken for a
//! clean one.

use rusqlite::{Connection, ToSql};

use super::{NotEvaluated, ReviewRule, RuleInput};
use crate::origin::SCOPE;
use crate::{MissingScope, ReviewError, ScopeName};
use connector_store::{NamedRow, each_row_of_named};
use connector_types::{ResourceId, TypeKind};

/// The problem of a scope `s`.
const PROBLEM: &str = "json_extract(s.problem, '$.message') AS problem";

/// The common table expressions of the rules, and values of their parameters.
type RuleQuery<'a> = (&'a str, &'a [(&'a str, &'a dyn ToSql)]);

/// The inputs that were not read, for all rules together.
pub(super) struct MissingInputs {
    /// Lists that are not complete, each with the name of the kind that they would show.
    lists: Vec<(String, MissingScope)>,
    containers: Vec<(ResourceId, MissingScope)>,
    keys: Vec<(ResourceId, MissingScope)>,
    /// Lists of accounts and invitations without a time.
    accounts: Vec<MissingScope>,
    invitations: Vec<MissingScope>,
}

impl MissingInputs {
    pub(super) fn read(connection: &Connection, words: RuleQuery<'_>) -> Result<Self, ReviewError> {
        Ok(Self {
            lists: unread_lists(connection, words)?,
            containers: unread_resources(connection, words, "unread")?,
            keys: unread_resources(connection, words, "unclear_keys")?,
            accounts: untimed(connection, words, "accounts")?,
            invitations: untimed(connection, words, "invitations")?,
        })
    }

    /// Returns the inputs that one rule lacks.
    pub(super) fn unmet_needs(&self, rule: &ReviewRule) -> Vec<NotEvaluated> {
        let mut found = Vec::new();
        for need in rule.needs {
            let (kind, single, untimed) = match need {
                RuleInput::Containers => (Some(TypeKind::Container), &[][..], &[][..]),
                RuleInput::ContainerGrants => (None, &*self.containers, &[][..]),
                RuleInput::Accounts => (Some(TypeKind::Account), &[][..], &[][..]),
                RuleInput::Secrets => (Some(TypeKind::Credential), &*self.keys, &[][..]),
                RuleInput::Groups => (Some(TypeKind::Group), &[][..], &[][..]),
                RuleInput::LastUse => (Some(TypeKind::Usage), &[][..], &*self.accounts),
                RuleInput::Invitations => (Some(TypeKind::Invitation), &[][..], &*self.invitations),
                RuleInput::Seats => (Some(TypeKind::Subscription), &[][..], &[][..]),
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
        let not_evaluated = found.into_iter().map(|(subject, because)| NotEvaluated {
            rule: rule.id,
            subject,
            because,
        });
        not_evaluated.collect()
    }
}

/// Returns the lists that lack something: of each type, its own and that of its entitlements, whose ranks and
/// purposes rules compare, and the lists above it that were not read to their end, under which nothing of the
/// type was listed.
fn unread_lists(
    connection: &Connection,
    (words, values): RuleQuery<'_>,
) -> Result<Vec<(String, MissingScope)>, ReviewError> {
    let sql = format!(
        "{words} SELECT {SCOPE}, {PROBLEM}, a.kind AS type_kind
        FROM above a JOIN scopes s ON s.resource_type = a.above
        WHERE s.call = 'list-resources' AND s.outcome IS NOT 'complete'
                AND (a.resource_type = a.above OR s.outcome IS NOT 'partial')
            OR s.call = 'list-entitlements' AND a.resource_type = a.above
                AND ifnull(s.outcome, 'running') NOT IN ('complete', 'not-asked', 'not-offered')"
    );
    let mut found = Vec::new();
    each_row_of_named::<ReviewError>(connection, &sql, values, |row| {
        found.push((row.get("type_kind")?, read_unread(row)?));
        Ok(())
    })?;
    Ok(found)
}

fn unread_resources(
    connection: &Connection,
    (words, values): RuleQuery<'_>,
    table: &str,
) -> Result<Vec<(ResourceId, MissingScope)>, ReviewError> {
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
    (words, values): RuleQuery<'_>,
    kind: &str,
) -> Result<Vec<MissingScope>, ReviewError> {
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

/// Returns the scope in the columns of [`SCOPE`] and [`PROBLEM`], with the notice in `code` and `message`.
fn read_unread_because(row: NamedRow<'_>) -> rusqlite::Result<MissingScope> {
    let scope = read_unread(row)?;
    let message: Option<String> = row.get("message")?;
    Ok(MissingScope {
        notice: row.get("code")?,
        message: message.or(scope.message),
        ..scope
    })
}

/// Returns the scope in the columns of [`SCOPE`] and [`PROBLEM`].
fn read_unread(row: NamedRow<'_>) -> rusqlite::Result<MissingScope> {
    Ok(MissingScope {
        scope: ScopeName::read(row)?,
        outcome: row.get("outcome")?,
        notice: None,
        message: row.get("problem")?,
    })
}
