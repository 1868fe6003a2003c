//! Processor time of the thread that a guest, or the host for it, runs on.

use std::time::Duration;

/// Returns the processor time that this thread has had, from a start that only differences of it cancel.
/// Time in which other threads had the processor is not in it.
#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Returns the wall-clock time, the nearest substitute if threads have no clock of their own.
#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Runs work of the host's, and returns the processor time that it took.
pub fn time_work<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = thread_time();
    let done = work();
    (done, thread_time().saturating_sub(started))
}
