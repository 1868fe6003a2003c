//! What passes is tried again: a fault that shows once leaves nothing behind.

use connector_host::simulator::{Body, Dialect, Fault, Rule, When};

use crate::postman::connector;
use crate::reading::{read, small};

/// Faults of which a provider recovers.
fn passing() -> Vec<Fault> {
    let bodies = Body::ALL.iter().map(|(_, body)| *body);
    let statuses =
        bodies.flat_map(|body| [408, 425, 500, 502, 503, 504].map(|it| Fault::status(it, body)));
    let waits = Dialect::ALL.map(|dialect| Fault::RateLimited {
        dialect,
        seconds: 0,
    });
    let broken = [
        Fault::NoAnswer,
        Fault::Reset,
        Fault::ResetWithin,
        Fault::Truncated,
        Fault::Slow(1000),
    ];
    statuses.chain(waits).chain(broken).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_passes_leaves_no_trace() {
    for endpoint in &connector().await.descriptor().endpoints {
        for fault in passing() {
            let rule = Rule {
                when: When::Nth(1),
                ..Rule::at(&endpoint.path, fault)
            };
            let text = rule.to_string();
            let reading = read(small(vec![rule])).await;
            let synced = reading.synced();
            assert_eq!(reading.times(), 1, "{text}");
            assert!(synced.summary.complete, "{text}");
            assert_eq!(reading.wrongs(), Vec::<String>::new(), "{text}");
        }
    }
}
