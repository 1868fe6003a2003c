//! The states of tenants in Prometheus' text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use jiff::Timestamp;

use super::service::TenantService;
use super::status::TenantStatus;
use crate::commands::result::ResultOutcome;

/// Seconds since a time, for alerts that compare with a number.
fn age_seconds(time: Timestamp) -> f64 {
    Timestamp::now().duration_since(time).as_secs_f64().max(0.0)
}

/// Text in the format, family by family.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    /// Writes a family with one sample for each value; a family without samples is left out.
    fn write_family<V: Display>(
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
            let labels =
                labels.map(|(label, value)| format!("{label}=\"{}\"", escape_label(value)));
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

fn escape_label(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// States by tenant.
struct Tenants(BTreeMap<String, TenantStatus>);

impl Tenants {
    /// Returns a sample for each tenant that has a value.
    fn tenant_samples<V>(
        &self,
        value: impl Fn(&TenantStatus) -> Option<V>,
    ) -> Vec<(Vec<(&'static str, String)>, V)> {
        let tenants = self.0.iter();
        let samples = tenants
            .filter_map(|(name, status)| Some((vec![("tenant", name.clone())], value(status)?)));
        samples.collect()
    }

    /// Returns a sample for each tenant and entry of a map.
    fn labeled_samples<K: ToString>(
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
pub(super) fn expose_metrics(service: &TenantService) -> String {
    let mut text = Exposition::default();
    let tenants = Tenants(service.tenant_statuses());
    let [loaded, failed] = service.reload_counts();
    let by = |result: &str| vec![("result", result.to_owned())];
    text.write_family(
        "connector_tenants",
        "gauge",
        "Tenants of this process.",
        [(vec![], tenants.0.len())],
    );
    text.write_family(
        "connector_config_reloads_total",
        "counter",
        "Reloads of the tenants file.",
        [(by("success"), loaded), (by("failure"), failed)],
    );
    write_run_metrics(&mut text, &tenants);
    write_result_metrics(&mut text, &tenants);
    write_sum_metrics(&mut text, &tenants);
    text.0
}

fn write_run_metrics(text: &mut Exposition, tenants: &Tenants) {
    text.write_family(
        "connector_last_complete_sync_timestamp_seconds",
        "gauge",
        "Start of the latest complete sync.",
        tenants.tenant_samples(|status| status.latest_complete.map(|time| time.as_second())),
    );
    text.write_family(
        "connector_last_complete_sync_age_seconds",
        "gauge",
        "Time since the start of the latest complete sync; +Inf where there is none.",
        tenants.tenant_samples(|status| {
            Some(
                status
                    .latest_complete
                    .map_or("+Inf".to_owned(), |time| age_seconds(time).to_string()),
            )
        }),
    );
    text.write_family(
        "connector_sync_running",
        "gauge",
        "1 while a sync of the tenant runs.",
        tenants.tenant_samples(|status| Some(u8::from(status.running_since.is_some()))),
    );
    text.write_family(
        "connector_next_sync_timestamp_seconds",
        "gauge",
        "Start of the next sync.",
        tenants.tenant_samples(|status| status.next_start.map(|time| time.as_second())),
    );
    text.write_family(
        "connector_last_sync_duration_seconds",
        "gauge",
        "Duration of the latest sync.",
        tenants.tenant_samples(|status| status.latest.as_ref().map(|latest| latest.seconds)),
    );
    text.write_family(
        "connector_last_sync_success",
        "gauge",
        "1 if the latest sync is complete or lacks known gaps alone.",
        tenants.tenant_samples(|status| {
            let latest = status.latest.as_ref()?;
            let is_success = [ResultOutcome::Complete, ResultOutcome::Expected];
            Some(u8::from(is_success.contains(&latest.outcome)))
        }),
    );
    text.write_family(
        "connector_last_sync_failed",
        "gauge",
        "1 if the latest sync failed, by how the call ended that made it fail.",
        tenants.0.iter().filter_map(|(name, status)| {
            let case = status.latest.as_ref()?.case?;
            Some((vec![("tenant", name.clone()), ("case", case.to_owned())], 1))
        }),
    );
}

fn write_result_metrics(text: &mut Exposition, tenants: &Tenants) {
    text.write_family(
        "connector_scopes",
        "gauge",
        "Scopes of the latest sync that has a result, by outcome.",
        tenants.labeled_samples("outcome", |status| &status.scopes),
    );
    text.write_family(
        "connector_new_gaps",
        "gauge",
        "Scopes that the latest sync lacks and that are no known gaps.",
        tenants.tenant_samples(|status| status.latest.as_ref().map(|latest| latest.new_gaps.len())),
    );
    text.write_family(
        "connector_known_gaps",
        "gauge",
        "Scopes that the latest sync lacks as expected.",
        tenants.tenant_samples(|status| status.latest.as_ref().map(|latest| latest.known_gaps)),
    );
    text.write_family(
        "connector_resources",
        "gauge",
        "Resources in the latest sync that has a result.",
        tenants.tenant_samples(|status| status.resources),
    );
    text.write_family(
        "connector_grants",
        "gauge",
        "Grants in the latest sync that has a result.",
        tenants.tenant_samples(|status| status.grants),
    );
    text.write_family(
        "connector_findings",
        "gauge",
        "Findings in the latest stored sync that are not accepted, by severity.",
        tenants.labeled_samples("severity", |status| &status.findings.open),
    );
    text.write_family(
        "connector_accepted_findings",
        "gauge",
        "Findings in the latest stored sync that the accept list accepts.",
        tenants.tenant_samples(|status| {
            let counts = &status.findings;
            (!counts.open.is_empty()).then_some(counts.accepted)
        }),
    );
    text.write_family(
        "connector_quota_remaining_requests",
        "gauge",
        "Requests left of the monthly quota, by credential, where the provider states it.",
        tenants.labeled_samples("credential", |status| &status.monthly_remaining),
    );
    text.write_family(
        "connector_sandbox_memory_peak_bytes",
        "gauge",
        "Linear memory of the call of the latest sync that had most of it.",
        tenants.tenant_samples(|status| {
            status
                .latest
                .as_ref()
                .map(|latest| latest.memory_peak_bytes)
        }),
    );
}

fn write_sum_metrics(text: &mut Exposition, tenants: &Tenants) {
    text.write_family(
        "connector_syncs_total",
        "counter",
        "Syncs that ended, by outcome.",
        tenants.labeled_samples("outcome", |status| &status.syncs),
    );
    text.write_family(
        "connector_requests_total",
        "counter",
        "Requests to the provider.",
        tenants.tenant_samples(|status| Some(status.sums.requests)),
    );
    text.write_family(
        "connector_refused_requests_total",
        "counter",
        "Requests of the connector that the host denied.",
        tenants.tenant_samples(|status| Some(status.sums.refused)),
    );
    text.write_family(
        "connector_waits_total",
        "counter",
        "Waits before another try of a call.",
        tenants.tenant_samples(|status| Some(status.sums.waits)),
    );
    text.write_family(
        "connector_wait_seconds_total",
        "counter",
        "Time of those waits.",
        tenants.tenant_samples(|status| Some(status.sums.waited.as_secs_f64())),
    );
    text.write_family(
        "connector_sandbox_cpu_seconds_total",
        "counter",
        "Processor time of the sandbox.",
        tenants.tenant_samples(|status| Some(status.sums.cpu.as_secs_f64())),
    );
}
