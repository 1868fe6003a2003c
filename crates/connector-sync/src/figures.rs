//! The figures of a sync: what there is, without the records.

use std::collections::{BTreeMap, HashSet};

use super::SyncInventory;
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
    pub fn of(synced: &SyncInventory) -> Self {
        let mut figures = Self::default();
        for resource in &synced.resources {
            figures.add_resource(resource);
        }
        let mut tally = GrantTally::default();
        for grant in &synced.grants {
            tally.add_grant(&mut figures, grant);
        }
        tally.finish(&mut figures);
        for notice in &synced.notices {
            figures.add_notice(notice);
        }
        figures.accounts = accounts(&synced.resources);
        figures
    }

    /// Returns the types that the sync refers to: that of the credential's owner, and those of
    /// resources that are only referenced.
    pub fn referred_to<'a>(&'a self, owner: &'a str) -> HashSet<&'a str> {
        let referenced = self.resources.iter();
        let referenced = referenced.filter(|(_, (_, referenced))| *referenced > 0);
        referenced.map(|(name, _)| &**name).chain([owner]).collect()
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

/// The count of grants of one entitlement that follow each other. It reaches the figures when another
/// entitlement begins: in the order of a sync, that is seldom.
#[derive(Debug, Default)]
pub struct GrantTally {
    name: Option<(Text, Text)>,
    counted: GrantFigures,
}

impl GrantTally {
    /// Counts a grant.
    pub fn add_grant(&mut self, figures: &mut SyncFigures, grant: &Grant) {
        let (resource_type, slug) = (&grant.resource.resource_type, &grant.entitlement);
        let name = self.name.as_ref();
        if name.is_none_or(|known| (&known.0, &known.1) != (resource_type, slug)) {
            self.flush(figures);
            self.name = Some((resource_type.clone(), slug.clone()));
        }
        self.counted.all += 1;
        self.counted.implied += u64::from(grant.implied_by.is_some());
        self.counted.expanded += u64::from(grant.expands.is_some());
    }

    /// Adds the last count to the figures.
    pub fn finish(mut self, figures: &mut SyncFigures) {
        self.flush(figures);
    }

    fn flush(&mut self, figures: &mut SyncFigures) {
        let counted = std::mem::take(&mut self.counted);
        if let Some(name) = self.name.take() {
            let known = figures.grants.entry(name).or_default();
            known.all += counted.all;
            known.implied += counted.implied;
            known.expanded += counted.expanded;
        }
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
