//! From a response's body to the host's records, and the same crate built natively.

use connector_sdk::Connector as _;
use connector_sdk::transport::TransportError;
use std::time::{Duration, Instant};

use connector_host::records::{Page, ResourceId};
use connector_host::runtime::CallLimits;
use connector_host::{Connector, Sandbox, SandboxOptions};
use http::{Request, Response};
use postman_connector::PostmanConnector;

use crate::bodies::{Body, List, OWNER, WORKSPACE};
use crate::handover;
use crate::measure::{component, median, runtime};
use crate::table::{
    Table,
    Target::{AtLeast, AtMost},
};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// The size of which targets speak.
const TARGET_SIZE: usize = 10_000;
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
    let counted = Sandbox::new(&options).unwrap();
    let bytes = component();
    let plain = runtime.block_on(Connector::load(&plain, &bytes)).unwrap();
    let counted = runtime.block_on(Connector::load(&counted, &bytes)).unwrap();
    for list in List::ALL {
        for items in SIZES {
            let body = list.body(items);
            let in_sandbox = runtime.block_on(sandboxed(&plain, list, items, &body));
            let what = format!("{} {items}: items a second", list.name());
            match rate_target(list).filter(|_| items == TARGET_SIZE) {
                Some(rate) => table.hold(what, in_sandbox.rate, "", AtLeast(rate)),
                None => table.note(what, in_sandbox.rate, ""),
            }
            if items == TARGET_SIZE {
                let twin = native(list, items, &body, &in_sandbox.page);
                let counted = runtime.block_on(sandboxed(&counted, list, items, &body));
                ratios(table, list, twin, &[in_sandbox.rate, counted.rate]);
            }
            if items >= TARGET_SIZE {
                let what = format!("{} {items}: guest memory for a byte of body", list.name());
                table.hold(what, in_sandbox.memory, "bytes", AtMost(4.0));
            }
        }
    }
}

/// Items a second, on one core.
fn rate_target(list: List) -> Option<f64> {
    match list {
        List::Users => Some(600_000.0),
        List::Groups => Some(300_000.0),
        List::Roles => Some(3_000_000.0),
        List::Workspaces => None,
    }
}

struct Measured {
    rate: f64,
    memory: f64,
    page: Page,
}

#[expect(clippy::cast_precision_loss, reason = "small")]
async fn sandboxed(connector: &Connector, list: List, items: usize, body: &str) -> Measured {
    let limits = CallLimits {
        memory: 1 << 30,
        returned_bytes: 1 << 30,
        records: 1 << 30,
        ..CallLimits::default()
    };
    let length = body.len() as f64;
    let client = Body::new(body.to_owned());
    let mut times = Vec::new();
    let began = Instant::now();
    loop {
        let one = Instant::now();
        let called = list.ask(connector, &limits, &client).await;
        times.push(one.elapsed().as_secs_f64());
        let page = called.result.unwrap();
        if began.elapsed() >= SPAN {
            return Measured {
                rate: items as f64 / median(&times),
                memory: called.usage.memory_peak as f64 / length,
                page,
            };
        }
    }
}

/// The rate of the connector's own code without a sandbox, which hands the same records over.
#[expect(clippy::cast_precision_loss, reason = "small")]
fn native(list: List, items: usize, body: &str, wanted: &Page) -> f64 {
    let bytes = body.as_bytes().to_vec();
    let transport =
        move |_: &'static str, request: Request<()>| -> Result<Response<Vec<u8>>, TransportError> {
            Ok(Response::new(match request.uri().path() {
                "/me" => OWNER.to_vec(),
                _ => bytes.clone(),
            }))
        };
    let (team, parent) = (Some(("team", "5150")), ResourceId::new("team", "5150"));
    let mut times = Vec::new();
    let began = Instant::now();
    loop {
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
        let page = handover::page(page.unwrap(), Some(&parent));
        times.push(one.elapsed().as_secs_f64());
        if began.elapsed() >= SPAN {
            assert_eq!(page.resources, wanted.resources, "{}", list.name());
            assert_eq!(page.grants, wanted.grants, "{}", list.name());
            return items as f64 / median(&times);
        }
    }
}

fn ratios(table: &mut Table, list: List, twin: f64, rates: &[f64; 2]) {
    let name = list.name();
    let [plain, counted] = rates;
    table.note(format!("{name}, built natively: items a second"), twin, "");
    let what = format!("{name}: time against the native twin");
    table.hold(what, twin / plain, "×", AtMost(1.5));
    let what = format!("{name}: items a second with instructions counted");
    table.note(what, *counted, "");
}
