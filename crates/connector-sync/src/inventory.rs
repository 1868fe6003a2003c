//! The result of a sync: its records, and its end without them.

use super::SyncFigures;
use super::summary::find_gaps;
use connector_types::{Entitlement, Grant, Notice, Resource, Run, Scope, Summary};

/// The records that a sync has read, each kind sorted by identity: the same for any timing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncInventory {
    /// Its first record.
    pub run: Run,
    /// Resources, by id.
    pub resources: Vec<Resource>,
    /// Entitlements, by type and slug.
    pub entitlements: Vec<Entitlement>,
    /// Grants, by resource, entitlement and principal.
    pub grants: Vec<Grant>,
    /// Notices, by code, subject and text.
    pub notices: Vec<Notice>,
    /// Scopes, by call, type and position.
    pub scopes: Vec<Scope>,
    /// The counts, and whether it is complete.
    pub summary: Summary,
}

/// The end of a sync: everything but its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncEnd {
    /// Its first record.
    pub run: Run,
    /// Scopes, by call, type and position.
    pub scopes: Vec<Scope>,
    /// The counts, and whether it is complete.
    pub summary: Summary,
    /// The figures of its records.
    pub figures: SyncFigures,
}

impl SyncEnd {
    /// Returns the end of a sync that is in memory.
    pub fn of(synced: &SyncInventory) -> Self {
        Self {
            run: synced.run.clone(),
            scopes: synced.scopes.clone(),
            summary: synced.summary.clone(),
            figures: SyncFigures::of(synced),
        }
    }

    /// Returns the scopes that keep the sync from being complete.
    pub fn gaps(&self) -> Vec<&Scope> {
        let owner = &self.run.tenant.credential_owner.resource_type;
        find_gaps(&self.scopes, &self.figures.referred_to(owner))
    }
}
