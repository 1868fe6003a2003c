//! A tenant's requests, the resources that its calls used, and the replicas that answered them: a
//! line each.

use std::collections::BTreeMap;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::terminal::styled_text;
use connector_gateway::Traffic;
use connector_host::service::Replica;
use connector_runtime::Totals;
use connector_types::counted;

/// Returns the line. `took` is the time of the whole sync. Refusals stand out: a connector that keeps to
/// its description has none.
pub fn describe_traffic(traffic: &Traffic, took: Duration) -> String {
    let Traffic {
        sent,
        refused,
        failed,
        bytes,
        waited,
    } = traffic;
    let refused = match refused {
        0 => "0 refused".to_owned(),
        some => styled_text(
            Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            &format!("{some} refused by the host (--log - shows them)"),
        ),
    };
    format!(
        "Requests: {sent} sent, {refused}, {failed} failed; {} KiB read in {:.1} s, of which the provider took {:.1} s side by side.\n",
        bytes.div_ceil(1024),
        took.as_secs_f64(),
        waited.as_secs_f64()
    )
}

/// Returns the line of what the sandbox measured.
pub fn describe_totals(totals: &Totals) -> String {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    format!(
        "Sandbox: {}, {:.1} ms of processor time, at most {:.1} ms and {:.1} MiB in one call.\n",
        counted(totals.calls, "call"),
        milliseconds(totals.cpu),
        milliseconds(totals.cpu_peak),
        to_mebibytes(totals.memory_peak)
    )
}

/// Returns the line of who answered, where the connector runs as a service.
pub fn describe_replicas(answers: &BTreeMap<Replica, u64>) -> String {
    let answers = answers.iter();
    let each: Vec<String> = answers
        .map(|(replica, count)| format!("{} of {replica}", counted(*count, "answer")))
        .collect();
    let mixed = match each.len() {
        0 | 1 => "",
        _ => " The service was brought to another version meanwhile; both are compatible.",
    };
    format!("Service: {}.{mixed}\n", each.join(", "))
}

/// Returns bytes as mebibytes. Memory grows by pages of 64 KiB, so the shown digits are exact.
pub(super) fn to_mebibytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes >> 16).unwrap_or(u32::MAX)) / 16.0
}
