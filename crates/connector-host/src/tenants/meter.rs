//! Waits and quota of a sync, as they are reported while it runs.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use connector_sync::{Progress, RequestForecast};
use connector_types::{Tenant, lock};

/// Counts the waits of a sync and remembers the quota that the provider stated last.
#[derive(Debug, Default)]
pub struct SyncMeter {
    state: Mutex<MeterReading>,
}

#[derive(Clone, Debug, Default)]
struct MeterReading {
    waits: u64,
    waited: Duration,
    monthly_remaining: BTreeMap<String, u64>,
}

impl SyncMeter {
    /// Returns the number of waits before another try of a call, and their time.
    pub fn wait_totals(&self) -> (u64, Duration) {
        let state = lock(&self.state);
        (state.waits, state.waited)
    }

    /// Returns the requests of the monthly quota that were left, by credential, where the provider
    /// states them.
    pub fn monthly_remaining(&self) -> BTreeMap<String, u64> {
        lock(&self.state).monthly_remaining.clone()
    }

    /// Takes note of what is left for a credential whose name `validated` does not know.
    fn remember_quota(&self, credential: &str, left: Option<u64>) {
        if let Some(left) = left {
            let mut state = lock(&self.state);
            state.monthly_remaining.insert(credential.to_owned(), left);
        }
    }
}

impl Progress for SyncMeter {
    fn validated(&self, tenant: &Tenant) {
        let left = tenant
            .rate_limit
            .as_ref()
            .and_then(|said| said.monthly_remaining);
        self.remember_quota("", left);
    }

    fn report_forecast(&self, forecast: &RequestForecast) {
        if forecast.monthly_remaining.is_some() {
            lock(&self.state).monthly_remaining.remove("");
        }
        self.remember_quota(&forecast.credential, forecast.monthly_remaining);
    }

    fn waiting(&self, wait: Duration, _why: &str) {
        let mut state = lock(&self.state);
        state.waits += 1;
        state.waited += wait;
    }
}
