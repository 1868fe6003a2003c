//! Groups within groups: the members of a group, and the groups of a principal, each with its shortest
//! paths. One routine serves both directions, in steps linear in the groups and their members.

use std::collections::{HashMap, VecDeque};

use rusqlite::Connection;

use super::guard::collect_rows;
use super::named::RepeatedQuery;
use super::{RunId, StoreError, each_row};

/// Paths to one group beyond this depth are not distinguished: the shortest one is stored.
const DEEPEST: u32 = 64;

/// The number of steps to groups already reached, of one expansion. Groups that all contain each
/// other have more paths than can be examined; each group is reached in any case.
const MOST_FURTHER: usize = 20_000;

/// A group-like resource: its grants are passed on to the principals of a slug on it.
#[derive(Debug, Default)]
struct GroupNode {
    resource: i64,
    /// The entitlement of its members on it; empty for an audience.
    slug: String,
    is_everyone: bool,
    /// Principals that are no groups.
    people: Vec<i64>,
    /// Sets within this one.
    inner: Vec<usize>,
    /// Sets that this one is in.
    outer: Vec<usize>,
}

/// The sets of people of one run.
#[derive(Debug, Default)]
pub struct GroupGraph {
    groups: Vec<GroupNode>,
    by_key: HashMap<(i64, String), usize>,
    /// Principals that are no groups, each with a group that it is in, in ascending order.
    of_principal: Vec<(i64, usize)>,
    /// Each account that a list shows: who is behind everyone.
    everybody: Vec<i64>,
}

/// A set on a path, and the step before it.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// The index of the group in [`GroupGraph`].
    pub group: usize,
    before: Option<usize>,
    depth: u32,
}

/// The groups that an expansion reaches, those with the shortest paths first.
#[derive(Debug, Default)]
pub struct GroupExpansion {
    /// One visit for each stored path.
    pub visits: Vec<Visit>,
    /// True if there are paths that are not stored.
    pub is_cut: bool,
    /// The number of steps that were examined: the cost of the expansion.
    pub examined: usize,
}

/// The order of the principals of a group that are no groups.
#[derive(Clone, Copy)]
pub(super) enum MemberOrder {
    ById,
    Any,
}

#[derive(Clone, Copy)]
enum Direction {
    Inward,
    Outward,
}

/// The condition that a resource `q` of the run `?1` is a listed account, and no record about one.
pub const LISTED_ACCOUNT: &str =
    "(q.kind = 'user' AND q.evidence = 'listed' AND q.resource_type NOT IN (
    SELECT resource_type FROM types_about_accounts WHERE run = ?1))";

/// The kinds of [`AUDIENCES`](connector_types::AUDIENCES), as a list in SQL.
pub const AUDIENCE_KINDS: &str = "('anyone', 'organization')";

impl GroupGraph {
    /// Reads the sets of a run.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub fn read(connection: &Connection, run: RunId) -> Result<Self, StoreError> {
        let expanded = "SELECT principal, expands FROM grant_facts
            WHERE run = ?1 AND expands IS NOT NULL";
        Self::read_expanded(connection, run, expanded, MemberOrder::ById)
    }

    /// Reads the sets of a run, given a query of the principals whose grants expand an entitlement.
    pub(super) fn read_expanded(
        connection: &Connection,
        run: RunId,
        expanded: &str,
        order: MemberOrder,
    ) -> Result<Self, StoreError> {
        let mut groups = Self::default();
        groups.read_sets(connection, run, expanded)?;
        groups.read_principals(connection, run, order)?;
        if groups.groups.iter().any(|group| group.is_everyone) {
            groups.everybody = listed_accounts(connection, run, order)?;
        }
        Ok(groups)
    }

    fn read_sets(
        &mut self,
        connection: &Connection,
        run: RunId,
        expanded: &str,
    ) -> Result<(), StoreError> {
        // Two queries, of which neither looks anything up for each grant.
        let sql = format!(
            "WITH pairs AS (
                {expanded} UNION ALL
                SELECT q.resource, g.expands FROM resources q
                CROSS JOIN grant_facts g ON g.run = q.run AND g.principal = q.resource
                WHERE q.run = ?1 AND q.kind IN {AUDIENCE_KINDS})
            SELECT DISTINCT g.principal AS resource, ifnull(g.expands, '') AS slug,
                g.expands IS NULL AS is_everyone
            FROM pairs g CROSS JOIN resource_keys p ON p.resource = g.principal
            ORDER BY p.resource_type, p.id, slug"
        );
        each_row(connection, &sql, [run.0], |row| {
            let group = GroupNode {
                resource: row.get("resource")?,
                slug: row.get("slug")?,
                is_everyone: row.get("is_everyone")?,
                ..GroupNode::default()
            };
            let key = (group.resource, group.slug.clone());
            self.by_key.insert(key, self.groups.len());
            self.groups.push(group);
            Ok(())
        })
    }

    /// Reads who is in each group, one group at a time: a join with all grants would look for a group at each.
    fn read_principals(
        &mut self,
        connection: &Connection,
        run: RunId,
        order: MemberOrder,
    ) -> Result<(), StoreError> {
        let rest = match order {
            MemberOrder::ById => {
                "CROSS JOIN resource_keys q ON q.resource = g.principal
                WHERE r.resource = ?2 ORDER BY q.resource_type, q.id"
            }
            MemberOrder::Any => "WHERE r.resource = ?2",
        };
        let sql = format!(
            "SELECT g.principal AS principal, g.expands AS expands
            FROM resource_keys r
            CROSS JOIN entitlement_keys e ON e.resource_type = r.resource_type AND e.slug = ?3
            CROSS JOIN grant_facts g ON g.run = ?1 AND g.resource = r.resource
                AND g.entitlement = e.entitlement {rest}"
        );
        let mut query = RepeatedQuery::prepare(connection, &sql)?;
        let groups = self.groups.iter().enumerate();
        let named = groups.filter(|(_, group)| !group.is_everyone);
        let named: Vec<_> = named
            .map(|(at, group)| (at, group.resource, group.slug.clone()))
            .collect();
        for (outer, resource, slug) in named {
            query.each((run.0, resource, slug), |row| {
                self.add_principal(outer, row.get("principal")?, row.get("expands")?);
                Ok::<_, StoreError>(())
            })?;
            // Groups are in the order of their ids: which paths are stored depends on it.
            self.change(outer, |group| group.inner.sort_unstable());
        }
        self.of_principal.sort_unstable();
        Ok(())
    }

    /// Adds a principal to a group: itself, or the group that `expands` makes of it.
    fn add_principal(&mut self, outer: usize, principal: i64, expands: Option<String>) {
        match expands.and_then(|slug| self.find(principal, slug)) {
            None => {
                self.of_principal.push((principal, outer));
                self.change(outer, |group| group.people.push(principal));
            }
            Some(inner) => {
                self.change(outer, |group| group.inner.push(inner));
                self.change(inner, |group| group.outer.push(outer));
            }
        }
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut GroupNode)) {
        if let Some(group) = self.groups.get_mut(at) {
            change(group);
        }
    }

    /// Returns the index of the group that a grant names by its principal and slug, `""` for an
    /// audience.
    pub fn find(&self, principal: i64, slug: String) -> Option<usize> {
        self.by_key.get(&(principal, slug)).copied()
    }

    /// Returns the resource and the slug of each group, in the order of their indexes.
    pub fn all(&self) -> impl Iterator<Item = (i64, &str)> {
        let groups = self.groups.iter();
        groups.map(|group| (group.resource, &*group.slug))
    }

    /// Returns the key of a set's resource.
    pub fn resource(&self, at: usize) -> Option<i64> {
        self.groups.get(at).map(|group| group.resource)
    }

    /// Returns what the members of a set hold on it; empty for everyone.
    pub fn slug(&self, at: usize) -> &str {
        self.groups.get(at).map_or("", |group| &group.slug)
    }

    /// Returns whether a set is everyone.
    pub fn is_everyone(&self, at: usize) -> bool {
        self.groups.get(at).is_some_and(|group| group.is_everyone)
    }

    /// Returns who is directly in a set and is no set.
    pub fn people(&self, at: usize) -> &[i64] {
        match self.groups.get(at) {
            Some(group) if group.is_everyone => &self.everybody,
            Some(group) => &group.people,
            None => &[],
        }
    }

    /// Returns the sets within a set, itself first, each with at most `most` paths.
    pub fn walk_inward(&self, from: usize, most: u32) -> GroupExpansion {
        self.walk(vec![from], Direction::Inward, most)
    }

    /// Returns the groups that a principal which is no group is directly in.
    pub fn of_principal(&self, principal: i64) -> Vec<usize> {
        let first = self
            .of_principal
            .partition_point(|(one, _)| *one < principal);
        let all = self.of_principal.iter().skip(first);
        let own = all.take_while(|(one, _)| *one == principal);
        own.map(|(_, group)| *group).collect()
    }

    /// Returns the sets that a resource is directly in, as itself or with those who belong to it.
    pub fn of_member(&self, principal: i64) -> Vec<usize> {
        let own = self
            .groups
            .iter()
            .filter(|group| group.resource == principal);
        let outer = own.flat_map(|group| group.outer.iter().copied());
        outer.chain(self.of_principal(principal)).collect()
    }

    /// Returns sets and those that they are in, the nearest first, each with at most `most` paths.
    pub fn walk_outward(&self, from: Vec<usize>, most: u32) -> GroupExpansion {
        self.walk(from, Direction::Outward, most)
    }

    fn walk(&self, mut from: Vec<usize>, direction: Direction, most: u32) -> GroupExpansion {
        from.sort_unstable();
        from.dedup();
        let mut walk = GroupExpansion::default();
        let mut seen: HashMap<usize, u32> = HashMap::new();
        let first = from.into_iter().map(|group| Visit {
            group,
            before: None,
            depth: 0,
        });
        let mut waiting: VecDeque<Visit> = first.collect();
        let mut further = 0_usize;
        while let Some(visit) = waiting.pop_front() {
            walk.examined = walk.examined.saturating_add(1);
            let times = seen.entry(visit.group).or_default();
            if *times > 0 && !self.accepts_visit(&mut walk, visit, *times < most) {
                continue;
            }
            *times += 1;
            let before = Some(walk.visits.len());
            walk.visits.push(visit);
            let next = self.next(visit.group, direction);
            if *times > 1 {
                further = further.saturating_add(next.len());
            }
            if further > MOST_FURTHER && *times > 1 {
                walk.is_cut = true;
                continue;
            }
            waiting.extend(next.iter().map(|group| Visit {
                group: *group,
                before,
                depth: visit.depth.saturating_add(1),
            }));
        }
        walk
    }

    /// Returns whether a further path to a group is stored. A path that leads through the group
    /// itself is not; a path beyond the limit cuts the expansion.
    fn accepts_visit(&self, walk: &mut GroupExpansion, visit: Visit, has_room: bool) -> bool {
        let has_room = has_room && visit.depth <= DEEPEST;
        // An expansion that is cut gains nothing from the rest of its paths.
        if (walk.is_cut && !has_room) || self.is_within(walk, visit) {
            return false;
        }
        walk.is_cut |= !has_room;
        has_room
    }

    fn next(&self, at: usize, direction: Direction) -> &[usize] {
        match (self.groups.get(at), direction) {
            (Some(group), Direction::Inward) => &group.inner,
            (Some(group), Direction::Outward) => &group.outer,
            (None, _) => &[],
        }
    }

    /// Returns whether the last steps before a visit have its resource.
    fn is_within(&self, walk: &GroupExpansion, visit: Visit) -> bool {
        let own = self.resource(visit.group);
        let steps = walk.steps(visit).skip(1);
        let mut steps = steps.take(usize::try_from(DEEPEST).unwrap_or(usize::MAX));
        steps.any(|group| self.resource(group) == own)
    }
}

/// Returns the keys of the accounts that a list shows.
fn listed_accounts(
    connection: &Connection,
    run: RunId,
    order: MemberOrder,
) -> Result<Vec<i64>, StoreError> {
    let rest = match order {
        MemberOrder::ById => "ORDER BY q.resource_type, q.id",
        MemberOrder::Any => "",
    };
    let sql =
        format!("SELECT q.resource FROM resources q WHERE q.run = ?1 AND {LISTED_ACCOUNT} {rest}");
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map([run.0], |row| row.get(0))?;
    collect_rows(connection, rows)
}

impl GroupExpansion {
    /// Returns the index of the step before a visit.
    pub fn before(&self, visit: Visit) -> Option<usize> {
        visit.before
    }

    /// Returns the groups on the path of a visit, from itself back to the start.
    pub fn steps(&self, visit: Visit) -> impl Iterator<Item = usize> + '_ {
        let before = move |visit: &Visit| self.visits.get(visit.before?).copied();
        std::iter::successors(Some(visit), before).map(|visit| visit.group)
    }
}

impl Visit {
    /// Returns the number of sets on its path.
    pub fn path_len(self) -> usize {
        usize::try_from(self.depth).map_or(usize::MAX, |depth| depth.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::AUDIENCE_KINDS;
    use connector_types::AUDIENCES;

    #[test]
    fn the_sql_list_has_every_audience() {
        let kinds = AUDIENCES.map(|kind| format!("'{kind}'"));
        assert_eq!(AUDIENCE_KINDS, format!("({})", kinds.join(", ")));
    }
}
