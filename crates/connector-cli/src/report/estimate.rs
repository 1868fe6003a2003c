//! The requests of a sync before it is made, for people.

use std::fmt::Write;

use super::table::Table;
use connector_sync::{CredentialEstimate, RequestEstimate, ScopeEstimate};
use connector_types::{counted, plain};

/// Describes an estimate. `source` says where it comes from, `sent` how many requests were sent for it.
pub fn describe_estimate(
    name: &str,
    source: &str,
    sent: u64,
    estimate: &RequestEstimate,
) -> String {
    let mut table = Table::new(["CALL", "TYPE", "SCOPES", "READ", "REQUESTS"]);
    estimate
        .scopes
        .iter()
        .for_each(|kind| table.add_row(estimate_row(kind)));
    let mut text = format!(
        "Requests of a sync of {} ({source}; {} sent for this)\n{table}",
        plain(name),
        counted(sent, "request")
    );
    // Writing to a text does not fail.
    let _ = writeln!(text, "{}", total_line(estimate));
    for kind in &estimate.scopes {
        for (outcome, scopes) in &kind.unread {
            let resource_type = plain(kind.resource_type.as_deref().unwrap_or_default());
            let scopes = counted(*scopes, "scope");
            let _ = writeln!(
                text,
                "note: {scopes} of {resource_type} could not be read ({outcome}): a sync may send more"
            );
        }
    }
    for credential in &estimate.credentials {
        let _ = writeln!(text, "{}", quota_line(credential));
    }
    text
}

fn estimate_row(kind: &ScopeEstimate) -> [String; 5] {
    [
        kind.call.map_or("validate", |call| call.name()).to_owned(),
        kind.resource_type.clone().unwrap_or_default(),
        kind.scopes.to_string(),
        kind.read.to_string(),
        kind.requests.to_string(),
    ]
}

fn total_line(estimate: &RequestEstimate) -> String {
    let requests = counted(estimate.requests, "request");
    let bound = if estimate.is_counted() {
        "every scope was counted".to_owned()
    } else {
        format!(
            "at least {}; a scope that was not read counts as those of its type that were",
            estimate.requests_at_least
        )
    };
    let time = match estimate.seconds_at_least {
        0 => "no rate limit holds them up".to_owned(),
        seconds => format!("{} min or more at the rate limits", format_minutes(seconds)),
    };
    format!("Total: {requests} ({bound}); {time}.")
}

/// Minutes with one digit behind the point, rounded up.
fn format_minutes(seconds: u64) -> String {
    let tenths = seconds.div_ceil(6);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn quota_line(one: &CredentialEstimate) -> String {
    let credential = plain(&one.credential);
    let requests = counted(one.requests, "request");
    let left = one
        .monthly_remaining
        .map(|left| format!(", of which {left} are left"));
    match (one.monthly_limit, one.share) {
        (Some(limit), Some(share)) => format!(
            "Credential {credential}: {requests}, {}.{:02} % of the {limit} of a month{}.",
            share / 100,
            share % 100,
            left.unwrap_or_default()
        ),
        _ => format!(
            "Credential {credential}: {requests}; the provider states no monthly quota{}.",
            left.unwrap_or_default()
        ),
    }
}
