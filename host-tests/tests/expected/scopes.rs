//! Nothing is lost in silence: each thing that the simulated team shows and nobody can report, and
//! each refusal, has a scope that says so, and no scope says so without a reason.

use std::collections::BTreeSet;

use connector_host::records::{Notice, Outcome, ResourceId};
use connector_host::sync::SyncInventory;
use postman_simulator::{ExpectedState, KeyOwner, Options, TeamPlan};

use crate::harness::name;

/// Every way in which the scopes do not account for what the expected state says cannot be read.
pub fn unaccounted(
    synced: &SyncInventory,
    expected: &ExpectedState,
    options: &Options,
) -> Vec<String> {
    let mut found = Vec::new();
    let partial = names(synced, |outcome| outcome == Outcome::Partial);
    let omitted: BTreeSet<String> = expected.omitted.iter().map(|what| omitting(what)).collect();
    let unknown = expected.unknown_members.iter();
    let unknown: BTreeSet<String> = unknown.map(|place| naming(place)).collect();
    compare(&mut found, "partial", &partial, &(&omitted | &unknown));
    compare(
        &mut found,
        "of unknown access",
        &unknown_access(synced),
        &expected.unknown_access,
    );
    let failed = names(synced, |outcome| {
        !matches!(
            outcome,
            Outcome::Complete | Outcome::Partial | Outcome::NotAsked
        )
    });
    let mut refused: BTreeSet<String> = expected
        .refused
        .iter()
        .map(|what| format!("grants {what}"))
        .collect();
    refused.extend(refused_lists(synced, expected, options).map(str::to_owned));
    compare(&mut found, "refused", &failed, &refused);
    for scope in partial.intersection(&omitted) {
        if !synced
            .notices
            .iter()
            .any(|notice| notice.is_partial() && speaks_of(notice, scope))
        {
            found.push(format!("no notice says what {scope} omits"));
        }
    }
    if synced.summary.complete && !(partial.is_empty() && only_not_offered(synced)) {
        found.push("the run is called complete".to_owned());
    }
    found
}

/// Returns the resources of unknown access by the notices, as `workspace <id>`.
fn unknown_access(synced: &SyncInventory) -> BTreeSet<String> {
    let notices = synced.notices.iter();
    let about = notices.filter(|notice| notice.code == "unknown-access");
    about
        .filter_map(|notice| notice.about.as_ref().map(ToString::to_string))
        .collect()
}

fn names(synced: &SyncInventory, ended: impl Fn(Outcome) -> bool) -> BTreeSet<String> {
    let scopes = synced.scopes.iter().filter(|scope| ended(scope.outcome));
    scopes.map(name).collect()
}

fn compare(
    found: &mut Vec<String>,
    what: &str,
    reported: &BTreeSet<String>,
    wanted: &BTreeSet<String>,
) {
    found.extend(
        wanted
            .difference(reported)
            .map(|scope| format!("{scope} is not {what}")),
    );
    found.extend(
        reported
            .difference(wanted)
            .map(|scope| format!("{scope} is {what} for no reason")),
    );
}

/// The scope that names a set of unknown members.
fn naming(place: &str) -> String {
    if place.starts_with("list ") {
        place.to_owned()
    } else {
        format!("grants {place}")
    }
}

/// The scope that has to omit something, such as `workspaces: id a/b`.
fn omitting(what: &str) -> String {
    let (list, _) = what.split_once(": ").expect("a list");
    match list.split_once(" of ") {
        Some(("roles", workspace)) => format!("grants workspace {workspace}"),
        Some(("activities", report)) => format!("list activity under analytics-report {report}"),
        Some((plural, workspace)) => {
            let of = plural.trim_end_matches('s');
            format!("list {of} under workspace {workspace}")
        }
        None => match list {
            "keys" => "list collection-access-key".to_owned(),
            "scim" => "list scim-account".to_owned(),
            plural => format!("list {}", plural.trim_end_matches('s')),
        },
    }
}

/// The lists that the plan or the key's owner cannot read, of those that were asked for.
fn refused_lists(
    synced: &SyncInventory,
    expected: &ExpectedState,
    options: &Options,
) -> impl Iterator<Item = &'static str> {
    let inside = options.owner != KeyOwner::Partner;
    let enterprise = options.plan == TeamPlan::Enterprise;
    let members = enterprise || options.plan == TeamPlan::Team;
    let has_analytics = expected
        .resources
        .iter()
        .any(|line| line.contains(r#""analytics-report""#));
    let lists = [
        ("list user", inside && members),
        ("list group", inside && enterprise),
        ("list scim-account", enterprise),
        ("list scim-group", enterprise),
        ("list analytics-report", has_analytics),
    ];
    let asked = |list: &str| {
        let mut scopes = synced
            .scopes
            .iter()
            .filter(|scope| scope.outcome != Outcome::NotAsked);
        scopes.any(|scope| name(scope) == list)
    };
    let refused = lists
        .into_iter()
        .filter(move |(list, readable)| !readable && asked(list));
    refused.map(|(list, _)| list)
}

/// Returns whether a notice is about what this scope reads, or names it.
fn speaks_of(notice: &Notice, scope: &str) -> bool {
    let is_about = |about: &ResourceId| {
        let (_, under) = scope.split_once(" under ").unwrap_or_default();
        let is_listed = scope == format!("list {}", about.resource_type);
        scope.ends_with(&about.to_string())
            || is_listed
            || !under.is_empty() && notice.message.contains(under)
    };
    match &notice.about {
        Some(about) => is_about(about),
        None => {
            let listed = scope
                .strip_prefix("list ")
                .unwrap_or("something that can be named");
            let in_words = notice.message.to_lowercase().replace(' ', "-");
            in_words.contains(listed)
        }
    }
}

fn only_not_offered(synced: &SyncInventory) -> bool {
    let mut scopes = synced.scopes.iter();
    scopes.all(|scope| scope.outcome.lets_run_be_complete())
}
