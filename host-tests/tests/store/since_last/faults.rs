//! Whatever goes wrong with the log, a sync of changes equals one that reads everything.

use std::time::Duration;

use super::{StoredTeam, assert_same, reason, team};
use crate::harness::Asked;
use connector_host::sync::SyncOptions;
use postman_simulator::{AuditLog, Fault, FaultRule, Faults, Options};

fn faulty_team(fault: Fault) -> Options {
    Options {
        users: 5,
        workspaces: 5,
        // Three events a page of the log.
        page: 1,
        faults: Faults {
            rules: vec![FaultRule::at_path("/audit/logs", fault)],
            seed: 1,
        },
        ..team(AuditLog::default())
    }
}

/// Returns whether a fault shows in one page of a log, in a time that a test has.
fn shows(fault: &Fault) -> bool {
    let takes_long = matches!(fault, Fault::NoAnswer | Fault::Slow(_));
    let in_others = matches!(fault, Fault::NoUsers | Fault::OwnerUnlisted);
    !takes_long && !in_others && !fault.moves_the_team()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_log_hides_no_change() {
    let mut carried = Vec::new();
    for fault in Fault::example_faults().into_iter().filter(shows) {
        let mut stored = StoredTeam::new(faulty_team(fault.clone()), Asked::plain()).await;
        stored.options = SyncOptions {
            max_wait: Duration::from_millis(1),
            retries: 0,
            ..SyncOptions::default()
        };
        assert!(!stored.change(1).is_empty());
        for _ in 0..7 {
            stored.running.simulator().log_event("user.login_sso", "{}");
        }
        let (since, full) = stored.both().await;
        if since.summary.complete {
            assert_same(&since, &full);
        } else {
            // The provider holds back the whole credential.
            let holds = matches!(fault, Fault::RateLimited { .. } | Fault::MonthSpent);
            assert!(holds && reason(&since).is_some(), "{fault}");
        }
        let fired = stored.running.fired_faults()[0].times > 0;
        if reason(&since).is_none() && fired {
            carried.push(fault.to_string());
        }
    }
    // A page that is refused for its size is asked for again, smaller. Whatever else goes wrong leaves no
    // proof.
    assert_eq!(carried, ["page-limit=40"]);
}
