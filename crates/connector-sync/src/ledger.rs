//! What was read, kept by the scope that read it: only a scope that was read to its end may later
//! say that something is gone.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use connector_types::{
    Call, Entitlement, Evidence, Grant, Notice, Page, Resource, ResourceId, Scope, Texts,
};

/// Names one walk. Sorts in the order in which a sync without concurrency would make the walks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey {
    /// The call.
    pub call: Call,
    /// The type's place in the description.
    pub type_order: usize,
    /// The type that is listed or whose resource is read.
    pub resource_type: String,
    /// The parent of a list, or the resource whose grants are read.
    pub at: Option<ResourceId>,
}

impl ScopeKey {
    /// The scope in the audit trail. An id that could be somebody's name or address is left out.
    pub(super) fn label(&self) -> String {
        let (call, resource_type) = (self.call.name(), &self.resource_type);
        match self.at.as_ref().map(|at| &at.id) {
            None => format!("{call} {resource_type}"),
            Some(id) if is_impersonal(id) => format!("{call} {resource_type} {id}"),
            Some(_) => format!("{call} {resource_type} …"),
        }
    }
}

/// Whether an id is a plain token: no address, no words.
fn is_impersonal(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
    id.len() <= 128 && id.bytes().all(plain) && id.bytes().any(|byte| byte.is_ascii_digit())
}

/// Everything that one scope has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Resources, in the order of the pages.
    pub resources: Vec<Resource>,
    /// Entitlements.
    pub entitlements: Vec<Entitlement>,
    /// Grants.
    pub grants: Vec<Grant>,
    /// Notices.
    pub notices: Vec<Notice>,
    /// Where each page ends.
    pub(super) pages: Vec<PageEnd>,
}

/// The end of a page among what its scope has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageEnd {
    /// The page's number, from 1.
    pub(super) number: NonZeroU32,
    /// How many resources there are up to here.
    pub(super) resources: usize,
    /// How many grants there are up to here.
    pub(super) grants: usize,
}

impl Content {
    fn add(&mut self, number: NonZeroU32, page: Page) {
        self.resources.extend(page.resources);
        self.entitlements.extend(page.entitlements);
        self.grants.extend(page.grants);
        self.notices.extend(page.notices);
        self.pages.push(PageEnd {
            number,
            resources: self.resources.len(),
            grants: self.grants.len(),
        });
    }
}

/// What a record takes at least, in bytes.
const RECORD: usize = 128;

/// What a sync has read so far.
#[derive(Debug, Default)]
pub struct Ledger {
    contents: BTreeMap<ScopeKey, Content>,
    scopes: BTreeMap<ScopeKey, Scope>,
    texts: Texts,
}

impl Ledger {
    /// Adds a page to its scope, by its number in the walk, from 1.
    pub fn page(&mut self, key: &ScopeKey, number: NonZeroU32, mut page: Page) {
        self.texts.share(&mut page);
        let content = self.contents.entry(key.clone()).or_default();
        content.add(number, page);
    }

    /// Forgets what a scope has read, because its list begins again.
    pub fn restart(&mut self, key: &ScopeKey) {
        self.contents.remove(key);
    }

    /// Takes note of how a scope ended.
    pub fn end(&mut self, key: ScopeKey, scope: Scope) {
        self.scopes.insert(key, scope);
    }

    /// Whether a scope has ended.
    pub fn has_ended(&self, key: &ScopeKey) -> bool {
        self.scopes.contains_key(key)
    }

    /// Returns roughly how much was read, in bytes: the host works as long on all of it.
    pub(super) fn weight(&self) -> usize {
        let count = |content: &Content| content.resources.len() + content.grants.len();
        let records: usize = self.contents.values().map(count).sum();
        records.saturating_mul(RECORD)
    }

    /// The resources that these scopes have listed so far, each id once, sorted by id.
    pub fn listed(&self, of: impl Fn(&ScopeKey) -> bool) -> Vec<&Resource> {
        let contents = self.contents.iter().filter(|(key, _)| of(key));
        let all = contents.flat_map(|(_, content)| &content.resources);
        let listed = all.filter(|resource| resource.evidence == Evidence::Listed);
        let mut by_id = BTreeMap::new();
        for resource in listed {
            by_id.entry(&resource.id).or_insert(resource);
        }
        by_id.into_values().collect()
    }

    /// What was read, in the order of the scopes, each part with the place of its scope among the
    /// scopes, which are sorted by identity.
    pub fn into_parts(self) -> (Vec<(usize, Content)>, Vec<Scope>) {
        let mut scopes: Vec<_> = self.scopes.into_iter().collect();
        scopes.sort_by(|(_, a), (_, b)| a.identity().cmp(&b.identity()));
        let (keys, scopes): (Vec<_>, Vec<_>) = scopes.into_iter().unzip();
        let places = keys.into_iter().enumerate();
        let places: BTreeMap<_, _> = places.map(|(place, key)| (key, place)).collect();
        let contents = self.contents.into_iter();
        let contents = contents.map(|(key, content)| {
            let place = places.get(&key).copied();
            (place.unwrap_or(usize::MAX), content)
        });
        (contents.collect(), scopes)
    }
}
