//! The grants of a page, joined to sets.

use super::PageBuilder;
use crate::model::{BorrowedText, GrantSet, ResourceId};

/// The number of sets that a grant is compared with: the records of a list take turns among few.
pub(super) const LATE_SETS: usize = 8;

impl PageBuilder {
    /// Adds a grant to the set that it belongs to, or makes one of it.
    pub fn grant(
        &mut self,
        resource: &ResourceId,
        entitlement: impl Into<BorrowedText>,
        principal: &ResourceId,
        expands: Option<&'static str>,
        implied_by: Option<&'static str>,
    ) {
        self.add_grant(
            resource,
            entitlement.into(),
            principal,
            (implied_by, expands),
        );
    }

    fn add_grant(
        &mut self,
        resource: &ResourceId,
        entitlement: BorrowedText,
        principal: &ResourceId,
        (implied_by, expands): (Option<&'static str>, Option<&'static str>),
    ) {
        let (entitlements, of) = ([entitlement], principal.resource_type);
        let late =
            self.late_set(|known| known.admits(resource, &entitlements, of, (implied_by, expands)));
        let index = late.unwrap_or_else(|| {
            self.push_set(GrantSet {
                resource: resource.clone(),
                entitlements: entitlements.into(),
                principal_type: of,
                principal_ids: Vec::with_capacity(1),
                implied_by,
                expands,
            });
            self.page.grants.len() - 1
        });
        if let Some(set) = self.page.grants.get_mut(index) {
            self.stated.add(index, set, &principal.id);
            set.principal_ids.push(principal.id.clone());
        }
    }

    /// Adds the grants of a set, which is joined to a late one that differs in its principals alone.
    pub fn grant_set(&mut self, mut set: GrantSet) {
        self.stated.add_set(&set);
        let (of, rules) = (set.principal_type, (set.implied_by, set.expands));
        let late = self.late_set(|known| known.admits(&set.resource, &set.entitlements, of, rules));
        match late.and_then(|index| self.page.grants.get_mut(index)) {
            Some(known) => known.principal_ids.append(&mut set.principal_ids),
            None if set.principal_ids.is_empty() => {}
            None => self.push_set(set),
        }
    }

    /// Adds a set. Most lists have about one for each resource: where there is no room, it is made for as many as
    /// are expected.
    fn push_set(&mut self, set: GrantSet) {
        let (sets, resources) = (&mut self.page.grants, &self.page.resources);
        let count = sets.len();
        if count == sets.capacity() {
            let expected = resources.capacity() - resources.len();
            sets.reserve_exact(expected.clamp(count / 2, count) + 4);
        }
        sets.push(set);
    }

    /// Returns the index of a set among the late ones: of the one after that which was found before, if it fits.
    fn late_set(&mut self, fits: impl Fn(&GrantSet) -> bool) -> Option<usize> {
        let sets = &self.page.grants;
        let late = sets.len().saturating_sub(LATE_SETS)..sets.len();
        let next = if late.contains(&self.next_set) {
            self.next_set
        } else {
            late.start
        };
        let mut indexes = std::iter::once(next).chain(late.rev());
        let index = indexes.find(|index| sets.get(*index).is_some_and(&fits))?;
        self.next_set = index + 1;
        Some(index)
    }
}
