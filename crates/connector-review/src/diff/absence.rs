//! The meaning of an absence: a record that one of two syncs does not have was not there, or was
//! not read.

use super::snapshot::{Number, Snapshot, SnapshotGrant, SnapshotTexts};
use crate::{MissingScope, ScopeName};
use connector_types::ResourceId;

/// The outcome of a scope that was read whole.
const COMPLETE: &str = "complete";
/// The number of parents that are examined when a resource's own scope is missing.
const DEPTH: usize = 8;

/// Two syncs, and what only `here` has.
#[derive(Clone, Copy)]
pub(super) struct Absence<'a> {
    pub(super) here: &'a Snapshot,
    pub(super) there: &'a Snapshot,
    pub(super) words: &'a SnapshotTexts,
}

impl Absence<'_> {
    /// Returns the reason why the absence of a resource, which a list shows here, proves nothing;
    /// `None` if it was not there.
    pub(super) fn of_resource(self, number: Number) -> Option<MissingScope> {
        self.resource_within(number, DEPTH)
    }

    fn resource_within(self, number: Number, depth: usize) -> Option<MissingScope> {
        self.word_of(&self.list_of(number)?, depth)
    }

    /// Returns the same of a grant.
    pub(super) fn of_grant(self, grant: &SnapshotGrant) -> Option<MissingScope> {
        let (resource, _, principal) = grant.identity;
        let owners = self.grant_scopes(grant);
        let unread = owners.iter().find_map(|scope| self.word_of(scope, DEPTH));
        if unread.is_some() {
            return unread;
        }
        let first = owners.into_iter().next()?;
        let silent = self.there.silent.get(&resource).or_else(|| {
            // A list of principals states their grants: one without the principal states none of
            // them.
            let principal_id = self.words.resources.value(principal)?;
            let is_stated_by_principal = first.call == "list-resources"
                && (grant.scope.is_none() || first.resource_type == principal_id.resource_type)
                && !self.has_grants_call(resource);
            is_stated_by_principal.then(|| self.there.silent.get(&principal))?
        });
        silent.map(|(code, message)| MissingScope {
            scope: first,
            outcome: COMPLETE.to_owned(),
            notice: Some(code.clone()),
            message: Some(message.clone()),
        })
    }

    /// Returns the same of an entitlement.
    pub(super) fn of_entitlement(self, resource_type: &str) -> Option<MissingScope> {
        self.word_of(&ScopeName::entitlements_scope(resource_type), DEPTH)
    }

    /// Returns the list that shows a resource.
    fn list_of(self, number: Number) -> Option<ScopeName> {
        let record = self.here.resources.get(&number)?;
        let read_in = record.scope.and_then(|key| self.here.scope_names.get(&key));
        let id = self.words.resources.value(number)?;
        let derived = || ScopeName::list_scope(&id.resource_type, record.parent.clone());
        Some(read_in.cloned().unwrap_or_else(derived))
    }

    /// Returns the scopes that would show a grant: the one that did, where the store says so, else every one
    /// that can have.
    fn grant_scopes(self, grant: &SnapshotGrant) -> Vec<ScopeName> {
        let read_in = grant.scope.and_then(|key| self.here.scope_names.get(&key));
        if let Some(scope) = read_in {
            return vec![scope.clone()];
        }
        let (resource, _, principal) = grant.identity;
        let mut owners = Vec::new();
        if let Some(id) = self.words.resources.value(resource) {
            owners.push(ScopeName::grants_scope(id));
        }
        owners.extend(self.list_of(resource));
        if !self.has_grants_call(resource) {
            owners.extend(self.list_of(principal));
        }
        owners.retain(|scope| self.here.scopes.contains_key(scope));
        owners
    }

    /// Returns whether grants on the resource that name their principal are read by a call of their
    /// own.
    fn has_grants_call(self, resource: Number) -> bool {
        let record = self.here.resources.get(&resource);
        record.and_then(|one| one.fact_value("grants", self.words)) == Some("list-grants-required")
    }

    /// Returns the reason why the other sync's scope of this name proves nothing about what is not
    /// in it; `None` if it was read whole.
    fn word_of(self, scope: &ScopeName, depth: usize) -> Option<MissingScope> {
        if let Some(ended) = self.there.scopes.get(scope) {
            return (ended.outcome != COMPLETE).then(|| MissingScope {
                scope: scope.clone(),
                outcome: ended.outcome.clone(),
                notice: None,
                message: ended.message.clone(),
            });
        }
        let not_asked = || MissingScope {
            scope: scope.clone(),
            outcome: "not-asked".to_owned(),
            notice: None,
            message: None,
        };
        let at = scope.at().filter(|_| depth > 0);
        let Some(at) = at.and_then(|at| self.words.resources.find_number(&at)) else {
            return Some(not_asked());
        };
        if !self.there.lists_resource(at) {
            // It went, or stayed unread, together with what it is about.
            return if self.here.lists_resource(at) {
                self.resource_within(at, depth - 1)
            } else {
                Some(not_asked())
            };
        }
        // The other sync has the resource, and its lists state all grants on it.
        let record = self.there.resources.get(&at);
        let is_known_from_lists =
            record.and_then(|one| one.fact_value("grants", self.words)) == Some("complete");
        match (scope.id.is_some() && is_known_from_lists, self.id(at)) {
            (true, Some(id)) => {
                let parent = record.and_then(|one| one.parent.clone());
                self.word_of(&ScopeName::list_scope(&id.resource_type, parent), depth - 1)
            }
            _ => Some(not_asked()),
        }
    }

    fn id(&self, number: Number) -> Option<&ResourceId> {
        self.words.resources.value(number)
    }
}
