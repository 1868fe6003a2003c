//! A day of fifty tenants on a virtual clock, and the rules of one schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use connector_host::records::lock;
use connector_host::schedule::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(fields: &str) -> Result<Schedule, ScheduleError> {
    Schedule::new(&toml::from_str(fields).unwrap())
}

fn starts(fields: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = schedule(fields).unwrap();
    let mut time = at(from);
    let mut next = || {
        time = schedule.next_after(time, "acme").unwrap();
        time.to_string()
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn an_interval_starts_at_its_multiples() {
    let found = starts("every = '90m'", "2026-11-28T00:10:00Z", 3);
    assert_eq!(
        found,
        [
            "2026-11-28T01:30:00Z",
            "2026-11-28T03:00:00Z",
            "2026-11-28T04:30:00Z"
        ]
    );
}

#[test]
fn a_cron_expression_follows_its_time_zone() {
    // Berlin leaves summer time on 25 October 2026.
    let fields = "cron = '30 3 * * *'\ntime-zone = 'Europe/Berlin'";
    let found = starts(fields, "2026-10-23T12:00:00Z", 3);
    assert_eq!(
        found,
        [
            "2026-10-24T01:30:00Z",
            "2026-10-25T02:30:00Z",
            "2026-10-26T02:30:00Z"
        ]
    );
    let found = starts("cron = '0 6 * * 1-5'", "2026-11-28T00:00:00Z", 2);
    assert_eq!(found, ["2026-11-30T06:00:00Z", "2026-12-01T06:00:00Z"]);
}

#[test]
fn a_jitter_spreads_tenants_and_repeats() {
    for fields in [
        "every = '1h'\njitter = '10m'",
        "cron = '0 * * * *'\njitter = '10m'",
    ] {
        let schedule = schedule(fields).unwrap();
        let hour = at("2026-11-28T05:00:00Z");
        let mut seen = BTreeSet::new();
        for tenant in 0..50 {
            let name = format!("t{tenant}");
            let before = hour - SignedDuration::from_secs(1);
            let start = schedule.next_after(before, &name).unwrap();
            let delay = start.duration_since(hour).as_secs();
            assert!((0..=600).contains(&delay), "{delay}");
            assert_eq!(schedule.next_after(before, &name), Some(start));
            // From any time of the hour before its start, it is the same start, and then the next.
            assert!(delay == 0 || schedule.next_after(hour, &name) == Some(start));
            let next = schedule.next_after(start, &name).unwrap();
            assert!((3_000..=4_200).contains(&next.duration_since(start).as_secs()));
            seen.insert(delay);
        }
        assert!(seen.len() > 25, "{seen:?}");
    }
}

#[test]
fn a_schedule_that_cannot_be_meant_is_refused() {
    for (fields, word) in [
        ("", "every or with cron"),
        ("every = '1h'\ncron = '0 * * * *'", "keep one"),
        ("every = '0s'", "from 1s"),
        ("every = '-1h'", "whole seconds"),
        ("every = 'hourly'", "whole seconds"),
        ("every = '10000000h'", "366 days"),
        ("every = '1h'\ntime-zone = 'UTC'", "time-zone"),
        ("every = '1h'\njitter = '1h'", "jitter"),
        ("cron = '0 * * * *'\njitter = '25h'", "jitter"),
        ("cron = '0 * * *'", "five fields"),
        ("cron = '61 * * * *'", "cron"),
        ("cron = '0 0 30 2 *'", "never comes"),
        (
            "cron = '0 0 * * *'\ntime-zone = 'Mars/Olympus'",
            "time-zone",
        ),
    ] {
        let said = schedule(fields).unwrap_err().to_string();
        assert!(said.contains(word), "{fields}: {said}");
    }
}

#[test]
fn a_missed_start_is_made_up_for_once() {
    let (latest, now) = (at("2026-11-28T01:00:10Z"), at("2026-11-28T07:30:00Z"));
    let hourly = schedule("every = '1h'").unwrap();
    assert_eq!(hourly.first_after(Some(latest), now, "acme"), Some(now));
    assert_eq!(hourly.first_after(None, now, "acme"), Some(now));
    let recent = at("2026-11-28T07:00:10Z");
    let next = Some(at("2026-11-28T08:00:00Z"));
    assert_eq!(hourly.first_after(Some(recent), now, "acme"), next);
    let lenient = schedule("every = '1h'\ncatch-up = false").unwrap();
    assert_eq!(lenient.first_after(Some(latest), now, "acme"), next);
}

/// A clock that runs with tokio's paused time.
#[derive(Clone)]
struct VirtualClock {
    base: Timestamp,
    began: tokio::time::Instant,
}

impl ScheduleClock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.base + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Refused,
    Lost,
    Interrupted,
}

struct Run {
    tenant: String,
    began: Timestamp,
    ended: Timestamp,
    end: End,
}

/// Runs tenants in virtual time, and writes each run down.
struct World {
    clock: VirtualClock,
    key_is_good: Mutex<bool>,
    runs: Mutex<Vec<Run>>,
    running: Mutex<BTreeMap<String, Timestamp>>,
}

/// Records a run at its end, whatever its outcome.
struct Note<'a>(&'a World, String, End);

impl Drop for Note<'_> {
    fn drop(&mut self) {
        let Self(world, tenant, end) = self;
        let began = lock(&world.running).remove(tenant).unwrap();
        lock(&world.runs).push(Run {
            tenant: tenant.clone(),
            began,
            ended: world.clock.now(),
            end: *end,
        });
    }
}

impl TenantRunner for World {
    async fn run(self: Arc<Self>, tenant: String) {
        let before = lock(&self.running).insert(tenant.clone(), self.clock.now());
        assert!(before.is_none(), "{tenant} runs twice at once");
        assert!(lock(&self.running).len() <= 8);
        let mut note = Note(&self, tenant.clone(), End::Interrupted);
        match tenant.as_str() {
            "slow" => tokio::time::sleep(Duration::from_secs(9_000)).await,
            "hostile" => {
                tokio::time::sleep(Duration::from_secs(5)).await;
                note.2 = End::Lost;
                panic!("the hostile connector broke the host's task");
            }
            "refused" if !*lock(&self.key_is_good) => {
                note.2 = End::Refused;
                return;
            }
            _ => tokio::time::sleep(Duration::from_secs(60)).await,
        }
        note.2 = End::Done;
    }
}

impl World {
    /// The state that a restart or reload reads from the databases: only runs that ended well are there.
    fn planned(&self, names: &[String], every: &str) -> Vec<PlannedTenant> {
        let runs = lock(&self.runs);
        let planned = names.iter().map(|name| {
            let mut own = runs.iter().filter(|run| run.tenant == *name).rev();
            let newest = own.clone().next().map(|run| run.end);
            let fields = format!("every = '{every}'\njitter = '5m'");
            PlannedTenant {
                name: name.clone(),
                schedule: schedule(&fields).unwrap(),
                latest: own.find(|run| run.end == End::Done).map(|run| run.began),
                starts_at_once: matches!(newest, Some(End::Interrupted | End::Refused)),
            }
        });
        planned.collect()
    }

    fn of(&self, tenant: &str, end: End) -> Vec<Timestamp> {
        let runs = lock(&self.runs);
        let own = runs
            .iter()
            .filter(|run| run.tenant == tenant && run.end == end);
        own.map(|run| run.began).collect()
    }
}

async fn hours(count: u64) {
    tokio::time::sleep(Duration::from_secs(count * 3_600)).await;
}

#[tokio::test(start_paused = true)]
async fn a_day_of_fifty_tenants_loses_nothing() {
    let clock = VirtualClock {
        base: at("2026-11-28T00:30:00Z"),
        began: tokio::time::Instant::now(),
    };
    let world = Arc::new(World {
        clock: clock.clone(),
        key_is_good: Mutex::new(false),
        runs: Mutex::default(),
        running: Mutex::default(),
    });
    let ordinary = (0..47).map(|number| format!("tenant-{number}"));
    let others = ["slow", "hostile", "refused"].map(str::to_owned);
    let mut names: Vec<String> = ordinary.chain(others).collect();
    let start = |names: &[String]| {
        let (sender, commands) = mpsc::channel(4);
        let scheduler = Scheduler::new(Arc::clone(&world), clock.clone(), 8);
        sender
            .try_send(SchedulerCommand::Replace(world.planned(names, "1h")))
            .unwrap();
        (sender, tokio::spawn(scheduler.run(commands)))
    };
    let (sender, running) = start(&names);
    hours(6).await;
    // A reload at 06:30: a key was rotated, a tenant is gone, another one is new.
    assert_eq!(world.of("refused", End::Done).len(), 0);
    assert_eq!(world.of("refused", End::Refused).len(), 7);
    *lock(&world.key_is_good) = true;
    names.retain(|name| name != "tenant-0");
    names.push("late".to_owned());
    sender
        .send(SchedulerCommand::Replace(world.planned(&names, "1h")))
        .await
        .unwrap();
    hours(6).await;
    // Stopped at 12:30 in the slow sync, and started again at 15:30.
    assert!(lock(&world.running).contains_key("slow"));
    sender
        .send(SchedulerCommand::Stop(Duration::from_secs(20)))
        .await
        .unwrap();
    running.await.unwrap();
    assert_eq!(world.of("slow", End::Interrupted).len(), 1);
    assert!(lock(&world.running).is_empty());
    hours(3).await;
    let again = clock.now();
    let (sender, running) = start(&names);
    hours(9).await;
    sender
        .send(SchedulerCommand::Stop(Duration::from_secs(9_000)))
        .await
        .unwrap();
    running.await.unwrap();
    // Each hour has one sync of each ordinary tenant, but for the three of the stop, which one makes up for.
    for tenant in (1..47).map(|number| format!("tenant-{number}")) {
        let done = world.of(&tenant, End::Done);
        // At the start, 01 to 12; at the restart, 16 to 24.
        assert_eq!(done.len(), 1 + 12 + 1 + 9, "{tenant}: {done:?}");
        let caught_up = done
            .iter()
            .any(|began| (0..600).contains(&began.duration_since(again).as_secs()));
        assert!(caught_up, "{tenant}: {done:?}");
    }
    assert_eq!(world.of("tenant-0", End::Done).len(), 1 + 6);
    assert_eq!(world.of("late", End::Done).len(), 1 + 6 + 1 + 9);
    // Rotated keys are tried at once.
    assert_eq!(world.of("refused", End::Done).len(), 1 + 6 + 1 + 9);
    // A failed task takes nothing else with it, and is started again.
    assert_eq!(world.of("hostile", End::Lost).len(), 23);
    // Two and a half hours each, and the one that was interrupted started again with the process.
    let slow = world.of("slow", End::Done);
    assert!(slow.len() >= 6, "{slow:?}");
    assert!(
        slow.iter()
            .any(|began| began.duration_since(again).as_secs() < 600)
    );
    let runs = lock(&world.runs);
    for (place, run) in runs.iter().enumerate() {
        let overlaps = |other: &Run| {
            other.tenant == run.tenant && other.began < run.ended && run.began < other.ended
        };
        assert!(!runs[place + 1..].iter().any(overlaps), "{}", run.tenant);
    }
}

#[test]
fn each_tenant_is_of_exactly_one_shard() {
    for count in [1, 2, 3, 7] {
        let shards: Vec<Shard> = (0..count)
            .map(|index| format!("{index}/{count}").parse().unwrap())
            .collect();
        let mut sizes = vec![0_usize; shards.len()];
        for tenant in 0..700 {
            let name = format!("tenant-{tenant}");
            let of: Vec<_> = (0..shards.len())
                .filter(|one| shards[*one].owns_tenant(&name))
                .collect();
            assert_eq!(of.len(), 1, "{name}");
            sizes[of[0]] += 1;
        }
        let fair = 700 / count as usize;
        assert!(
            sizes.iter().all(|size| size.abs_diff(fair) < fair / 2),
            "{sizes:?}"
        );
    }
}

#[test]
fn another_shard_moves_only_what_it_takes() {
    let [before, after]: [Shard; 2] = ["1/3", "1/4"].map(|text| text.parse().unwrap());
    for tenant in 0..300 {
        let name = format!("tenant-{tenant}");
        assert!(
            before.owns_tenant(&name) || !after.owns_tenant(&name),
            "{name}"
        );
    }
}

#[test]
fn a_shard_outside_of_its_count_is_refused() {
    for text in [
        "", "1", "3/3", "0/0", "-1/2", "1/2/3", "a/b", "0/2000", "1 / 2",
    ] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}
