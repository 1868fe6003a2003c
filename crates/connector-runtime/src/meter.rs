//! The counters of one call, and the limiter that refuses it more memory.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::cpu::thread_time;
use super::{CallLimits, LimitHit, MemoryHold, Sent};
use connector_types::lock;

/// The most requests of a call that are recorded, regardless of the limit of requests.
const KEPT_REQUESTS: usize = 64;

/// The resources that a call has used so far. It outlives the call, regardless of its outcome.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// The requests of the guest, which are limited.
    pub(super) requests: AtomicU64,
    /// The requests that were not refused.
    pub(super) sent: AtomicU64,
    /// The requests with a credential that is not set: they were neither sent nor refused.
    pub(super) uncredentialed: AtomicU64,
    pub(super) response_bytes: AtomicU64,
    pub(super) memory_peak: AtomicUsize,
    pub(super) fuel: AtomicU64,
    interrupted: AtomicBool,
    requests_sent: Mutex<VecDeque<Sent>>,
    cpu: AtomicU64,
    /// Thread time, in nanoseconds, at which the guest was last let run.
    since: AtomicU64,
}

impl Meter {
    /// Takes one request off the limit.
    pub(super) fn request(&self, limits: &CallLimits) -> Result<(), LimitHit> {
        let asked = self.requests.fetch_add(1, Relaxed);
        if asked >= limits.requests {
            return Err(LimitHit::Requests(limits.requests));
        }
        Ok(())
    }

    /// Takes note of a request that was not refused.
    pub(super) fn sent(&self, request: Sent) {
        self.sent.fetch_add(1, Relaxed);
        let all = &mut *self.lock_requests();
        all.push_back(request);
        if all.len() > KEPT_REQUESTS {
            all.pop_front();
        }
    }

    /// Returns the requests that were not refused, as far as they are recorded.
    pub(super) fn requests_sent(&self) -> Vec<Sent> {
        self.lock_requests().iter().cloned().collect()
    }

    fn lock_requests(&self) -> MutexGuard<'_, VecDeque<Sent>> {
        lock(&self.requests_sent)
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

    /// Runs the guest, and charges it the processor time of each turn that it gets.
    pub(super) async fn charge_guest<F: Future>(&self, guest: F) -> F::Output {
        let mut guest = pin!(guest);
        poll_fn(|cx| {
            self.run();
            let polled = guest.as_mut().poll(cx);
            self.stop_guest();
            polled
        })
        .await
    }

    /// Runs the host's part of a call, which the guest is not charged for. Only within
    /// [`Meter::charge_guest`].
    pub(super) async fn pause_charge<F: Future>(&self, host: F) -> F::Output {
        let mut host = pin!(host);
        poll_fn(|cx| {
            self.stop_guest();
            let polled = host.as_mut().poll(cx);
            self.run();
            polled
        })
        .await
    }

    /// Returns the processor time charged so far, while the guest runs.
    pub(super) fn cpu_now(&self) -> Duration {
        self.stop_guest();
        self.run();
        self.cpu()
    }

    /// Returns the processor time charged so far, while the guest does not run.
    pub(super) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.load(Relaxed))
    }

    /// Takes note that an epoch ended while the guest computed.
    pub(super) fn interrupt(&self) {
        self.interrupted.store(true, Relaxed);
    }

    /// Returns whether an interruption happened since the previous check.
    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.swap(false, Relaxed)
    }

    fn run(&self) {
        self.since.store(saturating_nanos(thread_time()), Relaxed);
    }

    fn stop_guest(&self) {
        let used = saturating_nanos(thread_time()).saturating_sub(self.since.load(Relaxed));
        self.cpu.fetch_add(used, Relaxed);
    }
}

fn saturating_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Refuses growth beyond a call's limits by ending the call: a guest that continues without the
/// memory that it requested would end anyway, and with a less clear error.
#[derive(Debug)]
pub(super) struct Growth {
    memory: MemoryHold,
    memory_limit: usize,
    tables: usize,
    table_limit: usize,
    meter: Arc<Meter>,
}

impl Growth {
    pub(super) fn new(limits: &CallLimits, meter: Arc<Meter>) -> Self {
        Self {
            memory: MemoryHold::new(&limits.budget),
            memory_limit: limits.memory,
            tables: 0,
            table_limit: limits.table_elements,
            meter,
        }
    }
}

/// Returns whether the growth exceeds a guest's own maximum, in which case it fails for the guest
/// and takes nothing.
fn is_beyond(desired: usize, maximum: Option<usize>) -> bool {
    maximum.is_some_and(|maximum| desired > maximum)
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let grown = self.memory.bytes().saturating_add(more);
        if grown > self.memory_limit {
            return Err(wasmtime::Error::new(LimitHit::Memory(self.memory_limit)));
        }
        if is_beyond(desired, maximum) {
            return Ok(false);
        }
        self.memory.grow_by(more).map_err(wasmtime::Error::new)?;
        self.meter.memory_peak.fetch_max(grown, Relaxed);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.tables.saturating_add(desired.saturating_sub(current));
        if grown > self.table_limit {
            let hit = LimitHit::TableElements(self.table_limit);
            return Err(wasmtime::Error::new(hit));
        }
        if is_beyond(desired, maximum) {
            return Ok(false);
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
