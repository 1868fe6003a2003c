//! The state of each tenant, as `serve` reports it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::commands::accept::apply_accept_list;
use crate::commands::result::ResultOutcome;
use crate::commands::tenants;
use connector_host::tenants::{KnownGap, TenantEnd, TenantEntry, TenantOutcome, scope_name};
use connector_review::findings::{RULES, RuleLimits, Severity, evaluate_rules};
use connector_store::{RunId, RunRow, Store, StoreError};

/// The state of one tenant.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct TenantStatus {
    /// Since when a sync runs.
    #[serde(serialize_with = "as_text")]
    pub(super) running_since: Option<Timestamp>,
    /// The start of the next sync.
    #[serde(serialize_with = "as_text")]
    pub(super) next_start: Option<Timestamp>,
    /// The start of the latest complete sync, which is the age of its data.
    #[serde(serialize_with = "as_text")]
    pub(super) latest_complete: Option<Timestamp>,
    /// The latest sync of this process.
    pub(super) latest: Option<LatestSync>,
    /// The number of syncs of this process, by outcome.
    pub(super) syncs: BTreeMap<&'static str, u64>,
    /// Sums of this process.
    pub(super) sums: SyncTotals,
    /// The findings in the latest stored sync.
    pub(super) findings: FindingCounts,
    /// The counts of the latest sync that has a result.
    pub(super) resources: Option<u64>,
    pub(super) grants: Option<u64>,
    /// The scopes of that sync, by outcome.
    pub(super) scopes: BTreeMap<String, u64>,
    /// Requests left of the monthly quota, by credential.
    pub(super) monthly_remaining: BTreeMap<String, u64>,
}

/// The latest sync of this process.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LatestSync {
    pub(super) outcome: ResultOutcome,
    #[serde(serialize_with = "as_text")]
    pub(super) began: Option<Timestamp>,
    pub(super) seconds: f64,
    /// The reason for the failure.
    pub(super) error: Option<String>,
    /// The case of the call failure that ended it.
    pub(super) case: Option<&'static str>,
    /// Scopes that are missing and not expected to be.
    pub(super) new_gaps: Vec<String>,
    pub(super) known_gaps: u64,
    pub(super) memory_peak_bytes: usize,
}

/// Sums over all syncs of this process.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct SyncTotals {
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

/// The number of findings of a sync.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct FindingCounts {
    /// Those that no accept list accepts, by severity.
    pub(super) open: BTreeMap<&'static str, u64>,
    /// Those that the accept list accepts.
    pub(super) accepted: u64,
}

/// The facts about a tenant in its database.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) latest: Option<Timestamp>,
    pub(super) latest_complete: Option<Timestamp>,
    pub(super) has_unfinished: bool,
    pub(super) findings: FindingCounts,
}

impl Stored {
    /// Reads a tenant's database, which may not be there yet, and its accept list.
    pub(super) fn read(entry: &TenantEntry) -> Result<Self, String> {
        let path = entry.db.as_deref().filter(|path| path.exists());
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let fault = |error: StoreError| format!("its db cannot be read: {error}");
        let store = Store::open_to_read(path).map_err(fault)?;
        let runs = store.runs().map_err(fault)?;
        let time = |run: &RunRow| run.started_at.parse::<Timestamp>().ok();
        let newest = runs.first();
        let count = |newest: &RunRow| FindingCounts::from_run(&store, newest.run, entry);
        Ok(Self {
            latest: newest.and_then(time),
            latest_complete: tenants::latest_complete(&runs),
            has_unfinished: store.has_unfinished().map_err(fault)?,
            findings: newest.map(count).transpose()?.unwrap_or_default(),
        })
    }
}

impl FindingCounts {
    fn from_run(store: &Store, run: RunId, entry: &TenantEntry) -> Result<Self, String> {
        let rules: Vec<_> = RULES.iter().collect();
        let found = evaluate_rules(store, run, &rules, &RuleLimits::default());
        let mut found = found.map_err(|e| format!("its db cannot be read: {e}"))?;
        apply_accept_list(entry.accept.as_deref(), &mut found).map_err(|e| e.to_string())?;
        let all = [Severity::High, Severity::Medium, Severity::Low];
        let mut open: BTreeMap<_, _> = all.iter().map(|one| (one.name(), 0)).collect();
        for finding in found.open() {
            *open.entry(finding.severity.name()).or_default() += 1;
        }
        let counted: u64 = open.values().sum();
        let all = u64::try_from(found.findings.len()).unwrap_or(u64::MAX);
        Ok(Self {
            open,
            accepted: all.saturating_sub(counted),
        })
    }
}

impl TenantStatus {
    /// Takes over what the database knows.
    pub(super) fn absorb_stored(&mut self, stored: Stored) {
        self.latest_complete = stored.latest_complete.max(self.latest_complete);
        self.findings = stored.findings;
    }

    /// Takes note of the end of a sync.
    pub(super) fn finish(&mut self, end: &TenantEnd, known: &[KnownGap]) {
        let now = Timestamp::now();
        let is_known =
            |gap: &&connector_types::Scope| known.iter().any(|known| known.covers_scope(gap, now));
        let (expected, new): (Vec<_>, Vec<_>) = end.gaps.iter().partition(is_known);
        let outcome = ResultOutcome::for_outcome(&end.outcome, new.is_empty());
        *self.syncs.entry(outcome.name()).or_default() += 1;
        self.add(end);
        let error = match &end.outcome {
            TenantOutcome::Complete(summary) | TenantOutcome::Incomplete(summary) => {
                self.resources = Some(summary.resources);
                self.grants = Some(summary.grants);
                self.scopes.clone_from(&summary.scopes);
                None
            }
            TenantOutcome::Failed(reason) => Some(reason.clone()),
        };
        let began = self.running_since.take();
        self.latest = Some(LatestSync {
            outcome,
            began,
            seconds: end.time.as_secs_f64(),
            error,
            case: end.cause.map(|cause| cause.name()),
            new_gaps: new.into_iter().map(scope_name).collect(),
            known_gaps: u64::try_from(expected.len()).unwrap_or(u64::MAX),
            memory_peak_bytes: end.totals.memory_peak,
        });
    }

    fn add(&mut self, end: &TenantEnd) {
        let (waits, waited) = end.meter.wait_totals();
        self.sums.requests += end.totals.requests;
        self.sums.refused += end.totals.refused;
        self.sums.cpu += end.totals.cpu;
        self.sums.waits += waits;
        self.sums.waited += waited;
        let left = end.meter.monthly_remaining();
        if !left.is_empty() {
            self.monthly_remaining = left;
        }
    }

    /// Reports whether the latest sync failed.
    pub(super) fn has_failed(&self) -> bool {
        self.latest
            .as_ref()
            .is_some_and(|latest| latest.outcome == ResultOutcome::Failed)
    }
}
