//! Results of syncs as JSON, for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{CliError, Exit};
use crate::report::plain;
use connector_gateway::Traffic;
use connector_host::tenants::{
    KnownGap, SyncMeter, TenantEnd, TenantOutcome, TenantsFile, scope_name,
};
use connector_sync::SyncEnd;
use connector_types::{Problem, Run, Scope, Summary};

/// Gaps of a tenant that are shown to people before the rest is only counted.
const SHOWN: usize = 5;

/// The result of one sync.
#[derive(Debug, Serialize)]
pub(super) struct SyncResult {
    /// The tenant's name in its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    outcome: ResultOutcome,
    run: Option<Run>,
    counts: Option<Summary>,
    gaps: Vec<ScopeGap>,
    requests: Requests,
    quota: QuotaLeft,
    waits: QuotaWaits,
    seconds: f64,
    error: Option<ErrorRecord>,
}

/// The end of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ResultOutcome {
    Complete,
    /// Scopes are missing, all of them known gaps.
    Expected,
    Incomplete,
    Failed,
    Interrupted,
}

impl ResultOutcome {
    /// Returns the outcome of a tenant's sync, of whose gaps all are known or not.
    pub(super) fn for_outcome(end: &TenantOutcome, all_known: bool) -> Self {
        match end {
            TenantOutcome::Complete(_) => Self::Complete,
            TenantOutcome::Incomplete(_) if all_known => Self::Expected,
            TenantOutcome::Incomplete(_) => Self::Incomplete,
            TenantOutcome::Failed(_) => Self::Failed,
        }
    }

    /// Returns its name in output.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Expected => "expected",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A scope that is missing.
#[derive(Debug, Serialize)]
struct ScopeGap {
    scope: String,
    outcome: &'static str,
    problem: Option<Problem>,
    /// The reason of the known gap that it is.
    known: Option<String>,
}

#[derive(Debug, Serialize)]
struct Requests {
    sent: u64,
    refused: u64,
}

#[derive(Debug, Serialize)]
struct QuotaLeft {
    /// Requests that were left, by credential; empty where the provider does not state them.
    monthly_remaining: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct QuotaWaits {
    count: u64,
    seconds: f64,
}

/// The reason for a failure.
#[derive(Debug, Serialize)]
struct ErrorRecord {
    message: String,
    /// The case of the call failure that ended the sync; of a tenant also `host` or `resume`.
    case: Option<&'static str>,
    detail: Option<String>,
}

impl SyncResult {
    /// Returns the result of a sync that came to its end.
    pub(super) fn of_sync(
        end: SyncEnd,
        traffic: &Traffic,
        (took, meter): (Duration, &SyncMeter),
    ) -> Self {
        let mut end = TenantEnd::from_end("", end);
        (end.totals.requests, end.totals.refused) = (traffic.sent, traffic.refused);
        end.time = took;
        Self {
            tenant: None,
            ..Self::new(&end, &[], meter)
        }
    }

    fn new(end: &TenantEnd, known: &[KnownGap], meter: &SyncMeter) -> Self {
        let gaps: Vec<ScopeGap> = end
            .gaps
            .iter()
            .map(|scope| ScopeGap::new(scope, known))
            .collect();
        let all_known = gaps.iter().all(|gap| gap.known.is_some());
        let (counts, error) = match &end.outcome {
            TenantOutcome::Complete(counts) | TenantOutcome::Incomplete(counts) => {
                (Some(counts), None)
            }
            TenantOutcome::Failed(reason) => (None, Some(reason)),
        };
        let (count, waited) = meter.wait_totals();
        Self {
            tenant: Some(end.name.clone()),
            outcome: ResultOutcome::for_outcome(&end.outcome, all_known),
            run: end.run.clone(),
            counts: counts.cloned(),
            gaps,
            requests: Requests {
                sent: end.totals.requests,
                refused: end.totals.refused,
            },
            quota: QuotaLeft {
                monthly_remaining: meter.monthly_remaining(),
            },
            waits: QuotaWaits {
                count,
                seconds: waited.as_secs_f64(),
            },
            seconds: end.time.as_secs_f64(),
            error: error.map(|reason| ErrorRecord {
                message: reason.clone(),
                case: end.cause.map(|cause| cause.name()),
                detail: None,
            }),
        }
    }
}

impl ScopeGap {
    fn new(scope: &Scope, known: &[KnownGap]) -> Self {
        let now = Timestamp::now();
        let known = known.iter().find(|known| known.covers_scope(scope, now));
        Self {
            scope: scope_name(scope),
            outcome: scope.outcome.name(),
            problem: scope.problem.clone(),
            known: known.map(|known| known.reason.clone()),
        }
    }
}

/// The result of a sync that was not begun, failed or was stopped.
#[derive(Debug, Serialize)]
pub(super) struct FailureResult {
    outcome: ResultOutcome,
    exit_code: u8,
    error: ErrorRecord,
}

impl FailureResult {
    pub(super) fn new(error: &CliError) -> Self {
        let (outcome, case, detail) = match error {
            CliError::Failed { case, detail, .. } => (ResultOutcome::Failed, *case, detail.clone()),
            CliError::Usage(_) => (ResultOutcome::Failed, None, None),
            CliError::Interrupted(_) => (ResultOutcome::Interrupted, None, None),
        };
        Self {
            outcome,
            exit_code: error.exit_code(),
            error: ErrorRecord {
                message: error.to_string(),
                case,
                detail,
            },
        }
    }
}

/// The results of all tenants of a file.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    outcome: ResultOutcome,
    tenants: Vec<SyncResult>,
}

impl Results {
    pub(super) fn new(file: &TenantsFile, ends: &[TenantEnd]) -> Self {
        let known = |name: &str| {
            let entry = file.tenants.iter().find(|tenant| tenant.name == name);
            entry.map_or(&[][..], |tenant| &tenant.known_gaps)
        };
        let tenants = ends.iter();
        let tenants = tenants.map(|end| SyncResult::new(end, known(&end.name), &end.meter));
        let tenants: Vec<_> = tenants.collect();
        let has = |outcome| tenants.iter().any(|tenant| tenant.outcome == outcome);
        let worst = [
            ResultOutcome::Failed,
            ResultOutcome::Incomplete,
            ResultOutcome::Expected,
        ];
        let worst = worst.into_iter().find(|outcome| has(*outcome));
        Self {
            outcome: worst.unwrap_or(ResultOutcome::Complete),
            tenants,
        }
    }

    /// Returns the end of the command.
    pub(super) fn exit_status(&self) -> Exit {
        let has_failed = |tenant: &SyncResult| tenant.outcome == ResultOutcome::Failed;
        match self.outcome {
            ResultOutcome::Complete | ResultOutcome::Expected => Exit::Done,
            ResultOutcome::Incomplete | ResultOutcome::Interrupted => Exit::Incomplete,
            ResultOutcome::Failed if self.tenants.iter().all(has_failed) => Exit::AllFailed,
            ResultOutcome::Failed => Exit::SomeFailed,
        }
    }

    /// Describes the gaps of tenants that have known gaps: how many are known, and which are new.
    pub(super) fn describe_gaps(&self) -> String {
        let mut text = String::new();
        for tenant in &self.tenants {
            let (known, new): (Vec<_>, Vec<_>) =
                tenant.gaps.iter().partition(|gap| gap.known.is_some());
            let name = tenant.tenant.as_deref().unwrap_or_default();
            if !known.is_empty() {
                // Writing to a text does not fail.
                let _ = writeln!(text, "  {name}: known gaps: {}", known.len());
            }
            for gap in new.iter().take(SHOWN) {
                let scope = plain(&gap.scope);
                let _ = writeln!(text, "  {name}: new gap: {scope} ({})", gap.outcome);
            }
            if new.len() > SHOWN {
                let more = new.len() - SHOWN;
                let _ = writeln!(
                    text,
                    "  {name}: … and {more} more: --format json has them all"
                );
            }
        }
        text
    }
}
