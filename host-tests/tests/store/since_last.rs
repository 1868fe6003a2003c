//! A sync of changes has the same result as one that reads everything, and reads everything if the
//! log does not show every change.

mod faults;
mod incomplete;
mod notices;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::harness::{Asked, ndjson, start, tenant};
use crate::support::stored::steps;
use connector_host::records::{Outcome, SinceLast};
use connector_host::store::Store;
use connector_host::sync::{Source, SyncInventory, SyncOptions};
use postman_simulator::{ApiQuirks, AuditLog, Options, RunningSimulator};
use rusqlite::Connection;
use tempfile::TempDir;

const WEEKLY: NonZeroU32 = SyncOptions::FULL_EVERY;

fn file(dir: &TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

fn team(audit_log: AuditLog) -> Options {
    Options {
        users: 30,
        workspaces: 24,
        page: 10,
        quirks: ApiQuirks::none(),
        audit_log,
        ..Options::default()
    }
}

async fn read<S: Source>(
    source: &Arc<S>,
    options: &SyncOptions,
    file: &Path,
    since_last: Option<NonZeroU32>,
) -> SyncInventory {
    let options = SyncOptions {
        since_last,
        ..options.clone()
    };
    let (ended, _) = steps(source, &options, (file, false), usize::MAX).await;
    ended.unwrap()
}

/// A team that was read whole into a file, as a tenant.
struct StoredTeam {
    running: RunningSimulator,
    dir: TempDir,
    asked: Asked,
    first: SyncInventory,
    /// The other options of its syncs: their waits.
    options: SyncOptions,
}

impl StoredTeam {
    async fn new(options: Options, asked: Asked) -> Self {
        let (running, dir) = (start(options).await, tempfile::tempdir().unwrap());
        let (source, options) = tenant(&running, &asked).await;
        let first = read(&source, &options, &file(&dir, "stored.db"), None).await;
        Self {
            running,
            dir,
            asked,
            first,
            options: SyncOptions::default(),
        }
    }

    async fn read(&self, name: &str, since_last: Option<NonZeroU32>) -> SyncInventory {
        let (source, asked) = tenant(&self.running, &self.asked).await;
        let options = SyncOptions {
            include: asked.include,
            ..self.options.clone()
        };
        read(&source, &options, &file(&self.dir, name), since_last).await
    }

    /// A sync of changes, and one that reads everything.
    async fn both(&self) -> (SyncInventory, SyncInventory) {
        let since = self.read("stored.db", Some(WEEKLY)).await;
        (since, self.read("full.db", None).await)
    }

    fn change(&self, count: usize) -> Vec<String> {
        let simulator = self.running.simulator();
        let workspaces = simulator.workspaces_with_roles();
        let changed: Vec<_> = workspaces.iter().step_by(5).take(count).cloned().collect();
        changed.iter().for_each(|id| simulator.change_roles(id));
        changed
    }
}

/// Returns the reason why everything was read; `None` if scopes were carried over.
fn reason(synced: &SyncInventory) -> Option<&str> {
    match synced.run.since_last.as_ref().unwrap() {
        SinceLast::Carried(_) => None,
        SinceLast::Full(reason) => Some(reason),
    }
}

fn assert_same(since: &SyncInventory, full: &SyncInventory) {
    let shown = [since, full].map(|synced| {
        let lines = ndjson(synced);
        let records = ["{\"resource", "{\"entitlement", "{\"grant", "{\"notice"];
        let lines = lines.lines().map(str::to_owned);
        lines
            .filter(|line| records.iter().any(|start| line.starts_with(start)))
            .collect::<Vec<_>>()
    });
    let [since_lines, full_lines] = &shown;
    let beyond = since_lines.iter().filter(|line| !full_lines.contains(line));
    assert_eq!(beyond.collect::<Vec<_>>(), [""; 0]);
    assert_eq!(since_lines, full_lines);
    assert_eq!(since.summary.digest, full.summary.digest);
    let ends = |synced: &SyncInventory| -> Vec<_> {
        let scopes = synced.scopes.iter();
        scopes.map(|one| (one.identity().0, one.outcome)).collect()
    };
    assert_eq!(ends(since), ends(full));
}

fn assert_sound(file: &Path) {
    let connection = Connection::open(file).unwrap();
    let sql = "SELECT count(*) FROM pragma_foreign_key_check";
    let dangling: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(dangling, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn carried_scopes_equal_those_of_a_full_sync() {
    for asked in [Asked::plain(), Asked::everything()] {
        for quirks in [ApiQuirks::none(), ApiQuirks::all()] {
            let options = Options {
                quirks,
                ..team(AuditLog::default())
            };
            let stored = StoredTeam::new(options, asked.clone()).await;
            let changed = stored.change(3);
            assert_eq!(changed.len(), 3);
            let (since, full) = stored.both().await;
            assert_eq!(reason(&since), None);
            assert_same(&since, &full);
            let carried = since.scopes.iter().filter(|one| one.read_at.is_some());
            assert!(carried.count() > 5);
            assert!(since.summary.requests < full.summary.requests);
            assert_sound(&file(&stored.dir, "stored.db"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn carried_scopes_name_the_run_that_read_them() {
    let stored = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let first = Store::open_to_read(&file(&stored.dir, "stored.db")).unwrap();
    let first = first.runs().unwrap()[0].started_at.clone();
    for round in 1..=3 {
        let changed = stored.change(1);
        let (since, full) = stored.both().await;
        assert_same(&since, &full);
        let reliance = since.run.since_last.as_ref().unwrap().reliance().unwrap();
        assert_eq!(reliance.runs_since_full, round);
        // Events of the last hour are read with every sync.
        assert_eq!(u32::try_from(reliance.events).unwrap(), round);
        assert_eq!(reliance.changed, 1);
        for scope in &since.scopes {
            let is_changed = scope.id.as_ref().is_some_and(|id| changed.contains(id));
            let is_roles = scope.resource_type == "workspace" && scope.id.is_some();
            if is_roles && scope.outcome == Outcome::Complete && !is_changed {
                assert_eq!((scope.read_at.as_ref(), scope.requests), (Some(&first), 0));
            } else {
                assert_eq!(scope.read_at, None);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_in_so_many_reads_everything() {
    let stored = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let three = NonZeroU32::new(3);
    let mut carried = Vec::new();
    for _ in 0..6 {
        let synced = stored.read("stored.db", three).await;
        carried.push(reason(&synced).is_none());
    }
    assert_eq!(carried, [true, true, false, true, true, false]);
    let synced = stored.read("stored.db", NonZeroU32::new(1)).await;
    assert_eq!(reason(&synced), Some("one sync in 1 reads everything"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_unknown_extent_reads_everything() {
    for (action, variables) in [
        ("team.add_member", r#"{"user":{"id":7}}"#),
        ("shelf.moved", r#"{"workspace":{"id":"w"}}"#),
        ("workspace.update_user_roles", r#"{"name":"W"}"#),
        ("", "{}"),
    ] {
        let stored = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
        stored.change(2);
        stored.running.simulator().log_event(action, variables);
        let (since, full) = stored.both().await;
        let reason = reason(&since).expect(action);
        assert!(reason.contains("may have changed anything"), "{reason}");
        assert_same(&since, &full);
        assert_eq!(since.summary.carried, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_there_reads_everything() {
    for (audit_log, word) in [
        (AuditLog::NotOffered, "not-offered"),
        (AuditLog::Forbidden, "forbidden"),
        (AuditLog::NotFound, "was not read"),
        (AuditLog::Days(0), "no event before"),
    ] {
        let stored = StoredTeam::new(team(audit_log), Asked::plain()).await;
        let before = stored.running.total_requests();
        let (since, full) = stored.both().await;
        let reason = reason(&since).unwrap();
        assert!(reason.contains(word) && !reason.ends_with('.'), "{reason}");
        assert_same(&since, &full);
        assert_eq!(since.summary.requests, full.summary.requests + 1);
        assert!(stored.running.total_requests() > before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_sync_that_differs_is_no_basis() {
    let stored = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let other = Asked::everything();
    let (source, options) = tenant(&stored.running, &other).await;
    let path = file(&stored.dir, "stored.db");
    let synced = read(&source, &options, &path, Some(WEEKLY)).await;
    let why = reason(&synced).unwrap();
    assert!(why.contains("what is to be read"), "{why}");
    let synced = stored.read("new.db", Some(WEEKLY)).await;
    let why = reason(&synced).unwrap();
    assert!(why.contains("no finished sync"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_of_changes_resumes() {
    let options = Options {
        users: 12,
        workspaces: 9,
        ..team(AuditLog::default())
    };
    let stored = StoredTeam::new(options, Asked::everything()).await;
    stored.change(2);
    let (source, options) = tenant(&stored.running, &stored.asked).await;
    let options = SyncOptions {
        since_last: Some(WEEKLY),
        ..options
    };
    let full = stored.read("full.db", None).await;
    let from = |synced: &SyncInventory| {
        let reliance = synced.run.since_last.as_ref().unwrap().reliance();
        reliance.unwrap().from.clone()
    };
    let copy = |name: &str| {
        let path = file(&stored.dir, name);
        std::fs::copy(file(&stored.dir, "stored.db"), &path).unwrap();
        path
    };
    let (whole, all) = steps(&source, &options, (&copy("whole.db"), false), usize::MAX).await;
    let whole = whole.unwrap();
    assert!(all > 15, "{all} steps");
    for allowed in 0..all {
        let path = copy(&format!("{allowed}.db"));
        let (interrupted, _) = steps(&source, &options, (&path, false), allowed).await;
        interrupted.unwrap_err();
        let (resumed, _) = steps(&source, &options, (&path, true), usize::MAX).await;
        let resumed = resumed.unwrap();
        assert_same(&resumed, &full);
        assert_eq!(resumed.scopes, whole.scopes, "interrupted after {allowed}");
        assert_eq!(from(&resumed), from(&whole));
        assert_sound(&path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_changes_of_many_workspaces_cost_few_requests() {
    let options = Options {
        users: 60,
        workspaces: 500,
        page: 100,
        ..team(AuditLog::default())
    };
    let stored = StoredTeam::new(options, Asked::plain()).await;
    let workspaces = stored.running.simulator().workspaces_with_roles().len();
    assert!(workspaces > 300, "{workspaces}");
    stored.change(3);
    let before = stored.running.request_counts();
    let since = stored.read("stored.db", Some(WEEKLY)).await;
    let asked = |path: &str| {
        let [now, before] =
            [&stored.running.request_counts(), &before].map(|all| all.get(path).copied());
        now.unwrap_or_default() - before.unwrap_or_default()
    };
    assert_eq!(reason(&since), None);
    assert_eq!(asked("/audit/logs"), 1);
    assert!(since.summary.requests < 40, "{}", since.summary.requests);
    assert!(asked("/workspaces/{workspaceId}/roles") < 20);
    assert!(since.summary.carried > u64::try_from(workspaces).unwrap() - 30);
}
