//! A key that the host puts on requests is found nowhere else: not in what a connector gives back,
//! not in what the host writes or says, not in the whole memory of a guest that was stopped in
//! the middle of its work. A leak that is planted shows that the search would find one.

use host_tests::direct;
use host_tests::support;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use connector_cli::report::{summarize_sync, write_ndjson};
use connector_host::gateway::{
    EgressOptions, Gateway, HttpTransport, RateLimiter, TransportResponse,
};
use connector_host::runtime::{
    BoxFuture, CallClock, CallOutput, HttpClient, HttpError, HttpRequest, PostMortem, Response,
};
use connector_host::store::{RecorderOptions, SyncRecorder};
use connector_host::sync::{NoProgress, SyncOptions};
use connector_host::{
    CallLimits, Connector, Credentials, SandboxOptions, Secret, TenantConfig, TenantConnector, sync,
};
use direct::Direct;
use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use support::{connector, load};

/// Calls in which each run is stopped, at instructions that are spread over the whole call.
const CUTS: u64 = 12;

/// The searched texts: everything that leaves a sandbox.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Vec<u8>>>>);

impl Seen {
    fn add(&self, bytes: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().push(bytes.into());
    }

    /// Returns the number of places with the text, unchanged or in one of its encodings.
    fn holding(&self, text: &str) -> usize {
        use base64::Engine;
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(text);
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let reversed: String = text.chars().rev().collect();
        let forms = [text, &base64, &hex, &reversed].map(|form| form.as_bytes().to_vec());
        let things = self.0.lock().unwrap();
        let holds = |thing: &&Vec<u8>| forms.iter().any(|form| has(thing, form));
        things.iter().filter(holds).count()
    }

    fn bytes(&self) -> usize {
        self.0.lock().unwrap().iter().map(Vec::len).sum()
    }
}

fn has(thing: &[u8], form: &[u8]) -> bool {
    thing.windows(form.len()).any(|window| window == form)
}

/// Passes requests on, and writes the key into every answer: a provider that echoes it.
struct Leaking {
    gateway: Gateway,
    key: String,
}

impl HttpClient for Leaking {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            let mut answer = self.gateway.get(request, clock).await?;
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let leak = format!("\"teamName\":\"{} ", self.key);
            answer.body = body.replace("\"teamName\":\"", &leak).into();
            Ok(answer)
        })
    }
}

/// A key that this process has never seen.
fn fresh_key() -> String {
    let random = |_| format!("{:016x}", fastrand::u64(..));
    format!("PMAK-{}", (0..3).map(random).collect::<String>())
}

async fn team(key: &str) -> RunningSimulator {
    let options = Options {
        users: 300,
        workspaces: 250,
        api_key: key.into(),
        quirks: ApiQuirks::all(),
        ..Options::default()
    };
    let address = ([127, 0, 0, 1], 0).into();
    Simulator::start(options, address).await.unwrap()
}

async fn dissected(seen: &Seen, memories: &Arc<AtomicU64>) -> Connector {
    let (seen, memories) = (seen.clone(), Arc::clone(memories));
    let options = SandboxOptions {
        concurrent_calls: 16,
        deterministic: true,
        post_mortem: Some(PostMortem::new(move |memory| {
            memories.fetch_add(1, Relaxed);
            seen.add(memory);
        })),
        ..SandboxOptions::default()
    };
    load(&host_tests::sandbox_with(options), &connector()).await
}

fn credentials(connector: &Connector, key: &str) -> Credentials {
    let credential = &connector.descriptor().credentials[0];
    let secret = Secret::new(key).unwrap();
    Credentials::none().with(&credential.name, &credential.schemes[0], secret)
}

fn gateway(connector: &Connector, running: &RunningSimulator, key: &str) -> Gateway {
    let url = running.base_url().parse().unwrap();
    let (keys, egress) = (credentials(connector, key), EgressOptions::default());
    Gateway::new(
        connector.descriptor(),
        url,
        keys,
        &egress,
        RateLimiter::unlimited(),
    )
    .unwrap()
}

fn keep<T: std::fmt::Debug>(seen: &Seen, called: &CallOutput<T>) {
    seen.add(format!("{called:?}"));
    if let Err(failure) = &called.result {
        seen.add(failure.to_string());
    }
}

/// Calls once to the end and then with less and less fuel, so that memory is seen at many moments.
async fn cut(connector: &Connector, http: Arc<dyn HttpClient>, seen: &Seen) {
    let mut limits = CallLimits::default();
    let whole = connector.validate(Arc::clone(&http), &limits).await;
    assert!(whole.result.is_ok(), "{whole:?}");
    keep(seen, &whole);
    for part in 1..=CUTS {
        limits.fuel = whole.usage.fuel * part / (CUTS + 1);
        let called = connector.validate(Arc::clone(&http), &limits).await;
        assert!(called.result.is_err());
        keep(seen, &called);
    }
    let limits = CallLimits::default();
    let whole = connector
        .list_resources(Arc::clone(&http), &limits, "user", None, None)
        .await;
    keep(seen, &whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_no_memory_and_in_no_answer() {
    let key = fresh_key();
    let (seen, memories) = (Seen::default(), Arc::default());
    let (running, connector) = (team(&key).await, dissected(&seen, &memories).await);
    let http = Arc::new(gateway(&connector, &running, &key));
    seen.add(format!("{http:?}"));
    cut(&connector, http, &seen).await;
    assert_eq!(memories.load(Relaxed), CUTS);
    // What the guest did get is there, so the test reads the correct memories.
    assert!(seen.holding("teamName") >= 1);
    assert_eq!(seen.holding(&key), 0);
    println!(
        "searched {} bytes of {CUTS} memories and all answers",
        seen.bytes()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_leak_of_the_key_is_found() {
    let key = fresh_key();
    let (seen, memories) = (Seen::default(), Arc::default());
    let (running, connector) = (team(&key).await, dissected(&seen, &memories).await);
    let gateway = gateway(&connector, &running, &key);
    let key_again = key.clone();
    let http = Arc::new(Leaking { gateway, key });
    let limits = CallLimits::default();
    let whole = connector.validate(http.clone(), &limits).await;
    keep(&seen, &whole);
    assert_eq!(seen.holding(&key_again), 1, "in the answer");
    let limits = CallLimits {
        fuel: whole.usage.fuel * 9 / 10,
        ..limits
    };
    let _ = connector.validate(http, &limits).await;
    assert_eq!(seen.holding(&key_again), 2, "in the memory too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_nothing_that_a_sync_writes_or_says() {
    let key = fresh_key();
    let (seen, memories) = (Seen::default(), Arc::default());
    let (running, connector) = (team(&key).await, dissected(&seen, &memories).await);
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("db");
    for given in [key.clone(), format!("{key}x")] {
        let url = running.base_url().parse().unwrap();
        let mut config = TenantConfig::new(url, credentials(&connector, &given));
        config.rate_limiter = RateLimiter::unlimited();
        seen.add(format!("{config:?}"));
        let tenant = TenantConnector::new(&connector, config).unwrap();
        seen.add(format!("{tenant:?}"));
        let options = SyncOptions::default();
        let recorder = SyncRecorder::open(&database, RecorderOptions::default()).unwrap();
        let checkpoints = recorder.checkpoints();
        let ended = sync::run_with_checkpoints(
            Arc::new(tenant),
            &options,
            Arc::new(NoProgress),
            checkpoints,
        )
        .await;
        match ended {
            Err(error) => seen.add(format!("{error} {error:?}")),
            Ok(_) => {
                let synced = recorder.read_back().unwrap();
                let mut lines = Vec::new();
                write_ndjson(&synced, &mut lines).unwrap();
                seen.add(lines);
                seen.add(summarize_sync(&synced, connector.descriptor()));
            }
        }
    }
    // The run that worked, and the one whose key was refused.
    assert_eq!(seen.holding("{\"resource\":{"), 1);
    assert_eq!(seen.holding("unauthenticated"), 1);
    // The database, and what SQLite and we put beside it.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        seen.add(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(std::fs::metadata(&database).unwrap().len() > 100_000);
    assert_eq!(seen.holding(&key), 0);
}

/// A provider that writes the key into every name and into headers, in each encoding by turns.
#[derive(Debug)]
struct Echoing {
    team: Direct,
    schemes: [String; 7],
}

/// The key as it is and in the usual encodings.
fn forms(key: &str) -> [String; 7] {
    use base64::Engine;
    let each = |form: fn(u8) -> String| key.bytes().map(form).collect::<String>();
    [
        key.to_owned(),
        each(|byte| format!("\\u{byte:04X}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("{byte:02x}")),
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(key),
    ]
}

impl Echoing {
    fn echo(&self, body: &str) -> String {
        let parts = body.split("\"name\":\"").zip(self.schemes.iter().cycle());
        let parts: Vec<String> = parts.map(|(part, form)| format!("{form} {part}")).collect();
        // What comes before the first name is none.
        parts
            .join("\"name\":\"")
            .split_off(self.schemes[0].len() + 1)
    }
}

impl HttpTransport for Echoing {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        Box::pin(async move {
            let mut carried = self.team.get(url, headers, cap).await?;
            let body = String::from_utf8(carried.body).unwrap();
            carried.body = self.echo(&body).into_bytes();
            for form in &self.schemes {
                let value = HeaderValue::try_from(form.as_str()).unwrap();
                carried.headers.append("link", value);
            }
            Ok(carried)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_provider_repeats_is_stored_nowhere() {
    let key = fresh_key();
    let options = Options {
        api_key: key.clone(),
        quirks: ApiQuirks::none(),
        ..Options::default()
    };
    let connector = load(&support::sandbox(), &connector()).await;
    let mut config = TenantConfig::new(
        "https://api.getpostman.com".parse().unwrap(),
        credentials(&connector, &key),
    );
    config.egress.transport = Some(Arc::new(Echoing {
        team: Direct::new(&Simulator::new(options), 1, 0),
        schemes: forms(&key),
    }));
    let tenant = TenantConnector::new(&connector, config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recorder =
        SyncRecorder::open(&folder.path().join("db"), RecorderOptions::default()).unwrap();
    let (options, quiet, checkpoints) = (
        SyncOptions::default(),
        Arc::new(NoProgress),
        recorder.checkpoints(),
    );
    let ended = sync::run_with_checkpoints(Arc::new(tenant), &options, quiet, checkpoints).await;
    ended.unwrap();
    let synced = recorder.read_back().unwrap();
    let mut written = Vec::new();
    write_ndjson(&synced, &mut written).unwrap();
    let repeated = String::from_utf8_lossy(&written)
        .matches("[redacted]")
        .count();
    assert!(repeated > 100, "{repeated}");
    written.extend(summarize_sync(&synced, connector.descriptor()).into_bytes());
    written.extend(std::fs::read(folder.path().join("db")).unwrap());
    let found: Vec<_> = forms(&key)
        .into_iter()
        .filter(|form| has(&written, form.as_bytes()))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}
