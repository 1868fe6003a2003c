//! Every fault at every endpoint, for as long as it is asked.

use std::sync::Mutex;

use connector_host::Connector;
use connector_host::records::Outcome;
use connector_host::sync::Synced;
use postman_simulator::{Fault, FaultRule};
use tokio::task::JoinSet;

use crate::harness::{name, outcome};
use crate::postman::connector;
use crate::reading::{Reading, read, read_directly, small};
use crate::seeds::{spread, standing_still};

/// Syncs under way at once.
pub const AT_ONCE: usize = 16;

/// What each endpoint serves: the beginning of the scopes' names.
const SERVED: [(&str, &str); 13] = [
    ("/users", "list user"),
    ("/groups", "list group"),
    ("/groups/{group}", "grants group"),
    ("/workspaces", "list workspace"),
    ("/teams", "list workspace"),
    ("/teams/{team}", "list team"),
    ("/workspaces/{workspace}/roles", "grants workspace"),
    ("/workspaces-roles", "rights workspace"),
    ("/collections", "list collection under"),
    ("/collections/{collection}/roles", "grants collection"),
    ("/collection-access-keys", "list collection-access-key"),
    ("/scim/v2/Users", "list scim-account"),
    ("/scim/v2/Groups", "list scim-group"),
];

/// The scopes of an endpoint, and how they ended.
fn served<'a>(synced: &'a Synced, path: &str) -> Vec<(String, Outcome, &'a str)> {
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

/// What is wrong with a sync in which one endpoint never answers well.
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
        found.push("no scope of it is told".to_owned());
    }
    // A catalogue that cannot be read is made up for by words of the connector's own, with a notice. A
    // team without sub-teams is whole where `/teams` is refused; else access is said to be unknown.
    let says = |code: &str| synced.notices.iter().any(|it| it.code == code);
    let makes_up = match path {
        "/workspaces-roles" => says("no-catalogue"),
        "/teams/{team}" => says("no-members"),
        "/teams" => true,
        _ => false,
    };
    for (name, outcome, _) in served {
        if outcome == Outcome::Complete && !makes_up {
            found.push(format!("{name} is complete"));
        }
    }
    found
}

/// Whether a fault shows at every endpoint, in lists of one page too, and spoils answers.
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

/// Each of the faults that are wanted at each endpoint, with the endpoint's path.
fn cases(connector: &Connector, wanted: impl Fn(&Fault) -> bool) -> Vec<(String, FaultRule)> {
    // Analytics are read only on request, which these syncs do not make.
    let is_read = |path: &str| path == "/me" || SERVED.iter().any(|(known, _)| *known == path);
    let paths = connector.descriptor().endpoints.iter();
    let paths = paths.filter(|endpoint| is_read(&endpoint.path));
    let cases = paths.flat_map(|endpoint| {
        let faults = Fault::example_faults().into_iter().filter(always_shows);
        let wanted = faults.filter(|fault| wanted(fault));
        wanted.map(|fault| {
            (
                endpoint.path.clone(),
                FaultRule::at_path(&endpoint.path, fault),
            )
        })
    });
    cases.collect()
}

fn is_a_status(fault: &Fault) -> bool {
    matches!(fault, Fault::Status { .. })
}

fn wrongs(path: &str, rule: &FaultRule, reading: &Reading) -> Vec<String> {
    let mut found = spoilt(path, reading);
    if reading.times() == 0 {
        found.push("it never fired".to_owned());
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
    let cases = cases(connector, is_a_status);
    let found = Mutex::new(Vec::new());
    spread(&cases, |runtime, (path, rule)| {
        let reading = read_directly(connector, small(vec![rule.clone()]), |same| same);
        let reading = runtime.block_on(reading);
        found.lock().unwrap().extend(wrongs(path, rule, &reading));
    });
    assert_none(&found.into_inner().unwrap());
    assert_eq!(cases.len(), 14 * (15 * 13 + 2), "syncs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncating_endpoint_costs_its_scopes_alone() {
    let cases = cases(connector().await, |fault| !is_a_status(fault));
    let (mut running, mut found) = (JoinSet::new(), Vec::new());
    let syncs = cases.len();
    for (path, rule) in cases {
        if running.len() == AT_ONCE {
            found.extend(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(async move {
            let reading = read(small(vec![rule.clone()])).await;
            wrongs(&path, &rule, &reading)
        });
    }
    found.extend(running.join_all().await.into_iter().flatten());
    assert_none(&found);
    assert_eq!(syncs, 14 * (2 * 9 + 13), "syncs");
}
