//! Progress of a sync, on a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::print_note;
use crate::report::plain;
use connector_host::tenants::SyncMeter;
use connector_sync::{Progress, RequestForecast, SyncStart};
use connector_types::{Scope, Tenant, counted};

const TEMPLATE: &str = "{spinner} {prefix} [{elapsed}] {bar:24} {pos}/{len} scopes read  {msg}";

/// A bar on standard error. It draws nothing where that is not a terminal.
#[derive(Debug)]
pub(super) struct SyncProgressBar {
    bar: ProgressBar,
    resources: AtomicU64,
    grants: AtomicU64,
    meter: Arc<SyncMeter>,
}

impl SyncProgressBar {
    pub(super) fn new(meter: Arc<SyncMeter>) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            resources: AtomicU64::new(0),
            grants: AtomicU64::new(0),
            meter,
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn count(&self) {
        let (resources, grants) = (self.resources.load(Relaxed), self.grants.load(Relaxed));
        let [resources, grants] =
            [(resources, "resource"), (grants, "grant")].map(|(n, noun)| counted(n, noun));
        let text = format!("{resources}, {grants}");
        self.bar.set_message(text);
    }
}

impl Progress for SyncProgressBar {
    fn validated(&self, tenant: &Tenant) {
        self.meter.validated(tenant);
        let name: String = plain(&tenant.display_name).chars().take(24).collect();
        self.bar.set_prefix(name);
    }

    fn begun(&self, beginning: &SyncStart) {
        let note = match beginning {
            SyncStart::New { dropped: None } => return,
            SyncStart::New {
                dropped: Some(began),
            } => format!(
                "note: the sync that began at {} and was interrupted is dropped (--resume continues one)\n",
                plain(began)
            ),
            SyncStart::NothingToResume => {
                "note: no interrupted sync to resume: everything is read\n".to_owned()
            }
            SyncStart::Resumed(former) => {
                let ended = former.scopes.iter().filter(|scope| scope.ended.is_some());
                let began = plain(&former.run.started_at);
                let ended = counted(ended.count(), "scope");
                format!("note: resuming the sync that began at {began}: {ended} already read\n")
            }
        };
        self.bar.suspend(|| print_note(&note));
    }

    fn planned(&self, scopes: u64) {
        self.bar.inc_length(scopes);
    }

    fn report_forecast(&self, forecast: &RequestForecast) {
        self.meter.report_forecast(forecast);
        let RequestForecast {
            requests,
            at_least,
            monthly_remaining,
            ..
        } = forecast;
        let time = match at_least.map(|time| time.as_secs()) {
            Some(seconds @ 1..) => format!(", {} min or more at the limit", seconds.div_ceil(60)),
            _ => String::new(),
        };
        let text = format!("{} or more to come{time}", counted(*requests, "request"));
        self.bar.set_message(text);
        if let Some(left) = monthly_remaining.filter(|_| forecast.quota_is_low) {
            let note = format!(
                "note: requests still to be sent with the credential {}: at least {requests}; left of the month's quota: {left}\n",
                plain(&forecast.credential)
            );
            self.bar.suspend(|| print_note(&note));
        }
    }

    fn page(&self, resources: u64, grants: u64) {
        self.resources.fetch_add(resources, Relaxed);
        self.grants.fetch_add(grants, Relaxed);
        self.count();
    }

    fn ended(&self, _scope: &Scope) {
        self.bar.inc(1);
    }

    fn waiting(&self, wait: Duration, why: &str) {
        self.meter.waiting(wait, why);
        let until =
            jiff::Timestamp::now() + jiff::SignedDuration::try_from(wait).unwrap_or_default();
        let until = until.strftime("%H:%M:%S UTC");
        self.bar.set_message(format!("waits until {until} ({why})"));
    }
}
