//! Decides whether a call that failed is made again, and after how long: by a budget and the waits
//! that the provider asks for, or as a recording shows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::RecordedAnswers;
use connector_runtime::Sent;
use connector_types::lock;
use connector_types::{ErrorCase, Problem};

/// First step of the exponential backoff.
const FIRST: Duration = Duration::from_secs(1);
/// Its first step where the provider refuses requests for their rate and states no wait: five steps add
/// up to the minute for which most providers count.
const FIRST_OF_RATE: Duration = Duration::from_secs(2);
/// Its longest step.
const LONGEST: Duration = Duration::from_secs(30);
/// Retries that a sync has to begin with, and the most that it saves up.
const BUDGET: f64 = 20.0;
/// The credit for each success: ten good calls pay for one retry, so that a provider that is down
/// is not asked much more often than one that is up.
const PER_SUCCESS: f64 = 0.1;
/// Failures within this time are paid for once: calls that run at the same time meet the same outage.
const OUTAGE: Duration = Duration::from_secs(1);

/// A try that failed.
pub(super) struct FailedTry<'a> {
    pub(super) case: ErrorCase,
    pub(super) problem: &'a Problem,
    /// The number of tries of the call so far, this one included.
    pub(super) tries: u32,
    /// Its last request.
    pub(super) sent: Option<&'a Sent>,
    pub(super) at: Instant,
}

/// The retry policy of one sync.
pub(super) trait RetryPolicy: Send + Sync {
    /// Returns whether waits of the provider, and the results of other calls, delay or prevent a call.
    fn is_live(&self) -> bool;

    /// Counts a call that succeeded.
    fn record_success(&self);

    /// Returns the time to wait before the next try; `None` is to give up.
    fn next_wait(&self, failed: &FailedTry<'_>) -> Option<Duration>;
}

/// The retry policy of a replay: a call is made again if the recording has an answer to it.
pub(super) struct ReplayedRetries(pub(super) Arc<dyn RecordedAnswers>);

impl RetryPolicy for ReplayedRetries {
    fn is_live(&self) -> bool {
        false
    }

    fn record_success(&self) {}

    fn next_wait(&self, failed: &FailedTry<'_>) -> Option<Duration> {
        let is_recorded = failed.sent.is_some_and(|sent| self.0.has_next(sent));
        (is_recorded && passes(failed.case)).then_some(Duration::ZERO)
    }
}

/// The retry policy of a sync that reads from a provider.
#[derive(Debug)]
pub(super) struct LiveRetries {
    max_wait: Duration,
    retries: u32,
    state: Mutex<RetryState>,
}

#[derive(Debug)]
struct RetryState {
    budget: f64,
    /// The last failure that was paid for.
    paid_at: Option<Instant>,
    /// Refusals for the rate that stated no wait, since the last success. Those of all
    /// calls belong to one limit.
    refusals: u32,
    jitter: fastrand::Rng,
}

impl LiveRetries {
    pub(super) fn new(max_wait: Duration, retries: u32, jitter_seed: Option<u64>) -> Self {
        let jitter = jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self {
            max_wait,
            retries,
            state: Mutex::new(RetryState {
                budget: BUDGET,
                paid_at: None,
                refusals: 0,
                jitter,
            }),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut RetryState) -> T) -> T {
        let mut state = lock(&self.state);
        change(&mut state)
    }
}

impl RetryPolicy for LiveRetries {
    fn is_live(&self) -> bool {
        true
    }

    fn record_success(&self) {
        self.with(|state| {
            state.budget = (state.budget + PER_SUCCESS).min(BUDGET);
            state.refusals = 0;
        });
    }

    fn next_wait(&self, failed: &FailedTry<'_>) -> Option<Duration> {
        if !passes(failed.case) {
            return None;
        }
        let asked = failed.problem.retry_after.map(Duration::from_secs);
        let is_unstated = failed.case == ErrorCase::RateLimited && asked.is_none();
        // A refusal that states no wait is of all calls: it counts with theirs, and not as a try of this one.
        let is_last = failed.tries > self.retries && !is_unstated;
        if is_last || asked.is_some_and(|asked| asked > self.max_wait) {
            return None;
        }
        self.with(|state| {
            state.spend_retry(failed.at, is_unstated)?;
            let jitter = state.jitter.f64();
            // Jitter keeps calls that waited alike from coming back together.
            let wait = match asked {
                Some(asked) => asked.saturating_add(FIRST.mul_f64(jitter)),
                None if is_unstated && state.refusals > self.retries => return None,
                None if is_unstated => step(FIRST_OF_RATE, state.refusals) + FIRST.mul_f64(jitter),
                None => step(FIRST, failed.tries).mul_f64(f64::midpoint(1.0, jitter)),
            };
            Some(wait.min(self.max_wait))
        })
    }
}

impl RetryState {
    /// Pays for one retry; `None` if the budget is used up.
    fn spend_retry(&mut self, at: Instant, is_unstated: bool) -> Option<()> {
        let is_paid = self.paid_at.is_some_and(|paid| at < paid + OUTAGE);
        if !is_paid {
            if self.budget < 1.0 {
                return None;
            }
            self.budget -= 1.0;
            self.paid_at = Some(at);
        }
        if is_unstated && (!is_paid || self.refusals == 0) {
            self.refusals = self.refusals.saturating_add(1);
        }
        Some(())
    }
}

/// Returns whether the same call may succeed a little later.
pub(super) fn passes(case: ErrorCase) -> bool {
    matches!(case, ErrorCase::RateLimited | ErrorCase::Unavailable)
}

/// Returns a step of the backoff, of which the first has the number 1.
fn step(first: Duration, number: u32) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(number.saturating_sub(1)));
    doubled.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asking(seconds: Option<u64>) -> Problem {
        Problem {
            retry_after: seconds,
            ..Problem::new("m", "d")
        }
    }

    fn failed(case: ErrorCase, problem: &Problem, tries: u32, at: Instant) -> FailedTry<'_> {
        FailedTry {
            case,
            problem,
            tries,
            sent: None,
            at,
        }
    }

    fn longest() -> impl Strategy<Value = Duration> {
        prop_oneof![
            (0..86_400_u64).prop_map(Duration::from_secs),
            any::<u64>().prop_map(Duration::from_millis),
            Just(Duration::MAX),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        /// Whatever a provider asks for, and a connector hands on.
        #[test]
        fn retry_waits_stay_within_their_bounds(
            asked in proptest::option::of(prop_oneof![0..200_u64, any::<u64>()]),
            max_wait in longest(),
            tries in prop_oneof![1..9_u32, any::<u32>()],
            seed in any::<u64>(),
        ) {
            let retry = LiveRetries::new(max_wait, u32::MAX, Some(seed));
            let problem = asking(asked);
            let wait = retry.next_wait(&failed(ErrorCase::RateLimited, &problem, tries, Instant::now()));
            let least = Duration::from_secs(asked.unwrap_or(0));
            prop_assert_eq!(wait.is_some(), least <= max_wait);
            let fits = wait.is_none_or(|wait| least <= wait && wait <= max_wait);
            prop_assert!(fits, "{:?}", wait);
            let unasked = asked.is_some() || wait.is_none_or(|wait| wait <= LONGEST + FIRST);
            prop_assert!(unasked, "{:?}", wait);
        }

        /// Total failure ends, however often it is met; calls that fail together pay once.
        #[test]
        fn the_retry_budget_is_finite(asked in proptest::option::of(0..9_u64), calls in 21..60_u32, at_once in 1..9_u32) {
            let retry = LiveRetries::new(LONGEST, u32::MAX, Some(7));
            let (problem, start) = (asking(asked), Instant::now());
            let wait = |call, case| retry.next_wait(&failed(case, &problem, 1, start + OUTAGE * call));
            let waits = (0..calls * at_once).filter_map(|call| wait(call / at_once, ErrorCase::Unavailable));
            prop_assert_eq!(waits.count(), 20 * usize::try_from(at_once).unwrap_or_default());
            prop_assert_eq!(wait(0, ErrorCase::Forbidden), None);
        }
    }
}
