//! An oracle that cannot object proves nothing: each planted defect has to be found.

use connector_host::records::{Evidence, Outcome};
use connector_host::sync::SyncInventory;
use postman_simulator::{ErrorBody, Fault, FaultRule};

use crate::oracle::wrongs;
use crate::reading::{Reading, read, small};

async fn honest(rules: Vec<FaultRule>) -> Reading {
    let reading = read(small(rules)).await;
    assert_eq!(reading.wrongs(), Vec::<String>::new());
    reading
}

fn found(reading: &Reading, plant: impl FnOnce(&mut SyncInventory)) -> String {
    let mut planted = reading.synced().clone();
    plant(&mut planted);
    planted.summary.resources = planted.resources.len() as u64;
    planted.summary.grants = planted.grants.len() as u64;
    wrongs(&planted, &reading.expected, &reading.states).join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oracle_finds_lost_and_invented_records() {
    let reading = honest(Vec::new()).await;
    let grants = reading.synced().grants.len();
    assert!(grants > 10);
    for at in 0..grants {
        let lost = found(&reading, |it| drop(it.grants.remove(at)));
        assert!(lost.contains("missing though"), "{at}: {lost}");
    }
    let twice = found(&reading, |it| it.grants.push(it.grants[0].clone()));
    assert!(twice.contains("two grants of"), "{twice}");
    let twice = found(&reading, |it| it.resources.push(it.resources[0].clone()));
    assert!(twice.contains("two records of"), "{twice}");
    let made_up = found(&reading, |it| it.grants[0].entitlement = "owner".into());
    assert!(made_up.contains("invented"), "{made_up}");
    let renamed = found(&reading, |it| it.resources[0].display_name.push('x'));
    assert!(renamed.contains("invented"), "{renamed}");
    let hanging = found(&reading, |it| {
        let held = it.grants[0].principal.clone();
        it.resources.retain(|one| one.id != held);
    });
    assert!(hanging.contains("no record of"), "{hanging}");
    let miscounted = {
        let mut planted = reading.synced().clone();
        planted.summary.grants += 1;
        wrongs(&planted, &reading.expected, &reading.states)
    };
    assert_eq!(miscounted, ["the summary counts otherwise"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_scope_that_is_called_complete_is_found() {
    let refused = Fault::status(403, ErrorBody::Error);
    for path in [
        "/users",
        "/groups",
        "/workspaces",
        "/workspaces/{id}/roles",
        "/collection-access-keys",
    ] {
        let reading = honest(vec![FaultRule::at_path(path, refused.clone())]).await;
        let called_complete = found(&reading, |it| {
            for scope in &mut it.scopes {
                if matches!(scope.outcome, Outcome::Error(_)) {
                    scope.outcome = Outcome::Complete;
                    scope.problem = None;
                }
            }
        });
        assert!(
            called_complete.contains("missing though"),
            "{path}: {called_complete}"
        );
        let run_complete = found(&reading, |it| it.summary.complete = true);
        assert!(
            run_complete.contains("the run is called complete"),
            "{path}"
        );
        let without_a_word = found(&reading, |it| {
            it.scopes.iter_mut().for_each(|scope| scope.problem = None);
        });
        assert!(without_a_word.contains("no word of"), "{path}");
        let forgotten = found(&reading, |it| {
            it.scopes.retain(|scope| scope.problem.is_none())
        });
        assert!(forgotten.contains("missing though"), "{path}: {forgotten}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guess_at_what_could_not_be_read_is_found() {
    let reading = honest(vec![FaultRule::at_path(
        "/users",
        Fault::status(403, ErrorBody::Error),
    )])
    .await;
    let guessed = found(&reading, |it| {
        let referenced =
            |one: &&mut connector_host::records::Resource| one.evidence == Evidence::Referenced;
        let one = it.resources.iter_mut().find(referenced).unwrap();
        one.evidence = Evidence::Listed;
    });
    assert!(guessed.contains("invented"), "{guessed}");
}
