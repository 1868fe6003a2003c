//! Rate limits on a clock that the test moves.

use crate::client::{Reply, get, plain, read, send, start};
use postman_simulator::{
    Dialect, ManualClock, Options, RunningSimulator, SimulatedLimits, SimulatorClock,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

async fn limited(change: impl FnOnce(&mut Options)) -> (RunningSimulator, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(1_700_000_000));
    let shared: Arc<dyn SimulatorClock> = Arc::clone(&clock) as _;
    let mut options = Options {
        limits: SimulatedLimits::On(shared),
        ..plain()
    };
    change(&mut options);
    (start(options).await, clock)
}

async fn statuses(running: &RunningSimulator, path: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(get(running, path).await.status);
    }
    statuses
}

#[tokio::test]
async fn three_hundred_requests_a_minute_are_let_through() {
    let (running, clock) = limited(|_| ()).await;
    assert_eq!(
        statuses(&running, "/me", 301).await,
        [[200; 300].as_slice(), &[429]].concat()
    );
    clock.advance_by(Duration::from_millis(59_999));
    assert_eq!(
        get(&running, "/users").await.status,
        429,
        "the limit is one for all endpoints"
    );
    clock.advance_by(Duration::from_millis(1));
    assert_eq!(
        statuses(&running, "/users", 301).await,
        [[200; 300].as_slice(), &[429]].concat()
    );
}

#[tokio::test]
async fn some_lists_allow_ten_requests_in_ten_seconds() {
    let (running, clock) = limited(|_| ()).await;
    for path in [
        "/workspaces?limit=5",
        "/collections?limit=5",
        "/workspaces/x",
    ] {
        let statuses = statuses(&running, path, 11).await;
        assert!(statuses[..10].iter().all(|status| *status != 429), "{path}");
        assert_eq!(statuses[10], 429, "{path}");
    }
    assert_eq!(
        get(&running, "/workspaces/x/roles").await.status,
        404,
        "roles have no limit of their own"
    );
    clock.advance_by(Duration::from_secs(10));
    assert_eq!(get(&running, "/workspaces").await.status, 200);
}

#[tokio::test]
async fn the_team_has_a_limit_of_its_own_for_scim() {
    let (running, _clock) = limited(|options| options.scim_key = Some("s".to_owned())).await;
    for _ in 0..300 {
        assert_eq!(
            send(
                &running,
                "GET",
                "/scim/v2/Groups",
                &[("Authorization", "s")]
            )
            .await
            .status,
            200
        );
    }
    assert_eq!(
        send(
            &running,
            "GET",
            "/scim/v2/Groups",
            &[("Authorization", "s")]
        )
        .await
        .status,
        429
    );
    assert_eq!(get(&running, "/me").await.status, 200);
}

#[tokio::test]
async fn who_is_not_let_in_costs_nothing() {
    let (running, _clock) = limited(|_| ()).await;
    for _ in 0..400 {
        assert_eq!(
            send(&running, "GET", "/me", &[("X-API-Key", "wrong")])
                .await
                .status,
            401
        );
    }
    assert_eq!(get(&running, "/me").await.status, 200);
}

/// Returns the seconds to wait that an answer states, in any form.
fn stated_wait(reply: &Reply, now: SystemTime) -> Option<u64> {
    let now = now
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let number = |name: &str| reply.headers.get(name)?.parse::<u64>().ok();
    let absolute = |value: u64| match value {
        0..1_000_000_000 => value,
        1_000_000_000..1_000_000_000_000 => value - now,
        milliseconds => milliseconds / 1000 - now,
    };
    let date = || {
        let date = httpdate::parse_http_date(reply.headers.get("retry-after")?).ok()?;
        Some(date.duration_since(UNIX_EPOCH).ok()?.as_secs() - now)
    };
    let standard = || {
        reply
            .headers
            .get("ratelimit")?
            .split("reset=")
            .nth(1)?
            .parse()
            .ok()
    };
    let text = || {
        let message = reply.json()["error"]["message"]
            .as_str()?
            .rsplit(' ')
            .next()?
            .parse()
            .ok()?;
        Some(absolute(message))
    };
    let plain = [
        "retry-after",
        "retryafter",
        "x-ratelimit-retryafter",
        "ratelimit-reset",
        "x-ratelimit-reset",
    ];
    let plain = plain.into_iter().find_map(number).map(absolute);
    plain.or_else(date).or_else(standard).or_else(text)
}

#[tokio::test]
async fn every_dialect_states_a_sufficient_wait() {
    for dialect in Dialect::ALL {
        let (running, clock) = limited(|options| options.dialect = Some(dialect)).await;
        statuses(&running, "/workspaces", 10).await;
        clock.advance_by(Duration::from_millis(3_400));
        let refusal = get(&running, "/workspaces").await;
        assert_eq!(refusal.status, 429);
        assert_eq!(
            stated_wait(&refusal, clock.now()),
            Some(7),
            "{dialect:?}: {:?}",
            refusal.headers
        );
        clock.advance_by(Duration::from_secs(7));
        assert_eq!(
            get(&running, "/workspaces").await.status,
            200,
            "{dialect:?}"
        );
    }
}

#[tokio::test]
async fn dialects_and_bodies_rotate_unless_one_is_chosen() {
    let (running, _clock) = limited(|_| ()).await;
    statuses(&running, "/workspaces", 10).await;
    let (mut bodies, mut headers) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..36 {
        let refusal = get(&running, "/workspaces").await;
        assert_eq!(refusal.status, 429);
        headers.insert(refusal.headers.keys().cloned().collect::<Vec<_>>());
        bodies.insert(refusal.body);
    }
    assert_eq!(bodies.len(), 5);
    assert!(headers.len() >= 7, "{headers:?}");
}

#[tokio::test]
async fn good_answers_tell_what_is_left() {
    let (running, _clock) = limited(|options| options.dialect = Some(Dialect::RateLimit)).await;
    let first = get(&running, "/me").await;
    assert_eq!(
        first.headers["ratelimit"],
        "limit=300, remaining=299, reset=60"
    );
    assert_eq!(first.headers["ratelimit-policy"], "300;w=60");
    let list = get(&running, "/workspaces").await;
    assert_eq!(
        list.headers["ratelimit"], "limit=10, remaining=9, reset=10",
        "the tighter limit"
    );
    let month = list
        .headers
        .iter()
        .filter(|(name, _)| name.ends_with("-month"))
        .count();
    assert_eq!(month, 2);
}

#[tokio::test]
async fn the_months_quota_ends_for_good() {
    let (running, clock) = limited(|options| {
        options.month_limit = Some(1_000);
        options.month_used = 997;
    })
    .await;
    let usage = read(&running, "/me").await["operations"][0].clone();
    assert_eq!(
        (&usage["limit"], &usage["usage"]),
        (&1_000.into(), &998.into())
    );
    assert_eq!(statuses(&running, "/users", 3).await, [200, 200, 429]);
    clock.advance_by(Duration::from_secs(86_400));
    let refusal = get(&running, "/users").await;
    assert_eq!(refusal.json()["error"]["name"], "serviceLimitExhausted");
    let left = refusal
        .headers
        .iter()
        .find(|(name, _)| name.ends_with("remaining-month"));
    assert_eq!(left.map(|(_, value)| value.as_str()), Some("0"));
}
