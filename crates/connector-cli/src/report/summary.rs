//! A sync in one screen: what there is, who holds how much, and what is missing.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::accounts::join_accounts;
use super::table::Table;
use super::tenant::describe_tenant;
use super::terminal::styled;
use connector_sync::Synced;
use connector_types::plain;
use connector_types::{Descriptor, Evidence, Outcome, Scope, TypeIndex, counted};

/// Scopes with one fate that are shown in words before the rest is only counted.
const SHOWN: usize = 10;
/// Characters of a notice that are shown.
const WORDS: usize = 100;

/// The summary of a sync that has a result, complete or not.
pub fn summarize(synced: &Synced, descriptor: &Descriptor) -> String {
    let mut text = describe_tenant(&synced.run.tenant);
    let _ = write!(text, "\n{}", resources(synced, descriptor));
    let grants = grants(synced, descriptor);
    if !grants.is_empty() {
        let _ = write!(text, "\n{grants}");
    }
    let _ = write!(text, "{}", accounts(synced, descriptor));
    let notices = notices(synced);
    if !notices.is_empty() {
        let _ = write!(text, "\n{notices}");
    }
    let _ = write!(text, "{}", missing(synced));
    let _ = write!(text, "{}", not_asked(synced, descriptor));
    let _ = write!(text, "\n{}", verdict(synced));
    text
}

fn resources(synced: &Synced, descriptor: &Descriptor) -> Table {
    let types = TypeIndex::new(descriptor);
    let mut counts: BTreeMap<(usize, &str), (u64, u64)> = BTreeMap::new();
    for resource in &synced.resources {
        let id = resource.id.resource_type.as_str();
        let count = counts.entry((types.order(id), id)).or_default();
        match resource.evidence {
            Evidence::Listed => count.0 += 1,
            Evidence::Mentioned => count.1 += 1,
        }
    }
    let mut table = Table::new(["Resources", "listed", "only referred to"]);
    for ((_, id), (listed, mentioned)) in counts {
        table.row([id.to_owned(), listed.to_string(), mentioned.to_string()]);
    }
    table
}

fn grants(synced: &Synced, descriptor: &Descriptor) -> Table {
    let types = TypeIndex::new(descriptor);
    let mut counts: BTreeMap<(usize, &str, &str), (u64, u64, u64)> = BTreeMap::new();
    for grant in &synced.grants {
        let id = grant.resource.resource_type.as_str();
        let order = types.order(id);
        let count = counts.entry((order, id, &grant.entitlement)).or_default();
        count.0 += 1;
        count.1 += u64::from(grant.implied_by.is_some());
        count.2 += u64::from(grant.expands.is_some());
    }
    let mut table = Table::new(["On", "entitlement", "grants", "by rule", "to groups"]);
    for ((_, id, slug), (all, implied, groups)) in counts {
        let numbers = [all, implied, groups].map(|n| n.to_string());
        let [all, implied, groups] = numbers;
        table.row([id.to_owned(), slug.to_owned(), all, implied, groups]);
    }
    table
}

fn accounts(synced: &Synced, descriptor: &Descriptor) -> String {
    let mut table = Table::new([
        "Accounts by address",
        "both",
        "first only",
        "second only",
        "unclear",
    ]);
    let mut unclear = String::new();
    for join in join_accounts(&synced.resources, descriptor) {
        let (first, second) = &join.types;
        table.row([
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
    match table.is_empty() {
        true => unclear,
        false => format!("\n{table}{unclear}"),
    }
}

fn notices(synced: &Synced) -> Table {
    let mut counts: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for notice in &synced.notices {
        let count = counts.entry(&notice.code).or_insert((0, &notice.message));
        count.0 += 1;
    }
    let mut table = Table::new(["Notice", "times", "such as"]);
    for (code, (times, message)) in counts {
        table.row([code.to_owned(), times.to_string(), shortened(message)]);
    }
    table
}

fn shortened(text: &str) -> String {
    let start: String = text.chars().take(WORDS).collect();
    match start.len() < text.len() {
        true => format!("{start}…"),
        false => start,
    }
}

/// Scopes with the same fate and the same words are told once.
fn missing(synced: &Synced) -> String {
    let mut fates: BTreeMap<(&str, &str, &str), Vec<&Scope>> = BTreeMap::new();
    for scope in &synced.scopes {
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
        let _ = writeln!(text, "\n{}", styled(Style::new().bold(), "  Not read"));
    }
    let more = fates.len().saturating_sub(SHOWN);
    for ((outcome, resource_type, words), scopes) in fates.into_iter().take(SHOWN) {
        let place = place(&scopes);
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

fn place(scopes: &[&Scope]) -> String {
    match scopes {
        [Scope { id: Some(id), .. }] => format!(" {}", plain(id)),
        [_] => String::new(),
        several => format!(" ({} scopes)", several.len()),
    }
}

fn not_asked(synced: &Synced, descriptor: &Descriptor) -> String {
    let mut text = String::new();
    let scopes = synced.scopes.iter();
    for scope in scopes.filter(|scope| scope.outcome == Outcome::NotAsked) {
        let id = &scope.resource_type;
        let why = match descriptor.resource_type(id) {
            Some(known) if known.opt_in => format!("add --include {id} to read it"),
            Some(known) => match &known.needs {
                Some(needs) => format!("it needs the credential {needs}"),
                None => "left out".to_owned(),
            },
            None => "left out".to_owned(),
        };
        let _ = writeln!(text, "  not asked: {id}: {why}");
    }
    match text.is_empty() {
        true => text,
        false => format!("\n{text}"),
    }
}

fn verdict(synced: &Synced) -> String {
    let summary = &synced.summary;
    let requests = counted(summary.requests, "request");
    let count = counted(summary.scopes.values().sum::<u64>(), "scope");
    let lacking = synced.scopes.iter();
    let lacking = lacking.filter(|scope| !scope.outcome.lets_run_be_complete());
    // A list that is not offered can be what is missing, too.
    let lacking = lacking.count().max(1);
    if summary.complete {
        let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
        let word = styled(green, "Complete");
        return format!("{word}: {count}, {requests}.\n");
    }
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let word = styled(red, "Not complete");
    format!(
        "{word}: {lacking} of {count} could not be read whole ({requests}). What is absent there may still exist.\n"
    )
}
