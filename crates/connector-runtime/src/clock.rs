//! The time that one call may take.

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Counts down the wall-clock time of one call. It stands still while the host makes the call wait
/// for its turn, so that a paced call is not punished for the pace.
#[derive(Debug)]
pub struct CallClock {
    state: Mutex<ClockState>,
}

#[derive(Debug)]
struct ClockState {
    deadline: Instant,
    paused_at: Option<Instant>,
}

impl CallClock {
    /// Returns a clock that runs out after `limit`, from now on.
    pub fn start(limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        Self {
            state: Mutex::new(ClockState {
                deadline,
                paused_at: None,
            }),
        }
    }

    /// Stops the clock until the guard is dropped.
    pub fn pause(&self) -> ClockPause<'_> {
        self.lock().paused_at.get_or_insert_with(Instant::now);
        ClockPause { clock: self }
    }

    /// Returns the current deadline of the call: it moves on while the clock is paused.
    pub fn deadline(&self) -> Instant {
        let state = self.lock();
        let paused = state.paused_at.map_or(Duration::ZERO, |at| at.elapsed());
        state.deadline + paused
    }

    /// Returns whether the time is over.
    pub(super) fn is_over(&self) -> bool {
        self.deadline() <= Instant::now()
    }

    /// Runs `call` until it ends or this clock runs out; `None` is the latter, and drops the call.
    pub async fn watch_deadline<F: Future>(&self, call: F) -> Option<F::Output> {
        let mut call = pin!(call);
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                output = &mut call => return Some(output),
                () = sleep_until(deadline) => {
                    if self.is_over() {
                        return None;
                    }
                }
            }
        }
    }

    fn resume(&self) {
        let mut state = self.lock();
        if let Some(at) = state.paused_at.take() {
            state.deadline += at.elapsed();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ClockState> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// While this lives, the call's clock stands still.
#[derive(Debug)]
pub struct ClockPause<'a> {
    clock: &'a CallClock,
}

impl Drop for ClockPause<'_> {
    fn drop(&mut self) {
        self.clock.resume();
    }
}
