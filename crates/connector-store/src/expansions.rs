//! The table `expansions`, which SQL users read: who is in each set, within limits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, ToSql};

use super::expand::{GroupGraph, MemberOrder};
use super::keys::path_key;
use super::references::name_principals;
use super::rows::PairInsert;
use super::{RunId, StoreError};

/// Paths of one principal in one set.
const MOST_PATHS: u32 = 16;
/// Sets on all paths of a run together, and steps to find them. A tenant that has more is beyond a table:
/// its answers are found when they are asked for.
const MOST_STEPS: usize = 1_000_000;

/// Fills the table for a run whose grants are all there.
///
/// # Errors
/// Returns an error if the store cannot be read or written.
pub(super) fn expand_run(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    name_principals(connection, run)?;
    save_expansions(connection, run)
}

/// Fills the table where [`name_principals`] was called, and drops that table.
pub(super) fn save_expansions(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    save_members(connection, run)?;
    connection.execute(DIRECT, [run.0])?;
    connection.execute_batch("DROP TABLE temp.principals")?;
    Ok(())
}

/// Principals that stand for themselves: those that are no group, and groups of which no member is
/// known. A grant that is passed on to the principals of an entitlement without known principals
/// gives access to no one.
const DIRECT: &str =
    "INSERT INTO expansion_versions (epoch, first, group_like, slug, principal, path)
    SELECT ?1, ?1, s.principal, s.slug, s.principal, 0
    FROM (SELECT principal, expands, ifnull(expands, '') AS slug FROM temp.principals) s
    WHERE NOT EXISTS (SELECT 1 FROM expansion_versions x
        WHERE x.epoch = ?1 AND x.group_like = s.principal AND x.slug = s.slug)
    AND (s.expands IS NULL OR NOT EXISTS (
        SELECT 1 FROM resource_keys p
        JOIN entitlement_keys k ON k.resource_type = p.resource_type AND k.slug = s.expands
        JOIN entitlement_versions d ON d.epoch = ?1 AND d.entitlement = k.entitlement
        WHERE p.resource = s.principal AND d.purpose IN ('permission', 'ownership')))
    ON CONFLICT DO NOTHING";

fn save_members(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let expanded = "SELECT principal, expands FROM temp.principals WHERE expands IS NOT NULL";
    let groups = GroupGraph::read_expanded(connection, run, expanded, MemberOrder::Any)?;
    let mut left = MOST_STEPS;
    let mut paths = KnownPaths::default();
    let columns = "principal, path, group_like, slug, epoch, first";
    let members = PairInsert::new("expansion_versions", columns);
    for (at, (set, slug)) in groups.all().enumerate() {
        let walk = groups.walk_inward(at, MOST_PATHS);
        let costs = |visit: &super::Visit| {
            groups
                .people(visit.group)
                .len()
                .max(1)
                .saturating_mul(visit.path_len())
        };
        let cost = walk.visits.iter().map(costs);
        let cost = cost.fold(walk.examined, usize::saturating_add);
        let Some(rest) = left.checked_sub(cost) else {
            return Ok(());
        };
        left = rest;
        let mut rows = Vec::new();
        for visit in &walk.visits {
            let people = groups.people(visit.group);
            if people.is_empty() {
                continue;
            }
            let steps = walk.steps(*visit).filter_map(|at| groups.resource(at));
            let path = paths.find(connection, steps.collect())?;
            rows.extend(people.iter().map(|principal| (*principal, path)));
        }
        // In the order of the table's key: SQLite appends faster than it inserts.
        rows.sort_unstable();
        let shared: [&dyn ToSql; 4] = [&set, &slug, &run.0, &run.0];
        members.insert(connection, &shared, rows.into_iter(), |_| Ok(()))?;
    }
    Ok(())
}

/// The keys of paths that were looked up, by the shorter path and the group.
#[derive(Default)]
struct KnownPaths(HashMap<(i64, i64), i64>);

impl KnownPaths {
    /// Returns the key of a path; `steps` has its groups, the last one first.
    fn find(&mut self, connection: &Connection, steps: Vec<i64>) -> Result<i64, StoreError> {
        let mut path = 0;
        for group in steps.into_iter().rev() {
            let step = (path, group);
            path = match self.0.entry(step) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => *unknown.insert(path_key(connection, step)?),
            };
        }
        Ok(path)
    }
}
