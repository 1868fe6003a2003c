//! Nothing grows with pages, tenants served or time: a hundred thousand page calls.

use std::sync::Arc;
use std::time::Instant;

use connector_host::runtime::CallLimits;
use connector_host::{Connector, Sandbox, SandboxOptions};

use crate::bodies::{Body, List};
use crate::measure::{component, micros, quantile, runtime, used};
use crate::table::Table;

const CALLS: usize = 100_000;
/// Tenants that call at once.
const AT_ONCE: usize = 1_000;

/// Measures and writes down.
pub fn run(table: &mut Table) {
    let runtime = runtime();
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let connector = runtime.block_on(Connector::load(&sandbox, &component()));
    let connector = Arc::new(connector.unwrap());
    let body = Body::new(List::Roles.body(30));
    let mut resident = Vec::new();
    let mut times = Vec::new();
    // The first tenth fills pools and caches: what grows after it grows for good.
    for _ in 0..10 {
        times = runtime.block_on(round(&connector, &body, CALLS / 10));
        resident.push(used("self").unwrap_or_default().private / f64::from(1 << 20));
    }
    let (first, last) = (resident[1], resident[resident.len() - 1]);
    table.add(
        "100,000 page calls: memory gained after the first 20,000",
        last - first,
        "MiB",
        None,
        resident,
    );
    let worst = quantile(&times, 0.99);
    table.note(
        "1,000 tenants at once: a page, 99 of 100",
        worst / 1e3,
        "ms",
    );
}

/// So many calls, a thousand of them at once; how long each took, in microseconds.
async fn round(connector: &Arc<Connector>, body: &Body, calls: usize) -> Vec<f64> {
    let tasks = (0..AT_ONCE).map(|_| {
        let (connector, body) = (Arc::clone(connector), body.clone());
        tokio::spawn(async move {
            let limits = CallLimits::default();
            let mut times = Vec::new();
            for _ in 0..calls / AT_ONCE {
                let began = Instant::now();
                let called = List::Roles.ask(&connector, &limits, &body).await;
                times.push(micros(began.elapsed()));
                assert!(called.result.is_ok(), "{:?}", called.result);
            }
            times
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}
