//! A limit as a number of requests in any span of time.
//!
//! A request counts from its start until one span after its end: whenever in between the provider
//! counted it, the next one comes late enough. With two requests in 10 s:
//!
//! ```text
//! seconds   0    2    4    6    8   10   12   14   16
//! first     ├────┤· · · · · · · · · · · ·│
//! second    ├─────────┤· · · · · · · · · · · ·│
//! third          asks at 3, is sent at 12├────┤
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::{AdmissionRule, LONGEST_WINDOW, NextCheck, ROUNDING, as_count};

/// The most requests that are remembered while no limit is known.
const REMEMBERED: usize = 10_000;

/// At most `limit` requests in any `span`; no limit at first.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow {
    limit: Option<usize>,
    span: Duration,
    open: usize,
    ended: VecDeque<Instant>,
}

impl AdmissionRule for SlidingWindow {
    fn check(&mut self, now: Instant) -> Result<(), NextCheck> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let over = |ended: &Instant| *ended + self.span <= now;
        while self.ended.front().is_some_and(over) {
            self.ended.pop_front();
        }
        if self.open + self.ended.len() < limit {
            return Ok(());
        }
        Err(self.ended.front().map(|ended| *ended + self.span))
    }

    fn start_request(&mut self) {
        self.open += 1;
    }

    fn end_request(&mut self, now: Instant) {
        self.open = self.open.saturating_sub(1);
        self.count_ended(now);
    }
}

impl SlidingWindow {
    pub(super) fn set_limit(&mut self, limit: u64, seconds: u64) {
        self.limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        self.span = Duration::from_secs(seconds.min(LONGEST_WINDOW));
    }

    /// Counts a request that has ended. Those before a limit is known count when it is.
    pub(super) fn count_ended(&mut self, now: Instant) {
        if self.limit.is_none() && self.ended.len() >= REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(now);
    }

    /// Counts the requests that ended in another window too.
    pub(super) fn count_ended_of(&mut self, other: &Self) {
        self.ended.extend(&other.ended);
        self.ended.make_contiguous().sort_unstable();
    }

    /// Returns the number of requests in progress.
    pub(super) fn open_requests(&self) -> usize {
        self.open
    }

    /// Returns the window's length in seconds for a limit of this many requests, if known.
    pub(super) fn span_of(&self, limit: u64) -> Option<u64> {
        let is_meant = self.limit.is_some_and(|known| as_count(known) == limit);
        is_meant.then_some(self.span.as_secs())
    }

    /// Returns whether as many requests as the provider has counted in a window that ends at `reset`
    /// are ours, so that no other client uses it.
    pub(super) fn accounts_for(&self, counted: u64, reset: Instant) -> bool {
        let began = reset.checked_sub(self.span + ROUNDING);
        let before = |ended: &Instant| began.is_some_and(|began| *ended < began);
        let ours = self.ended.len() - self.ended.partition_point(before);
        self.limit.is_some() && counted <= as_count(self.open + ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(limit: u64, seconds: u64) -> SlidingWindow {
        let mut window = SlidingWindow::default();
        window.set_limit(limit, seconds);
        window
    }

    /// A moment this many seconds after the start, and the start itself.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |seconds| start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_request_counts_until_a_span_after_its_end() {
        let (at, mut window) = (clock(), window(2, 10));
        for _ in 0..2 {
            assert_eq!(window.check(at(0)), Ok(()));
            window.start_request();
        }
        // Both are under way: the end of one decides.
        assert_eq!(window.check(at(1)), Err(None));
        window.end_request(at(2));
        assert_eq!(window.check(at(3)), Err(Some(at(12))));
        window.end_request(at(4));
        assert_eq!(window.check(at(11)), Err(Some(at(12))));
        assert_eq!(window.check(at(12)), Ok(()));
        window.start_request();
        assert_eq!(window.check(at(13)), Err(Some(at(14))));
    }

    #[test]
    fn requests_before_a_limit_is_known_count() {
        let (at, mut window) = (clock(), SlidingWindow::default());
        for second in 0..3 {
            assert_eq!(window.check(at(second)), Ok(()));
            window.start_request();
            window.end_request(at(second));
        }
        window.set_limit(3, 10);
        assert_eq!(window.check(at(3)), Err(Some(at(10))));
    }

    #[test]
    fn others_are_seen_by_the_provider_s_count() {
        let (at, mut window) = (clock(), window(5, 10));
        window.start_request();
        window.end_request(at(4));
        window.start_request();
        assert!(window.accounts_for(2, at(12)));
        assert!(!window.accounts_for(3, at(12)));
        // The request that ended at 4 was before that window.
        assert!(!window.accounts_for(2, at(16)));
    }
}
