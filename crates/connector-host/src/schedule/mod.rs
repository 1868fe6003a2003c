//! The times at which tenants are synced.
//!
//! Reading order: `rule` (when one tenant is due), `planner` (which tenants start now, without a
//! clock), `scheduler` (runs them by a clock), `shard` (which tenants are this process's).

mod planner;
mod rule;
mod scheduler;
mod shard;

pub use planner::{PlannedTenant, Planner};
pub use rule::{Schedule, ScheduleError, ScheduleFields};
pub use scheduler::{ScheduleClock, Scheduler, SchedulerCommand, SystemClock, TenantRunner};
pub use shard::{Shard, ShardError};
