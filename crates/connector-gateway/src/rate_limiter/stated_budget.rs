//! A limit as the provider states it in its answers: how many requests remain, and until when.
//!
//! As long as nobody else uses the key, the host's own count in a [`SlidingWindow`] is sufficient and
//! more exact. Else the stated remainder counts down, and after its reset the window decides again:
//!
//! ```text
//! seconds     0         5                                35   36
//! answer                remaining: 2, reset: 30 s
//! remainder             2   1   0                        ·    none
//! requests              ├─┤ ├─┤   third asks             ·    ├─┤
//! ```
//!
//! Providers state whole seconds, so the remainder ends one second after its reset.

use std::time::Duration;

use tokio::time::Instant;

use super::{AdmissionRule, LONGEST_WINDOW, NextCheck, ROUNDING, SlidingWindow, as_count};
use connector_types::RateLimit;

/// A limit that the provider stated.
#[derive(Debug, Default)]
pub(super) struct StatedBudget {
    window: SlidingWindow,
    remainder: Option<StatedRemainder>,
}

/// The remainder that the provider stated, less the requests sent since.
#[derive(Debug)]
struct StatedRemainder {
    requests: u64,
    until: Instant,
}

impl AdmissionRule for StatedBudget {
    fn check(&mut self, now: Instant) -> Result<(), NextCheck> {
        self.remainder.take_if(|remainder| remainder.until <= now);
        match &self.remainder {
            Some(StatedRemainder { requests: 0, until }) => Err(Some(*until)),
            _ => self.window.check(now),
        }
    }

    fn start_request(&mut self) {
        self.window.start_request();
        if let Some(remainder) = &mut self.remainder {
            remainder.requests = remainder.requests.saturating_sub(1);
        }
    }

    fn end_request(&mut self, now: Instant) {
        self.window.end_request(now);
    }
}

impl StatedBudget {
    /// Counts the requests that ended at an endpoint before this limit was known to be its own.
    pub(super) fn count_ended_of(&mut self, endpoint: &SlidingWindow) {
        self.window.count_ended_of(endpoint);
    }

    /// Counts the end of a request that began before this limit was known to be its own.
    pub(super) fn count_ended(&mut self, now: Instant) {
        self.window.count_ended(now);
    }

    /// Records a stated limit. Requests in progress, at least `in_flight`, may not be counted in it
    /// yet.
    pub(super) fn record(&mut self, stated: &RateLimit, in_flight: usize, now: Instant) {
        let (Some(remaining), Some(reset_after)) = (stated.remaining, stated.reset_after) else {
            if let (Some(limit), Some(seconds)) = (stated.limit, stated.window) {
                self.window.set_limit(limit, seconds);
            }
            return;
        };
        let reset = now + Duration::from_secs(reset_after.min(LONGEST_WINDOW));
        if let Some(limit) = stated.limit {
            let counted = limit.saturating_sub(remaining);
            self.learn_limit(limit, stated.window, counted, reset_after);
            // If no other client uses the key, our own count of the window is sufficient: it is
            // more exact than whole seconds, and than answers in transit.
            if self.window.accounts_for(counted, reset) {
                self.remainder = None;
                return;
            }
        }
        let until = reset + ROUNDING;
        let open = self.window.open_requests().max(in_flight);
        let requests = remaining.saturating_sub(as_count(open));
        self.remainder = Some(match self.remainder.take() {
            // The same window, from an answer that may be older than what was counted since.
            Some(known) if until <= known.until + ROUNDING => StatedRemainder {
                requests: requests.min(known.requests),
                until: known.until,
            },
            _ => StatedRemainder { requests, until },
        });
    }

    /// Learns the length of the window: as stated, or as a window that has just begun shows it by the
    /// time until its reset.
    fn learn_limit(&mut self, limit: u64, stated: Option<u64>, counted: u64, reset_after: u64) {
        let begins = counted <= as_count(self.window.open_requests().max(1));
        let shown = begins.then(|| reset_after.saturating_add(ROUNDING.as_secs()));
        let known = self.window.span_of(limit);
        if let Some(seconds) = stated.or(shown.max(known)) {
            self.window.set_limit(limit, seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |seconds| start + Duration::from_secs(seconds)
    }

    fn stated(remaining: u64, reset_after: u64) -> RateLimit {
        RateLimit {
            remaining: Some(remaining),
            reset_after: Some(reset_after),
            ..RateLimit::default()
        }
    }

    fn send(budget: &mut StatedBudget, now: Instant) {
        assert_eq!(budget.check(now), Ok(()));
        budget.start_request();
        budget.end_request(now);
    }

    #[test]
    fn a_remainder_counts_down_until_after_its_reset() {
        let (at, mut budget) = (clock(), StatedBudget::default());
        budget.record(&stated(2, 30), 0, at(5));
        send(&mut budget, at(5));
        send(&mut budget, at(6));
        assert_eq!(budget.check(at(7)), Err(Some(at(36))));
        assert_eq!(budget.check(at(36)), Ok(()));
    }

    #[test]
    fn an_older_answer_restores_no_requests() {
        let (at, mut budget) = (clock(), StatedBudget::default());
        budget.record(&stated(1, 30), 0, at(0));
        send(&mut budget, at(0));
        budget.record(&stated(2, 30), 0, at(1));
        assert_eq!(budget.check(at(2)), Err(Some(at(31))));
    }

    #[test]
    fn requests_in_progress_are_not_remaining() {
        let (at, mut budget) = (clock(), StatedBudget::default());
        budget.start_request();
        budget.record(&stated(2, 30), 2, at(0));
        assert_eq!(budget.check(at(0)), Err(Some(at(31))));
    }

    #[test]
    fn the_own_count_replaces_a_remainder_of_ours_alone() {
        let (at, mut budget) = (clock(), StatedBudget::default());
        send(&mut budget, at(0));
        let limit = |remaining| RateLimit {
            limit: Some(2),
            window: Some(10),
            ..stated(remaining, 10)
        };
        budget.record(&limit(1), 0, at(0));
        send(&mut budget, at(1));
        // By the window: one span after the first request, not the second beyond it.
        assert_eq!(budget.check(at(2)), Err(Some(at(10))));
        // The provider counted a request of another client.
        budget.record(&limit(0), 0, at(10));
        assert_eq!(budget.check(at(12)), Err(Some(at(21))));
    }
}
