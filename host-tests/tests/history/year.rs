//! The size of a history, and the time in which any of its days is answered.

use std::path::{Path, PathBuf};
use std::time::Instant;

use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::{
    AccessFilters, Named, ResourceFilter, effective_access, list_resources,
};
use connector_host::store::{RecorderOptions, RunId, Store};
use fastrand::Rng;
use host_tests::handmade::id;

use crate::simulated::{Team, sync};

/// Keeps every run.
fn all() -> RecorderOptions {
    RecorderOptions {
        resume: false,
        keep: "1,forever".parse().unwrap(),
    }
}

/// Bytes of a file that are in use.
fn used(store: &Store) -> i64 {
    let number = |pragma| {
        store
            .connection()
            .pragma_query_value(None, pragma, |row| row.get(0))
    };
    let [pages, free, size]: [i64; 3] =
        ["page_count", "freelist_count", "page_size"].map(|pragma| number(pragma).unwrap());
    (pages - free) * size
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_changes_takes_a_few_kilobytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("team.db");
    let team = Team::new(0, 500, 50, 100, &mut Rng::with_seed(1));
    let mut sizes = Vec::new();
    for hour in 0..41 {
        let stored = sync(&path, &team, hour, Vec::new(), all(), true)
            .await
            .unwrap();
        sizes.push(used(&stored.store));
    }
    assert!(sizes[0] > 400_000, "{sizes:?}");
    let growth = (sizes[40] - sizes[0]) / 40;
    assert!(growth < 4_096, "{growth} bytes a run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_grows_with_what_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("team.db");
    let rng = &mut Rng::with_seed(2);
    let mut team = Team::new(0, 500, 50, 100, rng);
    let (mut first, mut last, mut most) = (0, 0, 0);
    for hour in 0..60 {
        let stored = sync(&path, &team, hour, Vec::new(), all(), true)
            .await
            .unwrap();
        last = used(&stored.store);
        if hour == 0 {
            first = last;
        }
        team.change(50, rng);
        let rows = "SELECT max(rows) FROM (
            SELECT count(*) AS rows FROM grant_versions GROUP BY epoch)";
        most = stored
            .store
            .connection()
            .query_row(rows, [], |row| row.get(0))
            .unwrap();
    }
    // One record of a hundred changed each time. Sixty whole runs would take sixty times the first.
    assert!(last < 4 * first, "{first} bytes became {last}");
    // The rows of a run lie among at most about twice as many.
    let grants = team.len() as i64 - 550;
    assert!(most < 5 * grants / 2, "{most} rows for {grants}");
}

/// Prints how long each question to a run takes.
fn ask(path: &Path, team: &Team, run: RunId, other: RunId) {
    let store = Store::open_to_read(path).unwrap();
    let timed = |name: &str, work: &dyn Fn() -> usize| {
        let began = Instant::now();
        let found = work();
        println!(
            "  run {:>5} {name:<34} {:>5} ms {found:>7} rows",
            run.0,
            began.elapsed().as_millis()
        );
    };
    let on = Named {
        id: id("workspace", "w7"),
        display_name: String::new(),
        name_from_run: None,
    };
    let person = Named {
        id: team.some_user().clone(),
        display_name: String::new(),
        name_from_run: None,
    };
    let access_of =
        |question: AccessFilters| effective_access(&store, run, &question).unwrap().0.len();
    timed("resources", &|| {
        let found = list_resources(&store, run, &ResourceFilter::default());
        found.unwrap().0.len()
    });
    timed("access --on", &|| {
        access_of(AccessFilters {
            on: Some(on.clone()),
            ..AccessFilters::default()
        })
    });
    timed("access --person", &|| {
        access_of(AccessFilters {
            principal: Some(person.clone()),
            ..AccessFilters::default()
        })
    });
    timed(&format!("diff with run {}", other.0), &|| {
        let options = DiffOptions::default();
        let found = compare_runs((&store, other), (&store, run), &options);
        found.unwrap().changes.len()
    });
    for sql in [
        "SELECT count(*) FROM resources WHERE run = ?",
        "SELECT count(*) FROM grants WHERE run = ?",
        "SELECT count(*) FROM grants WHERE run = ? AND resource_id = 'w7'",
    ] {
        timed(sql.trim_start_matches("SELECT count(*) FROM "), &|| {
            let query = store.connection().query_row(sql, [run.0], |row| row.get(0));
            let rows: i64 = query.unwrap();
            usize::try_from(rows).unwrap()
        });
    }
}

/// Returns the number of runs in a file, which may not be there.
fn stored_runs(path: &Path) -> i64 {
    if !path.exists() {
        return 0;
    }
    let store = Store::open_to_read(path).unwrap();
    let sql = "SELECT count(*) FROM runs WHERE state = 'ended'";
    let count = store.connection().query_row(sql, [], |row| row.get(0));
    count.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes hours: make soak, with CONNECTOR_HOURS for less than a year, and CONNECTOR_YEAR for a folder in which to continue"]
async fn a_year_of_hourly_syncs_takes_at_most_a_gigabyte() {
    let hours = std::env::var("CONNECTOR_HOURS").map_or(8_760, |hours| hours.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("CONNECTOR_YEAR");
    let folder = folder.map_or_else(|| dir.path().to_owned(), PathBuf::from);
    let path = folder.join("team.db");
    let there = stored_runs(&path);
    let rng = &mut Rng::with_seed(3);
    let mut team = Team::new(0, 5_000, 500, 100, rng);
    println!(
        "{} records, one in a thousand changes each hour, {there} hours are stored",
        team.len()
    );
    let mut began = Instant::now();
    let mut since = 0;
    for hour in 0..hours {
        if hour >= there {
            let stored = sync(&path, &team, hour, Vec::new(), all(), true)
                .await
                .unwrap();
            drop(stored);
            since += 1;
        }
        if since > 0 && (hour % 730 == 729 || hour == 0 || hour + 1 == hours) {
            let bytes = std::fs::metadata(&path).unwrap().len();
            let each = began.elapsed().as_millis() / since;
            println!(
                "hour {:>5}: {:>6.1} MB, {} records, {each} ms a sync",
                hour + 1,
                bytes as f64 / 1e6,
                team.len()
            );
            (began, since) = (Instant::now(), 0);
        }
        team.change(team.len() / 1_000, rng);
    }
    for (run, other) in [
        (1, hours / 2),
        (hours / 2, hours / 4 * 3),
        (hours, 1),
        (hours, hours - 24),
    ] {
        ask(&path, &team, RunId(run), RunId(other.max(1)));
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes <= 1_000_000_000, "{bytes} bytes");
}
