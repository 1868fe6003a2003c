//! A good tenant's pages beside a hostile tenant in one process: they are the same, and the times are
//! printed. `make soak` runs it: times are no matter of a test.

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_host::records::ResourceId;
use connector_host::runtime::runtime_threads;
use connector_host::{CallLimits, Connector, Sandbox, SandboxOptions};
use tokio::task::JoinSet;

use crate::bombs;
use crate::hostile::{Provider, quick};
use crate::large::{described, refusing};
use crate::support::{connector, hostile, load};

/// Pages that are read for one row, and alone before and after them.
const PAGES: usize = 150;
/// The time of a request to a server nearby.
const REQUEST: Duration = Duration::from_millis(5);
/// Calls of the hostile tenant at once.
const CALLS: usize = 16;

/// A page of workspaces as Postman answers it.
fn workspaces() -> String {
    let one = |n: usize| format!(r#"{{"id":"w{n}","name":"Workspace {n}","type":"team"}}"#);
    let all: Vec<String> = (0..100).map(one).collect();
    format!(r#"{{"workspaces":[{}],"meta":{{}}}}"#, all.join(","))
}

/// Reads the page again and again; returns the sorted times.
async fn read_pages(good: &Connector, limits: &CallLimits, wanted: &mut String) -> Vec<Duration> {
    let team = ResourceId::new("team", "123");
    let mut times = Vec::new();
    for _ in 0..PAGES {
        let provider = Provider::new(&workspaces(), REQUEST);
        let began = Instant::now();
        let called = good.list_resources(provider, limits, "workspace", Some(&team), None);
        let page = called.await.result.unwrap();
        times.push(began.elapsed());
        let page = serde_json::to_string(&page).unwrap();
        if wanted.is_empty() {
            wanted.clone_from(&page);
        }
        assert_eq!(page, *wanted);
    }
    times.sort();
    times
}

/// Starts calls that begin again as soon as they end.
fn call_without_end(guest: &Connector, limits: &CallLimits) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let (guest, limits) = (guest.clone(), limits.clone());
        calls.spawn(async move {
            let thing = ResourceId::new("thing", "1");
            loop {
                let _ = guest.validate(quick(), &limits).await;
                let listed = guest.list_resources(quick(), &limits, "thing", None, None);
                let _ = listed.await;
                let _ = guest.list_grants(quick(), &limits, &thing, None).await;
            }
        });
    }
    calls
}

/// Loads a component again and again, which is refused or compiled.
fn load_without_end(sandbox: &Sandbox, bytes: Vec<u8>) -> JoinSet<()> {
    let (mut loads, bytes) = (JoinSet::new(), Arc::new(bytes));
    for _ in 0..2 {
        let (sandbox, bytes) = (sandbox.clone(), Arc::clone(&bytes));
        loads.spawn(async move {
            loop {
                let _ = Connector::load(&sandbox, &bytes).await;
            }
        });
    }
    loads
}

/// Prints a row, compared with the pages alone immediately before and after it: the machine may have other work.
fn print_row(what: &str, times: &[Duration], alone: [&[Duration]; 2]) {
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    let mut both = alone.concat();
    both.sort();
    let alone = both[both.len() / 2];
    println!(
        "{what:<28} median {:>9.2?}  95 % {:>9.2?}  longest {:>9.2?}  alone {alone:>9.2?}  {:.1} times alone",
        at(50),
        at(95),
        at(100),
        at(50).as_secs_f64() / alone.as_secs_f64()
    );
}

/// Runs on a runtime like that of the command.
#[test]
#[ignore = "prints times: see `make soak`"]
fn pages_beside_a_hostile_tenant_stay_as_they_are() {
    let threads = runtime_threads().build().unwrap();
    threads.block_on(async { threads.spawn(read_beside_each()).await.unwrap() });
}

async fn read_beside_each() {
    let options = SandboxOptions::default();
    let sandbox = Sandbox::new(&options).unwrap();
    let good = load(&sandbox, &connector()).await;
    let (limits, mut wanted) = (CallLimits::default(), String::new());
    read_pages(&good, &limits, &mut wanted).await;
    let mut before = read_pages(&good, &limits, &mut wanted).await;
    let calling = [
        ("endless loop", hostile("spin")),
        ("memory growth", hostile("allocate")),
        ("deep recursion", hostile("recurse")),
        ("many records", hostile("many-records")),
        ("many requests", hostile("many-requests")),
        ("long error texts", refusing(2_000, 2_000_000)),
        ("traps", hostile("trap")),
    ];
    for (what, bytes) in calling {
        let guest = load(&sandbox, &bytes).await;
        let mut calls = call_without_end(&guest, &CallLimits::default());
        let times = read_pages(&good, &limits, &mut wanted).await;
        calls.shutdown().await;
        let after = read_pages(&good, &limits, &mut wanted).await;
        print_row(what, &times, [&before, &after]);
        before = after;
    }
    for (what, bytes) in [
        ("compile bomb (loops)", bombs::loops(1_600)),
        ("compile bomb (tables)", bombs::tables(12_000)),
        ("compile bomb (joins)", bombs::joins(2_000)),
        ("manifest of 1,000 types", described(1_000)),
        ("manifest of 5,000 types", described(5_000)),
        ("loading the connector", connector()),
    ] {
        let mut loads = load_without_end(&sandbox, bytes);
        let times = read_pages(&good, &limits, &mut wanted).await;
        loads.shutdown().await;
        let after = read_pages(&good, &limits, &mut wanted).await;
        print_row(what, &times, [&before, &after]);
        before = after;
    }
}
