//! A former sync that lacks scopes is a basis for the others: those that it lacks are read.

use std::collections::BTreeMap;

use super::{StoredTeam, assert_same, assert_sound, file, reason, team};
use crate::harness::Asked;
use connector_host::records::{ErrorCase, Outcome, Scope};
use connector_host::sync::SyncInventory;
use postman_simulator::{AuditLog, ErrorBody, Fault, FaultRule, FaultTiming, Faults, Options};

/// Endpoints of scopes that every sync reads.
const READ: [&str; 6] = [
    "/users",
    "/groups",
    "/groups/{groupId}",
    "/teams",
    "/workspaces-roles",
    "/scim/v2/Users",
];
/// Endpoints of scopes that may be carried over: their refusal is no change, so no log shows that it begins.
const CARRIED: [&str; 3] = [
    "/workspaces/{workspaceId}/roles",
    "/collections",
    "/collections/{collectionId}/roles",
];

fn with_faults(rules: Vec<FaultRule>) -> Options {
    Options {
        users: 12,
        workspaces: 9,
        page: 100,
        faults: Faults { rules, seed: 1 },
        ..team(AuditLog::default())
    }
}

fn refuse(path: &str) -> FaultRule {
    FaultRule::at_path(path, Fault::status(403, ErrorBody::Error))
}

/// Returns the requests of one sync that reads everything, by path.
async fn count_requests() -> BTreeMap<String, u64> {
    let stored = StoredTeam::new(with_faults(Vec::new()), Asked::everything()).await;
    stored.running.request_counts()
}

fn refused(synced: &SyncInventory) -> Vec<&Scope> {
    let scopes = synced.scopes.iter();
    let is_refused = |one: &&Scope| one.outcome == Outcome::Error(ErrorCase::Forbidden);
    scopes.filter(is_refused).collect()
}

fn assert_carried(since: &SyncInventory, first: &SyncInventory) {
    let lacking: Vec<_> = refused(first).iter().map(|one| one.identity()).collect();
    for scope in since.scopes.iter().filter(|one| one.read_at.is_some()) {
        assert!(!lacking.contains(&scope.identity()), "{scope:?}");
        assert_eq!(scope.outcome, Outcome::Complete);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_workspaces_are_read_with_every_sync() {
    let rule = FaultRule {
        when: FaultTiming::Every(2),
        ..refuse("/workspaces/{workspaceId}/roles")
    };
    let stored = StoredTeam::new(with_faults(vec![rule.at_most(3)]), Asked::plain()).await;
    assert_eq!(refused(&stored.first).len(), 3);
    assert!(!stored.first.summary.complete);
    stored.change(1);
    let (since, full) = stored.both().await;
    assert_eq!(reason(&since), None);
    assert_same(&since, &full);
    assert_carried(&since, &stored.first);
    assert!(since.summary.complete);
    assert!(since.summary.carried >= 2, "{}", since.summary.carried);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_begin_or_end_equal_a_full_sync() {
    let counts = count_requests().await;
    for path in READ.into_iter().chain(CARRIED) {
        let count = counts[path];
        let ends = refuse(path).at_most(count);
        let begins = FaultRule {
            when: FaultTiming::From(count + 1),
            ..refuse(path)
        };
        let begins = READ.contains(&path).then_some(begins);
        for rule in [ends].into_iter().chain(begins) {
            let options = with_faults(vec![rule.clone()]);
            let stored = StoredTeam::new(options, Asked::everything()).await;
            let fired = stored.running.fired_faults()[0].times;
            let wanted = if rule.when == FaultTiming::Always {
                count
            } else {
                0
            };
            assert_eq!(fired, wanted, "{rule}");
            stored.change(1);
            let (since, full) = stored.both().await;
            assert_eq!(reason(&since), None, "{rule}");
            assert_same(&since, &full);
            assert_carried(&since, &stored.first);
            assert_sound(&file(&stored.dir, "stored.db"));
        }
    }
}
