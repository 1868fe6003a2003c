//! After any addition, change, removal, pruning, hold or interruption, each run that is left reads
//! back as it did at its end, and nothing is left that no run has.

use std::collections::BTreeMap;
use std::path::Path;

use connector_host::store::{RecorderOptions, Retention, RunId, Store};
use fastrand::Rng;
use host_tests::handmade::{id, notice};

use crate::simulated::{Team, sync};

fn lines(store: &Store, run: RunId) -> Vec<u8> {
    let mut lines = Vec::new();
    store.write_ndjson(run, &mut lines).unwrap();
    lines
}

/// The rows of SQL users, with where each was read.
fn rows(store: &Store, run: RunId) -> Vec<String> {
    let sql = "SELECT 'r ' || json_array(resource_type, id, display_name, page) FROM resources WHERE run = ?1
        UNION ALL SELECT 'g ' || json_array(resource_id, entitlement, principal_id, page) FROM grants
            WHERE run = ?1
        UNION ALL SELECT 'e ' || json_array(resource_id, entitlement, principal_id, path)
            FROM effective_access WHERE run = ?1
        UNION ALL SELECT 's ' || json_array(call, resource_type, id, outcome, pages) FROM scopes WHERE run = ?1
        UNION ALL SELECT 'p ' || json_array(call, id, page, p.requests) FROM scopes s
            JOIN pages p ON p.run = s.run AND p.scope = s.scope WHERE s.run = ?1
        UNION ALL SELECT 'n ' || message FROM notices WHERE run = ?1
        ORDER BY 1";
    let mut query = store.connection().prepare_cached(sql).unwrap();
    let rows = query.query_map([run.0], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn count(store: &Store, sql: &str) -> i64 {
    let mut query = store.connection().prepare(sql).unwrap();
    query.query_row([], |row| row.get(0)).unwrap()
}

/// Asserts that no version and no key is left that no run has.
fn assert_nothing_is_left_over(store: &Store) {
    for table in [
        "resource",
        "entitlement",
        "grant",
        "scope",
        "page",
        "notice",
        "expansion",
    ] {
        let unused = format!(
            "SELECT count(*) FROM {table}_versions v WHERE NOT EXISTS (SELECT 1 FROM runs r
                WHERE r.epoch = v.epoch AND r.run BETWEEN v.first AND ifnull(v.last, r.run))"
        );
        assert_eq!(count(store, &unused), 0, "{table}");
    }
    for table in ["resource", "entitlement", "scope", "notice"] {
        let unused = format!(
            "SELECT count(*) FROM {table}_keys
                WHERE {table} NOT IN (SELECT {table} FROM {table}_versions)"
        );
        assert_eq!(count(store, &unused), 0, "{table}");
    }
    assert_eq!(
        count(store, "SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
}

/// Of each run that is left, what it was at its end.
type Expected = BTreeMap<i64, (Vec<u8>, Vec<String>)>;

fn assert_unchanged(path: &Path, expected: &Expected, seed: u64) {
    let store = Store::open_to_read(path).unwrap();
    let runs = store.runs().unwrap();
    let left: Vec<_> = runs.iter().rev().map(|run| run.run.0).collect();
    assert_eq!(left, expected.keys().copied().collect::<Vec<_>>());
    for (run, (then, rows_then)) in expected {
        let run = RunId(*run);
        let read = lines(&store, run);
        assert!(
            read == *then,
            "seed {seed}: run {} reads differently",
            run.0
        );
        assert_eq!(rows(&store, run), *rows_then, "seed {seed}: run {}", run.0);
    }
    if !store.has_unfinished().unwrap() {
        assert_nothing_is_left_over(&store);
    }
}

async fn live(seed: u64, syncs: i64) {
    let rng = &mut Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("team.db");
    let mut teams =
        [0, 1].map(|number| Team::new(number, rng.usize(1..40), rng.usize(1..8), 6, rng));
    let mut expected = Expected::new();
    for hour in 0..syncs {
        let team = &mut teams[usize::from(rng.u8(..4) == 0)];
        // From nothing to more than all.
        let records = [0, 1, 3, 2 * team.len()][rng.usize(..4)];
        team.change(records, rng);
        let about = id("user", &format!("u{}", rng.u8(..3)));
        let notices = vec![notice(["a", "b"][rng.usize(..2)], &about)];
        let policy = ["1", "3", "20", "2,daily=2d", "5h,weekly=1w"][rng.usize(..5)];
        let keep: Retention = policy.parse().unwrap();
        let options = RecorderOptions {
            resume: false,
            keep,
        };
        let to_end = rng.u8(..8) > 0;
        if let Some(stored) = sync(&path, team, hour, notices, options, to_end).await {
            let mut store = stored.store;
            for gone in &stored.pruned {
                expected.remove(&gone.run.0);
            }
            let now = (lines(&store, stored.run), rows(&store, stored.run));
            expected.insert(stored.run.0, now);
            let any = *rng.choice(expected.keys()).unwrap();
            store.hold_run(RunId(any), rng.bool()).unwrap();
        }
        assert_unchanged(&path, &expected, seed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_reads_back_as_it_was_written() {
    for seed in 0..12 {
        live(seed, 30).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make soak"]
async fn every_run_of_many_histories_reads_back() {
    for seed in 0..400 {
        live(seed, 60).await;
    }
}
