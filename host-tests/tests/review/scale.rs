//! The time of queries on a large tenant: 5,000 people, 2,000 workspaces, 200,000 grants. Run with
//! `--ignored`; it prints figures and holds the answers to what was put in, never to a time.

use std::time::{Duration, Instant};

use crate::made::{grant, group, id, implied, sync, team, user, workspace};
use connector_host::records::{Grant, ResourceId};
use connector_host::review::{AccessFilters, effective_access, find_account, find_resource};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;

const USERS: usize = 5_000;
const WORKSPACES: usize = 2_000;
const GROUPS: usize = 50;
const GRANTS: usize = 200_000;

fn u(at: usize) -> ResourceId {
    id("user", &format!("u{at:05}"))
}

fn w(at: usize) -> ResourceId {
    id("workspace", &format!("w{at:05}"))
}

/// Every account in the team and in two groups, every third workspace open to the team, each with groups in
/// it, the rest roles of single people.
fn large() -> SyncInventory {
    let slugs = ["viewer", "editor", "admin"];
    let g = |at: usize| id("group", &format!("g{:02}", at % GROUPS));
    let mut grants: Vec<Grant> = Vec::new();
    for at in 0..USERS {
        grants.push(grant(&team(), "member", &u(at)));
        grants.push(grant(&g(at), "member", &u(at)));
        grants.push(grant(&g(at * 7 + 1), "member", &u(at)));
    }
    for at in 0..WORKSPACES {
        if at % 3 == 0 {
            grants.push(implied(&w(at), "access", &team()));
        }
        grants.push(grant(&w(at), slugs[at % 3], &g(at)));
        grants.push(grant(&w(at), slugs[(at + 1) % 3], &g(at * 3 + 1)));
    }
    for at in 0.. {
        let missing = GRANTS.saturating_sub(grants.len());
        if missing == 0 {
            break;
        }
        let (on, to) = (at % WORKSPACES, (at * 31 + at / WORKSPACES * 17) % USERS);
        grants.push(grant(&w(on), slugs[(at / WORKSPACES) % 3], &u(to)));
        if at % 1_000 == 0 {
            sort(&mut grants);
        }
    }
    let people = (0..USERS).map(|at| user(&u(at).id));
    let groups = (0..GROUPS).map(|at| group(&g(at).id));
    let workspaces = (0..WORKSPACES).map(|at| workspace(&w(at).id));
    sync(people.chain(groups).chain(workspaces).collect(), grants)
}

fn sort(grants: &mut Vec<Grant>) {
    let identity = |one: &Grant| {
        (
            one.resource.clone(),
            one.entitlement.clone(),
            one.principal.clone(),
        )
    };
    grants.sort_by_cached_key(identity);
    grants.dedup();
}

/// The median of five, after one that warms.
fn timed<T>(what: &str, mut run: impl FnMut() -> T) -> T {
    let mut answer = run();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        answer = run();
        times.push(began.elapsed());
    }
    times.sort();
    println!("{what}: {:.1} ms", times[2].as_secs_f64() * 1e3);
    answer
}

#[test]
#[ignore = "takes a minute; run by hand for the figures"]
fn questions_on_a_large_tenant() {
    let synced = large();
    let dir = tempfile::tempdir().unwrap();
    let path = std::env::var_os("STORE_AT").map_or(dir.path().join("large.db"), Into::into);
    let began = Instant::now();
    let mut store = Store::open(&path).unwrap();
    let run = store.save(&synced, "{}").unwrap();
    println!(
        "{} grants saved: {:?}",
        synced.grants.len(),
        began.elapsed()
    );
    let ask = |question: &AccessFilters| effective_access(&store, run, question).unwrap().0.len();
    let person = timed("find a person", || {
        find_account(&store, run, "U00042@example.com")
    })
    .unwrap();
    let on = timed("find a workspace", || find_resource(&store, run, "w00042")).unwrap();
    assert_eq!(person.id, u(42));
    let of_person = AccessFilters {
        principal: Some(person.clone()),
        ..AccessFilters::default()
    };
    let rows = timed("access --user", || ask(&of_person));
    assert!(rows > 600, "{rows}");
    let on_one = AccessFilters {
        on: Some(on.clone()),
        ..AccessFilters::default()
    };
    let rows = timed("access --on", || ask(&on_one));
    assert!(rows > 5_000, "{rows}");
    let both = AccessFilters {
        principal: Some(person),
        on: Some(on),
        ..AccessFilters::default()
    };
    assert!(timed("access --user --on", || ask(&both)) > 0);
    for entitlement in ["admin", "access"] {
        let question = AccessFilters {
            who_can: Some(entitlement.to_owned()),
            ..AccessFilters::default()
        };
        let rows = timed(&format!("access --who-can {entitlement}"), || {
            ask(&question)
        });
        println!("  {rows} rows");
    }
}
