//! One consistent result from what the scopes read: every id and every triple once, and nothing
//! that refers to something that is not there.

use std::cmp::Ordering;
use std::collections::BTreeSet;

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

/// Unites scopes, which come in their order, and adds what they refer to.
pub(super) fn close(contents: Vec<Content>, notices: Vec<Notice>) -> Closed {
    let mut closed = Closed {
        notices,
        ..Closed::default()
    };
    for content in contents {
        closed.resources.extend(content.resources);
        closed.entitlements.extend(content.entitlements);
        closed.grants.extend(content.grants);
        closed.notices.extend(content.notices);
    }
    closed.unite();
    let unlisted = closed.unlisted();
    closed.mention(unlisted);
    let undescribed = closed.undescribed();
    closed.describe(undescribed);
    closed.unite();
    closed
}

impl Closed {
    /// Sorts, and keeps the first of what is the same. Sorting is stable: of two that are equally
    /// good, the one of the earlier scope comes first.
    fn unite(&mut self) {
        let better = |a: &Resource, b: &Resource| {
            let by_id = a.id.cmp(&b.id);
            by_id.then(a.evidence.cmp(&b.evidence))
        };
        self.resources.sort_by(better);
        self.resources.dedup_by(|later, first| later.id == first.id);
        self.entitlements.sort_by(|a, b| slug(a).cmp(&slug(b)));
        self.entitlements
            .dedup_by(|later, first| slug(later) == slug(first));
        self.grants.sort_by(|a, b| {
            let by_triple = triple(a).cmp(&triple(b));
            by_triple.then(a.implied_by.is_some().cmp(&b.implied_by.is_some()))
        });
        self.grants
            .dedup_by(|later, first| triple(later) == triple(first));
        self.notices.sort();
        self.notices.dedup();
    }

    /// What is referred to and has no record.
    fn unlisted(&self) -> BTreeSet<ResourceId> {
        let grants = self.grants.iter();
        let of_grants = grants.flat_map(|grant| [&grant.resource, &grant.principal]);
        let of_resources = self.resources.iter().flat_map(Resource::references);
        let all = of_grants.chain(of_resources);
        all.filter(|id| !self.has(id)).cloned().collect()
    }

    fn has(&self, id: &ResourceId) -> bool {
        let found = self.resources.binary_search_by(|known| known.id.cmp(id));
        found.is_ok()
    }

    fn mention(&mut self, unlisted: BTreeSet<ResourceId>) {
        for id in unlisted {
            self.notices.push(Notice {
                code: "unlisted".to_owned(),
                message: format!("{id} is referred to, and no list that was read has it."),
                about: Some(id.clone()),
                omits: false,
            });
            self.resources.push(Resource::mentioned(id));
        }
    }

    /// What grants name, by type and slug, and nothing describes.
    fn undescribed(&self) -> BTreeSet<(String, String)> {
        let named = self.grants.iter().flat_map(|grant| {
            let held = (&grant.resource.resource_type, &grant.entitlement);
            let expanded = grant.expands.iter();
            let expanded = expanded.map(|slug| (&grant.principal.resource_type, slug));
            std::iter::once(held).chain(expanded)
        });
        let unknown = named.filter(|(resource_type, slug)| !self.describes(resource_type, slug));
        unknown
            .map(|(resource_type, slug)| (resource_type.clone(), slug.clone()))
            .collect()
    }

    fn describes(&self, resource_type: &str, wanted: &str) -> bool {
        let order = |known: &Entitlement| -> Ordering { slug(known).cmp(&(resource_type, wanted)) };
        self.entitlements.binary_search_by(order).is_ok()
    }

    fn describe(&mut self, undescribed: BTreeSet<(String, String)>) {
        for (resource_type, slug) in undescribed {
            self.notices.push(Notice {
                code: "undescribed-entitlement".to_owned(),
                about: None,
                omits: false,
                message: format!(
                    "Grants name the entitlement {slug} on {resource_type}, which the connector does not describe."
                ),
            });
            let entitlement = Entitlement::undescribed(resource_type, slug);
            self.entitlements.push(entitlement);
        }
    }
}

fn slug(entitlement: &Entitlement) -> (&str, &str) {
    (&entitlement.resource_type, &entitlement.slug)
}

fn triple(grant: &Grant) -> (&ResourceId, &str, &ResourceId) {
    (&grant.resource, &grant.entitlement, &grant.principal)
}
