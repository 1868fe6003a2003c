//! A host that keeps the provider's limits by itself is never asked to wait. The provider here
//! counts strictly: one request too many in any window fails the test.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{RateLimiter, WaitTooLong};
use connector_host::records::{Rate, RateLimit};
use tokio::time::{Instant, sleep};

const MINUTES: Duration = Duration::from_secs(600);

/// Counts requests in a sliding window, and remembers the most it saw.
#[derive(Default)]
struct Strict {
    seen: Mutex<(VecDeque<Instant>, usize, usize)>,
}

impl Strict {
    fn request(&self, window: Duration) {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap();
        while seen.0.front().is_some_and(|at| *at + window <= now) {
            seen.0.pop_front();
        }
        seen.0.push_back(now);
        seen.1 = seen.1.max(seen.0.len());
        seen.2 += 1;
    }

    fn most_and_all(&self) -> (usize, usize) {
        let seen = self.seen.lock().unwrap();
        (seen.1, seen.2)
    }
}

fn rate(requests: u32, window_seconds: u32) -> Rate {
    Rate {
        requests,
        window_seconds,
    }
}

/// Many callers send as fast as they are let, for so long. A request takes up to 300 ms, and the
/// provider counts it somewhere in between.
async fn storm(limiter: &RateLimiter, rate: Rate, lasts: Duration) -> Arc<Strict> {
    let provider = Arc::new(Strict::default());
    let until = Instant::now() + lasts;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16_u64 {
        let (limiter, provider) = (limiter.clone(), Arc::clone(&provider));
        callers.spawn(async move {
            let mut n = caller;
            while Instant::now() < until {
                n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let permit = limiter.acquire("key", 0, Some(rate)).await.unwrap();
                sleep(Duration::from_millis(n % 150)).await;
                provider.request(Duration::from_secs(rate.window_seconds.into()));
                sleep(Duration::from_millis(n / 7 % 150)).await;
                drop(permit);
            }
        });
    }
    callers.join_all().await;
    provider
}

#[tokio::test(start_paused = true)]
async fn a_declared_rate_is_respected_and_used() {
    for rate in [rate(10, 10), rate(300, 60)] {
        let limiter = RateLimiter::new(MINUTES);
        let provider = storm(&limiter, rate, MINUTES).await;
        let (most, all) = provider.most_and_all();
        let (limit, seconds) = (rate.requests as usize, rate.window_seconds as usize);
        assert!(most <= limit, "{most} in a window of {limit}");
        let possible = limit * 600 / seconds;
        assert!(all * 100 >= possible * 95, "{all} of {possible}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_the_provider_states_is_respected() {
    let limiter = RateLimiter::new(MINUTES);
    let said = RateLimit {
        limit: Some(5),
        window: Some(10),
        ..RateLimit::default()
    };
    limiter.record_limit("key", 0, &said);
    let started = Instant::now();
    for _ in 0..11 {
        drop(limiter.acquire("key", 0, None).await.unwrap());
    }
    assert_eq!(started.elapsed().as_secs(), 20);
    assert!(limiter.acquire("other", 0, None).await.is_ok());
    assert_eq!(started.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_stated_budget_counts_down_to_its_reset() {
    let limiter = RateLimiter::new(MINUTES);
    let said = RateLimit {
        remaining: Some(3),
        reset_after: Some(30),
        ..RateLimit::default()
    };
    limiter.record_limit("key", 0, &said);
    let started = Instant::now();
    for _ in 0..3 {
        drop(limiter.acquire("key", 0, None).await.unwrap());
    }
    assert_eq!(started.elapsed().as_secs(), 0);
    drop(limiter.acquire("key", 0, None).await.unwrap());
    assert_eq!(started.elapsed().as_secs(), 31);
}

#[tokio::test(start_paused = true)]
async fn an_older_response_restores_no_permits() {
    let limiter = RateLimiter::new(MINUTES);
    let said = |left| RateLimit {
        remaining: Some(left),
        reset_after: Some(30),
        ..RateLimit::default()
    };
    limiter.record_limit("key", 0, &said(1));
    drop(limiter.acquire("key", 0, None).await.unwrap());
    limiter.record_limit("key", 0, &said(2));
    let started = Instant::now();
    drop(limiter.acquire("key", 0, None).await.unwrap());
    assert_eq!(started.elapsed().as_secs(), 31);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_said_and_not_waited() {
    let limiter = RateLimiter::new(Duration::from_secs(10));
    limiter.delay("key", Duration::from_secs(60));
    let started = Instant::now();
    let permit = limiter.acquire("key", 0, None).await;
    assert_eq!(
        permit.map(|_| ()),
        Err(WaitTooLong(Some(Duration::from_secs(60))))
    );
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_keeps_nobody_waiting() {
    let limiter = RateLimiter::new(MINUTES);
    let permit = limiter.acquire("key", 0, Some(rate(1, 1))).await.unwrap();
    let waiting = {
        let limiter = limiter.clone();
        tokio::spawn(async move {
            limiter
                .acquire("key", 0, Some(rate(1, 1)))
                .await
                .map(|_| ())
        })
    };
    sleep(Duration::from_millis(10)).await;
    drop(permit);
    assert_eq!(waiting.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn switched_off_it_keeps_no_limits() {
    let limiter = RateLimiter::unlimited();
    limiter.record_limit(
        "key",
        0,
        &RateLimit {
            remaining: Some(0),
            reset_after: Some(60),
            ..RateLimit::default()
        },
    );
    let started = Instant::now();
    for _ in 0..1_000 {
        drop(limiter.acquire("key", 0, Some(rate(1, 60))).await.unwrap());
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_requested_wait_is_obeyed_without_limits() {
    for limiter in [RateLimiter::unlimited(), RateLimiter::new(MINUTES)] {
        limiter.delay("key", Duration::from_secs(60));
        assert_eq!(limiter.current_delay("key"), Duration::from_secs(60));
        let started = Instant::now();
        drop(limiter.acquire("other", 0, None).await.unwrap());
        assert_eq!(started.elapsed(), Duration::ZERO);
        drop(limiter.acquire("key", 0, None).await.unwrap());
        assert_eq!(started.elapsed(), Duration::from_secs(60));
        limiter.delay("key", Duration::from_secs(3_600));
        assert!(limiter.acquire("key", 0, None).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_growing_wait_ends_calls_beyond_their_limit() {
    for limiter in [RateLimiter::unlimited(), RateLimiter::new(MINUTES)] {
        limiter.delay("key", Duration::from_secs(60));
        let waiting = {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.acquire("key", 0, None).await.map(|_| ()) })
        };
        sleep(Duration::from_secs(1)).await;
        limiter.delay("key", Duration::from_secs(3_600));
        let started = Instant::now();
        assert!(waiting.await.unwrap().is_err());
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_applies_to_its_own_secret_alone() {
    let known = RateLimiter::new(MINUTES);
    let [one, other] = [(), ()].map(|()| RateLimiter::new(MINUTES).share_with("key", &known));
    let stranger = RateLimiter::new(MINUTES);
    one.delay("key", Duration::from_secs(60));
    one.delay("extra", Duration::from_secs(60));
    let other = other.without_limits();
    assert_eq!(other.current_delay("key"), Duration::from_secs(60));
    assert_eq!(other.current_delay("extra"), Duration::ZERO);
    assert_eq!(stranger.current_delay("key"), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn equal_stated_limits_are_shared_by_endpoints() {
    let limiter = RateLimiter::new(MINUTES);
    let said = |limit, remaining| RateLimit {
        limit: Some(limit),
        window: Some(60),
        remaining: Some(remaining),
        reset_after: Some(60),
        ..RateLimit::default()
    };
    limiter.record_limit("key", 0, &said(300, 2));
    limiter.record_limit("key", 1, &said(300, 2));
    limiter.record_limit("key", 2, &said(10, 9));
    let started = Instant::now();
    drop(limiter.acquire("key", 0, None).await.unwrap());
    drop(limiter.acquire("key", 1, None).await.unwrap());
    drop(limiter.acquire("key", 2, None).await.unwrap());
    assert_eq!(started.elapsed().as_secs(), 0);
    drop(limiter.acquire("key", 1, None).await.unwrap());
    assert_eq!(started.elapsed().as_secs(), 61);
}

#[tokio::test(start_paused = true)]
async fn no_wait_is_too_long_for_a_clock() {
    let limiter = RateLimiter::new(Duration::MAX);
    limiter.delay("key", Duration::MAX);
    assert!(limiter.current_delay("key") > Duration::from_secs(86_400 * 365));
    assert!(limiter.acquire("other", 0, None).await.is_ok());
}
