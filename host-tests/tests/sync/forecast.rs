//! The forecast of a sync before it sends: the number of requests, their time at the limit,
//! whether the month's quota allows for them, and when its time is over. Time is tokio's and stands
//! still, so that waits are exact.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::scripted::*;
use connector_host::gateway::RateLimiter;
use connector_host::records::*;
use connector_host::sync::{self, LowQuota, Progress, RequestForecast, SyncInventory, SyncOptions};

/// Stores every forecast.
#[derive(Default)]
struct Watch(Mutex<Vec<RequestForecast>>);

impl Progress for Watch {
    fn report_forecast(&self, forecast: &RequestForecast) {
        self.0.lock().unwrap().push(forecast.clone());
    }
}

/// Twelve things whose grants are read one by one; the provider states its limits with each list.
fn twelve(said: RateLimit) -> Scripted {
    let things = (0..12).map(|n| asked("thing", &format!("t{n:02}"), "team 1"));
    let list = Page {
        rate_limit: Some(said),
        ..page(things)
    };
    Scripted::new().page("list thing under team 1", list)
}

fn month(left: u64) -> RateLimit {
    RateLimit {
        limit: Some(5),
        window: Some(60),
        monthly_limit: Some(1_000),
        monthly_remaining: Some(left),
        ..RateLimit::default()
    }
}

async fn run(
    source: Scripted,
    options: &SyncOptions,
) -> (Arc<Scripted>, SyncInventory, Vec<RequestForecast>) {
    let source = Arc::new(source);
    let watch = Arc::new(Watch::default());
    let progress: Arc<dyn Progress> = watch.clone();
    let synced = sync::run(Arc::clone(&source), options, progress).await;
    let looks = watch.0.lock().unwrap().clone();
    (source, synced.unwrap(), looks)
}

fn asked_for(source: &Scripted) -> usize {
    let calls = source.calls.lock().unwrap();
    calls
        .iter()
        .filter(|(call, _)| call.starts_with("grants thing"))
        .count()
}

#[tokio::test(start_paused = true)]
async fn it_knows_what_is_to_come_before_it_reads_roles() {
    let (_, synced, looks) = run(twelve(month(900)), &SyncOptions::default()).await;
    let last = looks.last().unwrap();
    assert_eq!(last.requests, 12);
    // Five go at once, five after a minute, two after another one.
    assert_eq!(last.at_least, Some(Duration::from_secs(120)));
    assert_eq!(last.monthly_remaining, Some(900));
    assert!(!last.quota_is_low && synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn the_quota_reserve_is_never_used() {
    for (left, reserve, enough) in [
        (12, 0, true),
        (11, 0, false),
        (62, 50, true),
        (61, 50, false),
        (0, 1, false),
    ] {
        let options = SyncOptions {
            month_reserve: reserve,
            ..SyncOptions::default()
        };
        let (source, synced, looks) = run(twelve(month(left)), &options).await;
        assert_eq!(looks.last().unwrap().quota_is_low, !enough);
        assert_eq!(asked_for(&source), if enough { 12 } else { 0 }, "{left}");
        assert_eq!(synced.summary.complete, enough);
        let spent = synced.summary.scopes.get("quota-exhausted");
        assert_eq!(spent.copied(), (!enough).then_some(12), "{left}");
        let refused = synced
            .scopes
            .iter()
            .find_map(|scope| scope.problem.as_ref());
        if let Some(problem) = refused {
            let text = &problem.message;
            let says = |part: &str| text.contains(part);
            assert!(
                says("at least 12;") && says(&format!("left this month: {left};")),
                "{text}"
            );
            assert!(text.contains("--low-quota warn"), "{text}");
        }
        // The lists were read before it was known, and stay.
        assert_eq!(
            synced
                .resources
                .iter()
                .filter(|one| one.id.resource_type == "thing")
                .count(),
            12
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_low_quota_is_reported_and_used_on_request() {
    let options = SyncOptions {
        low_quota: LowQuota::Warn,
        ..SyncOptions::default()
    };
    let (source, synced, looks) = run(twelve(month(3)), &options).await;
    assert!(looks.last().unwrap().quota_is_low);
    assert_eq!(asked_for(&source), 12);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn an_empty_quota_without_reserve_is_not_trusted() {
    let (source, synced, _) = run(twelve(month(0)), &SyncOptions::default()).await;
    assert_eq!(asked_for(&source), 12);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn without_a_stated_quota_everything_is_read() {
    let (source, synced, looks) = run(twelve(RateLimit::default()), &SyncOptions::default()).await;
    assert!(
        looks
            .iter()
            .all(|look| look.at_least.is_none() && !look.quota_is_low)
    );
    assert_eq!(asked_for(&source), 12);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn a_sync_deadline_ends_it_and_names_its_gaps() {
    let busy = wait(ErrorCase::RateLimited, 200);
    let mut source =
        twelve(RateLimit::default()).first("grants thing t00", std::iter::repeat_n(Err(busy), 5));
    source.longest_sync = Duration::from_secs(500);
    source.rate_limiter = RateLimiter::new(Duration::from_secs(300));
    let began = tokio::time::Instant::now();
    let (_, synced, _) = run(source, &SyncOptions::default()).await;
    assert_eq!(began.elapsed(), Duration::from_secs(500));
    assert!(!synced.summary.complete);
    let late: Vec<_> = synced
        .scopes
        .iter()
        .filter(|scope| scope.outcome == Outcome::TimedOut)
        .collect();
    assert!(late.iter().any(|scope| scope.id.as_deref() == Some("t00")));
    for scope in late {
        let problem = scope.problem.as_ref().unwrap();
        assert!(problem.message.contains("sync-seconds"), "{problem:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_its_time_nothing_more_is_sent() {
    let mut source = twelve(RateLimit::default());
    source.longest_sync = Duration::ZERO;
    let source = Arc::new(source);
    let options = SyncOptions::default();
    let ended = sync::run(Arc::clone(&source), &options, Arc::new(sync::NoProgress)).await;
    let text = ended.unwrap_err().to_string();
    assert!(
        text.contains("timed-out") && text.contains("sync-seconds"),
        "{text}"
    );
    assert!(source.calls.lock().unwrap().is_empty());
}
