//! Many tenants on one screen: how each ended, and what it used.

use std::fmt::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::summary::describe_since_last;
use super::table::Table;
use super::terminal::styled_text;
use super::traffic::to_mebibytes;
use connector_host::tenants::{TenantEnd, TenantOutcome};
use connector_types::counted;
use connector_types::plain;

/// Returns the summary of all tenants, sorted as they come, and why some are not complete.
pub fn summarize_tenants(ends: &[TenantEnd]) -> String {
    let mut text = format!("{}\n", fleet_table(ends));
    for end in ends {
        if let Some(why) = failure_reason(&end.outcome) {
            let _ = writeln!(text, "  {}: {}", end.name, plain(&why));
        }
        if let Some(since_last) = tenant_since_last(end) {
            let _ = writeln!(text, "  {}: {since_last}", end.name);
        }
    }
    let complete = count(ends, |outcome| {
        matches!(outcome, TenantOutcome::Complete(_))
    });
    let failed = count(ends, |outcome| matches!(outcome, TenantOutcome::Failed(_)));
    let (word, colour) = if complete == ends.len() {
        ("Complete", AnsiColor::Green)
    } else {
        ("Not complete", AnsiColor::Red)
    };
    let word = styled_text(Style::new().bold().fg_color(Some(colour.into())), word);
    let missing = ends.len() - complete - failed;
    let all = counted(ends.len(), "tenant");
    let _ = writeln!(
        text,
        "{word}: of {all} {complete} complete, {missing} with scopes missing, {failed} failed."
    );
    text
}

fn tenant_since_last(end: &TenantEnd) -> Option<String> {
    let carried = match &end.outcome {
        TenantOutcome::Complete(summary) | TenantOutcome::Incomplete(summary) => summary.carried,
        TenantOutcome::Failed(_) => 0,
    };
    describe_since_last(end.run.as_ref()?, carried)
}

/// Returns one line about a tenant that has ended, with the reason of a failure.
pub fn tenant_line(end: &TenantEnd) -> String {
    let (name, outcome) = (&end.name, outcome_word(&end.outcome));
    let seconds = end.time.as_secs_f64();
    match &end.outcome {
        TenantOutcome::Failed(reason) => {
            format!(
                "{name}: {outcome} after {seconds:.1} s: {}\n",
                plain(reason)
            )
        }
        TenantOutcome::Complete(_) | TenantOutcome::Incomplete(_) => {
            format!("{name}: {outcome} after {seconds:.1} s\n")
        }
    }
}

fn fleet_table(ends: &[TenantEnd]) -> Table {
    let mut table = Table::new([
        "Tenant",
        "outcome",
        "resources",
        "grants",
        "requests",
        "refused",
        "seconds",
        "cpu ms",
        "peak ms a call",
        "peak MiB a call",
    ]);
    for end in ends {
        let (resources, grants) = match &end.outcome {
            TenantOutcome::Complete(summary) | TenantOutcome::Incomplete(summary) => {
                (summary.resources.to_string(), summary.grants.to_string())
            }
            TenantOutcome::Failed(_) => ("-".to_owned(), "-".to_owned()),
        };
        let totals = &end.totals;
        table.add_row([
            end.name.clone(),
            outcome_word(&end.outcome).to_owned(),
            resources,
            grants,
            totals.requests.to_string(),
            totals.refused.to_string(),
            format!("{:.1}", end.time.as_secs_f64()),
            round_milliseconds(totals.cpu),
            round_milliseconds(totals.cpu_peak),
            format!("{:.1}", to_mebibytes(totals.memory_peak)),
        ]);
    }
    table
}

fn round_milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

/// Returns the outcome of a tenant's sync as one word.
pub fn outcome_word(outcome: &TenantOutcome) -> &'static str {
    match outcome {
        TenantOutcome::Complete(_) => "complete",
        TenantOutcome::Incomplete(_) => "incomplete",
        TenantOutcome::Failed(_) => "failed",
    }
}

fn failure_reason(outcome: &TenantOutcome) -> Option<String> {
    match outcome {
        TenantOutcome::Complete(_) => None,
        TenantOutcome::Incomplete(summary) => {
            let scopes = summary.scopes.iter();
            let counts = scopes.map(|(outcome, count)| format!("{count} {outcome}"));
            let counts = counts.collect::<Vec<_>>().join(", ");
            Some(format!("its scopes ended {counts}"))
        }
        TenantOutcome::Failed(reason) => Some(reason.clone()),
    }
}

fn count(ends: &[TenantEnd], is: impl Fn(&TenantOutcome) -> bool) -> usize {
    ends.iter().filter(|end| is(&end.outcome)).count()
}
