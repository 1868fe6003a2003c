//! The table `expansions`, which SQL users read: who is in each set, within limits.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::expand::GroupGraph;
use super::path::join_path;
use super::{RunId, StoreError, id_of};
use connector_types::ResourceId;

/// Paths of one principal in one set.
const MOST_PATHS: u32 = 16;
/// Sets on all paths of a run together, and steps to find them. A tenant that has more is beyond a table:
/// its answers are found when they are asked for.
const MOST_STEPS: usize = 1_000_000;

/// Fills the table for a run whose grants are all there.
///
/// # Errors
/// Returns an error if the store cannot be read or written.
pub(super) fn save_expansions(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    save_members(connection, run)?;
    connection.execute(DIRECT, [run.0])?;
    Ok(())
}

/// Principals that stand for themselves: those that are no group, and groups of which no member is
/// known. A grant that is passed on to the principals of an entitlement without known principals
/// gives access to no one.
const DIRECT: &str =
    "INSERT INTO expansion_versions (epoch, first, group_like, slug, principal, path)
    SELECT ?1, ?1, s.principal, s.slug, s.principal, 'direct'
    FROM (SELECT DISTINCT principal, expands, ifnull(expands, '') AS slug FROM grant_versions
        WHERE epoch = ?1) s
    WHERE NOT EXISTS (SELECT 1 FROM expansion_versions x
        WHERE x.epoch = ?1 AND x.group_like = s.principal AND x.slug = s.slug)
    AND (s.expands IS NULL OR NOT EXISTS (
        SELECT 1 FROM resource_keys p
        JOIN entitlement_keys k ON k.resource_type = p.resource_type AND k.slug = s.expands
        JOIN entitlement_versions d ON d.epoch = ?1 AND d.entitlement = k.entitlement
        WHERE p.resource = s.principal AND d.purpose IN ('permission', 'ownership')))
    ON CONFLICT DO NOTHING";

fn save_members(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let groups = GroupGraph::read(connection, run)?;
    let mut left = MOST_STEPS;
    let mut known = HashMap::new();
    let sql =
        "INSERT OR IGNORE INTO expansion_versions (epoch, first, group_like, slug, principal, path)
        VALUES (?5, ?5, ?1, ?2, ?3, ?4)";
    let mut insert = connection.prepare_cached(sql)?;
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
        let mut paths = Vec::new();
        for visit in &walk.visits {
            let people = groups.people(visit.group);
            if people.is_empty() {
                continue;
            }
            let steps = walk.steps(*visit).filter_map(|at| groups.resource(at));
            let steps = steps.map(|key| identity(connection, &mut known, key));
            let mut steps = steps.collect::<Result<Vec<_>, _>>()?;
            steps.reverse();
            rows.extend(people.iter().map(|principal| (*principal, paths.len())));
            paths.push(join_path(&steps.iter().collect::<Vec<_>>()));
        }
        // In the order of the table's key: SQLite appends faster than it inserts.
        rows.sort_unstable_by_key(|(principal, _)| *principal);
        for (principal, path) in rows {
            insert.execute(params![set, slug, principal, paths.get(path), run.0])?;
        }
    }
    Ok(())
}

/// Returns the identity of a set, which is on many paths.
fn identity(
    connection: &Connection,
    known: &mut HashMap<i64, ResourceId>,
    key: i64,
) -> Result<ResourceId, StoreError> {
    if let Some(id) = known.get(&key) {
        return Ok(id.clone());
    }
    let id = id_of(connection, key)?;
    known.insert(key, id.clone());
    Ok(id)
}
