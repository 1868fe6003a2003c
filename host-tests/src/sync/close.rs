//! One consistent result from what the scopes read: every id and every triple once, and nothing
//! that refers to something that is not there.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::Content;
use crate::records::{Entitlement, Grant, Notice, Resource, ResourceId};

/// Everything that was read, each kind sorted by identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) resources: Vec<Resource>,
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) grants: Vec<Grant>,
    pub(super) notices: Vec<Notice>,
}

type Triple = (ResourceId, String, ResourceId);
type Slug = (String, String);

#[derive(Default)]
struct Union {
    resources: BTreeMap<ResourceId, Resource>,
    entitlements: BTreeMap<Slug, Entitlement>,
    grants: BTreeMap<Triple, Grant>,
    notices: BTreeSet<Notice>,
}

/// Unites scopes, which come in their order, and adds what they refer to.
pub(super) fn close(contents: Vec<Content>, notices: Vec<Notice>) -> Closed {
    let mut union = Union::default();
    union.notices.extend(notices);
    for content in contents {
        content
            .resources
            .into_iter()
            .for_each(|one| union.resource(one));
        let entitlements = content.entitlements.into_iter();
        entitlements.for_each(|one| union.entitlement(one));
        content.grants.into_iter().for_each(|one| union.grant(one));
        union.notices.extend(content.notices);
    }
    union.mention_the_unlisted();
    union.describe_the_undescribed();
    Closed {
        resources: union.resources.into_values().collect(),
        entitlements: union.entitlements.into_values().collect(),
        grants: union.grants.into_values().collect(),
        notices: union.notices.into_iter().collect(),
    }
}

impl Union {
    /// Listed beats mentioned; else the first scope wins.
    fn resource(&mut self, resource: Resource) {
        match self.resources.entry(resource.id.clone()) {
            Entry::Vacant(place) => {
                place.insert(resource);
            }
            Entry::Occupied(mut place) if resource.evidence < place.get().evidence => {
                place.insert(resource);
            }
            Entry::Occupied(_) => {}
        }
    }

    fn entitlement(&mut self, entitlement: Entitlement) {
        let slug = (entitlement.resource_type.clone(), entitlement.slug.clone());
        self.entitlements.entry(slug).or_insert(entitlement);
    }

    /// What the provider lists beats what follows from a rule; else the first scope wins.
    fn grant(&mut self, grant: Grant) {
        let triple = (
            grant.resource.clone(),
            grant.entitlement.clone(),
            grant.principal.clone(),
        );
        match self.grants.entry(triple) {
            Entry::Vacant(place) => {
                place.insert(grant);
            }
            Entry::Occupied(mut place)
                if grant.implied_by.is_none() && place.get().implied_by.is_some() =>
            {
                place.insert(grant);
            }
            Entry::Occupied(_) => {}
        }
    }

    fn mention_the_unlisted(&mut self) {
        let of_grants = self
            .grants
            .values()
            .flat_map(|grant| [&grant.resource, &grant.principal]);
        let of_resources = self.resources.values().flat_map(Resource::references);
        let unknown = |id: &&ResourceId| !self.resources.contains_key(id);
        let unlisted: BTreeSet<ResourceId> = of_grants
            .chain(of_resources)
            .filter(unknown)
            .cloned()
            .collect();
        for id in unlisted {
            self.notices.insert(Notice {
                code: "unlisted".to_owned(),
                message: format!("{id} is referred to, and no list that was read has it."),
                about: Some(id.clone()),
                omits: false,
            });
            self.resources.insert(id.clone(), Resource::mentioned(id));
        }
    }

    fn describe_the_undescribed(&mut self) {
        let named = self.grants.values().flat_map(|grant| {
            let held = (
                grant.resource.resource_type.clone(),
                grant.entitlement.clone(),
            );
            let expanded = grant.expands.clone();
            let expanded = expanded.map(|slug| (grant.principal.resource_type.clone(), slug));
            std::iter::once(held).chain(expanded)
        });
        let unknown = |slug: &Slug| !self.entitlements.contains_key(slug);
        let undescribed: BTreeSet<Slug> = named.filter(unknown).collect();
        for (resource_type, slug) in undescribed {
            self.notices.insert(Notice {
                code: "undescribed-entitlement".to_owned(),
                about: None,
                omits: false,
                message: format!(
                    "Grants name the entitlement {slug} on {resource_type}, which the connector does not describe."
                ),
            });
            let entitlement = Entitlement::undescribed(resource_type.clone(), slug.clone());
            self.entitlements.insert((resource_type, slug), entitlement);
        }
    }
}
