//! What one call may use, and the book that is kept of it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use wasmtime::ResourceLimiter;

use super::call::Sent;

/// Limits of one call. Each has a default that the largest known tenants stay well below.
#[derive(Clone, Debug)]
pub struct CallLimits {
    /// From instantiation to answer, waiting for the provider included (120 s).
    pub wall_clock: Duration,
    /// Time the guest itself computes (30 s), counted in milliseconds begun.
    pub cpu: Duration,
    /// Linear memory in bytes, all memories together (512 MiB; at most 1 GiB).
    pub memory: usize,
    /// Table elements, all tables together (10,000, which is also the most).
    pub table_elements: usize,
    /// Requests to the provider (64).
    pub requests: u64,
    /// Bytes of decoded response bodies, all responses together (256 MiB).
    pub response_bytes: u64,
    /// Bytes of lists and texts that the guest hands over in one value (256 MiB).
    pub transfer_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            wall_clock: Duration::from_secs(120),
            cpu: Duration::from_secs(30),
            memory: 512 << 20,
            table_elements: 10_000,
            requests: 64,
            response_bytes: 256 << 20,
            transfer_bytes: 256 << 20,
        }
    }
}

/// A limit that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitHit {
    /// See [`CallLimits::wall_clock`].
    #[error("the call took longer than {} s", .0.as_secs_f64())]
    WallClock(Duration),
    /// See [`CallLimits::cpu`].
    #[error("the connector computed for longer than {} s", .0.as_secs_f64())]
    Cpu(Duration),
    /// See [`CallLimits::memory`].
    #[error("the connector asked for more than {0} bytes of memory")]
    Memory(usize),
    /// See [`CallLimits::table_elements`].
    #[error("the connector asked for more than {0} table elements")]
    TableElements(usize),
    /// See [`CallLimits::requests`].
    #[error("the connector sent more than {0} requests in one call")]
    Requests(u64),
    /// See [`CallLimits::response_bytes`].
    #[error("the connector was sent more than {0} bytes in one call")]
    ResponseBytes(u64),
}

impl LimitHit {
    /// Whether it is a limit of time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::WallClock(_) | Self::Cpu(_))
    }
}

/// What a call has used so far. It outlives the call, however that ends.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// What the guest asked for: this is what is limited.
    pub(super) requests: AtomicU64,
    /// What was not refused.
    pub(super) sent: AtomicU64,
    pub(super) response_bytes: AtomicU64,
    pub(super) cpu_ticks: AtomicU64,
    pub(super) memory_peak: AtomicUsize,
    last: Mutex<Option<Sent>>,
}

impl Meter {
    /// Takes one request off the limit.
    pub(super) fn request(&self, limits: &CallLimits) -> Result<(), LimitHit> {
        let sent = self.requests.load(Relaxed);
        if sent >= limits.requests {
            return Err(LimitHit::Requests(limits.requests));
        }
        self.requests.store(sent + 1, Relaxed);
        Ok(())
    }

    /// Takes note of a request that was not refused.
    pub(super) fn sent(&self, request: Sent) {
        self.sent.fetch_add(1, Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    }

    /// The last request that was not refused.
    pub(super) fn last(&self) -> Option<Sent> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Takes a body off the limit.
    pub(super) fn response(&self, bytes: usize, limits: &CallLimits) -> Result<(), LimitHit> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let total = self.response_bytes.load(Relaxed).saturating_add(bytes);
        self.response_bytes.store(total, Relaxed);
        if total > limits.response_bytes {
            return Err(LimitHit::ResponseBytes(limits.response_bytes));
        }
        Ok(())
    }
}

/// Refuses growth beyond a call's limits by ending the call: a guest that goes on without the
/// memory it asked for would end anyway, and less clearly.
#[derive(Debug)]
pub(super) struct Growth {
    memory: usize,
    memory_limit: usize,
    tables: usize,
    table_limit: usize,
    meter: std::sync::Arc<Meter>,
}

impl Growth {
    pub(super) fn new(limits: &CallLimits, meter: std::sync::Arc<Meter>) -> Self {
        Self {
            memory: 0,
            memory_limit: limits.memory,
            tables: 0,
            table_limit: limits.table_elements,
            meter,
        }
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.memory + desired.saturating_sub(current);
        if grown > self.memory_limit {
            return Err(wasmtime::Error::new(LimitHit::Memory(self.memory_limit)));
        }
        self.memory = grown;
        self.meter.memory_peak.fetch_max(grown, Relaxed);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.tables + desired.saturating_sub(current);
        if grown > self.table_limit {
            let hit = LimitHit::TableElements(self.table_limit);
            return Err(wasmtime::Error::new(hit));
        }
        self.tables = grown;
        Ok(true)
    }

    fn instances(&self) -> usize {
        super::engine::CORE_INSTANCES_PER_CALL as usize
    }

    fn tables(&self) -> usize {
        super::engine::TABLES_PER_CALL as usize
    }

    fn memories(&self) -> usize {
        super::engine::MEMORIES_PER_CALL as usize
    }
}
