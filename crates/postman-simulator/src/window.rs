//! A window of a limit: it opens with its first request, or follows the one before by the clock. How
//! windows really slide is not published.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// So many requests in so long.
#[derive(Clone, Debug)]
pub(super) struct RequestWindow {
    pub(super) limit: u64,
    pub(super) length: Duration,
    /// The offset of the windows from whole minutes of the clock, if they follow each other by the
    /// clock.
    phase: Option<Duration>,
    opened: Option<SystemTime>,
    used: u64,
}

impl RequestWindow {
    pub(super) fn new(limit: u64, seconds: u64, phase: Option<Duration>) -> Self {
        Self {
            limit,
            length: Duration::from_secs(seconds),
            phase,
            opened: None,
            used: 0,
        }
    }

    /// Returns a window that opens now and is used up.
    pub(super) fn used_up(limit: u64, seconds: u64, now: SystemTime) -> Self {
        Self {
            opened: Some(now),
            used: limit,
            ..Self::new(limit, seconds, None)
        }
    }

    /// Returns the time until the window ends; `None` if none is open.
    fn time_left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.opened? + self.length;
        end.duration_since(now).ok().filter(|left| !left.is_zero())
    }

    /// Returns the whole seconds after which the window has certainly ended.
    pub(super) fn wait_seconds(&self, now: SystemTime) -> u64 {
        let left = self.time_left(now).unwrap_or_default();
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    pub(super) fn remaining_requests(&self, now: SystemTime) -> u64 {
        match self.time_left(now) {
            Some(_) => self.limit.saturating_sub(self.used),
            None => self.limit,
        }
    }

    /// Returns the start of the window that a request opens now.
    fn window_start(&self, now: SystemTime) -> SystemTime {
        let Some(phase) = self.phase else {
            return now;
        };
        let since = now.duration_since(UNIX_EPOCH + phase).unwrap_or_default();
        let length = self.length.as_nanos().max(1);
        let into = u64::try_from(since.as_nanos() % length).unwrap_or_default();
        now - Duration::from_nanos(into)
    }

    pub(super) fn take(&mut self, now: SystemTime) {
        if self.time_left(now).is_none() {
            self.opened = Some(self.window_start(now));
            self.used = 0;
        }
        self.used += 1;
    }
}
