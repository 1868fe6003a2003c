//! The attempts of the guests of `guests/`: each meets its typed end, in time, and leaves nothing behind
//! that another tenant's call could see or feel. Figures are printed with `--nocapture`.

use crate::support;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::support::{component, connector, framed, guest_file, hostile, load, sandbox};
use connector_host::runtime::{
    BoxFuture, CallClock, CallFailure, HttpClient, HttpError, HttpRequest, LimitHit, LoadError,
    Response,
};
use connector_host::{CallLimits, Connector, Sandbox, SandboxOptions};

/// Answers every request with one body, after a while.
pub struct Provider {
    body: Vec<u8>,
    after: Duration,
    asked: AtomicU64,
}

impl Provider {
    pub fn new(body: &str, after: Duration) -> Arc<Self> {
        Arc::new(Self {
            body: body.into(),
            after,
            asked: AtomicU64::new(0),
        })
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
            if !self.after.is_zero() {
                tokio::time::sleep(self.after).await;
            }
            Ok(Response {
                status: 200,
                headers: vec![("content-type".into(), b"application/json".to_vec())],
                body: self.body.clone(),
                endpoint: None,
            })
        })
    }
}

pub fn quick() -> Arc<Provider> {
    Provider::new("", Duration::ZERO)
}

fn tight() -> CallLimits {
    CallLimits {
        wall_clock: Duration::from_secs(5),
        cpu: Duration::from_millis(5),
        memory: 64 << 20,
        returned_bytes: 4 << 20,
        ..CallLimits::default()
    }
}

/// The failure of `list-resources`.
async fn list(connector: &Connector, limits: &CallLimits) -> CallFailure {
    let called = connector
        .list_resources(quick(), limits, "thing", None, None)
        .await;
    called.result.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_guest_meets_its_typed_end() {
    let sandbox = sandbox();
    let limits = CallLimits {
        cpu: Duration::from_secs(20),
        ..tight()
    };
    let ends = [
        ("allocate", LimitHit::Memory(64 << 20)),
        ("many-records", LimitHit::ReturnedBytes(4 << 20)),
        ("many-requests", LimitHit::Requests(64)),
    ];
    for (name, hit) in ends {
        let guest = load(&sandbox, &hostile(name)).await;
        assert_eq!(
            list(&guest, &limits).await,
            CallFailure::Limited(hit),
            "{name}"
        );
    }
    let traps = [
        ("recurse", "stack"),
        ("bad-cursor", "utf-8"),
        ("trap", "unreachable"),
    ];
    for (name, words) in traps {
        let guest = load(&sandbox, &hostile(name)).await;
        let CallFailure::Trapped(text) = list(&guest, &limits).await else {
            panic!("{name}");
        };
        assert!(text.contains(words), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_trap_in_any_export_ends_its_call_alone() {
    let module = framed(&guest_file("trap"));
    let export = "description@0.2.0#describe\") (result i32) (i32.const 64)";
    let broken = module.replace(
        export,
        "description@0.2.0#describe\") (result i32) unreachable",
    );
    assert_ne!(module, broken);
    let error = Connector::load(&sandbox(), &component(&broken)).await;
    assert!(
        matches!(error, Err(LoadError::Describe(CallFailure::Trapped(_)))),
        "{error:?}"
    );
    let guest = load(&sandbox(), &component(&module)).await;
    let limits = tight();
    let id = || support::scripted::id("thing", "1");
    for _ in 0..20 {
        let validated = guest.validate(quick(), &limits).await;
        assert!(matches!(validated.result, Err(CallFailure::Trapped(_))));
        assert_eq!(validated.usage.requests, 1);
        let grants = guest.list_grants(quick(), &limits, &id(), None).await;
        assert!(matches!(grants.result, Err(CallFailure::Trapped(_))));
        assert!(matches!(
            list(&guest, &limits).await,
            CallFailure::Trapped(_)
        ));
    }
}

/// Returns the excess of calls over a limit of time, in milliseconds, sorted.
async fn overshoot(connector: &Connector, limits: &CallLimits, limit: Duration) -> Vec<f64> {
    let mut late = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        let provider = Provider::new("", Duration::from_secs(3_600));
        let called = connector.validate(provider, limits).await;
        let used = match called.result {
            Err(CallFailure::TimedOut(LimitHit::Cpu(_))) => called.usage.cpu,
            Err(CallFailure::TimedOut(_)) => started.elapsed(),
            other => panic!("{other:?}"),
        };
        late.push((used.as_secs_f64() - limit.as_secs_f64()) * 1_000.0);
    }
    late.sort_by(f64::total_cmp);
    late
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_over_soon_after_its_deadline() {
    let sandbox = sandbox();
    let limit = Duration::from_millis(50);
    let wall = CallLimits {
        wall_clock: limit,
        ..CallLimits::default()
    };
    let cpu = CallLimits {
        cpu: limit,
        ..CallLimits::default()
    };
    let spin = load(&sandbox, &hostile("spin")).await;
    let hang = load(&sandbox, &hostile("trap")).await;
    for (what, guest, limits) in [
        ("spinning, wall clock", &spin, &wall),
        ("spinning, processor time", &spin, &cpu),
        ("hung provider, wall clock", &hang, &wall),
    ] {
        let late = overshoot(guest, limits, limit).await;
        let (median, worst) = (late[10], late[19]);
        println!("{what}: {median:.2} ms late (median), {worst:.2} ms (worst)");
        assert!(late[0] < 250.0, "{what}: {late:?}");
    }
}

#[tokio::test]
async fn memory_and_processor_peaks_are_measured() {
    let sandbox = sandbox();
    let guest = load(&sandbox, &hostile("allocate")).await;
    let limits = CallLimits {
        cpu: Duration::from_secs(20),
        ..tight()
    };
    let usage = guest.validate(quick(), &limits).await.usage;
    assert!(usage.memory_peak > 60 << 20 && usage.memory_peak <= 64 << 20);
    assert!(usage.cpu > Duration::ZERO);
    let cpu = Duration::from_millis(40);
    let spin = load(&sandbox, &hostile("spin")).await;
    let spun = spin.validate(quick(), &CallLimits { cpu, ..tight() }).await;
    assert!(
        spun.usage.cpu >= cpu && spun.usage.cpu < cpu * 10,
        "{:?}",
        spun.usage
    );
    // Waiting for the provider is not computing.
    let waited = load(&sandbox, &hostile("trap")).await;
    let provider = Provider::new("", Duration::from_millis(300));
    let waited = waited.validate(provider, &limits).await;
    assert!(
        waited.usage.cpu < Duration::from_millis(100),
        "{:?}",
        waited.usage
    );
}

#[tokio::test]
async fn the_calls_of_one_tenant_share_its_memory() {
    let sandbox = sandbox();
    let hold = load(&sandbox, &hostile("trap")).await;
    let limits = CallLimits {
        budget: connector_host::runtime::MemoryBudget::new(3 * 65_536),
        ..CallLimits::default()
    };
    let slow = Provider::new("", Duration::from_millis(500));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (hold, slow, limits) = (hold.clone(), slow.clone(), limits.clone());
        calls.spawn(async move { hold.validate(slow, &limits).await.result.unwrap_err() });
    }
    let ends = calls.join_all().await;
    let full = CallFailure::Limited(LimitHit::TenantMemory(3 * 65_536));
    assert_eq!(
        ends.iter().filter(|end| **end == full).count(),
        2,
        "{ends:?}"
    );
    // What a call had is given back when it ends.
    let after = hold.validate(quick(), &limits).await.result.unwrap_err();
    assert!(matches!(after, CallFailure::Trapped(_)), "{after}");
}

#[tokio::test]
async fn fuel_ends_a_call_at_the_same_instruction() {
    let options = SandboxOptions {
        concurrent_calls: 10,
        deterministic: true,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let limits = CallLimits {
        fuel: 3_000_000,
        ..CallLimits::default()
    };
    let spin = load(&sandbox, &hostile("spin")).await;
    let allocate = load(&sandbox, &hostile("allocate")).await;
    let mut peaks = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let spun = spin.validate(quick(), &limits).await;
        let hit = CallFailure::TimedOut(LimitHit::Fuel(3_000_000));
        assert_eq!(spun.result.unwrap_err(), hit);
        let limits = CallLimits {
            fuel: 60,
            ..limits.clone()
        };
        let grown = allocate.validate(quick(), &limits).await;
        assert!(matches!(
            grown.result,
            Err(CallFailure::TimedOut(LimitHit::Fuel(60)))
        ));
        peaks.insert((grown.usage.memory_peak, grown.usage.fuel));
    }
    assert_eq!(peaks.len(), 1, "{peaks:?}");
}

const ME: &str = r#"{"user":{"id":12345678,"username":"taylor-lee","email":"taylor.lee@example.com","fullName":"Taylor Lee","teamId":123,"teamName":"Northwind","roles":["admin"]},"operations":[]}"#;

async fn answer(good: &Connector) -> String {
    let provider = Provider::new(ME, Duration::ZERO);
    let called = good.validate(provider, &CallLimits::default()).await;
    serde_json::to_string(&called.result.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_calls_do_not_change_good_calls() {
    let sandbox = sandbox();
    let good = load(&sandbox, &connector()).await;
    let alone = answer(&good).await;
    assert!(alone.contains("Northwind"), "{alone}");
    let names = [
        "spin",
        "allocate",
        "recurse",
        "many-records",
        "many-requests",
        "trap",
        "bad-cursor",
    ];
    let mut bad = Vec::new();
    for name in names {
        bad.push(load(&sandbox, &hostile(name)).await);
    }
    let started = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for turn in 0..1_000 {
        let hostile = bad[turn % bad.len()].clone();
        calls.spawn(async move {
            // It panics where a hostile call ends well.
            list(&hostile, &tight()).await;
            None
        });
        let good = good.clone();
        calls.spawn(async move { Some(answer(&good).await) });
        if calls.len() >= 64 {
            check(calls.join_next().await.unwrap().unwrap(), &alone);
        }
    }
    while let Some(ended) = calls.join_next().await {
        check(ended.unwrap(), &alone);
    }
    println!(
        "1,000 good and 1,000 hostile calls: {:.2?}",
        started.elapsed()
    );
}

fn check(answer: Option<String>, alone: &str) {
    if let Some(answer) = answer {
        assert_eq!(answer, alone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_reuses_of_one_place_leave_no_byte() {
    let options = SandboxOptions {
        concurrent_calls: 1,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let guest = load(&sandbox, &hostile("residue")).await;
    let started = Instant::now();
    for reuse in 0..10_000 {
        let called = guest.validate(quick(), &CallLimits::default()).await;
        let Err(CallFailure::Trapped(text)) = called.result else {
            panic!("something was left before reuse {reuse}");
        };
        assert!(text.contains("unreachable"), "{text}");
    }
    println!("10,000 reuses of 256 KiB: {:.2?}", started.elapsed());
    // The search itself finds what there is to find.
    let planted = guest_file("residue") + r#"(data (i32.const 200000) "x")"#;
    let planted = framed(&planted).replace(
        "(memory (export \"memory\") 1)",
        "(memory (export \"memory\") 4)",
    );
    let planted = load(&sandbox, &component(&planted)).await;
    let called = planted.validate(quick(), &CallLimits::default()).await;
    assert!(matches!(called.result, Err(CallFailure::Reported { .. })));
}
