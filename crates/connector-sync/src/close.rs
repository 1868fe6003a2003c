//! One consistent result from what the scopes read: every id and every grant once, and no reference
//! to a missing record.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroU32;

use super::conflict::Conflict;
use super::memory::ScopeContent;
use super::{RecordOrigin, ScopeOrigins};
use connector_types::{
    Details, Entitlement, Evidence, Grant, Impact, Notice, Resource, ResourceId, Text,
};

/// Everything that was read, each kind sorted by identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SortedRecords {
    pub(super) resources: Vec<Resource>,
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) grants: Vec<Grant>,
    pub(super) notices: Vec<Notice>,
    pub(super) origins: ScopeOrigins,
    /// Indexes of the scopes of which a record is left out.
    pub(super) omitting: BTreeSet<usize>,
}

/// Unites scopes, which come in their order, each with its index in the result, and adds the
/// records that they refer to.
pub(super) fn close(contents: Vec<(usize, ScopeContent)>, notices: Vec<Notice>) -> SortedRecords {
    let mut union = Union::with_room_for(&contents, notices);
    for (scope, content) in contents {
        union.add(scope, content);
    }
    union.remove_duplicates();
    let unlisted = union.unlisted();
    union.add_references(unlisted);
    let undescribed = union.undescribed();
    union.describe(undescribed);
    union.sort_additions();
    let (resources, of_resources) = split_origins(union.resources);
    let (grants, of_grants) = split_origins(union.grants);
    SortedRecords {
        resources,
        entitlements: union.entitlements,
        grants,
        notices: union.notices,
        omitting: union.omitting,
        origins: ScopeOrigins {
            resources: of_resources,
            grants: of_grants,
        },
    }
}

/// A record, and where it was read.
type ScopedRecord<T> = (T, Option<RecordOrigin>);

/// The records that are being united.
#[derive(Default)]
struct Union {
    resources: Vec<ScopedRecord<Resource>>,
    entitlements: Vec<Entitlement>,
    grants: Vec<ScopedRecord<Grant>>,
    notices: Vec<Notice>,
    omitting: BTreeSet<usize>,
}

/// Records and origins apart. The records stay where they are in memory, for there may be very many.
fn split_origins<T>(all: Vec<ScopedRecord<T>>) -> (Vec<T>, Vec<Option<RecordOrigin>>) {
    let origins = all.iter().map(|(_, origin)| *origin).collect();
    (all.into_iter().map(|(record, _)| record).collect(), origins)
}

/// Returns the origin of each record of a scope: `ends` says how many there are up to the end of a page.
fn origins(
    scope: usize,
    ends: impl Iterator<Item = (NonZeroU32, usize)>,
) -> impl Iterator<Item = Option<RecordOrigin>> {
    let scope = u32::try_from(scope).unwrap_or(u32::MAX);
    let mut before = 0;
    ends.flat_map(move |(page, end)| {
        let count = end.saturating_sub(before);
        before = end;
        std::iter::repeat_n(Some(RecordOrigin { scope, page }), count)
    })
}

impl Union {
    /// Reserves memory once: each earlier allocation of a growing list would stay as a hole.
    fn with_room_for(contents: &[(usize, ScopeContent)], notices: Vec<Notice>) -> Self {
        let sum =
            |count: fn(&ScopeContent) -> usize| contents.iter().map(|(_, one)| count(one)).sum();
        Self {
            resources: Vec::with_capacity(sum(|one| one.resources.len())),
            grants: Vec::with_capacity(sum(|one| one.grants.len())),
            entitlements: Vec::new(),
            notices,
            omitting: BTreeSet::new(),
        }
    }

    fn add(&mut self, scope: usize, content: ScopeContent) {
        let pages = &content.pages;
        let ends = pages.iter().map(|page| (page.number, page.resources));
        let read = content.resources.into_iter().zip(origins(scope, ends));
        self.resources.extend(read);
        let ends = pages.iter().map(|page| (page.number, page.grants));
        let read = content.grants.into_iter().zip(origins(scope, ends));
        let before = self.grants.len();
        self.grants.extend(read);
        // Scopes come in about the order of their resources: what is sorted within each is nearly
        // sorted as a whole.
        if let Some(added) = self.grants.get_mut(before..) {
            added.sort_by(|(a, _), (b, _)| compare_grants(a, b));
        }
        self.entitlements.extend(content.entitlements);
        self.notices.extend(content.notices);
    }

    /// Sorts, and keeps the first of what is the same. Sorting is stable: of two that are equally
    /// good, the one of the earlier scope comes first.
    fn remove_duplicates(&mut self) {
        self.resources.sort_by(|(a, _), (b, _)| {
            let by_id = a.id.cmp(&b.id);
            by_id.then(a.evidence.cmp(&b.evidence))
        });
        let mut conflicts = Vec::new();
        self.resources.dedup_by(|later, first| {
            let is_same = later.0.id == first.0.id;
            conflicts.extend(is_same.then(|| Conflict::between(first, later)).flatten());
            is_same
        });
        self.resolve_conflicts(&conflicts);
        self.entitlements.sort_by(|a, b| slug(a).cmp(&slug(b)));
        self.entitlements
            .dedup_by(|later, first| slug(later) == slug(first));
        self.grants.sort_by(|(a, _), (b, _)| compare_grants(a, b));
        self.grants
            .dedup_by(|(later, _), (first, _)| compare_identities(later, first).is_eq());
        self.notices.sort();
        self.notices.dedup();
    }

    /// Sorts the records that were added for references: each is new.
    fn sort_additions(&mut self) {
        self.resources.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        self.entitlements.sort_by(|a, b| slug(a).cmp(&slug(b)));
        self.notices.sort();
        self.notices.dedup();
    }

    /// Leaves out what follows from records that are left out, and says so.
    fn resolve_conflicts(&mut self, conflicts: &[Conflict]) {
        let left_out: HashSet<_> = conflicts.iter().filter_map(Conflict::takes_along).collect();
        if !left_out.is_empty() {
            let mut principals = HashSet::new();
            self.grants.retain(|(grant, origin)| {
                let follows =
                    grant.implied_by.is_some() && left_out.contains(&(&grant.resource, *origin));
                if follows {
                    principals.insert(grant.principal.clone());
                }
                !follows
            });
            self.drop_unreferenced(principals);
        }
        for conflict in conflicts {
            self.notices.extend(conflict.notices());
            let scope = conflict.origin.map(|origin| origin.scope);
            self.omitting
                .extend(scope.and_then(|scope| usize::try_from(scope).ok()));
        }
    }

    /// Leaves out those of these principals that are only referenced, and by nothing that is left.
    fn drop_unreferenced(&mut self, mut principals: HashSet<ResourceId>) {
        for id in self.references() {
            principals.remove(id);
        }
        self.resources.retain(|(resource, _)| {
            resource.evidence == Evidence::Listed || !principals.contains(&resource.id)
        });
    }

    /// Returns everything that grants and records refer to.
    fn references(&self) -> impl Iterator<Item = &ResourceId> {
        let grants = self.grants.iter();
        let of_grants = grants.flat_map(|(grant, _)| [&grant.resource, &grant.principal]);
        let resources = self.resources.iter();
        of_grants.chain(resources.flat_map(|(resource, _)| resource.references()))
    }

    /// Returns the resources that are referenced and have no record.
    fn unlisted(&self) -> BTreeSet<ResourceId> {
        let known: HashSet<_> = self.resources.iter().map(|(known, _)| &known.id).collect();
        let mut seen = SeenTexts::default();
        let all = self.references();
        let once = all.filter(|id| seen.insert(&id.resource_type, &id.id));
        once.filter(|id| !known.contains(id)).cloned().collect()
    }

    /// Gives a record to each. One that passes grants on is a set of accounts.
    fn add_references(&mut self, unlisted: BTreeSet<ResourceId>) {
        let grants = self.grants.iter();
        let passing_on = grants.filter(|(grant, _)| grant.expands.is_some());
        let sets = passing_on.map(|(grant, _)| &grant.principal);
        let sets: HashSet<_> = sets.filter(|id| unlisted.contains(id)).cloned().collect();
        for id in unlisted {
            self.notices.push(unlisted_notice(&id));
            let details = if sets.contains(&id) {
                Details::Group
            } else {
                Details::Other
            };
            let reference = Resource {
                details,
                ..Resource::referenced(id)
            };
            self.resources.push((reference, None));
        }
    }

    /// Returns the entitlements, by type and slug, that grants name and nothing describes.
    fn undescribed(&self) -> BTreeSet<(Text, Text)> {
        let named = self.grants.iter().flat_map(|(grant, _)| {
            let own = (&grant.resource.resource_type, &grant.entitlement);
            let expanded = grant.expands.iter();
            let expanded = expanded.map(|slug| (&grant.principal.resource_type, slug));
            std::iter::once(own).chain(expanded)
        });
        let mut seen = SeenTexts::default();
        let once = named.filter(|(resource_type, slug)| seen.insert(resource_type, slug));
        let unknown = once.filter(|(resource_type, slug)| !self.describes(resource_type, slug));
        unknown
            .map(|(resource_type, slug)| (resource_type.clone(), slug.clone()))
            .collect()
    }

    fn describes(&self, resource_type: &str, wanted: &str) -> bool {
        let order = |known: &Entitlement| -> Ordering { slug(known).cmp(&(resource_type, wanted)) };
        self.entitlements.binary_search_by(order).is_ok()
    }

    fn describe(&mut self, undescribed: BTreeSet<(Text, Text)>) {
        for (resource_type, slug) in undescribed {
            self.notices.push(undescribed_notice(&resource_type, &slug));
            let entitlement = Entitlement::undescribed(resource_type.to_string(), slug.to_string());
            self.entitlements.push(entitlement);
        }
    }
}

/// Returns the notice of a resource that something refers to and nothing lists.
pub fn unlisted_notice(id: &ResourceId) -> Notice {
    Notice {
        code: "unlisted".to_owned(),
        message: format!("{id} is referenced, and no list that was read has it."),
        about: Some(id.clone()),
        impact: Impact::None,
    }
}

/// Returns the notice of an entitlement that grants name and nothing describes.
pub fn undescribed_notice(resource_type: &str, slug: &str) -> Notice {
    Notice {
        code: "undescribed-entitlement".to_owned(),
        about: None,
        impact: Impact::None,
        message: format!(
            "Grants name the entitlement {slug} on {resource_type}, which the connector does not describe."
        ),
    }
}

fn slug(entitlement: &Entitlement) -> (&str, &str) {
    (&entitlement.resource_type, &entitlement.slug)
}

/// Orders grants by their identity; of one identity, one that a page states comes before one that
/// follows from a rule.
fn compare_grants(a: &Grant, b: &Grant) -> Ordering {
    let implied = |grant: &Grant| grant.implied_by.is_some();
    compare_identities(a, b).then_with(|| implied(a).cmp(&implied(b)))
}

fn compare_identities(a: &Grant, b: &Grant) -> Ordering {
    compare_ids(&a.resource, &b.resource)
        .then_with(|| compare_texts(&a.entitlement, &b.entitlement))
        .then_with(|| compare_ids(&a.principal, &b.principal))
}

fn compare_ids(a: &ResourceId, b: &ResourceId) -> Ordering {
    compare_texts(&a.resource_type, &b.resource_type).then_with(|| compare_texts(&a.id, &b.id))
}

/// Orders texts, without a look at those that are one.
fn compare_texts(a: &Text, b: &Text) -> Ordering {
    if Text::ptr_eq(a, b) {
        Ordering::Equal
    } else {
        a.cmp(b)
    }
}

/// The pairs of texts that were seen, by the addresses of the texts. Grants share theirs, so that few
/// of very many references are left of which the texts are hashed.
#[derive(Default)]
struct SeenTexts(HashSet<[*const u8; 2]>);

impl SeenTexts {
    /// Adds a pair. Returns whether it was not seen.
    fn insert(&mut self, one: &Text, other: &Text) -> bool {
        self.0.insert([one.as_ptr(), other.as_ptr()])
    }
}
