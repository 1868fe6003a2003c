//! The state of each tenant, as `serve` reports it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use connector_host::tenants::{KnownGap, TenantEnd, TenantOutcome, scope_name};
use connector_review::findings::{Limits, RULES, Severity, judge};
use connector_store::{RunId, Store};

/// The state of one tenant.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Status {
    /// Since when a sync runs.
    #[serde(serialize_with = "as_text")]
    pub(super) running_since: Option<Timestamp>,
    /// When the next sync starts.
    #[serde(serialize_with = "as_text")]
    pub(super) next_start: Option<Timestamp>,
    /// When the latest complete sync began: its data is as old as that.
    #[serde(serialize_with = "as_text")]
    pub(super) latest_complete: Option<Timestamp>,
    /// The latest sync of this process.
    pub(super) latest: Option<LatestSync>,
    /// The number of syncs of this process, by outcome.
    pub(super) syncs: BTreeMap<&'static str, u64>,
    /// Sums of this process.
    pub(super) sums: Sums,
    /// The number of findings in the latest stored sync, by severity.
    pub(super) findings: BTreeMap<&'static str, u64>,
    /// The counts of the latest sync that has a result.
    pub(super) resources: Option<u64>,
    pub(super) grants: Option<u64>,
    /// The scopes of that sync, by outcome.
    pub(super) scopes: BTreeMap<String, u64>,
    /// Requests left of the monthly quota, by credential.
    pub(super) month_remaining: BTreeMap<String, u64>,
}

/// The latest sync of this process.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LatestSync {
    pub(super) outcome: &'static str,
    #[serde(serialize_with = "as_text")]
    pub(super) began: Option<Timestamp>,
    pub(super) seconds: f64,
    /// Why it failed.
    pub(super) error: Option<String>,
    /// How the call ended that made it fail.
    pub(super) case: Option<&'static str>,
    /// Scopes that are missing and not expected to be.
    pub(super) new_gaps: Vec<String>,
    pub(super) known_gaps: u64,
    pub(super) memory_peak_bytes: usize,
}

/// Sums over all syncs of this process.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Sums {
    pub(super) requests: u64,
    pub(super) refused: u64,
    pub(super) waits: u64,
    #[serde(serialize_with = "as_seconds")]
    pub(super) waited: Duration,
    #[serde(serialize_with = "as_seconds")]
    pub(super) cpu: Duration,
}

/// Writes a time as in all other records: RFC 3339 in UTC.
fn as_text<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// What a database knows of a tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) latest: Option<Timestamp>,
    pub(super) latest_complete: Option<Timestamp>,
    pub(super) has_unfinished: bool,
    pub(super) findings: BTreeMap<&'static str, u64>,
}

impl Stored {
    /// Reads a tenant's database, which may not be there yet.
    pub(super) fn read(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path.filter(|path| path.exists()) else {
            return Ok(Self::default());
        };
        let read = || {
            let store = Store::open_to_read(path).map_err(|e| e.to_string())?;
            let runs = store.runs().map_err(|e| e.to_string())?;
            let complete = runs.iter().find(|run| run.complete);
            let time = |text: &str| text.parse::<Timestamp>().ok();
            let newest = runs.first();
            let findings = newest.map(|newest| count_findings(&store, newest.run));
            Ok(Self {
                latest: newest.and_then(|run| time(&run.started_at)),
                latest_complete: complete.and_then(|run| time(&run.started_at)),
                has_unfinished: store.has_unfinished().map_err(|e| e.to_string())?,
                findings: findings.transpose()?.unwrap_or_default(),
            })
        };
        read().map_err(|reason: String| format!("its db cannot be read: {reason}"))
    }
}

fn count_findings(store: &Store, run: RunId) -> Result<BTreeMap<&'static str, u64>, String> {
    let rules: Vec<_> = RULES.iter().collect();
    let found = judge(store, run, &rules, &Limits::default()).map_err(|e| e.to_string())?;
    let all = [Severity::High, Severity::Medium, Severity::Low];
    let mut counts: BTreeMap<_, _> = all.iter().map(|one| (one.name(), 0)).collect();
    for finding in &found.findings {
        *counts.entry(finding.severity.name()).or_default() += 1;
    }
    Ok(counts)
}

impl Status {
    /// Takes over what the database knows.
    pub(super) fn absorb(&mut self, stored: Stored) {
        self.latest_complete = stored.latest_complete.max(self.latest_complete);
        self.findings = stored.findings;
    }

    /// Takes note of the end of a sync.
    pub(super) fn finish(&mut self, end: &TenantEnd, known: &[KnownGap]) {
        let now = Timestamp::now();
        let is_known =
            |gap: &&connector_types::Scope| known.iter().any(|known| known.covers(gap, now));
        let (expected, new): (Vec<_>, Vec<_>) = end.gaps.iter().partition(is_known);
        let (outcome, summary) = match &end.outcome {
            TenantOutcome::Complete(summary) => ("complete", Some(summary)),
            TenantOutcome::Incomplete(summary) if new.is_empty() => ("expected", Some(summary)),
            TenantOutcome::Incomplete(summary) => ("incomplete", Some(summary)),
            TenantOutcome::Failed(_) => ("failed", None),
        };
        *self.syncs.entry(outcome).or_default() += 1;
        self.add(end);
        if let Some(summary) = summary {
            self.resources = Some(summary.resources);
            self.grants = Some(summary.grants);
            self.scopes.clone_from(&summary.scopes);
        }
        let began = self.running_since.take();
        self.latest = Some(LatestSync {
            outcome,
            began,
            seconds: end.time.as_secs_f64(),
            error: match &end.outcome {
                TenantOutcome::Failed(reason) => Some(reason.clone()),
                TenantOutcome::Complete(_) | TenantOutcome::Incomplete(_) => None,
            },
            case: end.cause.map(|cause| cause.name()),
            new_gaps: new.into_iter().map(scope_name).collect(),
            known_gaps: u64::try_from(expected.len()).unwrap_or(u64::MAX),
            memory_peak_bytes: end.totals.memory_peak,
        });
    }

    fn add(&mut self, end: &TenantEnd) {
        let (waits, waited) = end.meter.waits();
        self.sums.requests += end.totals.requests;
        self.sums.refused += end.totals.refused;
        self.sums.cpu += end.totals.cpu;
        self.sums.waits += waits;
        self.sums.waited += waited;
        let left = end.meter.month_remaining();
        if !left.is_empty() {
            self.month_remaining = left;
        }
    }

    /// Reports whether the latest sync failed.
    pub(super) fn has_failed(&self) -> bool {
        self.latest
            .as_ref()
            .is_some_and(|latest| latest.outcome == "failed")
    }
}
