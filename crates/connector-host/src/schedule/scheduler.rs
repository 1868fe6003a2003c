//! Runs tenants when a planner says so.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};

use super::{PlannedTenant, Planner};

/// The longest sleep, after which the clock is read again: the system's clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A source of the time.
pub trait ScheduleClock: Send + Sync {
    /// Returns the time.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl ScheduleClock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Something that syncs a tenant.
pub trait TenantRunner: Send + Sync + 'static {
    /// Syncs a tenant. Dropping the future ends the sync so that the next one can resume it.
    fn run(self: Arc<Self>, tenant: String) -> impl Future<Output = ()> + Send;

    /// Records a run that ended by a fault of the host.
    fn tenant_lost(&self, _tenant: &str) {}

    /// Takes note of when tenants start next.
    fn plan_changed(&self, _planner: &Planner) {}
}

/// A command to a scheduler.
#[derive(Debug)]
pub enum SchedulerCommand {
    /// Replace the tenants.
    Replace(Vec<PlannedTenant>),
    /// Start nothing more, and end when the runs have ended or this time is over.
    Stop(Duration),
}

/// Runs of tenants by a planner and a clock.
#[derive(Debug)]
pub struct Scheduler<R, C> {
    runner: Arc<R>,
    clock: C,
    planner: Planner,
    running: JoinSet<()>,
    names: HashMap<Id, String>,
}

impl<R: TenantRunner, C: ScheduleClock> Scheduler<R, C> {
    /// Returns a scheduler without tenants that has at most `most` of them running at once.
    pub fn new(runner: Arc<R>, clock: C, most: usize) -> Self {
        Self {
            runner,
            clock,
            planner: Planner::new(most),
            running: JoinSet::new(),
            names: HashMap::new(),
        }
    }

    /// Runs tenants until a command stops it, or every command sender is closed. Runs that have not
    /// ended by then are dropped.
    pub async fn run(mut self, mut commands: mpsc::Receiver<SchedulerCommand>) {
        let grace = loop {
            self.start_due();
            let sleep = tokio::time::sleep(self.until_next());
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(SchedulerCommand::Replace(tenants)) => {
                        self.planner.replace_tenants(tenants, self.clock.now());
                    }
                    Some(SchedulerCommand::Stop(grace)) => break grace,
                    None => break Duration::ZERO,
                },
                Some(ended) = self.running.join_next_with_id() => self.end_task(ended),
                () = sleep => {}
            }
        };
        let ending = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                self.end_task(ended);
            }
        };
        let _ = tokio::time::timeout(grace, ending).await;
        self.running.shutdown().await;
    }

    fn start_due(&mut self) {
        for name in self.planner.start_due(self.clock.now()) {
            let (runner, tenant) = (Arc::clone(&self.runner), name.clone());
            let task = self.running.spawn(async move { runner.run(tenant).await });
            self.names.insert(task.id(), name);
        }
        self.runner.plan_changed(&self.planner);
    }

    fn end_task(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let (id, is_lost) = match ended {
            Ok((id, ())) => (id, false),
            Err(lost) => (lost.id(), true),
        };
        if let Some(name) = self.names.remove(&id) {
            self.planner.finish(&name, self.clock.now());
            if is_lost {
                self.runner.tenant_lost(&name);
            }
        }
    }

    fn until_next(&self) -> Duration {
        let next = self.planner.next_start();
        let wait = next.map(|next| next.duration_since(self.clock.now()));
        let wait = wait.map(|wait| Duration::try_from(wait).unwrap_or_default());
        wait.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)
    }
}
