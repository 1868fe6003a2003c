//! Rules drawn by seed, over teams with every oddity that move while they are read.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use connector_host::Connector;
use postman_simulator::{ApiQuirks, Fault, Faults, Options};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::harness::ndjson;
use crate::postman::connector;
use crate::reading::{Reading, read, read_directly};
use crate::table::AT_ONCE;

/// Seeds of the ordinary run over HTTP.
const SEEDS: u64 = 100;
/// Seeds of the ordinary run without connections.
const DIRECT: u64 = 1_000;
/// Seeds of the long run where nobody says how many.
const MILLION: u64 = 1_000_000;
/// One seed in so many is read twice, for the same bytes, with one call at a time: which rules meet
/// which requests depends on their order.
pub const TWICE: u64 = 16;
/// After so many seeds the long run says how far it has come.
const WORD: u64 = 5_000;

/// A small team. Its lists have several pages: pages are short, and one team in 250 is large.
pub fn team(seed: u64) -> Options {
    let mut quirks = match seed % 3 {
        0 => ApiQuirks::none(),
        _ => ApiQuirks::all(),
    };
    // The workspace under which a shared collection is reported depends on which could be read.
    quirks.shared_collections = false;
    let at = usize::try_from(seed % 1_000).unwrap();
    let is_large = seed.is_multiple_of(250);
    let faults = if seed.is_multiple_of(4) {
        Faults::random_rules(seed)
    } else {
        Faults::moving_rules(seed)
    };
    // Where a list turns round, the other one of two records comes first.
    let mut rules = faults.rules.iter();
    quirks.conflicting_records &= !rules.any(|rule| matches!(rule.fault, Fault::Reorder(_)));
    Options {
        seed,
        users: 2 + at * 7 % 9,
        workspaces: if is_large { 101 + at % 20 } else { at * 5 % 7 },
        page: if is_large { 100 } else { 2 + at % 4 },
        tells_limits: !seed.is_multiple_of(5),
        quirks,
        faults,
        ..Options::default()
    }
}

/// The totals of many seeds.
#[derive(Default)]
struct Sum {
    seeds: AtomicU64,
    fired: AtomicU64,
    requests: AtomicU64,
    moved: AtomicU64,
    ended: AtomicU64,
    complete: AtomicU64,
    wrongs: Mutex<Vec<String>>,
}

impl Sum {
    fn take(&self, seed: u64, reading: &Reading) {
        let complete = reading.ended.as_ref().is_ok_and(|it| it.summary.complete);
        self.seeds.fetch_add(1, Relaxed);
        self.fired.fetch_add(reading.times(), Relaxed);
        self.requests.fetch_add(reading.requests, Relaxed);
        self.moved
            .fetch_add(u64::from(!reading.states.moves.is_empty()), Relaxed);
        self.ended
            .fetch_add(u64::from(reading.ended.is_ok()), Relaxed);
        self.complete.fetch_add(u64::from(complete), Relaxed);
        for wrong in reading.wrongs() {
            let rules: Vec<&str> = reading.fired.iter().map(|one| one.rule.as_str()).collect();
            self.wrong(format!("seed {seed}, {rules:?}: {wrong}"));
        }
    }

    /// Printed at once, because a run may take hours.
    fn wrong(&self, text: String) {
        eprintln!("{text}");
        self.wrongs.lock().unwrap().push(text);
    }

    fn say(&self, began: Instant) {
        let all = [
            &self.seeds,
            &self.requests,
            &self.fired,
            &self.moved,
            &self.ended,
            &self.complete,
        ];
        let [seeds, requests, fired, moved, ended, complete] = all.map(|one| one.load(Relaxed));
        let wrongs = self.wrongs.lock().unwrap().len();
        println!(
            "{seeds} seeds in {} s: {requests} requests, {fired} faults, {moved} teams that moved, {ended} syncs that came to their end, {complete} complete, {wrongs} wrongs",
            began.elapsed().as_secs()
        );
    }
}

/// Reads the teams of these seeds over HTTP.
async fn over_http(seeds: impl Iterator<Item = u64>) -> Sum {
    let sum = Sum::default();
    let mut running = JoinSet::new();
    for seed in seeds {
        if running.len() == AT_ONCE {
            let (seed, reading) = running.join_next().await.unwrap().unwrap();
            sum.take(seed, &reading);
        }
        running.spawn(async move { (seed, read(team(seed)).await) });
    }
    for (seed, reading) in running.join_all().await {
        sum.take(seed, &reading);
    }
    sum
}

/// A runtime in which no time passes but that which everybody waits for.
pub fn standing_still() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap()
}

/// Does what there is to do for each of these, on as many threads as there are processors, each with a
/// runtime whose clock stands still.
pub fn spread<I>(all: I, work: impl Fn(&Runtime, I::Item) + Sync)
where
    I: IntoIterator<IntoIter: Send>,
{
    let left = Mutex::new(all.into_iter());
    let next = || left.lock().unwrap().next();
    let all = || {
        let runtime = standing_still();
        while let Some(one) = next() {
            work(&runtime, one);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(all)));
    });
}

/// Reads the teams of these seeds without connections.
fn directly(connector: &Connector, first: u64, seeds: u64) -> Sum {
    let (sum, began) = (Sum::default(), Instant::now());
    spread(first..first + seeds, |runtime, seed| {
        let read = || runtime.block_on(read_directly(connector, team(seed), |same| same));
        let reading = read();
        sum.take(seed, &reading);
        if seed.is_multiple_of(TWICE) && lines(&read()) != lines(&reading) {
            sum.wrong(format!("seed {seed}: the same answers gave other lines"));
        }
        if (seed + 1 - first).is_multiple_of(WORD) {
            sum.say(began);
        }
    });
    sum.say(began);
    sum
}

/// Returns the output without its times.
fn lines(reading: &Reading) -> Result<String, String> {
    match &reading.ended {
        Ok(synced) => {
            let mut synced = synced.clone();
            synced.run.started_at.clear();
            Ok(ndjson(&synced))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn check(sum: &Sum, seeds: u64) {
    let wrongs = sum.wrongs.lock().unwrap();
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    // Where the first answer of all fails there is no sync: those must not be the most.
    let ended = sum.ended.load(Relaxed);
    assert!(ended > seeds / 2, "{ended} of {seeds}");
    assert!(sum.moved.load(Relaxed) > seeds / 4, "hardly any team moved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mixed_faults_over_http_lose_nothing_silently() {
    let began = Instant::now();
    let sum = over_http(0..SEEDS).await;
    sum.say(began);
    check(&sum, SEEDS);
}

#[test]
fn mixed_faults_lose_nothing_silently_in_many_teams() {
    let connector = standing_still().block_on(connector());
    check(&directly(connector, SEEDS, DIRECT), DIRECT);
}

/// Run by `make soak`; `CONNECTOR_SEEDS` says how many, `CONNECTOR_FIRST_SEED` from where on.
#[test]
#[ignore = "takes hours: make soak"]
fn a_million_faulty_teams_lose_nothing_silently() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seeds = number("CONNECTOR_SEEDS").unwrap_or(MILLION);
    let first = number("CONNECTOR_FIRST_SEED").unwrap_or(SEEDS + DIRECT);
    let connector = standing_still().block_on(connector());
    check(&directly(connector, first, seeds), seeds);
}
