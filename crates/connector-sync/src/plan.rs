//! The scopes that are read and those that are not, decided before anything is sent.

use std::collections::{BTreeSet, HashMap};

use super::ledger::ListedResource;
use super::{SyncOptions, UsageError};
use connector_types::{Descriptor, GrantListing, ResourceType};

/// The types of a description, sorted into what a sync asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyncPlan {
    /// Types to list, level by level: each level's parents are in the one before.
    pub(super) levels: Vec<Vec<ResourceType>>,
    /// Types whose entitlements are read: the listed ones, and those that are reference-only.
    pub(super) described: Vec<String>,
    /// Types that could be listed and are not.
    pub(super) not_asked: Vec<String>,
    level_of: HashMap<String, usize>,
    /// Types that others lie under.
    parents: BTreeSet<String>,
    excluded: BTreeSet<String>,
    grants_on_request: BTreeSet<String>,
}

impl SyncPlan {
    /// Holds the options against the description.
    pub(super) fn new(
        descriptor: &Descriptor,
        options: &SyncOptions,
        has_credential: impl Fn(&str) -> bool,
    ) -> Result<Self, UsageError> {
        check_names(descriptor, options)?;
        let mut plan = Self {
            levels: Vec::new(),
            described: Vec::new(),
            not_asked: Vec::new(),
            level_of: HashMap::new(),
            parents: BTreeSet::new(),
            excluded: options.exclude.clone(),
            grants_on_request: BTreeSet::new(),
        };
        for resource_type in &descriptor.resource_types {
            let wanted = options
                .include
                .iter()
                .any(|one| one.resource_type == resource_type.id);
            if plan.place(resource_type, wanted, &has_credential)? {
                plan.described.push(resource_type.id.clone());
            } else {
                plan.not_asked.push(resource_type.id.clone());
            }
        }
        let on_request = options.include.iter().filter(|one| one.grants);
        plan.grants_on_request = on_request.map(|one| one.resource_type.clone()).collect();
        Ok(plan)
    }

    /// Puts a type into its level; `false` when it is not asked for.
    fn place(
        &mut self,
        resource_type: &ResourceType,
        wanted: bool,
        has_credential: &impl Fn(&str) -> bool,
    ) -> Result<bool, UsageError> {
        let id = &resource_type.id;
        if self.excluded.contains(id) {
            return Ok(false);
        }
        if resource_type.reference_only {
            return Ok(true);
        }
        if let Some(needs) = &resource_type.needs
            && !has_credential(needs)
        {
            let text = format!("{id} cannot be included: the credential {needs} is not set");
            return if wanted {
                Err(UsageError(text))
            } else {
                Ok(false)
            };
        }
        if resource_type.opt_in && !wanted {
            return Ok(false);
        }
        let level = match &resource_type.parent {
            None => Some(0),
            Some(parent) => self.level_of(parent).map(|level| level + 1),
        };
        match level {
            Some(level) => self.put(level, resource_type),
            None if wanted => {
                let parent = resource_type.parent.as_deref().unwrap_or_default();
                let text = format!("{id} cannot be included without {parent}, under which it lies");
                return Err(UsageError(text));
            }
            None => return Ok(false),
        }
        Ok(true)
    }

    fn put(&mut self, level: usize, resource_type: &ResourceType) {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, Vec::new());
        }
        if let Some(types) = self.levels.get_mut(level) {
            types.push(resource_type.clone());
        }
        self.level_of.insert(resource_type.id.clone(), level);
        self.parents.extend(resource_type.parent.clone());
    }

    fn level_of(&self, id: &str) -> Option<usize> {
        self.level_of.get(id).copied()
    }

    /// Returns whether a type is listed in a level before this one.
    pub(super) fn lists_before(&self, level: usize, id: &str) -> bool {
        self.level_of(id).is_some_and(|of| of < level)
    }

    /// Returns whether more is read because a list shows this resource.
    pub(super) fn reads_more_of(&self, listed: &ListedResource) -> bool {
        self.parents.contains(&*listed.id.resource_type) || self.reads_grants(listed)
    }

    /// Returns whether the grants on a resource are read by a call of their own.
    pub(super) fn reads_grants(&self, listed: &ListedResource) -> bool {
        let resource_type = &*listed.id.resource_type;
        match listed.grants {
            GrantListing::Complete => false,
            GrantListing::ListGrantsRequired => !self.excluded.contains(resource_type),
            GrantListing::ListGrantsOptional => self.grants_on_request.contains(resource_type),
        }
    }
}

fn check_names(descriptor: &Descriptor, options: &SyncOptions) -> Result<(), UsageError> {
    let included = options.include.iter().map(|one| &one.resource_type);
    for id in included.chain(&options.exclude) {
        if descriptor.resource_type(id).is_none() {
            let types = descriptor.resource_types.iter().map(|one| one.id.as_str());
            let known = types.collect::<Vec<_>>().join(", ");
            let name = &descriptor.name;
            let text = format!("{name} has no resource type {id:?}: it has {known}");
            return Err(UsageError(text));
        }
    }
    let both = |one: &&super::OptInRequest| options.exclude.contains(&one.resource_type);
    match options.include.iter().find(both) {
        Some(one) => {
            let text = format!("{} is both included and excluded", one.resource_type);
            Err(UsageError(text))
        }
        None => Ok(()),
    }
}
