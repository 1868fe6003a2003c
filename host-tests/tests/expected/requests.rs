//! An estimate states the requests that a sync then sends.

use std::sync::Arc;

use connector_host::sync::{self, Estimated, NoProgress};
use host_tests::harness::{Asked, start, tenant};
use postman_simulator::{ApiQuirks, Options, RunningSimulator, SimulatedLimits, TeamPlan};

async fn estimate(running: &RunningSimulator, asked: &Asked) -> Estimated {
    let (source, options) = tenant(running, asked).await;
    let before = running.total_requests();
    let estimated = sync::estimate_sync(source, &options, Arc::new(NoProgress)).await;
    let estimated = estimated.expect("an estimate");
    assert_eq!(estimated.sent, running.total_requests() - before);
    estimated
}

/// The requests that a sync sends, by the simulator's own count.
async fn requests_of_sync(running: &RunningSimulator, asked: &Asked) -> u64 {
    let before = running.total_requests();
    let synced = host_tests::harness::sync(running, asked).await;
    let synced = synced.expect("a sync to its end");
    let sent = running.total_requests() - before;
    assert_eq!(synced.summary.requests, sent);
    sent
}

fn team(seed: u64, users: usize, workspaces: usize, plan: TeamPlan) -> Options {
    Options {
        seed,
        users,
        workspaces,
        plan,
        quirks: ApiQuirks::none(),
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_exact_where_all_lists_are_read() {
    for (seed, users, workspaces, plan) in [
        (1, 12, 9, TeamPlan::Enterprise),
        (2, 150, 60, TeamPlan::Enterprise),
        (3, 40, 95, TeamPlan::Team),
        (4, 1, 7, TeamPlan::Free),
        (5, 30, 230, TeamPlan::Enterprise),
    ] {
        for asked in [Asked::plain(), Asked::everything()] {
            let page = if seed == 2 { 7 } else { 100 };
            let options = Options {
                page,
                ..team(seed, users, workspaces, plan)
            };
            let running = start(options).await;
            let estimated = estimate(&running, &asked).await;
            let sent = requests_of_sync(&running, &asked).await;
            let estimate = &estimated.estimate;
            let all_lists_read = !asked.opt_ins || workspaces <= 100;
            assert!(estimate.requests_at_least <= sent, "{seed}: {estimate:?}");
            if all_lists_read {
                assert_eq!(estimate.requests, sent, "{seed}: {estimate:#?}");
            } else {
                assert!(!estimate.is_counted());
                let off = estimate.requests.abs_diff(sent);
                assert!(off * 4 <= sent, "{seed}: {} for {sent}", estimate.requests);
            }
            assert!(
                estimated.sent < sent,
                "{seed}: {} of {sent}",
                estimated.sent
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirks_of_answers_leave_an_estimate_right() {
    for seed in 10..16 {
        let options = Options {
            quirks: ApiQuirks::all(),
            page: 20,
            ..team(seed, 60, 50, TeamPlan::Enterprise)
        };
        let (running, asked) = (start(options).await, Asked::everything());
        let estimated = estimate(&running, &asked).await;
        let sent = requests_of_sync(&running, &asked).await;
        let estimate = &estimated.estimate;
        assert!(estimate.requests_at_least <= sent, "{seed}: {estimate:?}");
        let off = estimate.requests.abs_diff(sent);
        assert!(off * 20 <= sent, "{seed}: {} for {sent}", estimate.requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_reads_the_grants_on_one_resource() {
    let running = start(team(6, 20, 80, TeamPlan::Enterprise)).await;
    let estimated = estimate(&running, &Asked::plain()).await;
    let requests = running.request_counts();
    assert_eq!(requests.get("/workspaces/{workspaceId}/roles"), Some(&1));
    let grants = estimated.estimate.scopes.iter();
    let grants = grants.last().expect("kinds of scopes");
    assert!(grants.scopes > 20 && grants.read == 1, "{grants:?}");
    assert_eq!(grants.requests, grants.scopes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_states_time_and_share_of_the_month() {
    let options = Options {
        limits: SimulatedLimits::system_clock(),
        month_limit: Some(20_000),
        month_used: 5_000,
        ..team(7, 20, 450, TeamPlan::Enterprise)
    };
    let running = start(options).await;
    let estimated = estimate(&running, &Asked::plain()).await;
    let estimate = &estimated.estimate;
    assert!(estimate.requests > 300, "{estimate:?}");
    // 300 requests a minute: the rest waits for one window.
    assert_eq!(estimate.seconds_at_least, 60, "{estimate:?}");
    let credential = estimate.credentials.first().expect("a credential");
    assert_eq!(credential.monthly_limit, Some(20_000));
    assert!(
        credential
            .monthly_remaining
            .is_some_and(|left| left < 15_000)
    );
    let share = credential.requests * 10_000;
    assert_eq!(credential.share, Some(share.div_ceil(20_000)));
}
