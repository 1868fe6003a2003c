//! A sync in one screen: what there is, who holds how much, and what is missing.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::accounts::join_accounts;
use super::table::Table;
use super::tenant::describe_tenant;
use super::terminal::styled_text;
use connector_sync::{SyncEnd, SyncFigures, SyncInventory};
use connector_types::plain;
use connector_types::{
    CarryEvidence, Descriptor, Outcome, Run, Scope, SinceLast, TypeIndex, counted,
};

/// The most scopes with one outcome that are described before the rest is only counted.
const SHOWN: usize = 10;
/// Characters of a notice that are shown.
const WORDS: usize = 100;

/// Returns the summary of a sync that has a result, complete or not.
pub fn summarize_sync(synced: &SyncInventory, descriptor: &Descriptor) -> String {
    summarize_end(&SyncEnd::of(synced), descriptor)
}

/// Returns the same of a sync whose records are elsewhere.
pub fn summarize_end(end: &SyncEnd, descriptor: &Descriptor) -> String {
    let figures = &end.figures;
    let mut text = describe_tenant(&end.run.tenant);
    let _ = write!(text, "\n{}", resource_table(figures, descriptor));
    let grants = grant_table(figures, descriptor);
    if !grants.is_empty() {
        let _ = write!(text, "\n{grants}");
    }
    let _ = write!(text, "{}", account_counts(figures, descriptor));
    let notices = notice_table(figures);
    if !notices.is_empty() {
        let _ = write!(text, "\n{notices}");
    }
    let _ = write!(text, "{}", missing_scopes_text(end));
    let _ = write!(text, "{}", describe_skipped(end, descriptor));
    let carried = end.summary.carried;
    let since_last = describe_since_last(&end.run, carried);
    let since_last = since_last.map_or(String::new(), |line| line + "\n");
    let _ = write!(text, "\n{since_last}{}", sync_verdict(end));
    text
}

/// Describes the basis of a sync of changes, which has carried over so many scopes, or the reason
/// why it read everything.
pub(super) fn describe_since_last(run: &Run, carried: u64) -> Option<String> {
    Some(match run.since_last.as_ref()? {
        SinceLast::Full(reason) => format!("Everything was read: {}.", plain(reason)),
        SinceLast::Carried(reliance) => {
            let CarryEvidence {
                from,
                log_since,
                events,
                changed,
                ..
            } = reliance;
            let carried = counted(carried, "scope");
            let (events, changed) = (counted(*events, "event"), counted(*changed, "resource"));
            format!(
                "Carried over from the sync of {}: {carried}. The provider's change log since {} has {events}, which name {changed}. What the log does not show is missing until the next sync that reads everything.",
                plain(from),
                plain(log_since)
            )
        }
    })
}

fn resource_table(figures: &SyncFigures, descriptor: &Descriptor) -> Table {
    let types = TypeIndex::new(descriptor);
    let mut counts: Vec<_> = figures.resources.iter().collect();
    counts.sort_by_key(|(id, _)| (types.order(id), *id));
    let mut table = Table::new(["Resources", "listed", "referenced"]);
    for (id, (listed, referenced)) in counts {
        table.add_row([id.to_string(), listed.to_string(), referenced.to_string()]);
    }
    table
}

fn grant_table(figures: &SyncFigures, descriptor: &Descriptor) -> Table {
    let types = TypeIndex::new(descriptor);
    let mut counts: Vec<_> = figures.grants.iter().collect();
    counts.sort_by_key(|((id, slug), _)| (types.order(id), id, slug));
    let mut table = Table::new(["On", "entitlement", "grants", "by rule", "to groups"]);
    for ((id, slug), counts) in counts {
        let numbers = [counts.all, counts.implied, counts.expanded];
        let [all, implied, groups] = numbers.map(|n| n.to_string());
        table.add_row([id.to_string(), slug.to_string(), all, implied, groups]);
    }
    table
}

fn account_counts(figures: &SyncFigures, descriptor: &Descriptor) -> String {
    let mut table = Table::new([
        "Accounts by address",
        "both",
        "first only",
        "second only",
        "unclear",
    ]);
    let mut unclear = String::new();
    for join in join_accounts(&figures.accounts, descriptor) {
        let (first, second) = &join.types;
        table.add_row([
            format!("{first}, {second}"),
            join.matched.to_string(),
            join.alone.0.to_string(),
            join.alone.1.to_string(),
            join.conflicts.len().to_string(),
        ]);
        for (address, accounts) in join.conflicts.iter().take(SHOWN) {
            let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            let accounts = plain(&accounts.join(", "));
            let _ = writeln!(unclear, "  unclear: {}: {accounts}", plain(address));
        }
    }
    if table.is_empty() {
        unclear
    } else {
        format!("\n{table}{unclear}")
    }
}

fn notice_table(figures: &SyncFigures) -> Table {
    let mut table = Table::new(["Notice", "times", "such as"]);
    for (code, (times, message)) in &figures.notices {
        table.add_row([code.clone(), times.to_string(), shorten_text(message)]);
    }
    table
}

fn shorten_text(text: &str) -> String {
    let start: String = text.chars().take(WORDS).collect();
    if start.len() < text.len() {
        format!("{start}…")
    } else {
        start
    }
}

/// Returns the incomplete scopes; those with the same outcome and the same message are merged.
fn missing_scopes_text(end: &SyncEnd) -> String {
    let mut fates: BTreeMap<(&str, &str, &str), Vec<&Scope>> = BTreeMap::new();
    for scope in &end.scopes {
        if matches!(scope.outcome, Outcome::Complete | Outcome::NotAsked) {
            continue;
        }
        let words = scope
            .problem
            .as_ref()
            .map(|problem| problem.message.as_str());
        let words = words.unwrap_or("something that the provider sent could not be reported");
        let fate = (scope.outcome.name(), scope.resource_type.as_str(), words);
        fates.entry(fate).or_default().push(scope);
    }
    let mut text = String::new();
    if !fates.is_empty() {
        let _ = writeln!(text, "\n{}", styled_text(Style::new().bold(), "  Not read"));
    }
    let more = fates.len().saturating_sub(SHOWN);
    for ((outcome, resource_type, words), scopes) in fates.into_iter().take(SHOWN) {
        let place = scope_place(&scopes);
        let _ = writeln!(
            text,
            "  {outcome}: {}{place}: {}",
            plain(resource_type),
            plain(words)
        );
    }
    if more > 0 {
        let more = counted(more, "more kind");
        let _ = writeln!(text, "  … and {more}: the NDJSON has them all");
    }
    text
}

fn scope_place(scopes: &[&Scope]) -> String {
    match scopes {
        [Scope { id: Some(id), .. }] => format!(" {}", plain(id)),
        [_] => String::new(),
        several => format!(" ({} scopes)", several.len()),
    }
}

fn describe_skipped(end: &SyncEnd, descriptor: &Descriptor) -> String {
    let mut text = String::new();
    let scopes = end.scopes.iter();
    let skipped = scopes.filter(|scope| scope.outcome == Outcome::NotAsked);
    let types: Vec<_> = skipped.map(|scope| &*scope.resource_type).collect();
    for id in &types {
        let why = skip_reason(descriptor, &types, id);
        let _ = writeln!(text, "  skipped: {id}: {why}");
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// Returns the reason why a type was not asked for, by its declaration and the other such types.
fn skip_reason(descriptor: &Descriptor, skipped: &[&str], id: &str) -> String {
    let Some(known) = descriptor.resource_type(id) else {
        return "left out".to_owned();
    };
    match (&known.needs, &known.parent) {
        _ if known.opt_in => format!("add --include {id} to read it"),
        (Some(needs), _) => format!("it needs the credential {needs}"),
        (None, Some(parent)) if skipped.contains(&&**parent) => {
            format!("it is read with {parent}")
        }
        (None, _) => "left out by --exclude".to_owned(),
    }
}

fn sync_verdict(end: &SyncEnd) -> String {
    let summary = &end.summary;
    let requests = counted(summary.requests, "request");
    let count = counted(summary.scopes.values().sum::<u64>(), "scope");
    let lacking = end.scopes.iter();
    let lacking = lacking.filter(|scope| !scope.outcome.lets_run_be_complete());
    // A list that is not offered can be what is missing, too.
    let lacking = lacking.count().max(1);
    if summary.complete {
        let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
        let word = styled_text(green, "Complete");
        return format!("{word}: {count}, {requests}.\n");
    }
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let word = styled_text(red, "Not complete");
    format!(
        "{word}: {lacking} of {count} could not be read whole ({requests}). What is absent there may still exist.\n"
    )
}
