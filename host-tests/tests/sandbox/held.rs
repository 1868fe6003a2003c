//! The sandbox holds: each guest here does one thing that a guest must not get away with, and the
//! call ends in the way that the host promises, while the process and its other calls go on.

use crate::support;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::support::{guest, load, sandbox};
use connector_host::runtime::{
    BoxFuture, CallClock, CallFailure, HttpClient, HttpError, HttpRequest, LimitHit, LoadError,
    Response,
};
use connector_host::{CallLimits, Connector};

/// Returns `err(unavailable)`, with empty texts: the quickest way for a guest to end well.
const END_WELL: &str = "
    (i32.store8 (i32.const 512) (i32.const 1))
    (i32.store8 (i32.const 520) (i32.const 9))
    (i32.const 512)";

/// Answers with a body of so many bytes, after a while.
struct Provider {
    body: usize,
    after: Duration,
    asked: AtomicU64,
}

impl Provider {
    fn new(body: usize, after: Duration) -> Arc<Self> {
        let asked = AtomicU64::new(0);
        Arc::new(Self { body, after, asked })
    }

    fn quick() -> Arc<Self> {
        Self::new(0, Duration::ZERO)
    }
}

impl HttpClient for Provider {
    fn get<'a>(
        &'a self,
        _request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        self.asked.fetch_add(1, Relaxed);
        Box::pin(async {
            tokio::time::sleep(self.after).await;
            Ok(Response {
                status: 200,
                headers: vec![],
                body: vec![0; self.body],
                endpoint: None,
            })
        })
    }
}

fn ended_well(failure: &CallFailure) -> bool {
    matches!(failure, CallFailure::Reported { case, .. } if case.name() == "unavailable")
}

async fn fails_with(validate: &str, extra: &str, limits: CallLimits) -> CallFailure {
    let connector = load(&sandbox(), &guest(validate, extra)).await;
    let called = connector.validate(Provider::quick(), &limits).await;
    called.result.unwrap_err()
}

#[tokio::test]
async fn a_guest_that_keeps_the_contract_is_heard() {
    let failure = fails_with(END_WELL, "", CallLimits::default()).await;
    assert!(ended_well(&failure), "{failure}");
}

#[tokio::test]
async fn a_spinning_guest_runs_out_of_computing_time() {
    let cpu = Duration::from_millis(50);
    let limits = CallLimits {
        cpu,
        ..CallLimits::default()
    };
    let started = Instant::now();
    let failure = fails_with("(loop (br 0)) unreachable", "", limits).await;
    assert_eq!(failure, CallFailure::TimedOut(LimitHit::Cpu(cpu)));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_spinning_guest_yields_its_thread() {
    let sandbox = sandbox();
    let spinning = load(&sandbox, &guest("(loop (br 0)) unreachable", "")).await;
    let good = load(&sandbox, &guest(END_WELL, "")).await;
    let spin = tokio::spawn(async move {
        let limits = CallLimits::default();
        spinning.validate(Provider::quick(), &limits).await
    });
    tokio::task::yield_now().await;
    for _ in 0..100 {
        let called = good
            .validate(Provider::quick(), &CallLimits::default())
            .await;
        assert!(ended_well(&called.result.unwrap_err()));
    }
    assert!(!spin.is_finished());
    spin.abort();
}

#[tokio::test]
async fn a_hanging_provider_ends_at_the_call_deadline() {
    let wall_clock = Duration::from_millis(100);
    let limits = CallLimits {
        wall_clock,
        ..CallLimits::default()
    };
    let connector = load(&sandbox(), &guest("(call $request) unreachable", "")).await;
    let provider = Provider::new(0, Duration::from_secs(3_600));
    let called = connector.validate(provider, &limits).await;
    let timed_out = CallFailure::TimedOut(LimitHit::WallClock(wall_clock));
    assert_eq!(called.result.unwrap_err(), timed_out);
}

#[tokio::test]
async fn waiting_for_a_turn_is_no_time_of_the_call() {
    struct Paced;
    impl HttpClient for Paced {
        fn get<'a>(
            &'a self,
            _request: HttpRequest,
            clock: &'a CallClock,
        ) -> BoxFuture<'a, Result<Response, HttpError>> {
            Box::pin(async {
                let paused = clock.pause();
                tokio::time::sleep(Duration::from_millis(400)).await;
                drop(paused);
                Err(HttpError::Timeout)
            })
        }
    }
    let limits = CallLimits {
        wall_clock: Duration::from_millis(200),
        ..CallLimits::default()
    };
    let connector = load(
        &sandbox(),
        &guest(&format!("(call $request) {END_WELL}"), ""),
    )
    .await;
    let called = connector.validate(Arc::new(Paced), &limits).await;
    assert!(ended_well(&called.result.unwrap_err()));
}

#[tokio::test]
async fn memory_stops_at_its_limit() {
    let limits = CallLimits {
        memory: 8 << 20,
        ..CallLimits::default()
    };
    let grow = "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable";
    let failure = fails_with(grow, "", limits).await;
    assert_eq!(failure, CallFailure::Limited(LimitHit::Memory(8 << 20)));
}

#[tokio::test]
async fn tables_stop_at_their_limit() {
    let grow = "(loop (drop (table.grow (ref.null func) (i32.const 100))) (br 0)) unreachable";
    let failure = fails_with(grow, "(table 1 funcref)", CallLimits::default()).await;
    assert_eq!(
        failure,
        CallFailure::Limited(LimitHit::TableElements(10_000))
    );
}

#[tokio::test]
async fn a_trap_is_an_end_and_not_a_crash() {
    for (validate, extra, words) in [
        ("unreachable", "", "unreachable"),
        (
            "(i32.div_u (i32.const 1) (i32.const 0))",
            "",
            "divide by zero",
        ),
        (
            "(i32.load (i32.const -8))",
            "",
            "out of bounds memory access",
        ),
        (
            "(call $deep (i32.const 0))",
            "(func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))",
            "stack",
        ),
        // A pointer for an answer that lies outside of memory.
        ("(i32.const -8)", "", "pointer"),
        // No such case of the error.
        (
            "(i32.store8 (i32.const 512) (i32.const 7)) (i32.const 512)",
            "",
            "discriminant",
        ),
    ] {
        let failure = fails_with(validate, extra, CallLimits::default()).await;
        let CallFailure::Trapped(text) = &failure else {
            panic!("{validate}: {failure}");
        };
        assert!(text.contains(words), "{validate}: {text}");
    }
}

#[tokio::test]
async fn a_flood_of_requests_is_cut_off() {
    let connector = load(
        &sandbox(),
        &guest("(loop (call $request) (br 0)) unreachable", ""),
    )
    .await;
    let provider = Provider::quick();
    let called = connector
        .validate(provider.clone(), &CallLimits::default())
        .await;
    let flooded = CallFailure::Limited(LimitHit::Requests(64));
    assert_eq!(called.result.unwrap_err(), flooded);
    assert_eq!(provider.asked.load(Relaxed), 64);
    assert_eq!(called.usage.requests, 64);
}

#[tokio::test]
async fn answers_are_counted_together() {
    let limits = CallLimits {
        response_bytes: 250_000,
        ..CallLimits::default()
    };
    let connector = load(
        &sandbox(),
        &guest("(loop (call $request) (br 0)) unreachable", ""),
    )
    .await;
    let provider = Provider::new(100_000, Duration::ZERO);
    let called = connector.validate(provider.clone(), &limits).await;
    let full = CallFailure::Limited(LimitHit::ResponseBytes(250_000));
    assert_eq!(called.result.unwrap_err(), full);
    assert_eq!(provider.asked.load(Relaxed), 3);
}

#[tokio::test]
async fn each_call_starts_from_nothing() {
    let marks = "
        (if (i32.load (i32.const 2048)) (then unreachable))
        (i32.store (i32.const 2048) (i32.const 1))";
    let connector = load(&sandbox(), &guest(&format!("{marks} {END_WELL}"), "")).await;
    for _ in 0..50 {
        let called = connector
            .validate(Provider::quick(), &CallLimits::default())
            .await;
        assert!(ended_well(&called.result.unwrap_err()));
    }
}

#[tokio::test]
async fn calls_beyond_the_limit_wait_for_a_permit() {
    let connector = load(
        &sandbox(),
        &guest(&format!("(call $request) {END_WELL}"), ""),
    )
    .await;
    let provider = Provider::new(10, Duration::from_millis(200));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..700 {
        let (connector, provider) = (connector.clone(), provider.clone());
        calls.spawn(async move { connector.validate(provider, &CallLimits::default()).await });
    }
    let ends = calls.join_all().await;
    assert!(
        ends.iter()
            .all(|called| called.result.as_ref().is_err_and(ended_well))
    );
}

async fn refused(bytes: &[u8]) -> LoadError {
    Connector::load(&sandbox(), bytes).await.unwrap_err()
}

#[tokio::test]
async fn a_component_with_more_imports_is_rejected() {
    for name in [
        "wasi:cli/environment@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "governance:connector/http-client@0.1.0",
        "env",
    ] {
        let text = format!(r#"(component (import "{name}" (instance)))"#);
        let error = refused(&wat::parse_str(text).unwrap()).await;
        let LoadError::ForbiddenImport(import) = &error else {
            panic!("{name}: {error}");
        };
        assert_eq!(import, name);
    }
}

#[tokio::test]
async fn what_is_not_a_connector_is_said_to_be_none() {
    let empty = wat::parse_str("(component)").unwrap();
    assert!(matches!(refused(&empty).await, LoadError::WrongWorld(_)));
    let module = wat::parse_str("(module)").unwrap();
    assert!(matches!(refused(&module).await, LoadError::Invalid(_)));
    assert!(matches!(
        refused(b"(component)").await,
        LoadError::Invalid(_)
    ));
    assert!(matches!(refused(b"").await, LoadError::Invalid(_)));
}

#[tokio::test]
async fn a_guest_that_cannot_describe_itself_is_not_loaded() {
    let nameless = support::guest_text(END_WELL, "").replace("\"test0/mekey\"", "\"TE T0/mekey\"");
    let error = refused(&support::component(&nameless)).await;
    assert!(matches!(error, LoadError::Descriptor(_)), "{error}");
    let asks = support::guest_text(END_WELL, "").replace(
        "(i32.store (i32.const 256) (i32.const 16))",
        "(call $request)",
    );
    let error = refused(&support::component(&asks)).await;
    assert!(
        matches!(error, LoadError::Describe(CallFailure::Limited(_))),
        "{error}"
    );
}

#[tokio::test]
async fn proposals_that_no_connector_needs_are_switched_off() {
    for module in [
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (type (struct)))",
        "(module (tag))",
        "(module (func (return_call 0)))",
        "(module (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 i32x4.relaxed_laneselect))",
    ] {
        let text = format!("(component (core {}", module.strip_prefix('(').unwrap()) + ")";
        let error = refused(&wat::parse_str(&text).unwrap()).await;
        assert!(matches!(error, LoadError::Invalid(_)), "{module}: {error}");
    }
}
