//! Reports the progress of a sync.

use std::time::Duration;

use super::{RequestForecast, SyncStart};
use connector_types::{Scope, SinceLast, Tenant};

/// An observer of a sync. Calls come from several threads and must return at once.
pub trait Progress: Send + Sync {
    /// The credential works.
    fn validated(&self, _tenant: &Tenant) {}

    /// Reports the mode of a sync of changes.
    fn since_last(&self, _since_last: &SinceLast) {}

    /// The sync begins, or goes on with one that was broken off.
    fn begun(&self, _beginning: &SyncStart) {}

    /// So many more scopes are known to be read.
    fn planned(&self, _scopes: u64) {}

    /// Reports the requests to come before anything more is read, for each credential.
    fn report_forecast(&self, _outlook: &RequestForecast) {}

    /// A page of some scope was read: so many resources and grants were on it.
    fn page(&self, _resources: u64, _grants: u64) {}

    /// A scope ended.
    fn ended(&self, _scope: &Scope) {}

    /// A call waits before its next try.
    fn waiting(&self, _wait: Duration, _why: &str) {}
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}
