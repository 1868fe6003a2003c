//! Who is behind each set of people: a group, a team, everyone.

use std::collections::{BTreeMap, BTreeSet};

use super::path::join_path;
use connector_types::{Details, EVERYONE, Evidence, Grant, Resource, ResourceId, Text};

/// A person behind a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member<'a> {
    /// The group, the team, everyone.
    pub(super) set: &'a ResourceId,
    /// What the person holds on it; empty for everyone.
    pub(super) slug: &'a str,
    /// Who it is.
    pub(super) person: &'a ResourceId,
    /// The sets between, the outermost first, as [`join_path`] writes them.
    pub(super) path: Text,
}

/// A set is a principal whose grants are passed on to the holders of a slug.
type Set<'a> = (&'a ResourceId, &'a str);

/// A holder of a set's slug, and the slug through which the holder passes it on in turn.
type Holder<'a> = (&'a ResourceId, Option<&'a str>);

/// Everybody behind every set that grants name, once for each path. A set within itself is not
/// entered again.
pub(super) fn members<'a>(resources: &'a [Resource], grants: &'a [Grant]) -> Vec<Member<'a>> {
    let mut sets: BTreeSet<Set<'_>> = BTreeSet::new();
    let mut holders: BTreeMap<Set<'_>, Vec<Holder<'_>>> = BTreeMap::new();
    for grant in grants {
        if let Some(slug) = &grant.expands {
            sets.insert((&grant.principal, slug));
        } else if grant.principal.resource_type == EVERYONE {
            sets.insert((&grant.principal, ""));
        }
    }
    for grant in grants {
        let set = (&grant.resource, &*grant.entitlement);
        if sets.contains(&set) {
            let holder = (&grant.principal, grant.expands.as_deref());
            holders.entry(set).or_default().push(holder);
        }
    }
    let everybody = everybody(resources);
    let mut found = Vec::new();
    for set in sets {
        if set.1.is_empty() {
            let path: Text = join_path(&[set.0]).into();
            found.extend(everybody.iter().map(|person| Member {
                set: set.0,
                slug: "",
                person,
                path: path.clone(),
            }));
        } else {
            let mut way = Vec::new();
            enter(set, set, &holders, &mut way, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

fn enter<'a>(
    outermost: Set<'a>,
    set: Set<'a>,
    holders: &BTreeMap<Set<'a>, Vec<Holder<'a>>>,
    way: &mut Vec<&'a ResourceId>,
    found: &mut Vec<Member<'a>>,
) {
    if way.contains(&set.0) {
        return;
    }
    way.push(set.0);
    let path: Text = join_path(way).into();
    for (holder, expands) in holders.get(&set).into_iter().flatten() {
        match expands {
            Some(slug) => enter(outermost, (holder, slug), holders, way, found),
            None => found.push(Member {
                set: outermost.0,
                slug: outermost.1,
                person: holder,
                path: path.clone(),
            }),
        }
    }
    way.pop();
}

/// Every account that a list shows.
fn everybody(resources: &[Resource]) -> Vec<&ResourceId> {
    let accounts = resources
        .iter()
        .filter(|one| matches!(one.details, Details::User(_)) && one.evidence == Evidence::Listed);
    accounts.map(|one| &one.id).collect()
}
