//! A day of fifty tenants on a shortened clock: the real process, with a key that is refused, a provider that
//! is slow, one that answers nonsense, a hostile connector beside it, reloads, and ends of every kind.
//!
//! An overlap would show as a failure of the host's, because one sync writes to a database at a time.

use super::prometheus::{Prometheus, check_metrics};
use super::serve::{Served, write_key};
use super::*;
use std::collections::BTreeMap;

use connector_host::store::Store;
use host_tests::server::{ReservedAddress, Server};
use rustix::process::Signal;

const GOOD: usize = 47;
const WRONG: &str = "PMAK-wrong";
/// The number of processes that start after one another.
const GENERATIONS: u64 = 3;

fn day() -> Duration {
    let seconds = std::env::var("CONNECTOR_DAY_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(600))
}

/// The tenants file, and what its tenants read.
struct Setting {
    dir: TempDir,
    teams: Vec<RunningSimulator>,
    slow: RunningSimulator,
    nonsense: Server,
    hour: u64,
}

impl Setting {
    async fn new(day: Duration) -> Self {
        let mut teams = Vec::new();
        for seed in 0..10 {
            teams.push(team(KEY, seed).await);
        }
        let slow = Options {
            users: 15,
            workspaces: 40,
            quirks: ApiQuirks::none(),
            api_key: KEY.into(),
            faults: Faults {
                rules: vec!["*:slow=1".parse().unwrap()],
                ..Faults::default()
            },
            ..Options::default()
        };
        let address = ([127, 0, 0, 1], 0).into();
        let setting = Self {
            dir: TempDir::new().unwrap(),
            teams,
            slow: Simulator::start(slow, address).await.unwrap(),
            nonsense: Server::answering_body("<html>gateway</html>"),
            hour: (day.as_secs() / 24).max(2),
        };
        for name in ["good", "late", "slow", "nonsense"] {
            write_key(setting.path(), name, KEY);
        }
        write_key(setting.path(), "refused", WRONG);
        setting.write("");
        setting
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn url(&self, tenant: usize) -> String {
        self.teams[tenant % self.teams.len()].base_url()
    }

    fn write(&self, more: &str) {
        let hour = self.hour;
        let mut text = format!(
            "[defaults]\npacing = \"off\"\nkeep = 100000\nschedule = {{ every = \"{hour}s\", jitter = \"{}s\" }}\n",
            hour / 3
        );
        for tenant in 0..GOOD {
            text += &entry(&format!("good-{tenant}"), &self.url(tenant), "good");
        }
        text += &entry("refused", &self.url(0), "refused");
        text += &entry("slow", &self.slow.base_url(), "slow");
        text += "concurrency = 1\n";
        let nonsense = format!("http://{}", self.nonsense.address());
        text += &entry("nonsense", &nonsense, "nonsense");
        std::fs::write(self.path().join("tenants.toml"), text + more).unwrap();
    }

    fn store(&self, tenant: &str) -> Store {
        Store::open_to_read(&self.path().join(format!("{tenant}.db"))).unwrap()
    }

    fn runs(&self, tenant: &str) -> u64 {
        self.store(tenant).runs().unwrap().len() as u64
    }
}

fn entry(name: &str, url: &str, key: &str) -> String {
    format!(
        "[[tenant]]\nname = \"{name}\"\nbase-url = \"{url}\"\ncredentials.postman.file = \"{key}.key\"\ndb = \"{name}.db\"\n"
    )
}

fn syncs(tenant: &str, outcome: &str) -> String {
    format!("connector_syncs_total{{tenant=\"{tenant}\",outcome=\"{outcome}\"}}")
}

/// Syncs that have a result, as scrapes counted them, over all processes.
#[derive(Default)]
struct Counts {
    before: BTreeMap<String, f64>,
    now: BTreeMap<String, f64>,
}

impl Counts {
    fn scrape(&mut self, metrics: &BTreeMap<String, f64>) {
        let results = metrics.iter().filter(|(sample, _)| {
            sample.starts_with("connector_syncs_total") && !sample.contains("\"failed\"")
        });
        self.now = results
            .map(|(sample, value)| (sample.clone(), *value))
            .collect();
    }

    fn restart(&mut self) {
        for (sample, value) in std::mem::take(&mut self.now) {
            *self.before.entry(sample).or_default() += value;
        }
    }

    fn of(&self, tenant: &str) -> u64 {
        let label = format!("tenant=\"{tenant}\"");
        let both = self.before.iter().chain(&self.now);
        let sums = both.filter(|(sample, _)| sample.contains(&label));
        sums.map(|(_, value)| *value as u64).sum()
    }
}

/// Lets a part of the day pass, and watches.
async fn pass(served: &Served, setting: &Setting, counts: &mut Counts, time: Duration) {
    let until = std::time::Instant::now() + time;
    while std::time::Instant::now() < until {
        let (status, text) = served.get("/metrics", None).await;
        assert_eq!(status, 200);
        check_metrics(setting.path(), &text);
        let metrics = served.metrics().await;
        let overlap = metrics
            .keys()
            .find(|sample| sample.contains("case=\"host\""));
        assert_eq!(overlap, None);
        counts.scrape(&metrics);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn ended(mut served: Served) -> Option<i32> {
    served.child.wait().unwrap().code()
}

/// A process whose connector computes for ever: its tenants fail, and it lives.
fn hostile(dir: &Path) -> Served {
    let component = dir.join("hostile.wasm");
    std::fs::write(&component, support::hostile("spin")).unwrap();
    let text = "[[tenant]]\nname = \"victim\"\nbase-url = \"http://127.0.0.1:9\"\ntrust-base-url = true\ncredentials.key.file = \"good.key\"\ndb = \"victim.db\"\nschedule.every = \"2s\"\nlimits.cpu-seconds = 1\n";
    let folder = dir.join("hostile");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("tenants.toml"), text).unwrap();
    write_key(&folder, "good", KEY);
    Served::start_on(&component, &folder, &[])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ten minutes"]
async fn a_real_day_of_fifty_tenants_loses_nothing() {
    let sixth = day() / 6;
    let setting = Setting::new(day()).await;
    let path = setting.path();
    let reserved = ReservedAddress::take();
    let address = reserved.address().to_string();
    let serve = || Served::start_with(path, &["--listen", &address, "--grace", "0"]);
    let mut counts = Counts::default();
    let prometheus = Prometheus::start(path, &address);
    let beside = hostile(path);

    let mut served = serve();
    pass(&served, &setting, &mut counts, sixth).await;
    let refused = "connector_last_sync_failed{tenant=\"refused\",case=\"unauthenticated\"}";
    served.wait_for(refused, 1.0).await;
    served.wait_for(&syncs("nonsense", "failed"), 1.0).await;
    let spinning = beside.wait_for(&syncs("victim", "failed"), 2.0).await;
    assert!(spinning["connector_sandbox_cpu_seconds_total{tenant=\"victim\"}"] >= 1.0);
    assert_eq!(beside.get("/livez", None).await.0, 200);
    drop(beside);

    // The key is rotated, and a tenant is added.
    write_key(path, "refused", KEY);
    let late = entry("late", &setting.url(1), "late");
    setting.write(&late);
    served.signal(Signal::HUP);
    pass(&served, &setting, &mut counts, sixth).await;
    for tenant in ["refused", "late"] {
        served.wait_for(&syncs(tenant, "complete"), 1.0).await;
    }

    // It receives a signal to stop in a sync, and the next process resumes that one.
    served
        .wait_for("connector_sync_running{tenant=\"slow\"}", 1.0)
        .await;
    counts.scrape(&served.metrics().await);
    served.signal(Signal::TERM);
    assert_eq!(ended(served), Some(0));
    assert!(setting.store("slow").has_unfinished().unwrap());
    counts.restart();
    served = serve();
    pass(&served, &setting, &mut counts, sixth).await;

    // It is killed.
    counts.scrape(&served.metrics().await);
    served.signal(Signal::KILL);
    assert_eq!(ended(served), None);
    counts.restart();
    served = serve();
    pass(&served, &setting, &mut counts, sixth).await;

    // A file that cannot be used changes nothing.
    setting.write("[[tenant]]\nnaame = \"acme\"\n");
    served.signal(Signal::HUP);
    let failed = "connector_config_reloads_total{result=\"failure\"}";
    served.wait_for(failed, 1.0).await;
    setting.write(&late);
    served.signal(Signal::HUP);
    pass(&served, &setting, &mut counts, sixth).await;
    pass(&served, &setting, &mut counts, sixth).await;

    // A tenant has states from its first sync in a process on.
    served.wait_for(&syncs("slow", "complete"), 1.0).await;
    served.wait_for(&syncs("nonsense", "failed"), 1.0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let metrics = served.metrics().await;
    counts.scrape(&metrics);
    if let Some(prometheus) = &prometheus {
        prometheus.check_rules().await;
        let states = prometheus.query("count(connector_last_sync_success)").await;
        assert_eq!(states, metrics["connector_tenants"]);
        let running = "max_over_time(connector_sync_running{tenant=\"slow\"}[1h])";
        assert_eq!(prometheus.query(running).await, 1.0);
        let rotated = "max_over_time(connector_last_sync_success{tenant=\"refused\"}[1h])";
        assert_eq!(prometheus.query(rotated).await, 1.0);
        let refused = "max_over_time(connector_last_sync_failed{tenant=\"refused\",case=\"unauthenticated\"}[1h])";
        assert_eq!(prometheus.query(refused).await, 1.0);
    }
    served.signal(Signal::TERM);
    assert_eq!(ended(served), Some(0));
    check_runs(&setting, &counts);
}

/// Every sync that was counted is stored. One can end between the last scrape and the end of a process.
fn check_runs(setting: &Setting, counts: &Counts) {
    let names = (0..GOOD).map(|tenant| format!("good-{tenant}"));
    let others = ["refused", "late", "slow"].map(str::to_owned);
    for tenant in names.chain(others) {
        let (stored, counted) = (setting.runs(&tenant), counts.of(&tenant));
        assert!(
            (counted..=counted + GENERATIONS).contains(&stored),
            "{tenant}: {counted} counted, {stored} stored"
        );
        assert!(stored >= 2, "{tenant}: {stored}");
        let runs = setting.store(&tenant).runs().unwrap();
        assert!(runs.iter().all(|run| run.complete), "{tenant}");
        println!("{tenant}: {stored} syncs");
    }
}
