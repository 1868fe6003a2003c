//! Time as the rate limits see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time source of the simulator's rate limits and of its `Date` header.
pub trait SimulatorClock: Send + Sync {
    /// Returns the time now.
    fn now(&self) -> SystemTime;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealTime;

impl SimulatorClock for RealTime {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still until it is moved, so that a test can pass hours in no time.
#[derive(Debug)]
pub struct ManualClock {
    milliseconds: AtomicU64,
}

impl ManualClock {
    /// Returns a clock that shows `start` seconds after the beginning of 1970.
    pub fn new(start: u64) -> Self {
        Self {
            milliseconds: AtomicU64::new(start.saturating_mul(1000)),
        }
    }

    /// Moves the clock forward. Parts below a millisecond are dropped.
    pub fn advance_by(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.milliseconds.fetch_add(by, Ordering::SeqCst);
    }
}

impl SimulatorClock for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.milliseconds.load(Ordering::SeqCst))
    }
}
