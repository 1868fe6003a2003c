//! The grants of a page, joined to sets.

use super::PageBuilder;
use crate::model::{BorrowedText, GrantSet, ResourceId};

/// The number of sets that a grant is compared with: the records of a list take turns among few.
const LATE_SETS: usize = 8;

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
        self.stated.add(resource, &entitlement, &principal.id);
        let (entitlements, of) = ([entitlement], principal.resource_type);
        let late =
            self.late_set(|known| known.admits(resource, &entitlements, of, (implied_by, expands)));
        match late {
            Some(known) => known.principal_ids.push(principal.id.clone()),
            None => self.page.grants.push(GrantSet {
                resource: resource.clone(),
                entitlements: entitlements.into(),
                principal_type: of,
                principal_ids: vec![principal.id.clone()],
                implied_by,
                expands,
            }),
        }
    }

    /// Adds the grants of a set, which is joined to a late one that differs in its principals alone.
    pub fn grant_set(&mut self, mut set: GrantSet) {
        self.stated.add_set(&set);
        let (of, rules) = (set.principal_type, (set.implied_by, set.expands));
        let late = self.late_set(|known| known.admits(&set.resource, &set.entitlements, of, rules));
        match late {
            Some(known) => known.principal_ids.append(&mut set.principal_ids),
            None if set.principal_ids.is_empty() => {}
            None => self.page.grants.push(set),
        }
    }

    /// Finds a set among the late ones: the one after that which was found before, if it fits.
    fn late_set(&mut self, fits: impl Fn(&GrantSet) -> bool) -> Option<&mut GrantSet> {
        let sets = &mut self.page.grants;
        let late = sets.len().saturating_sub(LATE_SETS)..sets.len();
        let next = Some(self.next_set).filter(|next| late.contains(next));
        let mut places = next.into_iter().chain(late.rev());
        let place = places.find(|place| sets.get(*place).is_some_and(&fits))?;
        self.next_set = place + 1;
        sets.get_mut(place)
    }
}
