//! The component itself: its size, and what it costs to compile, load, call and keep alive.

use std::sync::Arc;
use std::time::Duration;

use connector_host::runtime::{
    BoxFuture, Cache, CallClock, CallLimits, HttpClient, HttpError, HttpRequest, MemoryBudget,
    Response,
};
use connector_host::{Connector, Sandbox, SandboxOptions};

use crate::bodies::{Body, List};
use crate::measure::{component, median, micros, quantile, runtime, sample, used};
use crate::table::{Table, Target::AtMost};

/// Instances that are alive at once.
const LIVE: u32 = 10_000;

/// Measures and writes down.
pub fn run(table: &mut Table) {
    let bytes = component();
    #[expect(clippy::cast_precision_loss, reason = "small")]
    table.hold(
        "component",
        bytes.len() as f64 / 1024.0,
        "KiB",
        AtMost(160.0),
    );
    compile_and_load(table, &bytes);
    one_call(table, &bytes);
    live(table, &bytes);
}

fn compile_and_load(table: &mut Table, bytes: &[u8]) {
    let runtime = runtime();
    let fresh = sample(5, || {
        let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
        runtime.block_on(Connector::load(&sandbox, bytes)).unwrap();
    });
    table.add(
        "compile and describe",
        median(&fresh) / 1e3,
        "ms",
        None,
        fresh,
    );
    let folder = tempfile::tempdir().unwrap();
    let options = SandboxOptions {
        cache: Some(Cache::open(folder.path()).unwrap()),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let load = || {
        runtime.block_on(Connector::load(&sandbox, bytes)).unwrap();
    };
    load();
    let cached = sample(200, load);
    let middle = median(&cached) / 1e3;
    table.add(
        "load what is compiled, check and describe",
        middle,
        "ms",
        Some(AtMost(1.0)),
        cached,
    );
}

fn one_call(table: &mut Table, bytes: &[u8]) {
    let runtime = runtime();
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let connector = runtime.block_on(Connector::load(&sandbox, bytes)).unwrap();
    let limits = CallLimits::default();
    let empty = Body::new(List::Roles.body(0));
    // An argument that does not fit is refused at once: what is left is instance, call and drop.
    let calls = runtime.block_on(async {
        let mut calls = Vec::new();
        for _ in 0..20_000 {
            let began = std::time::Instant::now();
            let http: Arc<dyn HttpClient> = Arc::new(empty.clone());
            let called = connector.list_entitlements(http, &limits, "user").await;
            calls.push(micros(began.elapsed()));
            assert!(called.result.is_ok());
        }
        calls
    });
    let (middle, worst) = (median(&calls), quantile(&calls, 0.99));
    table.add(
        "instantiate, call and drop, median",
        middle,
        "µs",
        Some(AtMost(15.0)),
        Vec::new(),
    );
    table.note("instantiate, call and drop, 99 of 100", worst, "µs");
}

/// Answers when nobody waits any more.
struct Never;

impl HttpClient for Never {
    fn get<'a>(
        &'a self,
        _request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Err(HttpError::Timeout)
        })
    }
}

fn live(table: &mut Table, bytes: &[u8]) {
    let runtime = runtime();
    let options = SandboxOptions {
        concurrent_calls: LIVE,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let connector = runtime.block_on(Connector::load(&sandbox, bytes)).unwrap();
    let before = used("self").unwrap_or_default().private;
    let limits = CallLimits {
        budget: MemoryBudget::new(1 << 40),
        ..CallLimits::default()
    };
    let calls: Vec<_> = (0..LIVE)
        .map(|_| {
            let (connector, limits) = (connector.clone(), limits.clone());
            runtime.spawn(async move {
                let http: Arc<dyn HttpClient> = Arc::new(Never);
                let _ = connector
                    .list_resources(http, &limits, "team", None, None)
                    .await;
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(4));
    let after = used("self").unwrap_or_default().private;
    let each = (after - before) / f64::from(LIVE) / 1024.0;
    let what = format!("memory of each of {LIVE} live instances");
    table.hold(what, each, "KiB", AtMost(32.0));
    for call in calls {
        call.abort();
    }
    // Their reservations have to end before the next part makes its own.
    runtime.shutdown_timeout(Duration::from_secs(30));
}
