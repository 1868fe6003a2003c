//! Scopes that are carried over from a former run instead of being read: the change log covers them
//! and shows no change of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroU32;

use jiff::Timestamp;

use super::call::CallExecutor;
use super::change_log::read_changes;
use super::ledger::Ledger;
use super::{BasisRun, CheckpointError, CheckpointStore, ScopeKey, Source};
use connector_types::{CarryEvidence, Descriptor, ResourceId, Run, SinceLast};

/// The scopes of a sync that may be carried over.
#[derive(Debug)]
pub(super) struct CarryPlan {
    /// Types whose resources the log covers, and all types under them.
    covered: BTreeSet<String>,
    /// The resources that events name.
    changed: BTreeSet<ResourceId>,
    /// The scopes that were carried over.
    carried: HashSet<ScopeKey>,
}

impl CarryPlan {
    fn new(descriptor: &Descriptor, changed: BTreeSet<ResourceId>) -> Self {
        let log = descriptor.change_log.iter();
        let mut covered: BTreeSet<_> = log.flat_map(|log| log.covers.clone()).collect();
        // Parents are described before children.
        for one in &descriptor.resource_types {
            if one.parent.as_ref().is_some_and(|id| covered.contains(id)) {
                covered.insert(one.id.clone());
            }
        }
        Self {
            covered,
            changed,
            carried: HashSet::new(),
        }
    }

    /// Returns those of the scopes that may be carried over, and are not `begun`.
    pub(super) fn find_candidates(
        &self,
        ledger: &Ledger,
        keys: &[ScopeKey],
        begun: impl Fn(&ScopeKey) -> bool,
    ) -> Vec<ScopeKey> {
        let listed_by = ledger.listed_by();
        let keys = keys.iter().filter(|key| !begun(key));
        let keys = keys.filter(|key| self.may_carry(key, &listed_by));
        keys.cloned().collect()
    }

    /// Adds scopes that were carried over.
    pub(super) fn add_scopes(&mut self, keys: impl IntoIterator<Item = ScopeKey>) {
        self.carried.extend(keys);
    }

    /// Returns whether a scope may be carried over. If the list of a resource was read again because
    /// of a change, its scopes are read again too: `listed_by` has the list of each resource.
    fn may_carry(&self, key: &ScopeKey, listed_by: &HashMap<&ResourceId, &ScopeKey>) -> bool {
        let Some(at) = key.at.as_ref().filter(|at| self.is_covered(at)) else {
            return false;
        };
        let list = listed_by.get(at).copied();
        let is_covered = |list: &&ScopeKey| list.at.as_ref().is_some_and(|at| self.is_covered(at));
        let list = list.filter(is_covered);
        !self.changed.contains(at) && list.is_none_or(|list| self.carried.contains(list))
    }

    fn is_covered(&self, id: &ResourceId) -> bool {
        self.covered.contains(&*id.resource_type)
    }
}

/// Finds the run that scopes may be carried over from.
///
/// # Errors
/// Returns an error if the checkpoint store cannot be read.
pub(super) async fn prepare_carrying<S: Source>(
    caller: &CallExecutor<S>,
    checkpoints: &dyn CheckpointStore,
    run: &Run,
    settings: &str,
    full_every: NonZeroU32,
) -> Result<(SinceLast, Option<CarryPlan>), CheckpointError> {
    let found = checkpoints.find_basis(run, settings).await?;
    let prepared = match found {
        Ok(basis) => rely_on(caller, &basis, full_every).await,
        Err(reason) => Err(reason),
    };
    Ok(match prepared {
        Ok((reliance, carrying)) => (SinceLast::Carried(reliance), Some(carrying)),
        Err(reason) => (SinceLast::Full(reason), None),
    })
}

async fn rely_on<S: Source>(
    caller: &CallExecutor<S>,
    basis: &BasisRun,
    full_every: NonZeroU32,
) -> Result<(CarryEvidence, CarryPlan), String> {
    let descriptor = caller.source.descriptor();
    let log = descriptor.change_log.as_ref();
    let log = log.ok_or_else(|| format!("{} reads no change log", descriptor.name))?;
    let runs_since_full = basis.runs_since_full.saturating_add(1);
    if runs_since_full >= full_every.get() {
        return Err(format!("one sync in {full_every} reads everything"));
    }
    let former = basis.started_at.parse::<Timestamp>();
    let former = former.map_err(|_| "the former sync began at no readable time".to_owned())?;
    let changes = read_changes(caller, log, former).await?;
    let reliance = CarryEvidence {
        from: basis.started_at.clone(),
        log_since: changes.since.to_string(),
        events: changes.events,
        changed: u64::try_from(changes.changed.len()).unwrap_or(u64::MAX),
        runs_since_full,
    };
    Ok((reliance, CarryPlan::new(descriptor, changes.changed)))
}
