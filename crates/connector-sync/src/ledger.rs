//! The progress of a sync: its scopes, and what their lists name that is still to be read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::plan::SyncPlan;
use connector_types::{GrantListing, Operation, ResourceId, Texts};

/// The identity of a scope within a sync. Sorts in the order in which a sync without concurrency
/// would read the scopes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey {
    /// The call.
    pub call: Operation,
    /// The type's index in the manifest.
    pub type_order: usize,
    /// The type that is listed or whose resource is read.
    pub resource_type: String,
    /// The parent of a list, or the resource whose grants are read.
    pub at: Option<ResourceId>,
}

impl ScopeKey {
    /// Returns the scope as the audit trail names it. An id that could be a person's name or
    /// address is left out.
    pub(super) fn label(&self) -> String {
        let (call, resource_type) = (self.call.name(), &self.resource_type);
        match self.at.as_ref().map(|at| &at.id) {
            None => format!("{call} {resource_type}"),
            Some(id) if is_impersonal(id) => format!("{call} {resource_type} {id}"),
            Some(_) => format!("{call} {resource_type} …"),
        }
    }
}

/// Returns whether an id is a plain token: no address, no text.
fn is_impersonal(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
    id.len() <= 128 && id.bytes().all(plain) && id.bytes().any(|byte| byte.is_ascii_digit())
}

/// A resource that a list shows, as far as the sync reads more because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedResource {
    /// Its identity.
    pub id: ResourceId,
    /// The calls that read the grants on it.
    pub grants: GrantListing,
}

/// The resources that one scope has listed.
#[derive(Debug, Default)]
struct ListedResources {
    /// The resources of which more is read.
    needed: Vec<ListedResource>,
    /// Digests of the ids of all others: of two records of one id the first one decides.
    others: HashSet<u64>,
}

/// The progress of a sync: what its lists name that more is read of, and the scopes that have ended.
/// The records belong to the checkpoint store.
#[derive(Debug)]
pub(super) struct Ledger {
    plan: Arc<SyncPlan>,
    listed: BTreeMap<ScopeKey, ListedResources>,
    /// Makes the digests of ids, which take less memory than these.
    hasher: RandomState,
    ended: HashSet<ScopeKey>,
    texts: Texts,
}

impl Ledger {
    pub(super) fn new(plan: Arc<SyncPlan>) -> Self {
        Self {
            plan,
            listed: BTreeMap::new(),
            hasher: RandomState::new(),
            ended: HashSet::new(),
            texts: Texts::default(),
        }
    }

    /// Takes note of what a page of a scope lists.
    pub(super) fn add(&mut self, key: &ScopeKey, listed: impl IntoIterator<Item = ListedResource>) {
        if key.call != Operation::ListResources {
            return;
        }
        let known = self.listed.entry(key.clone()).or_default();
        for mut one in listed {
            let digest = self.hasher.hash_one(&one.id);
            if !self.plan.reads_more_of(&one) {
                known.others.insert(digest);
            } else if !known.others.contains(&digest) {
                self.texts.share_type(&mut one.id);
                known.needed.push(one);
            }
        }
    }

    /// Forgets what a scope has read, because its list begins again.
    pub(super) fn restart(&mut self, key: &ScopeKey) {
        self.listed.remove(key);
    }

    /// Returns the list of each resource with further scopes: the first list that has it.
    pub(super) fn listed_by(&self) -> HashMap<&ResourceId, &ScopeKey> {
        let mut lists = HashMap::new();
        for (key, listed) in &self.listed {
            for one in &listed.needed {
                lists.entry(&one.id).or_insert(key);
            }
        }
        lists
    }

    /// Takes note that a scope has ended.
    pub(super) fn end(&mut self, key: ScopeKey) {
        self.ended.insert(key);
    }

    /// Returns whether a scope has ended.
    pub(super) fn has_ended(&self, key: &ScopeKey) -> bool {
        self.ended.contains(key)
    }

    /// Returns the resources that these scopes have listed so far, each id once, sorted by id.
    pub(super) fn listed(&self, of: impl Fn(&ScopeKey) -> bool) -> Vec<&ListedResource> {
        let mut by_id = BTreeMap::new();
        let mut before: HashSet<u64> = HashSet::new();
        for (_, listed) in self.listed.iter().filter(|(key, _)| of(key)) {
            for one in &listed.needed {
                let digest = self.hasher.hash_one(&one.id);
                if !before.contains(&digest) {
                    by_id.entry(&one.id).or_insert(one);
                }
            }
            before.extend(&listed.others);
        }
        by_id.into_values().collect()
    }
}
