//! The forecast of a sync: its least number of requests, the time that they take at the provider's
//! limit, and whether the monthly quota allows for them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::LowQuota;
use connector_runtime::CallFailure;
use connector_types::lock;
use connector_types::{ErrorCase, Problem, RateLimit};

/// A look at the requests that are to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestForecast {
    /// The credential that they go with.
    pub credential: String,
    /// The least number of requests: one for each list that is to be read.
    pub requests: u64,
    /// The least time that they take, by the limit that the provider stated last.
    pub at_least: Option<Duration>,
    /// Requests that the provider said are left this month.
    pub monthly_remaining: Option<u64>,
    /// True if fewer would be left in the end than the reserve.
    pub quota_is_low: bool,
}

/// The limits that the provider stated last, by credential, and the reserve.
#[derive(Debug)]
pub(super) struct StatedQuota {
    said: Mutex<BTreeMap<String, RateLimit>>,
    reserve: u64,
    when_low: LowQuota,
}

impl StatedQuota {
    pub(super) fn new(reserve: u64, when_low: LowQuota) -> Self {
        Self {
            said: Mutex::default(),
            reserve,
            when_low,
        }
    }

    /// Takes note of a statement. What one answer leaves out, an earlier one may have said.
    pub(super) fn observe(&self, credential: &str, said: &RateLimit) {
        let mut all = lock(&self.said);
        let known = all.entry(credential.to_owned()).or_default();
        if said.limit.is_some() && said.window.is_some() {
            (known.limit, known.window) = (said.limit, said.window);
        }
        known.monthly_limit = said.monthly_limit.or(known.monthly_limit);
        known.monthly_remaining = said.monthly_remaining.or(known.monthly_remaining);
    }

    /// Looks at `requests` that are to go with a credential.
    pub(super) fn look(&self, credential: &str, requests: u64) -> RequestForecast {
        let all = lock(&self.said);
        let known = all.get(credential).cloned().unwrap_or_default();
        // An answer that came although nothing was left contradicts itself: the next one decides,
        // and costs one request. If there is a reserve, the stated number counts.
        let left = known.monthly_remaining;
        let left = left.filter(|left| *left > 0 || self.reserve > 0);
        RequestForecast {
            credential: credential.to_owned(),
            requests,
            at_least: time_at_limit(requests, &known),
            monthly_remaining: left,
            quota_is_low: left.is_some_and(|left| left < requests.saturating_add(self.reserve)),
        }
    }

    /// Returns the reason why nothing of it is to be read; `None` if there is none, or a low quota
    /// is only warned of.
    pub(super) fn refusal(&self, forecast: &RequestForecast) -> Option<CallFailure> {
        let left = forecast
            .monthly_remaining
            .filter(|_| forecast.quota_is_low)?;
        if self.when_low == LowQuota::Warn {
            return None;
        }
        let RequestForecast { requests, .. } = forecast;
        let message = format!(
            "Not read, so that the month's quota is not used up: requests still to be sent: at least {requests}; left this month: {left}; reserve: {}. Run it after the quota is renewed or raised, read less (--exclude), or allow it with --low-quota warn.",
            self.reserve
        );
        let mut problem = Problem::new(message, "month's quota too low; nothing was sent");
        problem.credential = Some(forecast.credential.clone());
        let case = ErrorCase::QuotaExhausted;
        Some(CallFailure::Reported { case, problem })
    }
}

/// Returns the whole windows that have to pass before the last request can be sent.
fn time_at_limit(requests: u64, known: &RateLimit) -> Option<Duration> {
    let limit = known.limit.filter(|limit| *limit > 0)?;
    let windows = requests.saturating_sub(1) / limit;
    Some(Duration::from_secs(known.window?.saturating_mul(windows)))
}
