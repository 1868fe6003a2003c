//! From a response's body to the host's records, and the same crate built natively.

use connector_sdk::Connector as _;
use connector_sdk::transport::TransportError;
use std::time::{Duration, Instant};

use connector_host::runtime::CallLimits;
use connector_host::{Connector, Sandbox, SandboxOptions};
use http::{Request, Response};
use postman_connector::PostmanConnector;

use crate::bodies::{Body, List, WORKSPACE};
use crate::measure::{component, median, runtime};
use crate::table::{
    Table,
    Target::{AtLeast, AtMost},
};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// At least so long is measured for each figure.
const SPAN: Duration = Duration::from_millis(400);

/// Measures and writes down.
pub fn run(table: &mut Table) {
    let runtime = runtime();
    let plain = Sandbox::new(&SandboxOptions::default()).unwrap();
    let options = SandboxOptions {
        deterministic: true,
        ..SandboxOptions::default()
    };
    let metered = Sandbox::new(&options).unwrap();
    let bytes = component();
    let plain = runtime.block_on(Connector::load(&plain, &bytes)).unwrap();
    let metered = runtime.block_on(Connector::load(&metered, &bytes)).unwrap();
    for list in List::ALL {
        for items in SIZES {
            let body = list.body(items);
            let in_sandbox = runtime.block_on(sandboxed(&plain, list, items, &body));
            let what = format!("{} {items}: items a second", list.name());
            match (list, items) {
                (List::Users, 10_000) => {
                    table.hold(what, in_sandbox.rate, "", AtLeast(500_000.0));
                    ratios(table, &runtime, &metered, list, &body, in_sandbox.rate);
                }
                _ => table.note(what, in_sandbox.rate, ""),
            }
            if items >= 10_000 {
                let what = format!("{} {items}: guest memory for a byte of body", list.name());
                table.hold(what, in_sandbox.memory, "bytes", AtMost(8.0));
            }
        }
    }
}

struct Measured {
    rate: f64,
    memory: f64,
}

#[expect(clippy::cast_precision_loss, reason = "small")]
async fn sandboxed(connector: &Connector, list: List, items: usize, body: &str) -> Measured {
    let limits = CallLimits {
        memory: 1 << 30,
        returned_bytes: 1 << 30,
        ..CallLimits::default()
    };
    let length = body.len() as f64;
    let client = Body::new(body.to_owned());
    let mut times = Vec::new();
    let mut peak = 0;
    let began = Instant::now();
    while times.is_empty() || began.elapsed() < SPAN {
        let one = Instant::now();
        let called = list.ask(connector, &limits, &client).await;
        times.push(one.elapsed().as_secs_f64());
        peak = called.usage.memory_peak;
        assert!(called.result.is_ok(), "{:?}", called.result);
    }
    Measured {
        rate: items as f64 / median(&times),
        memory: peak as f64 / length,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small")]
fn native(list: List, items: usize, body: &str) -> f64 {
    let bytes = body.as_bytes().to_vec();
    let transport =
        move |_: &'static str, _: Request<()>| -> Result<Response<Vec<u8>>, TransportError> {
            Ok(Response::new(bytes.clone()))
        };
    let team = Some(("team", "5150"));
    let mut times = Vec::new();
    let began = Instant::now();
    while times.is_empty() || began.elapsed() < SPAN {
        let one = Instant::now();
        let page = match list {
            List::Users => PostmanConnector::list_resources(&transport, "user", team, None),
            List::Groups => PostmanConnector::list_resources(&transport, "group", team, None),
            List::Workspaces => {
                PostmanConnector::list_resources(&transport, "workspace", team, None)
            }
            List::Roles => {
                PostmanConnector::list_grants(&transport, ("workspace", WORKSPACE), None)
            }
        };
        std::hint::black_box(page.unwrap());
        times.push(one.elapsed().as_secs_f64());
    }
    items as f64 / median(&times)
}

fn ratios(
    table: &mut Table,
    runtime: &tokio::runtime::Runtime,
    metered: &Connector,
    list: List,
    body: &str,
    rate: f64,
) {
    let items = 10_000;
    let twin = native(list, items, body);
    table.note("the same, built natively: items a second", twin, "");
    table.hold(
        "time against the native twin",
        twin / rate,
        "×",
        AtMost(1.3),
    );
    let counted = runtime.block_on(sandboxed(metered, list, items, body)).rate;
    table.hold(
        "the same with instructions counted",
        twin / counted,
        "×",
        AtMost(1.6),
    );
}
