//! What a tenant's requests came to, in one line.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::terminal::styled;
use crate::gateway::Traffic;

/// The line. `took` is the time of the whole sync. Refusals stand out: a connector that keeps to
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
        some => styled(
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
