//! The two methods of counting requests against a limit: by the window's length, and by the
//! remainder that the provider states.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use connector_types::RateLimit;

/// Providers give whole seconds: the last one may not be over yet.
const ROUNDING: Duration = Duration::from_secs(1);
/// The most requests that are remembered while no limit is known.
const KEPT: usize = 10_000;
/// The longest window and wait that is enforced: a day.
const LONGEST: u64 = 86_400;

/// At most `limit` requests in any `span`; no limit at first. A request counts from its start until
/// `span` after its end: whenever in between the provider counted it, the next one comes late
/// enough.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow {
    limit: Option<usize>,
    span: Duration,
    open: usize,
    ended: VecDeque<Instant>,
}

impl SlidingWindow {
    pub(super) fn set_limit(&mut self, limit: u64, seconds: u64) {
        self.limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        self.span = Duration::from_secs(seconds.min(LONGEST));
    }

    /// Returns `Ok` if one more request fits, else the time of the next check; `None` means when
    /// another request ends.
    pub(super) fn ready(&mut self) -> Result<(), Option<Instant>> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let now = Instant::now();
        let over = |ended: &Instant| *ended + self.span <= now;
        while self.ended.front().is_some_and(over) {
            self.ended.pop_front();
        }
        if self.open + self.ended.len() < limit {
            return Ok(());
        }
        Err(self.ended.front().map(|ended| *ended + self.span))
    }

    pub(super) fn begin(&mut self) {
        self.open += 1;
    }

    pub(super) fn end(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.forget_passed();
    }

    /// Takes note of a request that has ended now. Those before a limit is known count when it is.
    fn forget_passed(&mut self) {
        if self.limit.is_none() && self.ended.len() >= KEPT {
            self.ended.pop_front();
        }
        self.ended.push_back(Instant::now());
    }

    /// Returns the number of requests in progress.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Returns the window's length for a limit of this many requests, if known.
    pub(super) fn span_of(&self, limit: u64) -> Option<u64> {
        let is_meant = self.limit.is_some_and(|known| as_count(known) == limit);
        is_meant.then_some(self.span.as_secs())
    }

    /// Returns whether as many requests as the provider has counted in a window with `left`
    /// remaining are ours, so that no other client uses it.
    fn accounts_for(&self, counted: u64, left: Duration) -> bool {
        let began = (Instant::now() + left).checked_sub(self.span + ROUNDING);
        let before = |ended: &Instant| began.is_some_and(|began| *ended < began);
        let ours = self.ended.len() - self.ended.partition_point(before);
        self.limit.is_some() && counted <= as_count(self.open + ours)
    }
}

fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A limit that the provider stated.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    window: SlidingWindow,
    left: Option<Left>,
}

/// The remainder that the provider stated, less the requests sent since.
#[derive(Debug)]
struct Left {
    requests: u64,
    until: Instant,
}

impl Bucket {
    /// As [`SlidingWindow::ready`], and not before a used-up window of the provider's ends.
    pub(super) fn ready(&mut self) -> Result<(), Option<Instant>> {
        let now = Instant::now();
        self.left.take_if(|left| left.until <= now);
        if let Some(left) = self.left.as_ref().filter(|left| left.requests == 0) {
            return Err(Some(left.until));
        }
        self.window.ready()
    }

    pub(super) fn begin(&mut self) {
        self.window.begin();
        if let Some(left) = &mut self.left {
            left.requests = left.requests.saturating_sub(1);
        }
    }

    pub(super) fn end(&mut self) {
        self.window.end();
    }

    /// Takes over what ended at an endpoint before it was known that this limit is its own.
    pub(super) fn take_over(&mut self, before: &SlidingWindow) {
        self.window.ended.extend(&before.ended);
        self.window.ended.make_contiguous().sort_unstable();
    }

    /// As [`Bucket::end`], of a request that began before that was known.
    pub(super) fn passed(&mut self) {
        self.window.forget_passed();
    }

    /// Records a stated limit. Requests in progress, at least `in_flight`, may not be counted in it
    /// yet.
    pub(super) fn observe(&mut self, said: &RateLimit, in_flight: usize) {
        let (Some(remaining), Some(reset)) = (said.remaining, said.reset_after) else {
            if let (Some(limit), Some(seconds)) = (said.limit, said.window) {
                self.window.set_limit(limit, seconds);
            }
            return;
        };
        if let Some(limit) = said.limit {
            let counted = limit.saturating_sub(remaining);
            self.learn_limit(limit, said.window, counted, reset);
            // If no other client uses the key, our own count of the window is sufficient: it is
            // more exact than whole seconds, and than answers in transit.
            if self
                .window
                .accounts_for(counted, Duration::from_secs(reset.min(LONGEST)))
            {
                self.left = None;
                return;
            }
        }
        let until = Instant::now() + Duration::from_secs(reset.min(LONGEST)) + ROUNDING;
        let open = self.window.open().max(in_flight);
        let requests = remaining.saturating_sub(as_count(open));
        self.left = Some(match self.left.take() {
            // The same window, from an answer that may be older than what was counted since.
            Some(known) if until <= known.until + ROUNDING => Left {
                requests: requests.min(known.requests),
                until: known.until,
            },
            _ => Left { requests, until },
        });
    }

    /// Takes over how long the window is: as stated, or as a window that has just begun shows when it
    /// says how long it has still to go.
    fn learn_limit(&mut self, limit: u64, stated: Option<u64>, counted: u64, reset: u64) {
        let begins = counted <= as_count(self.window.open().max(1));
        let shown = begins.then(|| reset.saturating_add(ROUNDING.as_secs()));
        let known = self.window.span_of(limit);
        if let Some(seconds) = stated.or(shown.max(known)) {
            self.window.set_limit(limit, seconds);
        }
    }
}
