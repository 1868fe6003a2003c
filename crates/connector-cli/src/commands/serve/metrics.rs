//! The states of tenants in Prometheus' text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use jiff::Timestamp;

use super::service::TenantService;
use super::status::TenantStatus;
use crate::commands::result::ResultOutcome;

/// Seconds since a time, for alerts that compare with a number.
fn age(time: Timestamp) -> f64 {
    Timestamp::now().duration_since(time).as_secs_f64().max(0.0)
}

/// Text in the format, family by family.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    /// Writes a family with one sample for each value; a family without samples is left out.
    fn family<V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'static str, String)>, V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels = labels.iter();
            let labels = labels.map(|(label, value)| format!("{label}=\"{}\"", escape(value)));
            let labels = labels.collect::<Vec<_>>().join(",");
            let labels = if labels.is_empty() {
                labels
            } else {
                format!("{{{labels}}}")
            };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// States by tenant.
struct Tenants(BTreeMap<String, TenantStatus>);

impl Tenants {
    /// Returns a sample for each tenant that has a value.
    fn each<V>(
        &self,
        value: impl Fn(&TenantStatus) -> Option<V>,
    ) -> Vec<(Vec<(&'static str, String)>, V)> {
        let tenants = self.0.iter();
        let samples = tenants
            .filter_map(|(name, status)| Some((vec![("tenant", name.clone())], value(status)?)));
        samples.collect()
    }

    /// Returns a sample for each tenant and entry of a map.
    fn by<K: ToString>(
        &self,
        label: &'static str,
        counts: impl Fn(&TenantStatus) -> &BTreeMap<K, u64>,
    ) -> Vec<(Vec<(&'static str, String)>, u64)> {
        let mut samples = Vec::new();
        for (name, status) in &self.0 {
            for (key, count) in counts(status) {
                let labels = vec![("tenant", name.clone()), (label, key.to_string())];
                samples.push((labels, *count));
            }
        }
        samples
    }
}

/// Returns all metrics.
pub(super) fn expose(service: &TenantService) -> String {
    let mut text = Exposition::default();
    let tenants = Tenants(service.statuses());
    let [loaded, failed] = service.reloads();
    let by = |result: &str| vec![("result", result.to_owned())];
    text.family(
        "connector_tenants",
        "gauge",
        "Tenants of this process.",
        [(vec![], tenants.0.len())],
    );
    text.family(
        "connector_config_reloads_total",
        "counter",
        "Reloads of the tenants file.",
        [(by("success"), loaded), (by("failure"), failed)],
    );
    runs(&mut text, &tenants);
    results(&mut text, &tenants);
    sums(&mut text, &tenants);
    text.0
}

fn runs(text: &mut Exposition, tenants: &Tenants) {
    text.family(
        "connector_last_complete_sync_timestamp_seconds",
        "gauge",
        "Start of the latest complete sync.",
        tenants.each(|status| status.latest_complete.map(|time| time.as_second())),
    );
    text.family(
        "connector_last_complete_sync_age_seconds",
        "gauge",
        "Time since the start of the latest complete sync; +Inf where there is none.",
        tenants.each(|status| {
            Some(
                status
                    .latest_complete
                    .map_or("+Inf".to_owned(), |time| age(time).to_string()),
            )
        }),
    );
    text.family(
        "connector_sync_running",
        "gauge",
        "1 while a sync of the tenant runs.",
        tenants.each(|status| Some(u8::from(status.running_since.is_some()))),
    );
    text.family(
        "connector_next_sync_timestamp_seconds",
        "gauge",
        "Start of the next sync.",
        tenants.each(|status| status.next_start.map(|time| time.as_second())),
    );
    text.family(
        "connector_last_sync_duration_seconds",
        "gauge",
        "Duration of the latest sync.",
        tenants.each(|status| status.latest.as_ref().map(|latest| latest.seconds)),
    );
    text.family(
        "connector_last_sync_success",
        "gauge",
        "1 if the latest sync is complete or lacks known gaps alone.",
        tenants.each(|status| {
            let latest = status.latest.as_ref()?;
            let is_success = [ResultOutcome::Complete, ResultOutcome::Expected];
            Some(u8::from(is_success.contains(&latest.outcome)))
        }),
    );
    text.family(
        "connector_last_sync_failed",
        "gauge",
        "1 if the latest sync failed, by how the call ended that made it fail.",
        tenants.0.iter().filter_map(|(name, status)| {
            let case = status.latest.as_ref()?.case?;
            Some((vec![("tenant", name.clone()), ("case", case.to_owned())], 1))
        }),
    );
}

fn results(text: &mut Exposition, tenants: &Tenants) {
    text.family(
        "connector_scopes",
        "gauge",
        "Scopes of the latest sync that has a result, by outcome.",
        tenants.by("outcome", |status| &status.scopes),
    );
    text.family(
        "connector_new_gaps",
        "gauge",
        "Scopes that the latest sync lacks and that are no known gaps.",
        tenants.each(|status| status.latest.as_ref().map(|latest| latest.new_gaps.len())),
    );
    text.family(
        "connector_known_gaps",
        "gauge",
        "Scopes that the latest sync lacks as expected.",
        tenants.each(|status| status.latest.as_ref().map(|latest| latest.known_gaps)),
    );
    text.family(
        "connector_resources",
        "gauge",
        "Resources in the latest sync that has a result.",
        tenants.each(|status| status.resources),
    );
    text.family(
        "connector_grants",
        "gauge",
        "Grants in the latest sync that has a result.",
        tenants.each(|status| status.grants),
    );
    text.family(
        "connector_findings",
        "gauge",
        "Findings in the latest stored sync that are not accepted, by severity.",
        tenants.by("severity", |status| &status.findings.open),
    );
    text.family(
        "connector_accepted_findings",
        "gauge",
        "Findings in the latest stored sync that the accept list accepts.",
        tenants.each(|status| {
            let counts = &status.findings;
            (!counts.open.is_empty()).then_some(counts.accepted)
        }),
    );
    text.family(
        "connector_quota_remaining_requests",
        "gauge",
        "Requests left of the monthly quota, by credential, where the provider states it.",
        tenants.by("credential", |status| &status.monthly_remaining),
    );
    text.family(
        "connector_sandbox_memory_peak_bytes",
        "gauge",
        "Linear memory of the call of the latest sync that had most of it.",
        tenants.each(|status| {
            status
                .latest
                .as_ref()
                .map(|latest| latest.memory_peak_bytes)
        }),
    );
}

fn sums(text: &mut Exposition, tenants: &Tenants) {
    text.family(
        "connector_syncs_total",
        "counter",
        "Syncs that ended, by outcome.",
        tenants.by("outcome", |status| &status.syncs),
    );
    text.family(
        "connector_requests_total",
        "counter",
        "Requests to the provider.",
        tenants.each(|status| Some(status.sums.requests)),
    );
    text.family(
        "connector_refused_requests_total",
        "counter",
        "Requests of the connector that the host denied.",
        tenants.each(|status| Some(status.sums.refused)),
    );
    text.family(
        "connector_waits_total",
        "counter",
        "Waits before another try of a call.",
        tenants.each(|status| Some(status.sums.waits)),
    );
    text.family(
        "connector_wait_seconds_total",
        "counter",
        "Time of those waits.",
        tenants.each(|status| Some(status.sums.waited.as_secs_f64())),
    );
    text.family(
        "connector_sandbox_cpu_seconds_total",
        "counter",
        "Processor time of the sandbox.",
        tenants.each(|status| Some(status.sums.cpu.as_secs_f64())),
    );
}
