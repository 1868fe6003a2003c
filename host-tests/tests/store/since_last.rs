//! A sync of changes has the same result as one that reads everything, and reads everything if the
//! log does not show every change.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::harness::{Asked, start, tenant};
use crate::support::kept::steps;
use connector_host::records::{Outcome, SinceLast};
use connector_host::store::Store;
use connector_host::sync::{Source, SyncOptions, Synced};
use postman_simulator::{AuditLog, ErrorBody, Fault, FaultRule, Faults, Options, Running, Traps};
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
        traps: Traps::none(),
        audit_log,
        ..Options::default()
    }
}

/// Returns traps that keep no scope from being read: a sync that lacks one is no basis.
fn readable() -> Traps {
    Traps {
        group_keys: true,
        last_cursor: true,
        duplicates: true,
        metadata_key: true,
        unwrapped: true,
        id_forms: true,
        unknown_fields: true,
        crossed_roles: true,
        former_users: true,
        empty_about: true,
        key_states: true,
        packed_bodies: true,
        ..Traps::none()
    }
}

async fn read<S: Source>(
    source: &Arc<S>,
    options: &SyncOptions,
    file: &Path,
    since_last: Option<NonZeroU32>,
) -> Synced {
    let options = SyncOptions {
        since_last,
        ..options.clone()
    };
    let (ended, _) = steps(source, &options, (file, false), usize::MAX).await;
    ended.unwrap()
}

/// A team that was read whole into a file, as a tenant.
struct StoredTeam {
    running: Running,
    dir: TempDir,
    asked: Asked,
}

impl StoredTeam {
    async fn new(options: Options, asked: Asked) -> Self {
        let kept = Self {
            running: start(options).await,
            dir: tempfile::tempdir().unwrap(),
            asked,
        };
        kept.read("kept.db", None).await;
        kept
    }

    async fn read(&self, name: &str, since_last: Option<NonZeroU32>) -> Synced {
        let (source, options) = tenant(&self.running, &self.asked).await;
        read(&source, &options, &file(&self.dir, name), since_last).await
    }

    /// A sync of changes, and one that reads everything.
    async fn both(&self) -> (Synced, Synced) {
        let since = self.read("kept.db", Some(WEEKLY)).await;
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
fn reason(synced: &Synced) -> Option<&str> {
    match synced.run.since_last.as_ref().unwrap() {
        SinceLast::Carried(_) => None,
        SinceLast::Full(reason) => Some(reason),
    }
}

fn assert_same(since: &Synced, full: &Synced) {
    assert_eq!(since.resources, full.resources);
    assert_eq!(since.entitlements, full.entitlements);
    assert_eq!(since.grants, full.grants);
    assert_eq!(since.notices, full.notices);
    assert_eq!(since.summary.digest, full.summary.digest);
    let ends = |synced: &Synced| -> Vec<_> {
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
        for traps in [Traps::none(), readable()] {
            let options = Options {
                traps,
                ..team(AuditLog::default())
            };
            let kept = StoredTeam::new(options, asked.clone()).await;
            let changed = kept.change(3);
            assert_eq!(changed.len(), 3);
            let (since, full) = kept.both().await;
            assert_eq!(reason(&since), None);
            assert_same(&since, &full);
            let carried = since.scopes.iter().filter(|one| one.read_at.is_some());
            assert!(carried.count() > 5);
            assert!(since.summary.requests < full.summary.requests);
            assert_sound(&file(&kept.dir, "kept.db"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn carried_scopes_name_the_run_that_read_them() {
    let kept = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let first = Store::open_to_read(&file(&kept.dir, "kept.db")).unwrap();
    let first = first.runs().unwrap()[0].started_at.clone();
    for round in 1..=3 {
        let changed = kept.change(1);
        let (since, full) = kept.both().await;
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
    let kept = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let three = NonZeroU32::new(3);
    let mut carried = Vec::new();
    for _ in 0..6 {
        let synced = kept.read("kept.db", three).await;
        carried.push(reason(&synced).is_none());
    }
    assert_eq!(carried, [true, true, false, true, true, false]);
    let synced = kept.read("kept.db", NonZeroU32::new(1)).await;
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
        let kept = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
        kept.change(2);
        kept.running.simulator().log_event(action, variables);
        let (since, full) = kept.both().await;
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
        let kept = StoredTeam::new(team(audit_log), Asked::plain()).await;
        let before = kept.running.total_requests();
        let (since, full) = kept.both().await;
        let reason = reason(&since).unwrap();
        assert!(reason.contains(word), "{reason}");
        assert_same(&since, &full);
        assert_eq!(since.summary.requests, full.summary.requests + 1);
        assert!(kept.running.total_requests() > before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_sync_that_differs_is_no_basis() {
    let kept = StoredTeam::new(team(AuditLog::default()), Asked::plain()).await;
    let other = Asked::everything();
    let (source, options) = tenant(&kept.running, &other).await;
    let path = file(&kept.dir, "kept.db");
    let synced = read(&source, &options, &path, Some(WEEKLY)).await;
    let why = reason(&synced).unwrap();
    assert!(why.contains("what is to be read"), "{why}");
    let synced = kept.read("new.db", Some(WEEKLY)).await;
    let why = reason(&synced).unwrap();
    assert!(why.contains("no complete sync"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_sync_is_no_basis() {
    let options = Options {
        faults: Faults {
            rules: vec![FaultRule::at_path(
                "/users",
                Fault::status(403, ErrorBody::Error),
            )],
            ..Faults::default()
        },
        ..team(AuditLog::default())
    };
    let kept = StoredTeam::new(options, Asked::plain()).await;
    let synced = kept.read("kept.db", Some(WEEKLY)).await;
    assert!(!synced.summary.complete);
    let why = reason(&synced).unwrap();
    assert!(why.contains("no complete sync"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_of_changes_resumes() {
    let options = Options {
        users: 12,
        workspaces: 9,
        ..team(AuditLog::default())
    };
    let kept = StoredTeam::new(options, Asked::everything()).await;
    kept.change(2);
    let (source, options) = tenant(&kept.running, &kept.asked).await;
    let options = SyncOptions {
        since_last: Some(WEEKLY),
        ..options
    };
    let full = kept.read("full.db", None).await;
    let from = |synced: &Synced| {
        let reliance = synced.run.since_last.as_ref().unwrap().reliance();
        reliance.unwrap().from.clone()
    };
    let copy = |name: &str| {
        let path = file(&kept.dir, name);
        std::fs::copy(file(&kept.dir, "kept.db"), &path).unwrap();
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
    let kept = StoredTeam::new(options, Asked::plain()).await;
    let workspaces = kept.running.simulator().workspaces_with_roles().len();
    assert!(workspaces > 300, "{workspaces}");
    kept.change(3);
    let before = kept.running.request_counts();
    let since = kept.read("kept.db", Some(WEEKLY)).await;
    let asked = |path: &str| {
        let [now, before] =
            [&kept.running.request_counts(), &before].map(|all| all.get(path).copied());
        now.unwrap_or_default() - before.unwrap_or_default()
    };
    assert_eq!(reason(&since), None);
    assert_eq!(asked("/audit/logs"), 1);
    assert!(since.summary.requests < 40, "{}", since.summary.requests);
    assert!(asked("/workspaces/{workspaceId}/roles") < 20);
    assert!(since.summary.carried > u64::try_from(workspaces).unwrap() - 30);
}
