//! Sending no faster than the provider allows, so that it never has to say so.
//!
//! Three things hold a request back: a window that the description declares for its endpoint, what
//! the provider last said of the credential's limits, and a wait that the provider asked for. All
//! calls of one credential share them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::records::RateLimit;

/// Providers give whole seconds: the last one may not be over yet.
const ROUNDING: Duration = Duration::from_secs(1);
/// Requests that are remembered of a credential whose window is not known yet.
const REMEMBERED: usize = 4_096;

/// The turn will not come in the time that one may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong(
    /// How long it would take, as far as is known.
    pub Duration,
);

/// Gives requests their turn. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pacer {
    inner: Option<Arc<Inner>>,
    max_wait: Duration,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    endpoints: HashMap<(String, usize), Lane>,
    credentials: HashMap<String, Account>,
}

/// One endpoint, asked with one credential.
#[derive(Debug, Default)]
struct Lane {
    window: Window,
    queue: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of one credential.
#[derive(Debug, Default)]
struct Account {
    window: Window,
    in_flight: u64,
    budget: Option<Budget>,
    held_until: Option<Instant>,
}

/// What the provider said is left, less what was sent since.
#[derive(Debug)]
struct Budget {
    left: u64,
    until: Instant,
}

/// At most `limit` requests in any `span`. A request counts from its start until `span` after its
/// end: whenever in between the provider counted it, the next one comes late enough.
#[derive(Debug, Default)]
struct Window {
    limit: Option<usize>,
    span: Duration,
    open: usize,
    ended: VecDeque<Instant>,
}

impl Pacer {
    /// A pacer that lets nobody wait longer than `max_wait` for a turn.
    pub fn new(max_wait: Duration) -> Self {
        Self {
            inner: Some(Arc::default()),
            max_wait,
        }
    }

    /// A pacer that holds nothing back.
    pub fn off() -> Self {
        Self {
            inner: None,
            max_wait: Duration::MAX,
        }
    }

    /// Waits for a turn, and holds it until the guard is dropped.
    ///
    /// # Errors
    /// The turn is further away than may be waited for.
    pub async fn turn(
        &self,
        credential: &str,
        endpoint: usize,
        rate: Option<(u32, u32)>,
    ) -> Result<Turn, TooLong> {
        let Some(inner) = &self.inner else {
            return Ok(Turn { of: None });
        };
        let latest = Instant::now() + self.max_wait;
        // First come, first served: only the first in the lane watches for its turn.
        let lane = inner.lock().lane(credential, endpoint);
        let queued = tokio::time::timeout_at(latest, lane.lock()).await;
        let _first = queued.map_err(|_| TooLong(self.max_wait))?;
        loop {
            let changed = inner.changed.notified();
            let tried = inner.lock().take(credential, endpoint, rate);
            let next = match tried {
                Ok(()) => return Ok(Turn::new(inner, credential, endpoint)),
                Err(next) => next,
            };
            if next.is_some_and(|at| at > latest) || Instant::now() >= latest {
                let wait = next.map_or(self.max_wait, |at| at.duration_since(Instant::now()));
                return Err(TooLong(wait));
            }
            tokio::select! {
                () = changed => {}
                () = sleep_until(next.unwrap_or(latest)) => {}
            }
        }
    }

    /// Takes note of what the provider said of a credential's limits.
    pub fn observe(&self, credential: &str, said: &RateLimit) {
        if let Some(inner) = &self.inner {
            inner.lock().account(credential).observe(said);
            inner.changed.notify_waiters();
        }
    }

    /// Holds back everything with this credential, because the provider asked for it.
    pub fn hold(&self, credential: &str, wait: Duration) {
        if let Some(inner) = &self.inner {
            let until = Instant::now() + wait;
            let mut state = inner.lock();
            let held = &mut state.account(credential).held_until;
            *held = Some(held.map_or(until, |earlier| earlier.max(until)));
        }
    }

    /// How long everything with this credential is held back from now on; zero when it is not.
    pub fn held_for(&self, credential: &str) -> Duration {
        let Some(inner) = &self.inner else {
            return Duration::ZERO;
        };
        let until = inner.lock().account(credential).blocked_until();
        until.map_or(Duration::ZERO, |at| at.duration_since(Instant::now()))
    }
}

/// A request's turn. Dropped when its answer is there.
#[derive(Debug)]
pub struct Turn {
    of: Option<(Arc<Inner>, String, usize)>,
}

impl Turn {
    fn new(inner: &Arc<Inner>, credential: &str, endpoint: usize) -> Self {
        Self {
            of: Some((Arc::clone(inner), credential.to_owned(), endpoint)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((inner, credential, endpoint)) = self.of.take() {
            inner.lock().end(credential, endpoint);
            inner.changed.notify_waiters();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn account(&mut self, credential: &str) -> &mut Account {
        self.credentials.entry(credential.to_owned()).or_default()
    }

    fn lane(&mut self, credential: &str, endpoint: usize) -> Arc<tokio::sync::Mutex<()>> {
        let key = (credential.to_owned(), endpoint);
        Arc::clone(&self.endpoints.entry(key).or_default().queue)
    }

    /// Takes a turn, or says when to ask again: `None` is when another request ends.
    fn take(
        &mut self,
        credential: &str,
        endpoint: usize,
        rate: Option<(u32, u32)>,
    ) -> Result<(), Option<Instant>> {
        let key = (credential.to_owned(), endpoint);
        let window = &mut self.endpoints.entry(key).or_default().window;
        if let Some((limit, seconds)) = rate {
            window.set(u64::from(limit), u64::from(seconds));
        }
        window.ready()?;
        let account = self.credentials.entry(credential.to_owned()).or_default();
        if let Some(until) = account.blocked_until() {
            return Err(Some(until));
        }
        account.window.ready()?;
        account.begin();
        window.open += 1;
        Ok(())
    }

    fn end(&mut self, credential: String, endpoint: usize) {
        let account = self.account(&credential);
        account.in_flight = account.in_flight.saturating_sub(1);
        account.window.end();
        if let Some(lane) = self.endpoints.get_mut(&(credential, endpoint)) {
            lane.window.end();
        }
    }
}

impl Account {
    fn begin(&mut self) {
        self.in_flight += 1;
        self.window.open += 1;
        if let Some(budget) = &mut self.budget {
            budget.left = budget.left.saturating_sub(1);
        }
    }

    /// The later of the wait that was asked for and the end of a window that is used up.
    fn blocked_until(&mut self) -> Option<Instant> {
        let now = Instant::now();
        self.budget.take_if(|budget| budget.until <= now);
        let used_up = self.budget.as_ref().filter(|budget| budget.left == 0);
        let used_up = used_up.map(|budget| budget.until);
        let held = self.held_until.filter(|until| *until > now);
        used_up.max(held)
    }

    fn observe(&mut self, said: &RateLimit) {
        if let (Some(limit), Some(seconds)) = (said.limit, said.window) {
            self.window.set(limit, seconds);
        }
        let (Some(remaining), Some(reset)) = (said.remaining, said.reset_after) else {
            return;
        };
        let until = Instant::now() + Duration::from_secs(reset.min(86_400)) + ROUNDING;
        let left = remaining.saturating_sub(self.in_flight);
        self.budget = Some(match self.budget.take() {
            // The same window, from an answer that may be older than what was counted since.
            Some(known) if until <= known.until + ROUNDING => Budget {
                left: left.min(known.left),
                until: known.until,
            },
            _ => Budget { left, until },
        });
    }
}

impl Window {
    fn set(&mut self, limit: u64, seconds: u64) {
        self.limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        self.span = Duration::from_secs(seconds.min(3_600));
    }

    fn ready(&mut self) -> Result<(), Option<Instant>> {
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

    fn end(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.ended.push_back(Instant::now());
        if self.limit.is_none() && self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
    }
}
