//! The table `expansions`, which SQL users read: who is in each set, within limits.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::expand::Groups;
use super::path::join_path;
use super::{RunId, StoreError, id_of};
use connector_types::ResourceId;

/// Paths of one person in one set.
const MOST_PATHS: u32 = 16;
/// Sets on all paths of a run together, and steps to find them. A tenant that has more is beyond a table:
/// its answers are found when they are asked for.
const MOST_STEPS: usize = 1_000_000;

/// Fills the table for a run whose grants are all there.
///
/// # Errors
/// Returns an error if the store cannot be read or written.
pub(super) fn save_expansions(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let groups = Groups::read(connection, run)?;
    let mut left = MOST_STEPS;
    let mut known = HashMap::new();
    let sql = "INSERT OR IGNORE INTO expansions (set_of, slug, person, path) VALUES (?, ?, ?, ?)";
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
        for visit in &walk.visits {
            let people = groups.people(visit.group);
            if people.is_empty() {
                continue;
            }
            let steps = walk.steps(*visit).filter_map(|at| groups.resource(at));
            let steps = steps.map(|key| identity(connection, &mut known, key));
            let mut steps = steps.collect::<Result<Vec<_>, _>>()?;
            steps.reverse();
            let path = join_path(&steps.iter().collect::<Vec<_>>());
            for person in people {
                insert.execute(params![set, slug, person, path])?;
            }
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
