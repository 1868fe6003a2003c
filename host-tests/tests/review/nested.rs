//! Groups within groups, of any shape: every command answers, with the shortest access paths, within
//! bounds of memory, and says what it leaves out.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use connector_cli::report::write_ndjson;
use connector_host::records::Grant;
use connector_host::review::explain::explain_access;
use connector_host::review::{AccessFilters, MorePaths, effective_access};
use connector_host::store::GroupGraph;
use connector_host::sync::SyncInventory;
use serde_json::Value;

use crate::made::{grant, group, id, store_sync, sync, user, workspace};

fn g(at: usize) -> String {
    format!("g{at:06}")
}

fn within(outer: usize, inner: usize) -> Grant {
    grant(&id("group", &g(outer)), "member", &id("group", &g(inner)))
}

/// Groups that contain each other by `edges`: the first one administers a workspace, `u` is in the
/// last one, and nobody else is anywhere.
fn groups(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> SyncInventory {
    let all = (0..count).map(|at| group(&g(at)));
    let all = all.chain([user("u"), workspace("w")]);
    let (first, last) = (id("group", &g(0)), id("group", &g(count - 1)));
    let mut grants = vec![
        grant(&id("workspace", "w"), "admin", &first),
        grant(&last, "member", &id("user", "u")),
    ];
    grants.extend(edges.map(|(outer, inner)| within(outer, inner)));
    sync(all.collect(), grants)
}

/// Each of them contains each other one.
fn clique(count: usize) -> SyncInventory {
    let pairs = (0..count).flat_map(move |a| (0..count).map(move |b| (a, b)));
    groups(count, pairs.filter(|(a, b)| a != b))
}

/// Levels of ten groups, each of which contains all ten of the next level.
fn levels(count: usize) -> SyncInventory {
    let pairs = (0..count - 1).flat_map(|level| {
        let ten = move |level: usize| (0..10).map(move |at| level * 10 + at);
        ten(level).flat_map(move |a| ten(level + 1).map(move |b| (a, b)))
    });
    groups(count * 10, pairs)
}

fn chain(count: usize) -> SyncInventory {
    groups(count, (1..count).map(|at| (at - 1, at)))
}

/// Runs the command with less memory than a copy of every path takes.
fn run(dir: &Path, line: &str) -> Output {
    let command = host_tests::program("connector-host");
    let script = format!("ulimit -v 2000000 && exec {} {line}", command.display());
    let mut shell = Command::new("sh");
    shell.current_dir(dir).args(["-c", &script]);
    shell.output().unwrap()
}

fn succeed(dir: &Path, line: &str) -> String {
    let out = run(dir, line);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{line}: {:?} {said}", out.status);
    String::from_utf8(out.stdout).unwrap()
}

fn json(dir: &Path, line: &str) -> Value {
    serde_json::from_str(&succeed(dir, &format!("{line} --format json"))).unwrap()
}

fn answer_all(synced: &SyncInventory, path_length: usize) {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    write_ndjson(synced, &mut File::create(at.join("a.ndjson")).unwrap()).unwrap();
    let found = json(at, "access a.ndjson --on w --who-can admin");
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{found}");
    assert_eq!(rows[0]["principal"]["id"], "u");
    let length = |one: &Value, reported: &str, more: &str| {
        let more = one[more].as_u64().unwrap_or(0);
        one[reported].as_array().unwrap().len() + usize::try_from(more).unwrap()
    };
    let shortest = |rows: &Value| {
        let paths = rows[0]["paths"].as_array().unwrap().iter();
        paths.map(|path| length(path, "via", "more_groups")).min()
    };
    assert_eq!(shortest(&found["rows"]), Some(path_length));
    let found = json(at, "access a.ndjson --user u --on w");
    assert_eq!(shortest(&found["rows"]), Some(path_length));
    let found = json(at, "access a.ndjson --user u");
    assert!(found["rows"].as_array().unwrap().len() > path_length);
    succeed(at, "access a.ndjson --on w");
    let found = json(at, "explain a.ndjson --grant w admin user:u");
    let paths = found["paths"].as_array().unwrap().iter();
    let shortest = paths.map(|path| length(path, "steps", "more_steps")).min();
    assert_eq!(shortest, Some(path_length + 1));
    let found = json(at, "findings a.ndjson --rule single-admin");
    assert_eq!(found["rows"][0]["subject"]["id"], "w", "{found}");
    succeed(at, "findings a.ndjson");
    succeed(at, "diff a.ndjson a.ndjson");
    succeed(at, "report a.ndjson -o page.html");
}

#[test]
fn groups_that_contain_each_other_are_answered() {
    for count in [9, 12, 14] {
        answer_all(&clique(count), 2);
    }
}

#[test]
fn levels_of_groups_in_each_other_are_answered() {
    answer_all(&levels(20), 20);
}

#[test]
fn a_long_chain_of_groups_is_answered() {
    answer_all(&chain(20_000), 20_000);
}

#[test]
#[ignore = "takes a minute: make soak"]
fn a_chain_of_a_hundred_thousand_is_answered() {
    answer_all(&chain(100_000), 100_000);
}

#[test]
fn more_paths_than_are_listed_are_announced() {
    let dense = access_of(&clique(9));
    assert_eq!(dense, (16, MorePaths::Some));
    // Thirty groups between, in no path within each other: their number is known.
    let parallel = groups(32, (1..31).flat_map(|at| [(0, at), (at, 31)]));
    let (reported, more) = access_of(&parallel);
    assert_eq!(reported, 16);
    assert_ne!(more, MorePaths::default());
    assert_eq!(access_of(&chain(5)), (1, MorePaths::default()));
}

fn access_of(synced: &SyncInventory) -> (usize, MorePaths) {
    let (store, run) = store_sync(synced);
    let question = AccessFilters {
        who_can: Some("admin".to_owned()),
        ..AccessFilters::default()
    };
    let (answer, _) = effective_access(&store, run, &question).unwrap();
    assert_eq!(answer.len(), 1);
    (answer[0].paths.len(), answer[0].more_paths)
}

#[test]
fn explained_paths_lead_from_resource_to_principal() {
    for synced in [clique(9), levels(20), chain(50)] {
        let (store, run) = store_sync(&synced);
        let (w, u) = (id("workspace", "w"), id("user", "u"));
        let found = explain_access(&store, run, &w, "admin", &u).unwrap();
        assert!((1..=100).contains(&found.paths.len()));
        for path in &found.paths {
            let (first, last) = (&path.steps[0], &path.steps[path.steps.len() - 1]);
            assert_eq!((&first.resource.id, &last.principal.id), (&w, &u));
            for pair in path.steps.windows(2) {
                assert_eq!(pair[0].principal.id, pair[1].resource.id);
            }
        }
    }
}

/// The number of paths grows beyond all bounds, and the steps of a walk with the groups' members alone.
#[test]
fn a_walk_reaches_every_group_in_bounded_steps() {
    let count = 120;
    let (store, run) = store_sync(&clique(count));
    let groups = GroupGraph::read(store.connection(), run).unwrap();
    let inward = groups.walk_inward(groups.all().count() - 1, 16);
    let outward = groups.walk_outward(vec![0], 16);
    for walk in [inward, outward] {
        let reached: BTreeSet<usize> = walk.visits.iter().map(|visit| visit.group).collect();
        assert_eq!(reached.len(), count);
        assert!(
            walk.is_cut && walk.visits.len() > count,
            "{}",
            walk.visits.len()
        );
        assert!(walk.examined < count * count + 21_000, "{}", walk.examined);
    }
}
