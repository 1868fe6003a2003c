//! Many tenants in one process: the file that names them is read strictly and without ever repeating
//! a key, and what befalls one tenant is no other's. `make components` comes first.

#[cfg(unix)]
mod day;
mod deploy;
mod file;
mod limits;
mod oauth;
#[cfg(unix)]
mod prometheus;
mod results;
mod schedule;
mod schema;
#[cfg(unix)]
mod serve;
mod traces;

use host_tests::support;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_cli::report::Destination;
use connector_host::sync::{self, SyncOptions};
use connector_host::tenants::{Fleet, Secrets, TenantEnd, TenantOutcome, TenantSync, TenantsFile};
use connector_host::{Connector, Credentials, TenantConfig, TenantConnector};
use postman_simulator::{ApiQuirks, Faults, Options, RunningSimulator, Simulator};
use tempfile::TempDir;
use zeroize::Zeroizing;

const KEY: &str = "PMAK-canary-9d13";

async fn team(key: &str, seed: u64) -> RunningSimulator {
    team_of(15, key, seed).await
}

async fn team_of(users: usize, key: &str, seed: u64) -> RunningSimulator {
    let options = Options {
        seed,
        users,
        workspaces: 12,
        quirks: ApiQuirks::none(),
        api_key: key.into(),
        ..Options::default()
    };
    let address = ([127, 0, 0, 1], 0).into();
    Simulator::start(options, address).await.unwrap()
}

async fn loaded() -> Connector {
    support::load(&support::sandbox(), &support::connector()).await
}

/// The secrets of a tenant whose key is in `dir`/`name`.
fn secrets(connector: &Connector, dir: &Path, name: &str) -> Secrets {
    let text = format!("[[tenant]]\nname = \"x\"\ncredentials.postman.file = \"{name}\"");
    let file = TenantsFile::parse(&text, dir).unwrap();
    let nothing = |_: &str| None::<Zeroizing<String>>;
    Secrets::read(
        connector.descriptor(),
        &file.tenants[0].credentials,
        &nothing,
    )
    .unwrap()
}

fn tenant(name: &str, base_url: &str, output: Option<&Path>) -> TenantSync {
    let mut config = TenantConfig::new(base_url.parse().unwrap(), Credentials::none());
    config.name = name.into();
    config.limits.wall_clock = Duration::from_secs(3);
    let output = output.map(|path| Destination::File(path.into()).open().unwrap());
    TenantSync {
        config,
        options: SyncOptions {
            retries: 0,
            ..SyncOptions::default()
        },
        paced: true,
        output,
        db: None,
    }
}

fn outcome<'a>(ends: &'a [TenantEnd], name: &str) -> &'a TenantOutcome {
    &ends.iter().find(|end| end.name == name).unwrap().outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_saved_wrongly_is_named_by_its_place() {
    let (connector, dir) = (loaded().await, TempDir::new().unwrap());
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(KEY.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for (bytes, words) in [
        (format!("\"{KEY}\"\n").into_bytes(), "in quotes"),
        (format!("\u{feff}{KEY}\n").into_bytes(), "byte order mark"),
        (format!("{KEY}\n{KEY}\n").into_bytes(), "line end"),
        (utf16, "UTF-16"),
        (b"PMAK-\xe9".to_vec(), "not UTF-8"),
        (b" \n".to_vec(), "empty"),
    ] {
        std::fs::write(dir.path().join("key"), bytes).unwrap();
        let read = read_secrets(&connector, dir.path(), "file = \"key\"", "unused");
        let said = read.unwrap_err();
        let place = dir.path().join("key").display().to_string();
        assert!(said.contains(&place) && said.contains(words), "{said}");
        assert!(!said.contains(KEY), "{said}");
    }
    let quoted = format!("'{KEY}'");
    let read = read_secrets(&connector, dir.path(), "env = \"ACME_KEY\"", &quoted);
    let said = read.unwrap_err();
    assert!(
        said.contains("ACME_KEY") && said.contains("in quotes"),
        "{said}"
    );
}

/// Secrets of one tenant; every variable has this value.
fn read_secrets(
    connector: &Connector,
    dir: &Path,
    source: &str,
    value: &str,
) -> Result<Secrets, String> {
    let text = format!("[[tenant]]\nname = \"x\"\ncredentials.postman = {{ {source} }}");
    let file = TenantsFile::parse(&text, dir).unwrap();
    let variable = |_: &str| Some(Zeroizing::new(value.to_owned()));
    let sources = &file.tenants[0].credentials;
    Secrets::read(connector.descriptor(), sources, &variable).map_err(|e| e.to_string())
}

/// Of two tenants with one key, one has a key for SCIM beside it.
#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_obeyed_by_every_tenant_of_the_key() {
    for paced in [true, false] {
        let (connector, dir) = (loaded().await, TempDir::new().unwrap());
        let running = limited("/workspaces:rate-limited,seconds=3600,nth=1").await;
        std::fs::write(dir.path().join("key"), KEY).unwrap();
        let mut fleet = Fleet::new(&connector, Duration::from_secs(60));
        for (name, scim) in [("one", ""), ("other", "\ncredentials.scim.env = \"SCIM\"")] {
            let text =
                format!("[[tenant]]\nname = \"x\"\ncredentials.postman.file = \"key\"{scim}");
            let file = TenantsFile::parse(&text, dir.path()).unwrap();
            let variable = |_: &str| Some(Zeroizing::new("scim-key".to_owned()));
            let sources = &file.tenants[0].credentials;
            let secrets = Secrets::read(connector.descriptor(), sources, &variable).unwrap();
            let mut tenant = tenant(name, &running.base_url(), None);
            tenant.paced = paced;
            fleet.add(tenant, secrets);
        }
        let ends = fleet.run(|_| ()).await;
        let whole = ends
            .iter()
            .any(|end| matches!(end.outcome, TenantOutcome::Complete(_)));
        assert!(!whole, "{ends:?}");
        let [fired] = &running.fired_faults()[..] else {
            panic!("one rule");
        };
        // Those that were on their way when the provider asked to wait.
        assert!(fired.times == 1 && fired.early <= 15, "{fired:?}");
        assert!(
            running.total_requests() < 40,
            "{}",
            running.total_requests()
        );
    }
}

/// A team with more workspaces than two tenants read at once, and a rule.
async fn limited(rule: &str) -> RunningSimulator {
    let options = Options {
        users: 15,
        workspaces: 90,
        quirks: ApiQuirks::none(),
        api_key: KEY.into(),
        faults: Faults {
            rules: vec![rule.parse().unwrap()],
            seed: 1,
        },
        ..Options::default()
    };
    let address = ([127, 0, 0, 1], 0).into();
    Simulator::start(options, address).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_used_without_a_restart() {
    let (connector, dir) = (loaded().await, TempDir::new().unwrap());
    let running = team("PMAK-new", 1).await;
    std::fs::write(dir.path().join("key"), "PMAK-old\n").unwrap();
    let held = secrets(&connector, dir.path(), "key");
    std::fs::write(dir.path().join("key"), "PMAK-new\n").unwrap();
    let mut fleet = Fleet::new(&connector, Duration::from_secs(60));
    fleet.add(tenant("renewed", &running.base_url(), None), held);
    let ends = fleet.run(|_| ()).await;
    assert!(
        matches!(ends[0].outcome, TenantOutcome::Complete(_)),
        "{ends:?}"
    );
    // Once with the old key, once more with the new one, once for the team's own record, and once to
    // check the user list.
    assert_eq!(running.request_counts()["/me"], 4);
}

/// A host that reads a tenant more than once in a process starts with the key as it is by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_is_where_the_next_sync_begins() {
    let (connector, dir) = (loaded().await, TempDir::new().unwrap());
    std::fs::write(dir.path().join("key"), "PMAK-old\n").unwrap();
    let held = Arc::new(secrets(&connector, dir.path(), "key"));
    std::fs::write(dir.path().join("key"), "PMAK-new\n").unwrap();
    for requests in [4, 3] {
        let running = team("PMAK-new", 1).await;
        let base_url = running.base_url().parse().unwrap();
        let mut config = TenantConfig::new(base_url, held.credentials());
        config.renewal = Some(Arc::clone(&held) as _);
        let tenant = Arc::new(TenantConnector::new(&connector, config).unwrap());
        let options = SyncOptions::default();
        let synced = sync::run(tenant, &options, Arc::new(sync::NoProgress)).await;
        assert!(synced.unwrap().summary.complete);
        assert_eq!(running.request_counts()["/me"], requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_still_wrong_is_not_sent_again() {
    let (connector, dir) = (loaded().await, TempDir::new().unwrap());
    let running = team("PMAK-new", 1).await;
    std::fs::write(dir.path().join("key"), "PMAK-old\n").unwrap();
    let mut fleet = Fleet::new(&connector, Duration::from_secs(60));
    let held = secrets(&connector, dir.path(), "key");
    fleet.add(tenant("wrong", &running.base_url(), None), held);
    let ends = fleet.run(|_| ()).await;
    assert!(
        matches!(ends[0].outcome, TenantOutcome::Failed(_)),
        "{ends:?}"
    );
    assert_eq!(running.total_requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_tenants_do_not_affect_others() {
    let (connector, dir) = (loaded().await, TempDir::new().unwrap());
    std::fs::write(dir.path().join("key"), KEY).unwrap();
    let good = team(KEY, 1).await;
    let mut outputs = Vec::new();
    let mut times = Vec::new();
    // Accepts by the system's queue and never answers.
    let hung = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let hung = format!("http://{}", hung.local_addr().unwrap());
    let gone = "http://127.0.0.1:9";
    for crowd in [0, 40] {
        let mut fleet = Fleet::new(&connector, Duration::from_secs(60));
        for n in 0..crowd {
            let (name, url) = (
                format!("bad-{n}"),
                if n % 2 == 0 { hung.as_str() } else { gone },
            );
            fleet.add(
                tenant(&name, url, None),
                secrets(&connector, dir.path(), "key"),
            );
        }
        let file = dir.path().join(format!("{crowd}.ndjson"));
        let one = tenant("good", &good.base_url(), Some(&file));
        fleet.add(one, secrets(&connector, dir.path(), "key"));
        let order = Mutex::new(Vec::new());
        let ends = fleet
            .run(|end| order.lock().unwrap().push(end.name.clone()))
            .await;
        assert!(
            matches!(outcome(&ends, "good"), TenantOutcome::Complete(_)),
            "{ends:?}"
        );
        for n in 0..crowd {
            let bad = outcome(&ends, &format!("bad-{n}"));
            assert!(matches!(bad, TenantOutcome::Failed(_)), "{bad:?}");
        }
        let order = order.into_inner().unwrap();
        let hung_first = order.iter().take_while(|name| *name != "good");
        assert_eq!(
            hung_first
                .filter(|name| name.ends_with(['0', '2', '4', '6', '8']))
                .count(),
            0
        );
        let written = std::fs::read_to_string(file).unwrap();
        outputs.push(written.split_once('\n').unwrap().1.to_owned());
        times.push(ends.iter().find(|end| end.name == "good").unwrap().time);
    }
    assert_eq!(outputs[0], outputs[1]);
    println!(
        "alone {:.2?}, beside 40 that hang or fail {:.2?}",
        times[0], times[1]
    );
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let mut command = host_tests::command();
    command
        .args(["sync", "--tenants", "tenants.toml"])
        .args(arguments);
    command.args(["--component", &format!("{root}/postman-connector.wasm")]);
    command.current_dir(dir).env("ACME_KEY", KEY);
    command
}

async fn sync(dir: &Path, tenants: &str, arguments: &[&str]) -> (i32, String) {
    std::fs::write(dir.join("tenants.toml"), tenants).unwrap();
    let mut command = command(dir, arguments);
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains("canary"), "{said}");
    (output.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_code_and_summary_name_incomplete_tenants() {
    let dir = TempDir::new().unwrap();
    let (first, second) = (team(KEY, 1).await, team("PMAK-other", 2).await);
    let (one, two) = (first.base_url(), second.base_url());
    let entry = |name: &str, url: &str, more: &str| {
        format!(
            "[[tenant]]\nname = \"{name}\"\nbase-url = \"{url}\"\nndjson = \"{name}.ndjson\"\n{more}\n"
        )
    };
    let env = "credentials.postman.env = \"ACME_KEY\"";
    let good = entry("acme", &one, env);
    let (code, said) = sync(dir.path(), &good, &[]).await;
    assert_eq!(code, 0, "{said}");
    let written = std::fs::read_to_string(dir.path().join("acme.ndjson")).unwrap();
    assert!(written.starts_with("{\"run\":") && !written.contains("canary"));

    let wrong = entry("globex", &two, env);
    let lacking = entry("initech", &two, "credentials.postman.env = \"UNSET\"");
    let large = team_of(5_000, KEY, 3).await;
    let tight = entry(
        "hooli",
        &large.base_url(),
        &format!("{env}\nlimits.memory-mib = 1"),
    );
    let all = [good, wrong.clone(), lacking, tight].concat();
    let (code, said) = sync(dir.path(), &all, &[]).await;
    assert_eq!(code, 4, "{said}");
    assert!(
        said.contains("of 4 tenants 1 complete, 1 with scopes missing, 2 failed"),
        "{said}"
    );
    assert!(
        said.contains("initech: credential postman: the environment variable UNSET is not set"),
        "{said}"
    );
    assert!(
        said.contains("hooli: new gap: list-resources user"),
        "{said}"
    );
    assert!(!dir.path().join("globex.ndjson").exists());

    let (code, said) = sync(dir.path(), &wrong, &[]).await;
    assert_eq!(code, 1, "{said}");
    let (code, said) = sync(dir.path(), "[[tenant]]\nnaame = \"x\"", &[]).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("tenants.toml: line 2, field naame"), "{said}");
    let elsewhere = entry("acme", "https://provider.example", env);
    let (code, said) = sync(dir.path(), &elsewhere, &[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("trust-base-url = true"), "{said}");
    let (code, said) = sync(dir.path(), &wrong, &["--base-url", &one]).await;
    assert_eq!(code, 2, "{said}");
}
