//! Compares the grants of two records with one id.

use super::grant_sets::LATE_SETS;
use crate::model::GrantSet;
use crate::unique::remove_repeated;

/// A digest of the grants that each record of a page states, in any order.
#[derive(Default)]
pub(super) struct StatedGrants {
    /// The digest of the item that is read now; `None` between items.
    open: Option<u64>,
    /// One digest for each resource of the page; those at the end that are missing state no grant.
    digests: Vec<u64>,
    /// Digests of late sets without their principals, each with the index of its set.
    set_digests: [(Option<usize>, u64); LATE_SETS],
}

/// Returns the digest of a set without its principals, for one of its entitlements.
fn digest_of(set: &GrantSet, entitlement: &str) -> u64 {
    extend_digest(extend_digest(0, &set.resource.id), entitlement)
}

impl StatedGrants {
    /// Begins an item that is a record of its own.
    pub(super) fn begin(&mut self) {
        self.open = Some(0);
    }

    /// Adds a grant of the item, which belongs to the set at this index: one of a single entitlement.
    pub(super) fn add(&mut self, index: usize, set: &GrantSet, principal: &str) {
        let (Some(digest), Some(known)) =
            (&mut self.open, self.set_digests.get_mut(index % LATE_SETS))
        else {
            return;
        };
        if known.0 != Some(index) {
            let entitlement = set.entitlements.first().map_or("", |slug| slug);
            *known = (Some(index), digest_of(set, entitlement));
        }
        *digest = digest.wrapping_add(extend_digest(known.1, principal));
    }

    /// Adds the grants of a set.
    pub(super) fn add_set(&mut self, set: &GrantSet) {
        let Some(digest) = &mut self.open else {
            return;
        };
        for entitlement in &set.entitlements {
            let set_digest = digest_of(set, entitlement);
            for principal in &set.principal_ids {
                *digest = digest.wrapping_add(extend_digest(set_digest, principal));
            }
        }
    }

    /// Ends an item, after which the page has so many resources. The digest belongs to the last.
    pub(super) fn end(&mut self, resources: usize) {
        let digest = self.open.take().unwrap_or_default();
        if resources > self.digests.len() {
            self.digests.resize(resources - 1, 0);
            self.digests.push(digest);
        }
    }

    /// Returns whether the records at these places state different grants.
    pub(super) fn differ(&self, first: usize, later: usize) -> bool {
        let digest = |place: usize| self.digests.get(place).copied().unwrap_or_default();
        digest(first) != digest(later)
    }

    /// Leaves out the records that are repeated.
    pub(super) fn remove_repeated(&mut self, again: &[(usize, usize)]) {
        remove_repeated(&mut self.digests, again);
    }
}

/// Extends a digest by a text and its length.
fn extend_digest(digest: u64, text: &str) -> u64 {
    let mix =
        |digest: u64, word: u64| (digest.rotate_left(5) ^ word).wrapping_mul(0xf135_7aea_2e62_a9c5);
    let (words, rest) = text.as_bytes().as_chunks();
    let mut digest = mix(digest, text.len() as u64);
    for word in words {
        digest = mix(digest, u64::from_le_bytes(*word));
    }
    let last = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    mix(digest, last)
}
