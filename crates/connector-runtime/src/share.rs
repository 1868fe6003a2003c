//! The processors of one tenant: however many of its calls compute, they take turns on them.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Processors that several calls share: as many of them compute at once, and the others wait for
/// their turn in the order in which they came. A turn lasts until the guest waits for something, or
/// for some epochs. So the threads of a process see no more of a tenant with a thousand calls than of
/// one with a few. Clones are one share.
#[derive(Clone, Debug)]
pub struct ProcessorShare {
    turns: Arc<Semaphore>,
}

/// Threads for a process that runs guests. A guest that computes has its thread for a millisecond at
/// a time; the network is looked at after every few of those, not after every 61 of them. The calls of one
/// tenant take at most as many threads as there are processors, see [`ProcessorShare`]: there are twice as
/// many, so that another tenant finds a thread, and the system divides the processors.
pub fn runtime_threads() -> tokio::runtime::Builder {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads
        .worker_threads(2 * processors())
        .enable_all()
        .event_interval(5)
        .global_queue_interval(5);
    threads
}

/// Epochs in one turn of a guest that does nothing but compute.
const EPOCHS: u32 = 20;

/// Waiting for a turn.
type PermitFuture =
    Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>;

impl ProcessorShare {
    /// Returns a share of so many processors, at least one.
    pub fn new(processors: usize) -> Self {
        let turns = processors.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    /// Runs a call in turns. `interrupted` says whether it was an epoch that stopped it since it was
    /// last asked.
    pub(super) async fn in_turns<F: Future>(
        &self,
        call: F,
        interrupted: impl Fn() -> bool,
    ) -> F::Output {
        let mut call = pin!(call);
        let (mut queued, mut acquired, mut epochs) = (None, None, 0);
        poll_fn(|cx| {
            let turn = match acquired.take() {
                Some(turn) => turn,
                None => {
                    epochs = 0;
                    ready!(self.poll_turn(&mut queued, cx))
                }
            };
            let polled = call.as_mut().poll(cx);
            // A call that gets a permit runs before those of other tenants: so permits change hands
            // rarely.
            if interrupted() && epochs < EPOCHS {
                epochs += 1;
                acquired = Some(turn);
            }
            polled
        })
        .await
    }

    fn poll_turn(
        &self,
        queued: &mut Option<PermitFuture>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        if queued.is_none()
            && let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned()
        {
            return Poll::Ready(Some(turn));
        }
        let waiting =
            queued.get_or_insert_with(|| Box::pin(Arc::clone(&self.turns).acquire_owned()));
        let turn = ready!(waiting.as_mut().poll(cx));
        *queued = None;
        // The semaphore is never closed.
        Poll::Ready(turn.ok())
    }
}

impl Default for ProcessorShare {
    /// Returns a share of all processors of the machine.
    fn default() -> Self {
        Self::new(processors())
    }
}

/// Returns the number of processors of the machine.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
