//! The two ways to count requests against a limit: by the window's length, and by what the
//! provider says is left.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::records::RateLimit;

/// Providers give whole seconds: the last one may not be over yet.
const ROUNDING: Duration = Duration::from_secs(1);
/// The longest window and wait that is kept: a day.
const LONGEST: u64 = 86_400;

/// At most `limit` requests in any `span`; no limit at first. A request counts from its start until
/// `span` after its end: whenever in between the provider counted it, the next one comes late
/// enough.
#[derive(Debug, Default)]
pub(super) struct Window {
    limit: Option<usize>,
    span: Duration,
    open: usize,
    ended: VecDeque<Instant>,
}

impl Window {
    pub(super) fn set(&mut self, limit: u64, seconds: u64) {
        self.limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        self.span = Duration::from_secs(seconds.min(LONGEST));
    }

    /// Whether one more request fits, or when to ask again; `None` is when another one ends.
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
        if self.limit.is_some() {
            self.ended.push_back(Instant::now());
        }
    }

    /// Requests under way.
    pub(super) fn open(&self) -> usize {
        self.open
    }
}

/// A limit that the provider stated.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    window: Window,
    left: Option<Left>,
}

/// What the provider said is left, less what was sent since.
#[derive(Debug)]
struct Left {
    requests: u64,
    until: Instant,
}

impl Bucket {
    /// As [`Window::ready`], and not before a used-up window of the provider's ends.
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

    /// Takes a statement over. Requests under way, at least `in_flight`, may not be in it yet.
    pub(super) fn observe(&mut self, said: &RateLimit, in_flight: usize) {
        if let (Some(limit), Some(seconds)) = (said.limit, said.window) {
            self.window.set(limit, seconds);
        }
        let (Some(remaining), Some(reset)) = (said.remaining, said.reset_after) else {
            return;
        };
        let until = Instant::now() + Duration::from_secs(reset.min(LONGEST)) + ROUNDING;
        let open = self.window.open().max(in_flight);
        let requests = remaining.saturating_sub(u64::try_from(open).unwrap_or(u64::MAX));
        self.left = Some(match self.left.take() {
            // The same window, from an answer that may be older than what was counted since.
            Some(known) if until <= known.until + ROUNDING => Left {
                requests: requests.min(known.requests),
                until: known.until,
            },
            _ => Left { requests, until },
        });
    }
}
