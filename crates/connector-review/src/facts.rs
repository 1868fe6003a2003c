//! Effective access by keys: grants, and the members of the groups that they name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::access::{AccessFilters, MorePaths};
use super::expansion::{Expander, Membership, PathKeys, enclosing_groups};
use super::{Named, ReviewError};
use connector_store::{GroupGraph, LISTED_ACCOUNT, RunId, StoreError, each_row, find_row};
use connector_types::ResourceId;

/// A path in few bytes: there are many more entitlements than different paths.
pub(super) type PathIndex = (PathKeys, Option<Rc<str>>);
/// Resource, entitlement and principal by their keys.
pub(super) type GrantKey = (i64, i64, i64);
/// Effective grants, by keys, and the resources on which some could not be expanded.
#[derive(Default)]
pub(super) struct GrantFacts {
    pub(super) rows: Vec<(GrantKey, PathIndex)>,
    /// Paths beside those in `rows`.
    pub(super) more: HashMap<GrantKey, MorePaths>,
    /// The resources of grants whose groups take too many steps.
    pub(super) unexpanded: BTreeSet<i64>,
}

/// A grant by its keys.
struct GrantKeys {
    resource: i64,
    entitlement: i64,
    principal: i64,
    set: Option<usize>,
    rule: Option<Rc<str>>,
    /// True if its principal's entitlement is no membership: then no unknown principal has it.
    passes_permission: bool,
}

impl GrantFacts {
    fn add(&mut self, grant: &GrantKeys, principal: i64, path: PathKeys) {
        let key = (grant.resource, grant.entitlement, principal);
        self.rows.push((key, (path, grant.rule.clone())));
    }

    fn add_all(&mut self, grant: &GrantKeys, principal: i64, found: &Membership, is_cut: bool) {
        for path in &found.paths {
            self.add(grant, principal, path.clone());
        }
        let more = match (is_cut, found.more) {
            (true, _) => MorePaths::Some,
            (false, 0) => return,
            (false, count) => MorePaths::Counted(count),
        };
        let key = (grant.resource, grant.entitlement, principal);
        let known = self.more.entry(key).or_insert(MorePaths::Counted(0));
        *known = known.and_filter(more);
    }
}

/// Returns every access path to every grant that the question selects. Anyone who has the address
/// of a public resource is not among the people behind an audience, so that it is reported beside
/// them.
pub(super) fn find_facts(
    connection: &Connection,
    run: RunId,
    question: &AccessFilters,
    asked: Option<&BTreeSet<i64>>,
) -> Result<GrantFacts, ReviewError> {
    let groups = GroupGraph::read(connection, run)?;
    let mut facts = GrantFacts::default();
    let mut expander = Expander::new(&groups);
    let principal = match &question.principal {
        None => None,
        Some(principal) => match find_account_key(connection, run, &principal.id)? {
            None => return Ok(facts),
            Some((key, is_listed)) => Some((key, enclosing_groups(&groups, key, is_listed))),
        },
    };
    let principals = principal.as_ref().map(|(key, sets)| {
        let sets = sets.sets.keys().filter_map(|set| groups.resource(*set));
        sets.chain([*key]).collect::<BTreeSet<_>>()
    });
    let asked = AccessQuery {
        on: question.on.as_ref(),
        entitlements: asked,
        principals: principals.as_ref(),
    };
    each_grant(connection, run, &asked, &groups, |grant| match &principal {
        None => add_principals(&mut facts, &mut expander, &groups, &grant),
        Some((key, sets)) => {
            let within = grant.set.and_then(|set| sets.sets.get(&set));
            if let Some(found) = within {
                facts.add_all(&grant, *key, found, sets.is_cut);
            }
            if grant.principal == *key {
                add_itself(&mut facts, &mut expander, &groups, &grant);
            }
        }
    })?;
    Ok(facts)
}

fn add_principals(
    facts: &mut GrantFacts,
    expander: &mut Expander<'_>,
    groups: &GroupGraph,
    grant: &GrantKeys,
) {
    if let Some(set) = grant.set {
        let Some(members) = expander.group_members(set) else {
            facts.unexpanded.insert(grant.resource);
            return;
        };
        for (principal, found) in &members.people {
            facts.add_all(grant, *principal, found, members.is_cut);
        }
    }
    add_itself(facts, expander, groups, grant);
}

/// Adds the principal of a grant: an account, an audience, or a group of which no member is known.
fn add_itself(
    facts: &mut GrantFacts,
    expander: &mut Expander<'_>,
    groups: &GroupGraph,
    grant: &GrantKeys,
) {
    let stands = match grant.set {
        None => true,
        Some(set) if groups.is_everyone(set) => true,
        Some(set) => {
            let members = expander.group_members(set);
            !grant.passes_permission && members.is_some_and(|all| all.people.is_empty())
        }
    };
    if stands {
        facts.add(grant, grant.principal, PathKeys::direct_only());
    }
}

/// Returns the key of a resource, and whether it is an account that a list shows.
fn find_account_key(
    connection: &Connection,
    run: RunId,
    id: &ResourceId,
) -> Result<Option<(i64, bool)>, ReviewError> {
    let sql = format!(
        "SELECT q.resource AS resource, {LISTED_ACCOUNT} AS is_listed FROM resources q
        WHERE q.run = ?1 AND q.resource_type = ?2 AND q.id = ?3"
    );
    let values = (run.0, &*id.resource_type, &*id.id);
    let found = find_row(connection, &sql, values, |row| {
        Ok::<_, StoreError>((row.get("resource")?, row.get("is_listed")?))
    });
    Ok(found?)
}

/// The grants that an answer is made of; what is `None` leaves none out.
struct AccessQuery<'a> {
    on: Option<&'a Named>,
    entitlements: Option<&'a BTreeSet<i64>>,
    principals: Option<&'a BTreeSet<i64>>,
}

/// Calls `visit` with each grant that is asked about.
fn each_grant(
    connection: &Connection,
    run: RunId,
    asked: &AccessQuery<'_>,
    groups: &GroupGraph,
    mut visit: impl FnMut(GrantKeys),
) -> Result<(), ReviewError> {
    let mut limits = String::new();
    let mut values = vec![Value::Integer(run.0)];
    if let Some(on) = asked.on {
        limits.push_str(" AND r.resource_type = ?2 AND r.id = ?3");
        values.push(Value::Text(on.id.resource_type.to_string()));
        values.push(Value::Text(on.id.id.to_string()));
    }
    if let Some(entitlements) = asked.entitlements {
        let keys: Vec<String> = entitlements.iter().map(i64::to_string).collect();
        limits.push_str(&format!(" AND g.entitlement IN ({})", keys.join(", ")));
    }
    // A resource has few principals, and a principal few resources: the filter that is set comes
    // first.
    let from = match (asked.on, asked.principals) {
        (None, Some(principals)) => {
            let keys: Vec<String> = principals.iter().map(i64::to_string).collect();
            values.push(Value::Text(format!("[{}]", keys.join(","))));
            "json_each(?2) k CROSS JOIN grant_facts g ON g.run = ?1 AND g.principal = k.value
            JOIN resources r ON r.run = g.run AND r.resource = g.resource"
        }
        (Some(_), _) | (None, None) => {
            "resources r CROSS JOIN grant_facts g ON g.run = r.run AND g.resource = r.resource"
        }
    };
    let sql = format!(
        "SELECT g.resource AS resource, g.entitlement AS entitlement, g.principal AS principal,
            g.expands AS expands, g.implied_by AS implied_by,
            g.expands IS NOT NULL AND EXISTS (SELECT 1 FROM resources p
                JOIN entitlements d ON d.run = p.run AND d.resource_type = p.resource_type
                WHERE p.run = g.run AND p.resource = g.principal AND d.slug = g.expands
                    AND d.purpose IN ('permission', 'ownership')) AS passes_permission
        FROM {from}
        WHERE r.run = ?1{limits}"
    );
    let mut words = TextTable::default();
    each_row(connection, &sql, params_from_iter(values), |row| {
        let principal = row.get("principal")?;
        let expands: Option<String> = row.get("expands")?;
        visit(GrantKeys {
            resource: row.get("resource")?,
            entitlement: row.get("entitlement")?,
            principal,
            set: groups.find(principal, expands.unwrap_or_default()),
            rule: row.text("implied_by")?.map(|rule| words.shared_text(rule)),
            passes_permission: row.get("passes_permission")?,
        });
        Ok(())
    })
}

/// Each text once.
#[derive(Default)]
struct TextTable(HashSet<Rc<str>>);

impl TextTable {
    fn shared_text(&mut self, text: &str) -> Rc<str> {
        if let Some(known) = self.0.get(text) {
            return Rc::clone(known);
        }
        let new: Rc<str> = text.into();
        self.0.insert(Rc::clone(&new));
        new
    }
}
