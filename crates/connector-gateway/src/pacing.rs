//! Rate limiting: sends no faster than the provider allows, so that the provider never refuses a
//! request for its rate.
//!
//! Three limits delay a request: a window that the description declares for its endpoint, the
//! limits that the provider stated in the endpoint's previous answer, and a wait that the provider
//! asked for, which applies to the whole credential. A provider does not state which endpoints
//! share a limit: those with the same numbers are assumed to share it. As long as the provider has
//! counted no more requests than were sent from here, our own count enforces a limit; if others use
//! the key too, the remainder that the provider states does.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::window::{Bucket, SlidingWindow};
use connector_types::lock;
use connector_types::{Rate, RateLimit};

/// A wait longer than any run, which a clock can still represent.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The turn will not come in the time that one may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong(
    /// The necessary wait, if known.
    pub Option<Duration>,
);

/// Gives requests their turn. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pacer {
    inner: Arc<Inner>,
    /// The state shared with other rate limiters, by credential.
    shared: BTreeMap<String, Arc<Inner>>,
    /// True if limits are enforced; a wait that the provider asked for always is.
    keeps_limits: bool,
    max_wait: Duration,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<LimiterState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct LimiterState {
    lanes: HashMap<LaneKey, Lane>,
    buckets: HashMap<BucketKey, Bucket>,
    held_until: HashMap<String, Instant>,
}

/// A credential and an endpoint's index in the description.
type LaneKey = (String, usize);
/// A credential and what the provider stated: requests, seconds.
type BucketKey = (String, Option<u64>, Option<u64>);

/// One endpoint, asked with one credential.
#[derive(Debug, Default)]
struct Lane {
    queue: Arc<tokio::sync::Mutex<()>>,
    declared: SlidingWindow,
    bucket: Option<BucketKey>,
}

impl Pacer {
    /// Returns a rate limiter at which no request waits longer than `max_wait` for a permit.
    pub fn new(max_wait: Duration) -> Self {
        Self {
            inner: Arc::default(),
            shared: BTreeMap::new(),
            keeps_limits: true,
            max_wait,
        }
    }

    /// Returns a rate limiter without limits: a request waits, for 300 s at most, only during a
    /// wait that the provider asked for.
    pub fn unlimited() -> Self {
        Self::new(Duration::from_secs(300)).without_limits()
    }

    /// The same, keeping no limits. Waits are still shared with the clones of the one before.
    #[must_use]
    pub fn without_limits(self) -> Self {
        Self {
            keeps_limits: false,
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

    fn credential_state(&self, credential: &str) -> &Arc<Inner> {
        self.shared.get(credential).unwrap_or(&self.inner)
    }

    /// Waits for a turn, and holds it until the guard is dropped.
    ///
    /// # Errors
    /// The turn is further away than may be waited for.
    pub async fn turn(
        &self,
        credential: &str,
        endpoint: usize,
        rate: Option<Rate>,
    ) -> Result<Turn, TooLong> {
        let inner = self.credential_state(credential);
        let latest = Instant::now() + self.max_wait.min(FOREVER);
        if !self.keeps_limits {
            return inner.wait_while_held(credential, latest).await;
        }
        let lane = (credential.to_owned(), endpoint);
        // First come, first served: only the first request in the queue watches for a permit.
        let queue = inner.lock().endpoint_queue(&lane, rate);
        let queued = tokio::time::timeout_at(latest, queue.lock()).await;
        let _first = queued.map_err(|_| TooLong(None))?;
        loop {
            let changed = inner.changed.notified();
            let next = match inner.lock().take(&lane) {
                Ok(bucket) => return Ok(Turn::new(inner, lane, bucket)),
                Err(next) => next,
            };
            if next.is_some_and(|at| at > latest) || Instant::now() >= latest {
                let wait = next.map(|at| at.duration_since(Instant::now()));
                return Err(TooLong(wait));
            }
            tokio::select! {
                () = changed => {}
                () = sleep_until(next.unwrap_or(latest)) => {}
            }
        }
    }

    /// Takes note of what the provider stated when an endpoint was asked.
    pub fn observe(&self, credential: &str, endpoint: usize, said: &RateLimit) {
        if self.keeps_limits {
            let inner = self.credential_state(credential);
            inner
                .lock()
                .observe((credential.to_owned(), endpoint), said);
            inner.changed.notify_waiters();
        }
    }

    /// Holds back everything with this credential, because the provider asked for it.
    pub fn hold(&self, credential: &str, wait: Duration) {
        let inner = self.credential_state(credential);
        let until = Instant::now() + wait.min(FOREVER);
        let mut state = inner.lock();
        let held = state.held_until.entry(credential.to_owned());
        held.and_modify(|earlier| *earlier = until.max(*earlier))
            .or_insert(until);
        drop(state);
        // Requests with a shorter maximum wait give up at once.
        inner.changed.notify_waiters();
    }

    /// Returns the time for which every request with this credential is delayed from now on; zero
    /// if there is no delay.
    pub fn held_for(&self, credential: &str) -> Duration {
        let until = self
            .credential_state(credential)
            .lock()
            .held_until(credential);
        until.map_or(Duration::ZERO, |at| at.duration_since(Instant::now()))
    }
}

/// A request's turn. Dropped when its answer is there.
#[derive(Debug)]
pub struct Turn {
    of: Option<(Arc<Inner>, LaneKey, Option<BucketKey>)>,
}

impl Turn {
    fn new(inner: &Arc<Inner>, lane: LaneKey, bucket: Option<BucketKey>) -> Self {
        Self {
            of: Some((Arc::clone(inner), lane, bucket)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((inner, lane, bucket)) = self.of.take() {
            inner.lock().end_request(&lane, bucket.as_ref());
            inner.changed.notify_waiters();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, LimiterState> {
        lock(&self.state)
    }

    /// Waits until the provider's last wait is over, which may grow meanwhile.
    async fn wait_while_held(&self, credential: &str, latest: Instant) -> Result<Turn, TooLong> {
        loop {
            let changed = self.changed.notified();
            let Some(until) = self.lock().held_until(credential) else {
                return Ok(Turn { of: None });
            };
            if until > latest {
                return Err(TooLong(Some(until.duration_since(Instant::now()))));
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
        lane: &LaneKey,
        rate: Option<Rate>,
    ) -> Arc<tokio::sync::Mutex<()>> {
        let lane = self.lanes.entry(lane.clone()).or_default();
        if let Some(rate) = rate {
            let (limit, seconds) = (rate.requests, rate.window_seconds);
            lane.declared.set_limit(limit.into(), seconds.into());
        }
        Arc::clone(&lane.queue)
    }

    /// Until when the provider asked to wait with this credential, where that is not over.
    fn held_until(&self, credential: &str) -> Option<Instant> {
        let until = self.held_until.get(credential).copied();
        until.filter(|until| *until > Instant::now())
    }

    /// Takes a turn, or says when to ask again; `None` is when another request ends.
    fn take(&mut self, key: &LaneKey) -> Result<Option<BucketKey>, Option<Instant>> {
        if let Some(until) = self.held_until(&key.0) {
            return Err(Some(until));
        }
        let lane = self.lanes.entry(key.clone()).or_default();
        lane.declared.ready()?;
        let bucket = lane.bucket.clone();
        if let Some(bucket) = bucket.as_ref().and_then(|key| self.buckets.get_mut(key)) {
            bucket.ready()?;
            bucket.begin();
        }
        lane.declared.begin();
        Ok(bucket)
    }

    fn end_request(&mut self, lane: &LaneKey, bucket: Option<&BucketKey>) {
        let lane = self.lanes.get_mut(lane);
        let lane = lane.map(|lane| {
            lane.declared.end();
            lane.bucket.as_ref()
        });
        match (bucket, lane.flatten()) {
            (Some(began), _) => {
                let bucket = self.buckets.get_mut(began);
                bucket.into_iter().for_each(Bucket::end);
            }
            (None, Some(known_by_now)) => {
                let bucket = self.buckets.get_mut(known_by_now);
                bucket.into_iter().for_each(Bucket::passed);
            }
            (None, None) => {}
        }
    }

    fn observe(&mut self, key: LaneKey, said: &RateLimit) {
        let bucket = (key.0.clone(), said.limit, said.window);
        let lane = self.lanes.entry(key).or_default();
        let in_flight = lane.declared.open();
        let former = lane.bucket.replace(bucket.clone());
        let declared = said.limit.and_then(|limit| lane.declared.span_of(limit));
        let said = RateLimit {
            window: said.window.or(declared),
            ..said.clone()
        };
        let bucket = self.buckets.entry(bucket).or_default();
        if former.is_none() {
            bucket.take_over(&lane.declared);
        }
        bucket.observe(&said, in_flight);
    }
}
