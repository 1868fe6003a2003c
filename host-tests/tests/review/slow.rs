//! A slow expansion of sets of people, written apart from the view `effective_access`: the oracle of
//! who can do what in the end.

use std::collections::{BTreeMap, BTreeSet};

use connector_host::records::{Details, Evidence, Grant, Purpose, ResourceId};
use connector_host::sync::SyncInventory;

/// Resource, entitlement, person, path, rule.
pub type Row = (ResourceId, String, ResourceId, String, Option<String>);

/// The slow expansion: for each set, once, every account in it with the sets on the path.
#[derive(Default)]
pub struct Slow {
    known: BTreeMap<(ResourceId, String), BTreeSet<(ResourceId, String)>>,
}

impl Slow {
    /// Every account behind every grant.
    pub fn rows(&mut self, synced: &SyncInventory) -> BTreeSet<Row> {
        let mut rows = BTreeSet::new();
        for one in &synced.grants {
            for (person, path) in self.behind(synced, one) {
                let rule = one.implied_by.as_ref().map(ToString::to_string);
                let held = (one.resource.clone(), one.entitlement.clone());
                rows.insert((held.0, held.1.to_string(), person, path, rule));
            }
        }
        rows
    }

    fn behind(&mut self, synced: &SyncInventory, one: &Grant) -> BTreeSet<(ResourceId, String)> {
        let people = match &one.expands {
            Some(slug) => {
                let key = (one.principal.clone(), slug.to_string());
                if !self.known.contains_key(&key) {
                    let found = within(synced, &key.0, &key.1, &[]);
                    self.known.insert(key.clone(), found);
                }
                let found = self.known[&key].clone();
                if found.is_empty() && is_permission(synced, one, slug) {
                    return BTreeSet::new();
                }
                found
            }
            None if one.principal.resource_type == "everyone" => {
                let listed = synced.resources.iter();
                let listed = listed.filter(|one| one.evidence == Evidence::Listed);
                let people = listed.filter(|one| matches!(one.details, Details::User(_)));
                people
                    .map(|person| (person.id.clone(), one.principal.to_string()))
                    .collect()
            }
            None => BTreeSet::new(),
        };
        if people.is_empty() {
            BTreeSet::from([(one.principal.clone(), "direct".to_owned())])
        } else {
            people
        }
    }
}

/// Returns whether a grant is passed on to those who can do something, and not to members: then nobody else holds it.
fn is_permission(synced: &SyncInventory, one: &Grant, slug: &str) -> bool {
    let mut entitlements = synced.entitlements.iter();
    entitlements.any(|entitlement| {
        entitlement.resource_type == *one.principal.resource_type
            && entitlement.slug == slug
            && matches!(
                entitlement.purpose,
                Purpose::Permission | Purpose::Ownership
            )
    })
}

fn within(
    synced: &SyncInventory,
    set: &ResourceId,
    slug: &str,
    outer: &[ResourceId],
) -> BTreeSet<(ResourceId, String)> {
    if outer.contains(set) {
        return BTreeSet::new();
    }
    let way = [outer, std::slice::from_ref(set)].concat();
    let path: Vec<String> = way.iter().map(ToString::to_string).collect();
    let mut people = BTreeSet::new();
    for one in &synced.grants {
        if one.resource == *set && one.entitlement == slug {
            match &one.expands {
                Some(slug) => people.extend(within(synced, &one.principal, slug, &way)),
                None => {
                    people.insert((one.principal.clone(), path.join(" > ")));
                }
            }
        }
    }
    people
}
