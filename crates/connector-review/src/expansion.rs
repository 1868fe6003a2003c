//! The members of the groups that grants name, with the shortest access paths as keys.

use std::collections::HashMap;
use std::rc::Rc;

use connector_store::{GroupExpansion, GroupGraph, Visit};

/// Paths of one entitlement that an answer has.
pub(crate) const MOST_PATHS: usize = 16;
/// Groups of one path that an answer has, the outermost first.
pub(crate) const MOST_STEPS: usize = 24;
/// Steps of all group expansions for one answer. A tenant whose groups take more is asked for a
/// part.
const MOST_WORK: usize = 20_000_000;
/// Members of all sets that are remembered.
const MOST_REMEMBERED: usize = 1_000_000;

/// The groups between a resource and a principal by their keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathKeys {
    /// The number of all of them: shorter paths come first.
    pub(crate) len: usize,
    /// At most [`MOST_STEPS`] of them, the outermost first.
    pub(crate) steps: Rc<[i64]>,
}

impl PathKeys {
    /// Returns a path without groups.
    pub(crate) fn direct_only() -> Self {
        Self {
            len: 0,
            steps: Rc::new([]),
        }
    }

    /// Returns the path of each visit of an expansion that began at the outermost group. Long paths
    /// share their groups.
    fn expand_inward(groups: &GroupGraph, walk: &GroupExpansion) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::with_capacity(walk.visits.len());
        for visit in &walk.visits {
            let before = walk.before(*visit).and_then(|at| all.get(at));
            let before =
                before.map_or_else(|| Rc::new([]) as Rc<[i64]>, |one| Rc::clone(&one.steps));
            let steps = match groups.resource(visit.group) {
                Some(key) if before.len() < MOST_STEPS => {
                    before.iter().copied().chain([key]).collect()
                }
                _ => before,
            };
            all.push(Self {
                len: visit.path_len(),
                steps,
            });
        }
        all
    }

    /// Returns the path of a visit of an expansion that began at a principal.
    fn expand_outward(groups: &GroupGraph, walk: &GroupExpansion, visit: Visit) -> Self {
        let steps = walk.steps(visit).take(MOST_STEPS);
        Self {
            len: visit.path_len(),
            steps: steps.filter_map(|at| groups.resource(at)).collect(),
        }
    }
}

/// The access paths of a member of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Membership {
    /// At most [`MOST_PATHS`], the shortest first.
    pub(crate) paths: Vec<PathKeys>,
    /// Paths that are counted beside them.
    pub(crate) more: usize,
}

impl Membership {
    fn add(&mut self, path: &PathKeys) {
        if self.paths.len() < MOST_PATHS {
            self.paths.push(path.clone());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// The members of a group, in the order of the shortest path to each.
#[derive(Debug, Default)]
pub(crate) struct GroupMembers {
    pub(crate) people: Vec<(i64, Membership)>,
    /// True if there are paths that are not counted.
    pub(crate) is_cut: bool,
}

/// Finds who is in sets, for one answer.
pub(crate) struct Expander<'a> {
    groups: &'a GroupGraph,
    known: HashMap<usize, Rc<GroupMembers>>,
    remembered: usize,
    work: usize,
}

impl<'a> Expander<'a> {
    pub(crate) fn new(groups: &'a GroupGraph) -> Self {
        Self {
            groups,
            known: HashMap::new(),
            remembered: 0,
            work: 0,
        }
    }

    /// Returns the members of a group; `None` if the answer has taken too many steps.
    pub(crate) fn group_members(&mut self, set: usize) -> Option<Rc<GroupMembers>> {
        if let Some(known) = self.known.get(&set).map(Rc::clone) {
            self.spend_steps(known.people.len())?;
            return Some(known);
        }
        self.spend_steps(0)?;
        let most = u32::try_from(MOST_PATHS).unwrap_or(u32::MAX);
        let walk = self.groups.walk_inward(set, most);
        let (members, steps) = self.gather_members(&walk);
        self.spend_steps(steps.saturating_add(walk.examined))?;
        let members = Rc::new(members);
        self.remembered = self.remembered.saturating_add(steps);
        if self.remembered < MOST_REMEMBERED {
            self.known.insert(set, Rc::clone(&members));
        }
        Some(members)
    }

    fn spend_steps(&mut self, steps: usize) -> Option<()> {
        self.work = self.work.saturating_add(steps);
        (self.work <= MOST_WORK).then_some(())
    }

    fn gather_members(&self, walk: &GroupExpansion) -> (GroupMembers, usize) {
        let mut indexes: HashMap<i64, usize> = HashMap::new();
        let mut members = GroupMembers {
            people: Vec::new(),
            is_cut: walk.is_cut,
        };
        let mut steps = 0_usize;
        let paths = PathKeys::expand_inward(self.groups, walk);
        for (visit, path) in walk.visits.iter().zip(&paths) {
            let people = self.groups.people(visit.group);
            steps = steps.saturating_add(people.len());
            for principal in people {
                let index = *indexes.entry(*principal).or_insert_with(|| {
                    members.people.push((*principal, Membership::default()));
                    members.people.len().saturating_sub(1)
                });
                if let Some((_, membership)) = members.people.get_mut(index) {
                    membership.add(path);
                }
            }
        }
        (members, steps)
    }
}

/// The groups that one principal is in, by their indexes in [`GroupGraph`].
#[derive(Debug, Default)]
pub(crate) struct EnclosingGroups {
    pub(crate) sets: HashMap<usize, Membership>,
    /// True if there are paths that are not counted.
    pub(crate) is_cut: bool,
}

/// Returns the sets that a principal is in, and everyone if `is_listed`.
pub(crate) fn enclosing_groups(
    groups: &GroupGraph,
    principal: i64,
    is_listed: bool,
) -> EnclosingGroups {
    let most = u32::try_from(MOST_PATHS).unwrap_or(u32::MAX);
    let walk = groups.walk_outward(groups.of_principal(principal), most);
    let mut found = EnclosingGroups {
        sets: HashMap::new(),
        is_cut: walk.is_cut,
    };
    for visit in &walk.visits {
        let path = PathKeys::expand_outward(groups, &walk, *visit);
        found.sets.entry(visit.group).or_default().add(&path);
    }
    let all = groups.all().enumerate().filter(|_| is_listed);
    for (at, (resource, _)) in all.filter(|(at, _)| groups.is_everyone(*at)) {
        let path = PathKeys {
            len: 1,
            steps: [resource].into(),
        };
        found.sets.entry(at).or_default().add(&path);
    }
    found
}
