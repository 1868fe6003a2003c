//! Reports the progress of a sync.

use std::time::Duration;

use super::{RequestForecast, SyncStart};
use connector_types::{Scope, SinceLast, Tenant};

/// An observer of a sync. Calls come from several threads and must return at once.
pub trait Progress: Send + Sync {
    /// Reports that the credential was accepted.
    fn validated(&self, _tenant: &Tenant) {}

    /// Reports the mode of a sync of changes.
    fn since_last(&self, _since_last: &SinceLast) {}

    /// Reports that the sync begins or resumes an interrupted run.
    fn begun(&self, _beginning: &SyncStart) {}

    /// Reports the number of further scopes that are to be read.
    fn planned(&self, _scopes: u64) {}

    /// Reports the requests to come before anything more is read, for each credential.
    fn report_forecast(&self, _outlook: &RequestForecast) {}

    /// Reports a page of some scope, with its numbers of resources and grants.
    fn page(&self, _resources: u64, _grants: u64) {}

    /// Reports the end of a scope.
    fn ended(&self, _scope: &Scope) {}

    /// Reports that a call waits before its next attempt.
    fn waiting(&self, _wait: Duration, _why: &str) {}
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}
