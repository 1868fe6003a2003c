//! Many small teams, in which every quirk meets every other.

use postman_simulator::{ApiQuirks, KeyOwner, Options, RunningSimulator, TeamPlan};
use tokio::task::JoinSet;

use crate::compare::{contradictions, differences};
use crate::harness::{Asked, ndjson, read, start, sync};
use crate::scopes::unaccounted;
use crate::sizes::most_requests;

/// Teams that are read side by side.
const AT_ONCE: usize = 8;

/// A small team with every quirk; plan, key owner and organisation go through all their combinations.
fn small(seed: u64) -> Options {
    const PLANS: [TeamPlan; 4] = [
        TeamPlan::Enterprise,
        TeamPlan::Team,
        TeamPlan::Enterprise,
        TeamPlan::Free,
    ];
    const OWNERS: [KeyOwner; 5] = [
        KeyOwner::SuperAdmin,
        KeyOwner::Admin,
        KeyOwner::Developer,
        KeyOwner::Partner,
        KeyOwner::ServiceAccount,
    ];
    let at = usize::try_from(seed).expect("a small number");
    let mut quirks = ApiQuirks::all();
    quirks.organisation = (at / 20).is_multiple_of(2);
    Options {
        seed,
        users: 1 + at * 7 % 24,
        workspaces: at * 5 % 17,
        plan: PLANS[at % PLANS.len()],
        owner: OWNERS[at % OWNERS.len()],
        quirks,
        ..Options::default()
    }
}

/// Says if a plain sync sends more requests than it has to.
async fn wasted(running: &RunningSimulator) -> Option<String> {
    let (_, _, expected) = read(running, &Asked::plain()).await;
    let (sent, most) = (running.total_requests(), most_requests(&expected));
    (sent > most).then(|| {
        format!(
            "{sent} requests, of at most {most}: {:?}",
            running.request_counts()
        )
    })
}

/// Reads each team in both ways and returns everything that is wrong with it.
async fn faults(options: Options) -> Vec<String> {
    let running = start(options.clone()).await;
    let mut found = Vec::new();
    found.extend(wasted(&running).await);
    for asked in [Asked::plain(), Asked::everything()] {
        let (synced, lines, expected) = read(&running, &asked).await;
        found.extend(differences(&lines, &expected));
        found.extend(contradictions(&lines));
        found.extend(unaccounted(&synced, &expected, &options));
    }
    found
        .iter()
        .map(|fault| format!("seed {}: {fault}", options.seed))
        .collect()
}

async fn all_faults(teams: impl IntoIterator<Item = Options>) -> Vec<String> {
    let mut found = Vec::new();
    let mut running = JoinSet::new();
    for options in teams {
        if running.len() == AT_ONCE {
            found.extend(
                running
                    .join_next()
                    .await
                    .expect("a team")
                    .expect("no panic"),
            );
        }
        running.spawn(faults(options));
    }
    found.extend(running.join_all().await.into_iter().flatten());
    found
}

fn assert_none(found: &[String]) {
    let shown = found
        .iter()
        .take(40)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(found.is_empty(), "{} faults:\n{shown}", found.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_quirky_teams_are_read_exactly() {
    assert_none(&all_faults((0..200).map(small)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_trap_alone_changes_nothing_of_what_is_expected() {
    let alone = ApiQuirks::NAMES.iter().map(|(name, _)| Options {
        seed: 11,
        users: 40,
        workspaces: 30,
        quirks: name.parse().expect("the name of a quirk"),
        ..Options::default()
    });
    let none = Options {
        quirks: ApiQuirks::none(),
        ..small(11)
    };
    assert_none(&all_faults(alone.chain([none])).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_bytes_at_any_concurrency() {
    for seed in 0..20 {
        let running = start(small(seed)).await;
        let mut reported = Vec::new();
        for concurrency in [1, 1, 16, 16] {
            let asked = Asked {
                concurrency,
                ..Asked::everything()
            };
            let synced = sync(&running, &asked).await.expect("a sync to its end");
            let lines = ndjson(&synced);
            let (run, rest) = lines.split_once('\n').expect("lines");
            assert!(run.starts_with("{\"run\":"));
            reported.push(rest.to_owned());
        }
        reported.dedup();
        assert_eq!(reported.len(), 1, "seed {seed}");
    }
}
