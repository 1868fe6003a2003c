//! Rules drawn by seed, over teams with every oddity.

use connector_host::simulator::{Faults, Options, Traps};
use tokio::task::JoinSet;

use crate::oracle::wrongs;
use crate::reading::read;
use crate::table::AT_ONCE;

/// Seeds of the ordinary run.
const SEEDS: u64 = 300;

/// A small team; one in ten is large enough for lists of several pages.
fn team(seed: u64) -> Options {
    let mut traps = Traps::all();
    // Which of its workspaces a shared collection is told under depends on which could be read.
    traps.shared_collections = false;
    let at = usize::try_from(seed % 1_000).unwrap();
    let is_large = seed.is_multiple_of(10);
    Options {
        seed,
        users: 2 + at * 7 % 12,
        workspaces: if is_large { 101 + at % 20 } else { at * 5 % 9 },
        traps,
        faults: Faults::random(seed),
        ..Options::default()
    }
}

async fn one(seed: u64) -> (u64, bool, Vec<String>) {
    let options = team(seed);
    let reading = read(options).await;
    let Ok(synced) = &reading.ended else {
        return (reading.times(), false, Vec::new());
    };
    let found = wrongs(synced, &reading.truth, &reading.moved());
    let rules: Vec<&str> = reading.fired.iter().map(|one| one.rule.as_str()).collect();
    let found = found
        .into_iter()
        .map(|wrong| format!("seed {seed}, {rules:?}: {wrong}"));
    (reading.times(), true, found.collect())
}

/// Reads the teams of these seeds, and says how many came to their end.
async fn all(seeds: impl Iterator<Item = u64>) -> u64 {
    let (mut found, mut fired, mut ended) = (Vec::new(), 0, 0);
    let mut running = JoinSet::new();
    let mut take = |(times, is_end, wrong): (u64, bool, Vec<String>)| {
        fired += times;
        ended += u64::from(is_end);
        found.extend(wrong);
        assert!(found.is_empty(), "{}", found.join("\n"));
    };
    for seed in seeds {
        if running.len() == AT_ONCE {
            take(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(one(seed));
    }
    for last in running.join_all().await {
        take(last);
    }
    println!("{fired} faults, {ended} syncs that came to their end");
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mixed_faults_are_named_and_nothing_else_is_lost() {
    let ended = all(0..SEEDS).await;
    // Where the first answer of all fails there is no sync: those must not be the most.
    assert!(ended > SEEDS / 2, "{ended} of {SEEDS}");
}

/// Run by `make soak`; `CONNECTOR_SEEDS` says how many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes hours: make soak"]
async fn a_million_teams_with_mixed_faults_lose_nothing_in_silence() {
    let seeds = std::env::var("CONNECTOR_SEEDS").map_or(1_000_000, |text| text.parse().unwrap());
    let first = SEEDS;
    assert!(all(first..first + seeds).await > seeds / 2);
}
