//! Rate limiting: sends no faster than the provider allows, so that the provider never refuses a
//! request for its rate.
//!
//! Three limits delay a request: a [`SlidingWindow`] that the manifest declares for its endpoint, the
//! [`StatedBudget`] of the endpoint's previous answer, and a wait that the provider asked for, which
//! applies to the whole credential. The first two are pure and are handed the time. A provider does not state which endpoints
//! share a limit: those with the same numbers are assumed to share it. As long as the provider has
//! counted no more requests than were sent from here, our own count enforces a limit; if others use
//! the key too, the remainder that the provider states does.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

mod sliding_window;
mod stated_budget;

use connector_types::lock;
use connector_types::{Rate, RateLimit};
use sliding_window::SlidingWindow;
use stated_budget::StatedBudget;

/// Providers state whole seconds: the last one may not be over yet.
const ROUNDING: Duration = Duration::from_secs(1);
/// The longest window and wait that is enforced: a day, in seconds.
const LONGEST_WINDOW: u64 = 86_400;
/// A wait longer than any run, which a clock can still represent.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The time of the next check; `None` means when another request ends.
type NextCheck = Option<Instant>;

/// A rule that admits requests, and is handed the time.
trait AdmissionRule {
    /// Returns `Ok` if one more request may start now, else the time of the next check.
    fn check(&mut self, now: Instant) -> Result<(), NextCheck>;

    /// Counts a request that starts.
    fn start_request(&mut self);

    /// Counts the end of a request.
    fn end_request(&mut self, now: Instant);
}

fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The error for a permit that is further away than a request may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTooLong(
    /// The necessary wait, if known.
    pub Option<Duration>,
);

/// The rate limiter, which gives requests their permits. Clones share everything.
#[derive(Clone, Debug)]
pub struct RateLimiter {
    inner: Arc<SharedLimits>,
    /// The state shared with other rate limiters, by credential.
    shared: BTreeMap<String, Arc<SharedLimits>>,
    /// True if limits are enforced; a wait that the provider asked for always is.
    enforces_limits: bool,
    max_wait: Duration,
}

#[derive(Debug, Default)]
struct SharedLimits {
    state: Mutex<LimiterState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct LimiterState {
    endpoints: HashMap<EndpointKey, EndpointLimits>,
    budgets: HashMap<BudgetKey, StatedBudget>,
    delayed_until: HashMap<String, Instant>,
}

/// A credential and an endpoint's index in the manifest.
type EndpointKey = (String, usize);
/// A credential and what the provider stated: requests, seconds.
type BudgetKey = (String, Option<u64>, Option<u64>);

/// One endpoint, asked with one credential.
#[derive(Debug, Default)]
struct EndpointLimits {
    queue: Arc<tokio::sync::Mutex<()>>,
    declared: SlidingWindow,
    budget: Option<BudgetKey>,
}

impl RateLimiter {
    /// Returns a rate limiter at which no request waits longer than `max_wait` for a permit.
    pub fn new(max_wait: Duration) -> Self {
        Self {
            inner: Arc::default(),
            shared: BTreeMap::new(),
            enforces_limits: true,
            max_wait,
        }
    }

    /// Returns a rate limiter without limits: a request waits, for 300 s at most, only during a
    /// wait that the provider asked for.
    pub fn unlimited() -> Self {
        Self::new(Duration::from_secs(300)).without_limits()
    }

    /// Returns the same, keeping no limits. Waits are still shared with the clones of the one before.
    #[must_use]
    pub fn without_limits(self) -> Self {
        Self {
            enforces_limits: false,
            ..self
        }
    }

    /// Shares with `other` what is known of a credential: the provider counts both as one.
    #[must_use]
    pub fn share_with(mut self, credential: &str, other: &Self) -> Self {
        let known = Arc::clone(other.credential_state(credential));
        self.shared.insert(credential.to_owned(), known);
        self
    }

    fn credential_state(&self, credential: &str) -> &Arc<SharedLimits> {
        self.shared.get(credential).unwrap_or(&self.inner)
    }

    /// Waits for a permit, which lasts until it is dropped.
    ///
    /// # Errors
    /// Returns an error if the permit is further away than a request may wait.
    pub async fn acquire(
        &self,
        credential: &str,
        endpoint: usize,
        rate: Option<Rate>,
    ) -> Result<Permit, WaitTooLong> {
        let inner = self.credential_state(credential);
        let latest = Instant::now() + self.max_wait.min(FOREVER);
        if !self.enforces_limits {
            return inner.wait_while_delayed(credential, latest).await;
        }
        let key = (credential.to_owned(), endpoint);
        // First come, first served: only the first request in the queue watches for a permit.
        let queue = inner.lock().endpoint_queue(&key, rate);
        let queued = tokio::time::timeout_at(latest, queue.lock()).await;
        let _first = queued.map_err(|_| WaitTooLong(None))?;
        loop {
            let changed = inner.changed.notified();
            let now = Instant::now();
            let next = match inner.lock().admit(&key, now) {
                Ok(budget) => return Ok(Permit::new(inner, key, budget)),
                Err(next) => next,
            };
            if next.is_some_and(|at| at > latest) || now >= latest {
                let wait = next.map(|at| at.duration_since(now));
                return Err(WaitTooLong(wait));
            }
            tokio::select! {
                () = changed => {}
                () = sleep_until(next.unwrap_or(latest)) => {}
            }
        }
    }

    /// Records the limits that the provider stated in an answer of an endpoint.
    pub fn record_limit(&self, credential: &str, endpoint: usize, stated: &RateLimit) {
        if self.enforces_limits {
            let inner = self.credential_state(credential);
            let key = (credential.to_owned(), endpoint);
            inner.lock().record(key, stated, Instant::now());
            inner.changed.notify_waiters();
        }
    }

    /// Delays every request with this credential, because the provider asked for it.
    pub fn delay(&self, credential: &str, wait: Duration) {
        let inner = self.credential_state(credential);
        let until = Instant::now() + wait.min(FOREVER);
        let mut state = inner.lock();
        let delayed = state.delayed_until.entry(credential.to_owned());
        delayed
            .and_modify(|earlier| *earlier = until.max(*earlier))
            .or_insert(until);
        drop(state);
        // Requests with a shorter maximum wait give up at once.
        inner.changed.notify_waiters();
    }

    /// Returns the time for which every request with this credential is delayed from now on; zero
    /// if there is no delay.
    pub fn current_delay(&self, credential: &str) -> Duration {
        let now = Instant::now();
        let state = self.credential_state(credential).lock();
        let until = state.delayed_until(credential, now);
        until.map_or(Duration::ZERO, |at| at.duration_since(now))
    }
}

/// The permit of one request. Dropped when its answer is there.
#[derive(Debug)]
pub struct Permit {
    of: Option<(Arc<SharedLimits>, EndpointKey, Option<BudgetKey>)>,
}

impl Permit {
    fn new(inner: &Arc<SharedLimits>, key: EndpointKey, budget: Option<BudgetKey>) -> Self {
        Self {
            of: Some((Arc::clone(inner), key, budget)),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some((inner, key, budget)) = self.of.take() {
            let now = Instant::now();
            inner.lock().end_request(&key, budget.as_ref(), now);
            inner.changed.notify_waiters();
        }
    }
}

impl SharedLimits {
    fn lock(&self) -> MutexGuard<'_, LimiterState> {
        lock(&self.state)
    }

    /// Waits until the provider's last wait is over, which may grow meanwhile.
    async fn wait_while_delayed(
        &self,
        credential: &str,
        latest: Instant,
    ) -> Result<Permit, WaitTooLong> {
        loop {
            let changed = self.changed.notified();
            let now = Instant::now();
            let Some(until) = self.lock().delayed_until(credential, now) else {
                return Ok(Permit { of: None });
            };
            if until > latest {
                return Err(WaitTooLong(Some(until.duration_since(now))));
            }
            tokio::select! {
                () = changed => {}
                () = sleep_until(until) => {}
            }
        }
    }
}

impl LimiterState {
    fn endpoint_queue(
        &mut self,
        key: &EndpointKey,
        rate: Option<Rate>,
    ) -> Arc<tokio::sync::Mutex<()>> {
        let endpoint = self.endpoints.entry(key.clone()).or_default();
        if let Some(rate) = rate {
            let (limit, seconds) = (rate.requests, rate.window_seconds);
            endpoint.declared.set_limit(limit.into(), seconds.into());
        }
        Arc::clone(&endpoint.queue)
    }

    /// Returns the end of the wait that the provider asked for with this credential, if it is not over.
    fn delayed_until(&self, credential: &str, now: Instant) -> Option<Instant> {
        let until = self.delayed_until.get(credential).copied();
        until.filter(|until| *until > now)
    }

    /// Starts a request, and returns the budget that counts it.
    fn admit(&mut self, key: &EndpointKey, now: Instant) -> Result<Option<BudgetKey>, NextCheck> {
        if let Some(until) = self.delayed_until(&key.0, now) {
            return Err(Some(until));
        }
        let endpoint = self.endpoints.entry(key.clone()).or_default();
        let budget = endpoint.budget.clone();
        let stated = budget.as_ref().and_then(|key| self.budgets.get_mut(key));
        let declared: &mut dyn AdmissionRule = &mut endpoint.declared;
        let stated = stated.map(|budget| budget as &mut dyn AdmissionRule);
        let mut rules: Vec<_> = [declared].into_iter().chain(stated).collect();
        rules.iter_mut().try_for_each(|rule| rule.check(now))?;
        rules.iter_mut().for_each(|rule| rule.start_request());
        Ok(budget)
    }

    fn end_request(&mut self, key: &EndpointKey, counted_by: Option<&BudgetKey>, now: Instant) {
        let endpoint = self.endpoints.get_mut(key);
        let endpoint = endpoint.map(|endpoint| {
            endpoint.declared.end_request(now);
            endpoint.budget.as_ref()
        });
        let budget = counted_by.or(endpoint.flatten());
        let Some(budget) = budget.and_then(|key| self.budgets.get_mut(key)) else {
            return;
        };
        match counted_by {
            Some(_) => budget.end_request(now),
            None => budget.count_ended(now),
        }
    }

    fn record(&mut self, key: EndpointKey, stated: &RateLimit, now: Instant) {
        let budget = (key.0.clone(), stated.limit, stated.window);
        let endpoint = self.endpoints.entry(key).or_default();
        let in_flight = endpoint.declared.open_requests();
        let former = endpoint.budget.replace(budget.clone());
        let declared = stated
            .limit
            .and_then(|limit| endpoint.declared.span_of(limit));
        let stated = RateLimit {
            window: stated.window.or(declared),
            ..stated.clone()
        };
        let budget = self.budgets.entry(budget).or_default();
        if former.is_none() {
            budget.count_ended_of(&endpoint.declared);
        }
        budget.record(&stated, in_flight, now);
    }
}
