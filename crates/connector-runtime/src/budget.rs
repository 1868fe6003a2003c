//! Memory that the calls of a tenant share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::LimitHit;

/// Memory that several calls share. Clones are one budget.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    limit: usize,
    taken: Arc<AtomicUsize>,
}

impl MemoryBudget {
    /// Returns a budget of so many bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            taken: Arc::default(),
        }
    }

    /// Returns its size in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    fn take(&self, bytes: usize) -> Result<(), LimitHit> {
        let add = |taken: usize| taken.checked_add(bytes).filter(|sum| *sum <= self.limit);
        match self.taken.fetch_update(Relaxed, Relaxed, add) {
            Ok(_) => Ok(()),
            Err(_) => Err(LimitHit::TenantMemory(self.limit)),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Relaxed);
    }
}

/// Memory that was taken from a budget, and is given back when this is dropped.
#[derive(Debug)]
pub struct MemoryHold {
    budget: MemoryBudget,
    bytes: usize,
}

impl MemoryHold {
    /// Holds nothing yet.
    pub fn new(budget: &MemoryBudget) -> Self {
        Self {
            budget: budget.clone(),
            bytes: 0,
        }
    }

    /// Takes so many bytes more.
    ///
    /// # Errors
    /// Returns the limit if the budget does not have them: nothing is taken then.
    pub fn grow_by(&mut self, bytes: usize) -> Result<(), LimitHit> {
        self.budget.take(bytes)?;
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }

    /// Returns how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for MemoryHold {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}
