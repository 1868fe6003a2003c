//! Decides whether a call that failed is made again, and after how long: by a budget and the waits
//! that the provider asks for, or as a recording shows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::RecordedAnswers;
use connector_runtime::Sent;
use connector_types::lock;
use connector_types::{ErrorCase, Problem};

/// First step of the exponential backoff.
const FIRST: Duration = Duration::from_secs(1);
/// Its longest step.
const LONGEST: Duration = Duration::from_secs(30);
/// Tries again that a sync has to begin with, and the most that it saves up.
const BUDGET: f64 = 20.0;
/// The credit for each success: ten good calls pay for one retry, so that a provider that is down
/// is not asked much more often than one that is up.
const PER_SUCCESS: f64 = 0.1;

/// The retry policy of one sync.
pub(super) trait RetryPolicy: Send + Sync {
    /// Returns whether waits of the provider, and the results of other calls, delay or prevent a call.
    fn is_live(&self) -> bool;

    /// Counts a call that succeeded.
    fn record_success(&self);

    /// Returns the time to wait before the try after `tries` have failed, the last one with the
    /// request `sent`; `None` is to give up.
    fn next_wait(
        &self,
        failure: (ErrorCase, &Problem),
        tries: u32,
        sent: Option<&Sent>,
    ) -> Option<Duration>;
}

/// The retry policy of a replay: a call is made again if the recording has an answer to it.
pub(super) struct ReplayedRetries(pub(super) Arc<dyn RecordedAnswers>);

impl RetryPolicy for ReplayedRetries {
    fn is_live(&self) -> bool {
        false
    }

    fn record_success(&self) {}

    fn next_wait(
        &self,
        (case, _): (ErrorCase, &Problem),
        _tries: u32,
        sent: Option<&Sent>,
    ) -> Option<Duration> {
        let is_recorded = sent.is_some_and(|sent| self.0.has_next(sent));
        (is_recorded && passes(case)).then_some(Duration::ZERO)
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
        self.with(|state| state.budget = (state.budget + PER_SUCCESS).min(BUDGET));
    }

    fn next_wait(
        &self,
        (case, problem): (ErrorCase, &Problem),
        tries: u32,
        _sent: Option<&Sent>,
    ) -> Option<Duration> {
        if !passes(case) {
            return None;
        }
        let asked = problem.retry_after.map(Duration::from_secs);
        if tries > self.retries || asked.is_some_and(|asked| asked > self.max_wait) {
            return None;
        }
        self.with(|state| {
            if state.budget < 1.0 {
                return None;
            }
            state.budget -= 1.0;
            let jitter = state.jitter.f64();
            Some(backoff(tries, jitter, asked).min(self.max_wait))
        })
    }
}

/// Returns whether the same call may succeed a little later.
pub(super) fn passes(case: ErrorCase) -> bool {
    matches!(case, ErrorCase::RateLimited | ErrorCase::Unavailable)
}

/// Full jitter: anywhere between nothing and the step. What the provider asked for comes first,
/// and the jitter keeps those who waited alike from coming back together.
fn backoff(tries: u32, jitter: f64, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    let step = doubled.min(LONGEST);
    match asked {
        Some(asked) => asked.saturating_add(FIRST.mul_f64(jitter)),
        None => step.mul_f64(jitter),
    }
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
            let wait = retry.next_wait((ErrorCase::RateLimited, &asking(asked)), tries, None);
            let least = Duration::from_secs(asked.unwrap_or(0));
            prop_assert_eq!(wait.is_some(), least <= max_wait);
            let fits = wait.is_none_or(|wait| least <= wait && wait <= max_wait);
            prop_assert!(fits, "{:?}", wait);
            let unasked = asked.is_some() || wait.is_none_or(|wait| wait <= LONGEST);
            prop_assert!(unasked, "{:?}", wait);
        }

        /// Total failure ends, however often it is met.
        #[test]
        fn the_retry_budget_is_finite(asked in proptest::option::of(0..9_u64), calls in 21..60_u32) {
            let retry = LiveRetries::new(LONGEST, u32::MAX, Some(7));
            let wait = |case| retry.next_wait((case, &asking(asked)), 1, None);
            let waits = (0..calls).filter_map(|_| wait(ErrorCase::Unavailable));
            prop_assert_eq!(waits.count(), 20);
            prop_assert_eq!(wait(ErrorCase::Forbidden), None);
        }
    }
}
