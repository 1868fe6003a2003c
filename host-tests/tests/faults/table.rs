//! Every fault at every endpoint, for as long as it is asked.

use std::collections::BTreeSet;
use std::sync::Mutex;

use connector_host::records::Outcome;
use connector_host::sync::SyncInventory;
use postman_simulator::{Fault, FaultRule};
use tokio::task::JoinSet;

use crate::harness::{name, outcome};
use crate::postman::connector;
use crate::reading::{Reading, read, read_directly, small};
use crate::seeds::{spread, standing_still};

/// Syncs under way at once.
pub const AT_ONCE: usize = 16;

/// The scopes of each endpoint: the beginning of their names.
const SERVED: [(&str, &str); 18] = [
    ("/users", "list user"),
    ("/groups", "list group"),
    ("/groups/{group}", "grants group"),
    ("/workspaces", "list workspace"),
    ("/teams", "list workspace"),
    ("/teams/{team}", "list team"),
    ("/workspaces/{workspace}/roles", "grants workspace"),
    ("/workspaces-roles", "entitlements workspace"),
    ("/collections", "list collection under"),
    ("/collections/{collection}/roles", "grants collection"),
    ("/collection-access-keys", "list collection-access-key"),
    ("/scim/v2/Users", "list scim-account"),
    ("/scim/v2/Groups", "list scim-group"),
    (
        "/analytics?metrics=license_consumption",
        "list analytics-report",
    ),
    (
        "/analytics?metrics=partner_engagement_funnel",
        "list analytics-report",
    ),
    ("/accounts", "list analytics-report"),
    (
        "/analytics?metrics=members",
        "list activity under analytics-report",
    ),
    (
        "/analytics?metrics=pending_invites",
        "list invitation under analytics-report",
    ),
];

/// The endpoint of the change log, which these syncs do not read.
const LOG: &str = "/audit/logs";

/// Every endpoint that these syncs read.
pub fn paths() -> impl Iterator<Item = &'static str> {
    let served = SERVED.iter().map(|(path, _)| *path);
    ["/me"].into_iter().chain(served)
}

/// The scopes of an endpoint, and how they ended.
fn served<'a>(synced: &'a SyncInventory, path: &str) -> Vec<(String, Outcome, &'a str)> {
    let (_, scopes) = SERVED
        .into_iter()
        .find(|(known, _)| *known == path)
        .unwrap();
    let named = synced.scopes.iter().map(|scope| {
        let said = scope
            .problem
            .as_ref()
            .map_or("", |problem| &problem.message);
        (name(scope), scope.outcome, said)
    });
    let of_endpoint = |name: &str| name == scopes || name.starts_with(&format!("{scopes} "));
    named.filter(|(name, ..)| of_endpoint(name)).collect()
}

/// Returns the errors of a sync in which one endpoint never answers well.
fn spoilt(path: &str, reading: &Reading) -> Vec<String> {
    let synced = match &reading.ended {
        // Nothing is concluded from a sync that failed.
        Err(_) => return Vec::new(),
        Ok(_) if path == "/me" => return vec!["it came to its end".to_owned()],
        Ok(synced) => synced,
    };
    let mut found = reading.wrongs();
    let served = served(synced, path);
    // Groups are asked for at the beginning, too: a wait that they ask for can end it all at the team.
    if served.is_empty() && outcome(synced, "list team") == "complete" {
        found.push("no scope of it is reported".to_owned());
    }
    // A catalogue that cannot be read is made up for by words of the connector's own, with a notice. A
    // team without sub-teams is whole where `/teams` is refused; else access is said to be unknown. A
    // report without some figures says so.
    let says = |code: &str| synced.notices.iter().any(|it| it.code == code);
    let makes_up = match path {
        "/workspaces-roles" => says("no-catalogue"),
        "/teams/{team}" => says("no-members"),
        "/teams" => true,
        "/analytics?metrics=partner_engagement_funnel" => says("no-partners"),
        "/analytics?metrics=license_consumption" | "/accounts" => says("no-figures"),
        _ => false,
    };
    for (name, outcome, _) in served {
        if outcome == Outcome::Complete && !makes_up {
            found.push(format!("{name} is complete"));
        }
    }
    found
}

/// Returns whether a fault shows at every endpoint, in lists of one page too, and spoils answers.
fn always_shows(fault: &Fault) -> bool {
    let in_later_pages = matches!(
        fault,
        Fault::SameCursor
            | Fault::Circle(_)
            | Fault::SamePages(_)
            | Fault::Overlap(_)
            | Fault::ExpiredCursor
    );
    let in_one_list = matches!(
        fault,
        Fault::NoUsers | Fault::OwnerUnlisted | Fault::PageLimit(_)
    );
    !in_later_pages && !in_one_list && !fault.moves_the_team()
}

/// Returns whether a fault can show at an endpoint: of figures, no text is read.
fn shows_at(path: &str, fault: &Fault) -> bool {
    let has_figures = path.contains("license_consumption") || path == "/accounts";
    !(has_figures && *fault == Fault::InvalidUtf8)
}

/// Each of the faults that are wanted at each endpoint, with the endpoint's path.
fn cases(wanted: impl Fn(&Fault) -> bool) -> Vec<(&'static str, FaultRule)> {
    let cases = paths().flat_map(|path| {
        let faults = Fault::example_faults().into_iter().filter(always_shows);
        let wanted = faults.filter(|fault| wanted(fault) && shows_at(path, fault));
        wanted.map(move |fault| (path, FaultRule::at_path(path, fault)))
    });
    cases.collect()
}

#[test]
fn every_endpoint_but_the_log_is_tried() {
    let connector = standing_still().block_on(connector());
    let declared = connector.descriptor().endpoints.iter();
    let declared: BTreeSet<_> = declared.map(|one| one.path.as_str()).collect();
    let tried = paths().map(|path| path.split('?').next().unwrap());
    assert_eq!(tried.chain([LOG]).collect::<BTreeSet<_>>(), declared);
}

fn is_a_status(fault: &Fault) -> bool {
    matches!(fault, Fault::Status { .. })
}

fn wrongs(path: &str, rule: &FaultRule, reading: &Reading) -> Vec<String> {
    let mut found = spoilt(path, reading);
    if reading.times() == 0 {
        let failure = reading.ended.as_ref().err();
        let failure = failure.map(|error| format!(", and the sync failed: {error}"));
        found.push(format!("it never fired{}", failure.unwrap_or_default()));
    }
    let named = found.into_iter().map(|wrong| format!("{rule}: {wrong}"));
    named.collect()
}

fn assert_none(found: &[String]) {
    let shown: Vec<_> = found.iter().take(30).map(String::as_str).collect();
    let shown = shown.join("\n");
    assert!(found.is_empty(), "{} wrongs:\n{shown}", found.len());
}

/// A status is a status over any connection: these need none.
#[test]
fn a_refusing_endpoint_costs_its_scopes_alone() {
    let connector = standing_still().block_on(connector());
    let cases = cases(is_a_status);
    let found = Mutex::new(Vec::new());
    spread(&cases, |runtime, (path, rule)| {
        let reading = read_directly(connector, small(vec![rule.clone()]), |same| same);
        let reading = runtime.block_on(reading);
        found.lock().unwrap().extend(wrongs(path, rule, &reading));
    });
    assert_none(&found.into_inner().unwrap());
    assert_eq!(cases.len(), (SERVED.len() + 1) * (15 * 13 + 2), "syncs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncating_endpoint_costs_its_scopes_alone() {
    let cases = cases(|fault| !is_a_status(fault));
    let (mut running, mut found) = (JoinSet::new(), Vec::new());
    let syncs = cases.len();
    for (path, rule) in cases {
        if running.len() == AT_ONCE {
            found.extend(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(async move {
            let reading = read(small(vec![rule.clone()])).await;
            wrongs(path, &rule, &reading)
        });
    }
    found.extend(running.join_all().await.into_iter().flatten());
    assert_none(&found);
    assert_eq!(syncs, (SERVED.len() + 1) * (2 * 9 + 13) - 2, "syncs");
}
