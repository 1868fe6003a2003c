//! The host's own work on an answer: checked, packed, taken into the ledger. How long that takes is
//! in the connector's hand, so large answers are worked on where they hold up no other tenant.

use std::future::pending;
use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// The weight from which an answer is large, in bytes: below it, work takes a millisecond or two.
const LARGE: usize = 512 << 10;

/// Returns whether an answer of this weight is large.
pub(super) fn is_large(weight: usize) -> bool {
    weight >= LARGE
}

/// Runs work on an answer of this weight: at once where it is small, else on a thread of its own.
pub async fn work_on<T: Send + 'static>(
    weight: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if !is_large(weight) {
        return work();
    }
    match spawn_blocking(work)
        .await
        .map_err(|lost| lost.try_into_panic())
    {
        Ok(done) => done,
        Err(Ok(panic)) => resume_unwind(panic),
        // The process ends: nothing waits for the result any more.
        Err(Err(_)) => pending().await,
    }
}
