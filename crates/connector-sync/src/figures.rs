//! The figures of a sync: what there is, without the records.

use std::collections::{BTreeMap, HashSet};

use super::Synced;
use connector_types::{Evidence, Grant, Notice, Resource, ResourceId, Text};

/// The figures of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncFigures {
    /// Resources that are listed and that are only referenced, by type.
    pub resources: BTreeMap<Text, (u64, u64)>,
    /// Grants by the type that they are on and by entitlement.
    pub grants: BTreeMap<(Text, Text), GrantFigures>,
    /// The number of notices of a code, and the first one's text.
    pub notices: BTreeMap<String, (u64, String)>,
    /// Accounts that have an address, where they are of several types: those of one person are joined.
    pub accounts: Vec<(ResourceId, String)>,
}

/// The figures of the grants of one entitlement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantFigures {
    /// All of them.
    pub all: u64,
    /// Those that follow from a rule of the provider.
    pub implied: u64,
    /// Those that are passed on to the principals of another entitlement.
    pub expanded: u64,
}

impl SyncFigures {
    /// Counts the records of a sync.
    pub fn of(synced: &Synced) -> Self {
        let mut figures = Self::default();
        for resource in &synced.resources {
            figures.add_resource(resource);
        }
        for grant in &synced.grants {
            figures.add_grant(grant);
        }
        for notice in &synced.notices {
            figures.add_notice(notice);
        }
        figures.accounts = accounts(&synced.resources);
        figures
    }

    /// Returns the types that the sync refers to: that of the credential's owner, and those of
    /// resources that are only referenced.
    pub fn referred_to<'a>(&'a self, owner: &'a str) -> HashSet<&'a str> {
        let mentioned = self.resources.iter();
        let mentioned = mentioned.filter(|(_, (_, mentioned))| *mentioned > 0);
        mentioned.map(|(name, _)| &**name).chain([owner]).collect()
    }

    /// Counts a resource.
    pub fn add_resource(&mut self, resource: &Resource) {
        let resource_type = &resource.id.resource_type;
        let counts = match self.resources.get_mut(resource_type) {
            Some(known) => known,
            None => self.resources.entry(resource_type.clone()).or_default(),
        };
        match resource.evidence {
            Evidence::Listed => counts.0 += 1,
            Evidence::Referenced => counts.1 += 1,
        }
    }

    /// Counts a grant.
    pub fn add_grant(&mut self, grant: &Grant) {
        let name = (
            grant.resource.resource_type.clone(),
            grant.entitlement.clone(),
        );
        let figures = self.grants.entry(name).or_default();
        figures.all += 1;
        figures.implied += u64::from(grant.implied_by.is_some());
        figures.expanded += u64::from(grant.expands.is_some());
    }

    /// Counts a notice.
    pub fn add_notice(&mut self, notice: &Notice) {
        let first = || (0, notice.message.clone());
        let count = self
            .notices
            .entry(notice.code.clone())
            .or_insert_with(first);
        count.0 += 1;
    }
}

fn accounts(resources: &[Resource]) -> Vec<(ResourceId, String)> {
    let with_address = resources.iter().filter_map(|one| {
        let address = one.details.user()?.email.clone()?;
        Some((one.id.clone(), address))
    });
    let accounts: Vec<_> = with_address.collect();
    let mut types = accounts.iter().map(|(id, _)| &id.resource_type);
    let first = types.next();
    if types.any(|one| Some(one) != first) {
        accounts
    } else {
        Vec::new()
    }
}
