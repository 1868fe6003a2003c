//! A team that moves while it is read: each scope is as the team was at some moment, and what is gone
//! in between is named.

use connector_host::records::Outcome;
use postman_simulator::{Fault, FaultRule, FaultTiming, Options};

use crate::harness::name;
use crate::reading::{Reading, read, small};

async fn moved(path: &str, fault: Fault, nth: u64) -> Reading {
    let rule = FaultRule {
        when: FaultTiming::Nth(nth),
        ..FaultRule::at_path(path, fault)
    };
    let options = Options {
        users: 12,
        workspaces: 14,
        ..small(vec![rule.clone()])
    };
    let reading = read(options).await;
    assert_eq!(reading.times(), 1, "{rule}");
    assert_eq!(reading.wrongs(), Vec::<String>::new(), "{rule}");
    reading
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vanished_workspace_is_reported_not_found() {
    for nth in 1..=6 {
        let reading = moved("/workspaces/{id}/roles", Fault::Vanish, nth).await;
        let gone = reading.states.gone()[0];
        let scopes = reading.synced().scopes.iter();
        let failed = scopes.filter(|scope| scope.problem.is_some());
        let failed: Vec<_> = failed.map(|it| (name(it), it.outcome.name())).collect();
        assert_eq!(failed, [(format!("grants workspace {gone}"), "not-found")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_leaves_mid_sync_keeps_a_record() {
    for path in [
        "/me",
        "/users",
        "/groups",
        "/workspaces",
        "/workspaces/{id}/roles",
    ] {
        let reading = moved(path, Fault::Leave, 1).await;
        // Of an activity of somebody who is no longer listed, nobody knows whose it is.
        let scopes = reading.synced().scopes.iter();
        let scopes = scopes.filter(|scope| scope.resource_type != "activity");
        let lacking = scopes.filter(|scope| scope.outcome != Outcome::Complete);
        assert_eq!(lacking.map(name).collect::<Vec<_>>(), [""; 0], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changing_role_is_reported_in_one_of_its_states() {
    for nth in 1..=4 {
        let reading = moved("/workspaces/{id}/roles", Fault::RoleChange, nth).await;
        assert!(reading.synced().summary.complete);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shifting_list_invents_no_records() {
    let rule = FaultRule {
        when: FaultTiming::Nth(1),
        ..FaultRule::at_path("/workspaces", Fault::Reorder(3))
    };
    let options = Options {
        workspaces: 220,
        ..small(vec![rule])
    };
    let reading = read(options).await;
    assert_eq!(reading.times(), 1);
    assert_eq!(reading.wrongs(), Vec::<String>::new());
}

/// Found by seed 505781: the history of the simulator said of the first page that it had moved already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_before_a_move_is_not_taken_for_one_after_it() {
    let shift = FaultRule {
        when: FaultTiming::Nth(1),
        ..FaultRule::at_path("/workspaces", Fault::Reorder(2))
    };
    let vanish = FaultRule {
        path: None,
        ..FaultRule::at_path("", Fault::Vanish)
    };
    let reading = read(Options {
        workspaces: 6,
        page: 3,
        ..small(vec![shift, vanish])
    })
    .await;
    let reported = reading.synced().resources.iter();
    let listed = reported.filter(|one| one.id.resource_type == "workspace");
    assert!(listed.count() < 6, "nothing was lost by the shift");
    assert_eq!(reading.wrongs(), Vec::<String>::new());
}
