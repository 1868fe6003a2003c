//! Signals that end the process: SIGINT, SIGTERM and SIGHUP. A command that has something to say
//! about them listens itself; of all others nothing is left behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::CliError;
use super::output::print_note;
use connector_sync::output::remove_drafts;

/// The exit code of a command that was stopped.
const STOPPED: i32 = 130;

/// The commands that listen for themselves.
static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// A command that ends by itself when a signal comes, as long as this value lives.
#[derive(Debug)]
pub(super) struct Listener(());

impl Listener {
    pub(super) fn new() -> Self {
        LISTENERS.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends the process at the first signal for which no command listens.
pub(super) async fn end_at_signal() {
    let mut signals = Signals::register_handlers();
    loop {
        signals.next().await;
        if LISTENERS.load(Ordering::SeqCst) == 0 {
            remove_drafts();
            print_note("stopped: nothing was written\n");
            std::process::exit(STOPPED);
        }
    }
}

/// A command that listens: what comes from now on is not missed.
#[derive(Debug)]
pub(super) struct StopSignal {
    listener: Listener,
    signals: Signals,
}

impl StopSignal {
    pub(super) fn listen_for_signals() -> Self {
        Self {
            listener: Listener::new(),
            signals: Signals::register_handlers(),
        }
    }

    /// Listens as a service does, which SIGHUP asks to reload and not to stop.
    pub(super) fn listen_as_service() -> Self {
        Self {
            listener: Listener::new(),
            signals: Signals::register_without_hang_up(),
        }
    }

    /// Waits until the user or the system asks the process to stop.
    pub(super) async fn stop_requested(mut self) -> CliError {
        self.signals.next().await;
        // The command ends here with its own error: other listeners of the same signal must not act
        // on it.
        std::mem::forget(self.listener);
        CliError::Interrupted("what was read so far is not whole, and was not written".to_owned())
    }
}

/// Waits until the user or the system asks the process to stop.
pub(super) async fn stopped_error() -> CliError {
    StopSignal::listen_for_signals().stop_requested().await
}

/// The signals that ask the process to stop, from when they are registered.
#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn register_handlers() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).ok();
        Self {
            interrupt: listen(SignalKind::interrupt()),
            terminate: listen(SignalKind::terminate()),
            hang_up: if is_hang_up_ignored() {
                None
            } else {
                listen(SignalKind::hangup())
            },
        }
    }

    fn register_without_hang_up() -> Self {
        Self {
            hang_up: None,
            ..Self::register_handlers()
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            Some(()) = next(&mut self.interrupt) => {}
            Some(()) = next(&mut self.terminate) => {}
            Some(()) = next(&mut self.hang_up) => {}
            else => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
async fn next(signal: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    signal.as_mut()?.recv().await
}

/// Returns whether the process was started with SIGHUP ignored, as `nohup` does: then it continues after a hang-up.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    use std::sync::OnceLock;
    // Listening for it once changes what the system says of it.
    static AT_START: OnceLock<bool> = OnceLock::new();
    *AT_START.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        ignored.is_some_and(|mask| mask & 1 == 1)
    })
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn register_handlers() -> Self {
        Self
    }

    fn register_without_hang_up() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
