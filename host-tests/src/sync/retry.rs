//! When a call is made again, and after how long.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::records::{ErrorCase, Problem};

/// First step of the exponential backoff.
const FIRST: Duration = Duration::from_secs(1);
/// Its longest step.
const LONGEST: Duration = Duration::from_secs(30);
/// Tries again that a sync has to begin with, and the most that it saves up.
const BUDGET: f64 = 20.0;
/// What each success adds: ten good calls pay for one try again, so that a provider that is down
/// is not asked much more often than one that is up.
const PER_SUCCESS: f64 = 0.1;

/// The retry policy of one sync.
#[derive(Debug)]
pub(super) struct Retry {
    max_wait: Duration,
    retries: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    budget: f64,
    jitter: fastrand::Rng,
}

impl Retry {
    pub(super) fn new(max_wait: Duration, retries: u32, jitter_seed: Option<u64>) -> Self {
        let jitter = jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self {
            max_wait,
            retries,
            state: Mutex::new(State {
                budget: BUDGET,
                jitter,
            }),
        }
    }

    /// Takes note of a call that ended well.
    pub(super) fn success(&self) {
        self.with(|state| state.budget = (state.budget + PER_SUCCESS).min(BUDGET));
    }

    /// How long to wait before the try after `tries` have failed, or `None` to leave it.
    pub(super) fn wait(&self, case: ErrorCase, problem: &Problem, tries: u32) -> Option<Duration> {
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

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state)
    }
}

/// Whether the same call may end otherwise a little later.
pub(super) fn passes(case: ErrorCase) -> bool {
    matches!(case, ErrorCase::RateLimited | ErrorCase::Unavailable)
}

/// Full jitter: anywhere between nothing and the step. What the provider asked for comes first,
/// and the jitter keeps those who waited alike from coming back together.
fn backoff(tries: u32, jitter: f64, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    let step = doubled.min(LONGEST);
    match asked {
        Some(asked) => asked + FIRST.mul_f64(jitter),
        None => step.mul_f64(jitter),
    }
}
