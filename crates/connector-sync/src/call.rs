//! One call with everything that may come before and after a try: waiting, trying again, giving up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use super::forecast::StatedQuota;
use super::retry::{FailedTry, LiveRetries, ReplayedRetries, RetryPolicy, passes};
use super::stop::ExhaustedCredentials;
use super::work::{is_large, work_on};
use super::{Progress, Source, SyncOptions};
use connector_runtime::{CallFailure, CallOutput, HttpError, Limit, LimitHit, Sent, time_work};
use connector_types::{
    EntitlementList, ErrorCase, Outcome, Page, Problem, RateLimit, Scope, Tenant, TypeIndex,
};

/// The state that all calls of one sync share.
pub(super) struct CallExecutor<S> {
    pub(super) source: Arc<S>,
    /// The source's resource types.
    pub(super) types: Arc<TypeIndex>,
    progress: Arc<dyn Progress>,
    pub(super) requests: AtomicU64,
    pub(super) quota: StatedQuota,
    /// Turns to work on a large answer: a tenant has one thread for that, however many of its
    /// calls end at once.
    working: Semaphore,
    retry: Box<dyn RetryPolicy>,
    stop: ExhaustedCredentials,
    max_wait: Duration,
    /// End of the time for the whole sync.
    deadline: Option<Instant>,
}

/// The tries of one scope.
#[derive(Debug, Default)]
pub(super) struct ScopeAttempts {
    /// Requests of all tries.
    pub(super) requests: u64,
    /// Requests of the last call that was answered.
    pub(super) sent: Vec<Sent>,
    /// Tries of the present call that failed.
    failed: u32,
}

/// An answer that may state the provider's limits.
pub(super) trait RateLimitSource {
    /// Returns the limit that it states.
    fn rate_limit(&self) -> Option<&RateLimit>;
}

impl RateLimitSource for Tenant {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

impl RateLimitSource for EntitlementList {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

impl RateLimitSource for Page {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

impl<S: Source> CallExecutor<S> {
    pub(super) fn new(source: Arc<S>, options: &SyncOptions, progress: Arc<dyn Progress>) -> Self {
        let retry: Box<dyn RetryPolicy> = match source.recorded_answers() {
            Some(answers) => Box::new(ReplayedRetries(answers)),
            None => {
                let (max_wait, seed) = (options.max_wait, options.jitter_seed);
                Box::new(LiveRetries::new(max_wait, options.retries, seed))
            }
        };
        let deadline = Instant::now().checked_add(source.longest_sync());
        Self {
            types: Arc::new(TypeIndex::new(source.descriptor())),
            working: Semaphore::new(1),
            source,
            progress,
            requests: AtomicU64::new(0),
            quota: StatedQuota::new(options.month_reserve, options.low_quota),
            retry,
            stop: ExhaustedCredentials::default(),
            max_wait: options.max_wait,
            deadline,
        }
    }

    /// Returns the number of requests that were sent so far.
    pub(super) fn sent_requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Records what a scope of the interrupted run has shown of its credential. A scope without a request
    /// has shown nothing.
    pub(super) fn restore_outcome(&self, scope: &Scope) {
        let Scope {
            outcome: Outcome::Error(case),
            problem: Some(problem),
            requests: 1..,
            ..
        } = scope
        else {
            return;
        };
        let failure = CallFailure::Reported {
            case: *case,
            problem: problem.clone(),
        };
        let credential = self.types.credential(&scope.resource_type);
        self.stop.note(&failure, credential);
    }

    /// Does something, and breaks it off when the time of the whole sync is over. Nothing is begun
    /// after that.
    ///
    /// # Errors
    /// Returns an error if the call fails or the time of the sync is over.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, CallFailure> {
        let Some(deadline) = self.deadline else {
            return work.await;
        };
        let over = CallFailure::TimedOut(LimitHit::Sync(self.source.longest_sync()));
        if Instant::now() >= deadline {
            return Err(over);
        }
        timeout_at(deadline, work).await.unwrap_or(Err(over))
    }

    /// Waits for the turn to work on an answer of this weight; a small one needs none.
    pub(super) async fn turn(&self, weight: usize) -> Option<SemaphorePermit<'_>> {
        if is_large(weight) {
            // The semaphore is never closed.
            self.working.acquire().await.ok()
        } else {
            None
        }
    }

    /// Works on an answer of this weight in its turn, and charges the tenant the time that it takes.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        weight: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let _turn = self.turn(weight).await;
        let (done, time) = work_on(weight, move || time_work(work)).await;
        self.source.charge_time(time);
        done
    }

    /// Makes a call, again where it fails and may succeed later.
    ///
    /// # Errors
    /// Returns an error if the last try failed, or a try would be in vain.
    pub(super) async fn call<T: RateLimitSource, F: Future<Output = CallOutput<T>>>(
        &self,
        credential: Option<&str>,
        tries: &mut ScopeAttempts,
        call: impl Fn() -> F,
    ) -> Result<T, CallFailure> {
        loop {
            self.ready(credential).await?;
            if let Some(answer) = self.finish_attempt(call().await, credential, tries).await? {
                return Ok(answer);
            }
        }
    }

    /// Waits until a call with this credential may be made.
    ///
    /// # Errors
    /// Returns an error if the credential was refused, or may not be used for longer than a sync waits.
    async fn ready(&self, credential: Option<&str>) -> Result<(), CallFailure> {
        if !self.retry.is_live() {
            return Ok(());
        }
        match self.stop.known_failure(credential) {
            Some(known) => Err(known),
            None => self.wait_for_permit(credential).await,
        }
    }

    /// Records the end of an attempt. `None`: the wait is over, and the same call is made again.
    ///
    /// # Errors
    /// Returns an error if the attempt was the last one.
    async fn finish_attempt<T: RateLimitSource>(
        &self,
        called: CallOutput<T>,
        credential: Option<&str>,
        tries: &mut ScopeAttempts,
    ) -> Result<Option<T>, CallFailure> {
        tries.requests += called.usage.requests;
        self.requests.fetch_add(called.usage.requests, Relaxed);
        let sent = called.usage.sent.last();
        let used = sent.map(|sent| sent.credential.as_str()).or(credential);
        match called.result {
            Ok(answer) => {
                self.observe(&called.usage.sent, answer.rate_limit());
                tries.failed = 0;
                tries.sent = called.usage.sent;
                Ok(Some(answer))
            }
            Err(mut failure) => {
                tries.failed += 1;
                name_limit(&mut failure, sent);
                self.after(failure, used, tries.failed, sent).await?;
                Ok(None)
            }
        }
    }

    /// Records the limits that an answer states. They are of the last request with their credential:
    /// another one may have been sent after it.
    fn observe(&self, sent: &[Sent], said: Option<&RateLimit>) {
        self.retry.record_success();
        let Some(said) = said else { return };
        let mut latest = sent.iter().rev();
        let of_credential = latest.find(|one| one.credential == said.credential);
        if let Some(sent) = of_credential.or(sent.last()) {
            // A call can do without an answer that asks to wait; the next request cannot.
            if let (Some(429), Some(seconds)) = (sent.status, said.reset_after) {
                let rate_limiter = self.source.rate_limiter();
                rate_limiter.delay(&sent.credential, Duration::from_secs(seconds));
            }
            self.quota.observe(&sent.credential, said);
            if let Some(endpoint) = sent.endpoint {
                let rate_limiter = self.source.rate_limiter();
                rate_limiter.record_limit(&sent.credential, endpoint, said);
            }
        }
    }

    /// Waits for the next try, or hands the failure back where there is none.
    async fn after(
        &self,
        failure: CallFailure,
        credential: Option<&str>,
        tries: u32,
        sent: Option<&Sent>,
    ) -> Result<(), CallFailure> {
        let failure = if self.retry.is_live() {
            self.apply_wait(failure, credential)
        } else {
            failure
        };
        let again = match &failure {
            CallFailure::Reported { case, problem } => {
                let failed = FailedTry {
                    case: *case,
                    problem,
                    tries,
                    sent,
                    at: Instant::now(),
                };
                let wait = self.retry.next_wait(&failed);
                wait.map(|wait| (wait, *case))
            }
            CallFailure::TimedOut(_) | CallFailure::Limited(_) | CallFailure::Trapped(_) => None,
        };
        let Some((wait, case)) = again else {
            self.stop.note(&failure, credential);
            return Err(failure);
        };
        if let (ErrorCase::RateLimited, Some(name)) = (case, credential) {
            self.source.rate_limiter().delay(name, wait);
        }
        self.progress.waiting(wait, case.name());
        sleep(wait).await;
        Ok(())
    }

    /// Holds back every request with the credential as long as the provider asks, whether or not
    /// this call waits, and returns the resulting failure: that of a wait that is too long states
    /// its length.
    fn apply_wait(&self, failure: CallFailure, credential: Option<&str>) -> CallFailure {
        let CallFailure::Reported { case, problem } = &failure else {
            return failure;
        };
        let name = problem.credential.as_deref().or(credential);
        let Some(name) = name.filter(|_| passes(*case)) else {
            return failure;
        };
        let rate_limiter = self.source.rate_limiter();
        if let (ErrorCase::RateLimited, Some(seconds)) = (case, problem.retry_after) {
            rate_limiter.delay(name, Duration::from_secs(seconds));
        }
        let wait = rate_limiter.current_delay(name);
        if wait <= self.max_wait {
            return failure;
        }
        let problem = Problem {
            message: too_long(wait, self.max_wait),
            retry_after: Some(seconds(wait)),
            ..problem.clone()
        };
        let case = ErrorCase::RateLimited;
        CallFailure::Reported { case, problem }
    }

    /// Waits outside of the sandbox, so that no instance occupies memory while nothing can be sent.
    async fn wait_for_permit(&self, credential: Option<&str>) -> Result<(), CallFailure> {
        let Some(name) = credential else {
            return Ok(());
        };
        loop {
            let wait = self.source.rate_limiter().current_delay(name);
            if wait.is_zero() {
                return Ok(());
            }
            if wait > self.max_wait {
                return Err(wait_too_long_error(wait, self.max_wait, name));
            }
            self.progress.waiting(wait, "rate-limited");
            sleep(wait).await;
        }
    }
}

/// Names the limit that an answer exceeded: the connector does not know its name.
fn name_limit(failure: &mut CallFailure, sent: Option<&Sent>) {
    let too_large = sent.is_some_and(|sent| matches!(sent.error, Some(HttpError::BodyTooLarge(_))));
    if let (true, CallFailure::Reported { problem, .. }) = (too_large, failure) {
        let limit = Limit::BodyBytes.row().name;
        let message = &mut problem.message;
        message.push_str(&format!(
            " Where a tenant of this size is expected, raise the limit {limit}."
        ));
    }
}

fn wait_too_long_error(wait: Duration, max_wait: Duration, credential: &str) -> CallFailure {
    let detail = "the rate limit is used up; nothing was sent";
    let mut problem = Problem::new(too_long(wait, max_wait), detail);
    problem.credential = Some(credential.to_owned());
    problem.retry_after = Some(seconds(wait));
    CallFailure::Reported {
        case: ErrorCase::RateLimited,
        problem,
    }
}

fn too_long(wait: Duration, max_wait: Duration) -> String {
    format!(
        "The provider asks to wait for {} s, which is longer than the {} s that this sync may wait. Run it again later, or allow a longer wait.",
        seconds(wait),
        max_wait.as_secs()
    )
}

/// Returns the whole seconds, rounded up.
fn seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}
