//! An hour at the provider's limits, on a clock that stands still while nobody waits: the host uses what
//! it is allowed, and is never refused for its rate, whatever the provider says of its limits and
//! however its windows lie; and if another program uses the same key, it waits as the provider says.

use host_tests::direct;
use host_tests::harness;
use host_tests::postman;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{EgressOptions, HttpTransport, RateLimiter, TransportResponse};
use connector_host::runtime::{BoxFuture, HttpError};
use connector_host::sync::{self, NoProgress, SyncInventory, SyncOptions};
use connector_host::{TenantConfig, TenantConnector};
use direct::{Direct, Far};
use harness::{Asked, credentials_of};
use postman::connector;
use postman_simulator::{ApiQuirks, Dialect, Options, SimulatedLimits, Simulator};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

const HOUR: u64 = 3_600;
/// The longest wait that a sync allows.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// Most milliseconds that a request takes to the provider, and its answer back.
const WAY: u64 = 150;

/// One request, in seconds since the beginning.
#[derive(Debug)]
struct Sent {
    path: String,
    sent: f64,
    answered: f64,
    status: u16,
    /// Seconds that the answer asks to wait.
    asks_for: Option<f64>,
}

/// A transport that records the time of each request.
#[derive(Debug)]
struct Timed {
    direct: Direct,
    began: Instant,
    log: Arc<Mutex<Vec<Sent>>>,
    /// Requests a minute, beyond which an answer has status 429 and nothing else.
    wordless: Option<usize>,
}

impl Timed {
    /// The answer to one request too many. Minutes follow each other by the provider's clock.
    fn refuse(&self, path: &str, sent: f64) -> Option<TransportResponse> {
        let most = self.wordless?;
        let mut log = self.log.lock().unwrap();
        let minute = (sent / 60.0).floor();
        let is_full = log
            .iter()
            .filter(|one| (one.sent / 60.0).floor() == minute && one.status != 429)
            .count()
            >= most;
        is_full.then(|| {
            log.push(Sent {
                path: path.to_owned(),
                sent,
                answered: sent,
                status: 429,
                asks_for: None,
            });
            TransportResponse {
                status: 429,
                headers: HeaderMap::new(),
                body: Vec::new(),
            }
        })
    }
}

impl HttpTransport for Timed {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        Box::pin(async move {
            let (path, sent) = (url.path().to_owned(), self.began.elapsed().as_secs_f64());
            if let Some(refused) = self.refuse(&path, sent) {
                return Ok(refused);
            }
            let answer = self.direct.get(url, headers, cap).await?;
            let asks_for = answer.headers.get("retry-after");
            // The date is another dialect, of which nobody here asks how long.
            let seconds = |value: &HeaderValue| value.to_str().unwrap().parse().ok();
            self.log.lock().unwrap().push(Sent {
                path,
                sent,
                answered: self.began.elapsed().as_secs_f64(),
                status: answer.status,
                asks_for: asks_for.and_then(seconds),
            });
            Ok(answer)
        })
    }
}

/// The scopes that are read, the team, and its limits.
struct Hour {
    options: Options,
    tenants: u64,
    collections: bool,
    /// The milliseconds between two requests of another program with the same key.
    others: Option<u64>,
    wordless: Option<usize>,
}

impl Hour {
    fn of(workspaces: usize) -> Self {
        Self {
            options: Options {
                users: 20,
                workspaces,
                quirks: ApiQuirks::none(),
                ..Options::default()
            },
            tenants: 1,
            collections: false,
            others: None,
            wordless: None,
        }
    }

    fn telling(mut self, dialect: Dialect) -> Self {
        self.options.dialect = Some(dialect);
        self
    }

    fn silent(mut self) -> Self {
        self.options.tells_limits = false;
        self
    }

    /// Windows follow each other by the provider's clock.
    fn in_phase(mut self, seconds: u64) -> Self {
        self.options.limit_phase = Some(Duration::from_secs(seconds));
        self
    }

    /// Reads, and gives back the log of all requests of ours.
    fn run(self) -> Vec<Sent> {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(self.read())
    }

    async fn read(self) -> Vec<Sent> {
        let began = Instant::now();
        let simulator = Simulator::new(Options {
            limits: SimulatedLimits::On(Arc::new(Far { began })),
            ..self.options.clone()
        });
        let log = Arc::default();
        let rate_limiter = RateLimiter::new(MAX_WAIT);
        let mut syncs = Vec::new();
        for tenant in 0..self.tenants {
            let timed = Timed {
                direct: Direct::new(&simulator, tenant, WAY),
                began,
                log: Arc::clone(&log),
                wordless: self.wordless,
            };
            syncs.push(tokio::spawn(
                self.sync(&simulator, timed, &rate_limiter).await,
            ));
        }
        let other = self
            .others
            .map(|every| tokio::spawn(ask(simulator.clone(), every)));
        for sync in syncs {
            let synced = sync.await.unwrap();
            assert!(synced.summary.complete, "{:?}", synced.summary);
        }
        if let Some(other) = other {
            other.abort();
        }
        Arc::into_inner(log).unwrap().into_inner().unwrap()
    }

    async fn sync(
        &self,
        simulator: &Simulator,
        timed: Timed,
        rate_limiter: &RateLimiter,
    ) -> impl Future<Output = SyncInventory> + Send + 'static {
        let connector = connector().await;
        let asked = Asked::plain();
        let credentials = credentials_of(connector, simulator.api_key(), &asked);
        let base_url = "https://provider.example".parse().unwrap();
        let mut config = TenantConfig::new(base_url, credentials);
        config.rate_limiter = rate_limiter.clone();
        config.limits.sync = Duration::from_secs(24 * HOUR);
        config.egress = EgressOptions {
            transport: Some(Arc::new(timed)),
            ..EgressOptions::default()
        };
        let tenant = TenantConnector::new(connector, config).unwrap();
        let include = self.collections.then(|| "collection".parse().unwrap());
        let options = SyncOptions {
            include: include.into_iter().collect(),
            max_wait: MAX_WAIT,
            jitter_seed: Some(1),
            ..SyncOptions::default()
        };
        async move {
            let synced = sync::run(Arc::new(tenant), &options, Arc::new(NoProgress)).await;
            synced.unwrap()
        }
    }
}

/// Another program with the same key that sends requests now and then and ignores the answers.
async fn ask(simulator: Simulator, every: u64) {
    let mut chance = fastrand::Rng::with_seed(every);
    loop {
        sleep(Duration::from_millis(chance.u64(..=2 * every))).await;
        let key = ("x-api-key".to_owned(), simulator.api_key().to_owned());
        drop(simulator.ask_directly("/me", vec![key]));
    }
}

fn refusals(log: &[Sent]) -> Vec<&Sent> {
    log.iter().filter(|one| one.status == 429).collect()
}

/// Returns the used part of the limit in so many seconds from the first request of this kind on, in percent.
/// All requests count that are counted against that limit.
fn used(log: &[Sent], of: &str, (limit, window): (f64, f64), seconds: f64) -> f64 {
    let is_of = |one: &&Sent| match of {
        "roles" => one.path.ends_with("/roles"),
        path => one.path == path,
    };
    let sent = log.iter().filter(is_of).map(|one| one.sent);
    let first = sent.clone().fold(f64::INFINITY, f64::min);
    let last = sent.clone().fold(0.0, f64::max);
    assert!(last - first >= seconds, "only {} s of work", last - first);
    let within = sent.filter(|at| *at < first + seconds).count();
    100.0 * within as f64 / (limit * seconds / window)
}

/// Nothing is refused, and nearly everything used that is allowed.
fn is_used_and_never_exceeded(what: &str, hour: Hour, of: &str, seconds: u64) {
    let limit = match of {
        "roles" => (300.0, 60.0),
        _ => (10.0, 10.0),
    };
    let log = hour.run();
    let used = used(&log, of, limit, seconds as f64);
    println!(
        "{what}: {used:.1} % of the limit on {of} in {seconds} s, {} requests",
        log.len()
    );
    let mut refused = refusals(&log);
    if of != "roles" {
        // What else is read of a silent provider is another test's.
        refused.retain(|one| one.path == of);
    }
    assert!(refused.is_empty(), "{what}: {refused:?}");
    assert!(used >= 95.0, "{what}: {used:.1} %");
}

#[test]
fn an_hour_at_the_limit_uses_it_and_never_exceeds_it() {
    let hour = Hour::of(27_000).telling(Dialect::RateLimit);
    is_used_and_never_exceeded("as published", hour, "roles", HOUR);
}

#[test]
fn whatever_the_provider_says_of_its_limits() {
    for dialect in Dialect::ALL {
        let hour = Hour::of(5_000).telling(dialect);
        is_used_and_never_exceeded(&format!("{dialect:?}"), hour, "roles", 600);
    }
    is_used_and_never_exceeded("mixed", Hour::of(5_000), "roles", 600);
}

#[test]
fn an_hour_has_no_refusal_in_any_window_phase() {
    for phase in [0, 1, 17, 59] {
        let hour = Hour::of(5_000).telling(Dialect::RateLimit).in_phase(phase);
        is_used_and_never_exceeded(&format!("phase {phase}"), hour, "roles", 600);
    }
}

#[test]
fn tenants_of_one_key_use_its_limit_together() {
    let hour = Hour {
        tenants: 2,
        ..Hour::of(13_500).telling(Dialect::RateLimit)
    };
    is_used_and_never_exceeded("two tenants", hour, "roles", HOUR);
}

#[test]
fn lists_with_a_limit_of_their_own_use_it() {
    let with_collections = |hour| Hour {
        collections: true,
        ..hour
    };
    for (what, hour) in [
        ("stated", Hour::of(700).telling(Dialect::RateLimit)),
        (
            "stated without a window",
            Hour::of(700).telling(Dialect::ResetSeconds),
        ),
        ("not stated", Hour::of(700).silent()),
        (
            "stated, by the clock",
            Hour::of(700).telling(Dialect::RateLimit).in_phase(3),
        ),
        (
            "not stated, by the clock",
            Hour::of(700).silent().in_phase(3),
        ),
    ] {
        let hour = with_collections(hour);
        is_used_and_never_exceeded(what, hour, "/collections", 600);
    }
}

/// A limit that neither headers nor the manifest state shows by the first refusal of a window: by then
/// as many requests more may be on their way as calls are under way.
#[test]
fn an_unannounced_limit_is_obeyed_once_refused() {
    for (what, hour) in [
        ("not stated", Hour::of(5_000).silent()),
        (
            "not stated, by the clock",
            Hour::of(5_000).silent().in_phase(17),
        ),
    ] {
        let log = hour.telling(Dialect::RetryAfter).run();
        let used = used(&log, "roles", (300.0, 60.0), 600.0);
        let refused = refusals(&log);
        println!(
            "{what}: {used:.1} % of the limit, {} refusals of {}",
            refused.len(),
            log.len()
        );
        assert_given_way(&log);
        assert!(refused.len() <= 8 * log.len() / 300, "{}", refused.len());
        assert!(used >= 95.0, "{what}: {used:.1} %");
    }
}

/// Nothing is sent from when a refusal is there until it says.
fn assert_given_way(log: &[Sent]) {
    for one in refusals(log) {
        let wait = one.asks_for.unwrap();
        assert!(wait <= MAX_WAIT.as_secs_f64());
        let until = one.answered + wait;
        let mut others = log.iter().filter(|next| next.path.ends_with("/roles"));
        let too_early = others.find(|next| next.sent > one.answered && next.sent < until);
        assert!(too_early.is_none(), "{one:?} and then {too_early:?}");
    }
}

#[test]
fn somebody_else_with_the_same_key_is_given_way_to() {
    for every in [150, 400, 2_000] {
        let hour = Hour {
            others: Some(every),
            ..Hour::of(2_000).telling(Dialect::RetryAfter)
        };
        let log = hour.run();
        let refused = refusals(&log);
        println!(
            "one other request every {every} ms: {} refusals of {}",
            refused.len(),
            log.len()
        );
        assert_given_way(&log);
        let most = 2_100.0 * 0.02;
        assert!((refused.len() as f64) < most, "{} refusals", refused.len());
    }
}

#[test]
fn a_refusal_without_any_wait_ends_no_sync() {
    let hour = Hour {
        wordless: Some(40),
        ..Hour::of(400).silent()
    };
    let log = hour.run();
    let (refused, all) = (refusals(&log).len(), log.len());
    println!("40 a minute without a word: {refused} refusals of {all}");
    assert!(refused > 0 && refused < all / 2, "{refused} of {all}");
}
