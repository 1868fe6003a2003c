//! `serve`: the real process, scraped over HTTP and controlled by signals.

use super::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use connector_host::review::findings::RULES;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use rustix::process::{Pid, Signal, kill_process};

const TOKEN: &str = "report-token-0123456789";

pub(super) struct Served {
    pub(super) child: Child,
    pub(super) address: String,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(dir: &Path) -> Self {
        Self::start_with(dir, &[])
    }

    pub(super) fn start_with(dir: &Path, arguments: &[&str]) -> Self {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
        let component = format!("{root}/postman-connector.wasm");
        Self::start_on(Path::new(&component), dir, arguments)
    }

    /// Serves the tenants file of a folder with another connector.
    pub(super) fn start_on(component: &Path, dir: &Path, arguments: &[&str]) -> Self {
        let is_reported = arguments.contains(&"--listen");
        let listen: &[&str] = if is_reported {
            &[]
        } else {
            &["--listen", "127.0.0.1:0"]
        };
        let mut command = host_tests::command();
        command
            .args(["serve", "--config", "tenants.toml", "--component"])
            .arg(component)
            .args(arguments)
            .args(listen)
            .env("CONNECTOR_REPORT_TOKEN", TOKEN)
            .current_dir(dir)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.to_owned();
            }
        };
        let notes = Arc::default();
        let all: Arc<Mutex<Vec<_>>> = Arc::clone(&notes);
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(|line| all.lock().unwrap().extend(line)));
        Self {
            child,
            address,
            notes,
        }
    }

    /// Waits for a line on standard error that contains a text.
    async fn wait_for_note(&self, text: &str) {
        for _ in 0..300 {
            if (self.notes.lock().unwrap().iter()).any(|line: &String| line.contains(text)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no line has {text}: {:?}", self.notes.lock().unwrap());
    }

    /// Sends a request by hand and reads the answer to its end.
    pub(super) async fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n",
            self.address,
            token.unwrap_or_default()
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    pub(super) async fn metrics(&self) -> BTreeMap<String, f64> {
        let (status, text) = self.get("/metrics", None).await;
        assert_eq!(status, 200);
        parse(&text)
    }

    /// Scrapes until a sample has a value.
    pub(super) async fn wait_for(&self, sample: &str, value: f64) -> BTreeMap<String, f64> {
        for _ in 0..300 {
            let metrics = self.metrics().await;
            if metrics.get(sample).is_some_and(|found| *found >= value) {
                return metrics;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{sample} is never {value}: {:#?}", self.metrics().await);
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }
}

/// Reads the text format strictly: each family has one HELP and one TYPE before its samples, which stand
/// together, none twice, with names and values of the format.
fn parse(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (mut samples, mut families) = (BTreeMap::new(), Vec::<String>::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, help) = line
            .strip_prefix("# HELP ")
            .expect(line)
            .split_once(' ')
            .unwrap();
        assert!(is_name(name) && !help.is_empty(), "{line}");
        assert!(!families.contains(&name.to_owned()), "{name} twice");
        families.push(name.to_owned());
        let kind = lines.next().unwrap();
        let kind = kind.strip_prefix(&format!("# TYPE {name} ")).expect(kind);
        assert!(["gauge", "counter"].contains(&kind), "{kind}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        let mut count = 0;
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let (of, labels) = sample.split_once('{').unwrap_or((sample, "}"));
            assert_eq!(of, name);
            let labels = labels.strip_suffix('}').expect(line);
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (key, value) = label.split_once('=').expect(line);
                assert!(is_name(key), "{line}");
                let value = value
                    .strip_prefix('"')
                    .and_then(|value| value.strip_suffix('"'));
                assert!(!value.expect(line).contains('"'), "{line}");
            }
            let value = value.replace("+Inf", "inf").parse().expect(line);
            assert!(
                samples.insert(sample.to_owned(), value).is_none(),
                "{line} twice"
            );
            count += 1;
        }
        assert!(count > 0, "{name} has no sample");
    }
    samples
}

fn entry(name: &str, url: &str) -> String {
    format!(
        "[[tenant]]\nname = \"{name}\"\nbase-url = \"{url}\"\ncredentials.postman.file = \"{name}.key\"\ndb = \"{name}.db\"\nreport = \"{name}.html\"\nschedule.every = \"2s\"\n"
    )
}

pub(super) fn write_key(dir: &Path, name: &str, key: &str) {
    let path = dir.join(format!("{name}.key"));
    std::fs::write(&path, key).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_syncs_reloads_reports_and_stops() {
    let (dir, team) = (TempDir::new().unwrap(), team(KEY, 1).await);
    let (path, url) = (dir.path(), team.base_url());
    let config = |text: &str| std::fs::write(path.join("tenants.toml"), text).unwrap();
    for (name, key) in [("acme", KEY), ("globex", "PMAK-wrong"), ("late", KEY)] {
        write_key(path, name, key);
    }
    std::fs::write(path.join("accepted.toml"), "").unwrap();
    let accepting = "accept = \"accepted.toml\"\n";
    let both = [&entry("acme", &url), accepting, &entry("globex", &url)].concat();
    config(&both);
    let mut served = Served::start(path);
    for (probe, status) in [("/livez", 200), ("/readyz", 200), ("/other", 404)] {
        assert_eq!(served.get(probe, None).await.0, status, "{probe}");
    }
    // More than one sync of the good tenant, while the other one's key is refused.
    let done = "connector_syncs_total{tenant=\"acme\",outcome=\"complete\"}";
    served.wait_for(done, 2.0).await;
    let refused = "connector_last_sync_failed{tenant=\"globex\",case=\"unauthenticated\"}";
    let metrics = served.wait_for(refused, 1.0).await;
    let of = |name: &str| metrics[&format!("connector_{name}{{tenant=\"acme\"}}")];
    assert!(of("last_complete_sync_age_seconds") < 60.0);
    for name in [
        "resources",
        "grants",
        "requests_total",
        "last_sync_duration_seconds",
        "sandbox_memory_peak_bytes",
    ] {
        assert!(of(name) > 0.0, "{name}");
    }
    assert_eq!(of("last_sync_success"), 1.0);
    // A credential that is not set is no request that the manifest does not declare.
    assert_eq!(of("refused_requests_total"), 0.0);
    assert!(metrics.contains_key("connector_findings{tenant=\"acme\",severity=\"high\"}"));
    // The accept list is read again when it changes.
    let accepted = "connector_accepted_findings{tenant=\"acme\"}";
    assert_eq!(metrics[accepted], 0.0);
    let list = RULES.iter().map(|rule| format!("[[accept]]\nrule = \"{}\"\nresource = \"*\"\nreason = \"known\"\nuntil = \"2999-01-01\"\n", rule.id));
    std::fs::write(path.join("accepted.toml"), list.collect::<String>()).unwrap();
    let after = served.wait_for(accepted, 1.0).await;
    for severity in ["high", "medium", "low"] {
        let open = format!("connector_findings{{tenant=\"acme\",severity=\"{severity}\"}}");
        assert_eq!(after[&open], 0.0, "{severity}");
    }
    assert!(metrics.contains_key("connector_scopes{tenant=\"acme\",outcome=\"complete\"}"));
    let age = "connector_last_complete_sync_age_seconds{tenant=\"globex\"}";
    assert!(metrics[age].is_infinite());

    // Reports are behind the token.
    for (page, token, status) in [
        ("/tenants", None, 401),
        ("/tenants/acme/report", Some("another-token-0123"), 401),
        ("/tenants", Some(TOKEN), 200),
        ("/tenants/acme/report", Some(TOKEN), 200),
        ("/tenants/globex/report", Some(TOKEN), 404),
        ("/tenants/nobody/report", Some(TOKEN), 404),
    ] {
        let (found, text) = served.get(page, token).await;
        assert_eq!(found, status, "{page}: {text}");
        assert!(!text.contains(KEY) && (status == 200 || text.len() < 200));
    }
    assert!(
        std::fs::read_to_string(path.join("acme.html"))
            .unwrap()
            .starts_with("<!")
    );

    // A key file that cannot be read is named at once.
    std::fs::remove_file(path.join("globex.key")).unwrap();
    served
        .wait_for_note(
            "warning: tenant globex: credential postman: the file globex.key cannot be read",
        )
        .await;
    // A rotated key is read again, and a new tenant after SIGHUP; an unreadable file changes nothing.
    write_key(path, "globex", KEY);
    let done = "connector_syncs_total{tenant=\"globex\",outcome=\"complete\"}";
    served.wait_for(done, 1.0).await;
    config("[[tenant]]\nnaame = \"acme\"");
    served.signal(Signal::HUP);
    served
        .wait_for("connector_config_reloads_total{result=\"failure\"}", 1.0)
        .await;
    assert_eq!(served.get("/readyz", None).await.0, 200);
    config(&(entry("acme", &url) + &entry("late", &url)));
    served.signal(Signal::HUP);
    let done = "connector_syncs_total{tenant=\"late\",outcome=\"complete\"}";
    let metrics = served.wait_for(done, 1.0).await;
    assert!(
        !metrics.keys().any(|sample| sample.contains("globex")),
        "{metrics:?}"
    );

    served.signal(Signal::TERM);
    let status =
        tokio::task::spawn_blocking(move || served.child.wait().map(|code| (served, code)));
    let (_served, code) = status.await.unwrap().unwrap();
    assert_eq!(code.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_sync_resumes_at_the_next_start() {
    let dir = TempDir::new().unwrap();
    let options = Options {
        users: 15,
        workspaces: 300,
        quirks: ApiQuirks::none(),
        api_key: KEY.into(),
        ..Options::default()
    };
    let team = Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    write_key(dir.path(), "acme", KEY);
    let text = entry("acme", &team.base_url()).replace("2s", "24h") + "concurrency = 1\n";
    std::fs::write(dir.path().join("tenants.toml"), text).unwrap();
    let args = ["--grace", "0"];
    let mut served = Served::start_with(dir.path(), &args);
    while team.total_requests() < 60 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    served.signal(Signal::TERM);
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let store = connector_host::store::Store::open_to_read(&dir.path().join("acme.db")).unwrap();
    assert!(store.has_unfinished().unwrap() && store.runs().unwrap().is_empty());
    drop(store);
    let before = team.total_requests();
    let served = Served::start_with(dir.path(), &args);
    let done = "connector_syncs_total{tenant=\"acme\",outcome=\"complete\"}";
    served.wait_for(done, 1.0).await;
    let store = connector_host::store::Store::open_to_read(&dir.path().join("acme.db")).unwrap();
    assert_eq!(store.runs().unwrap().len(), 1);
    // What was read before is not read again, but for what was under way.
    let whole = 300 + 300_u64.div_ceil(99) + 9;
    assert!(
        team.total_requests() <= whole + 10,
        "{before} {}",
        team.total_requests()
    );
}

/// The connector is loaded for longer than this.
#[test]
fn a_service_that_is_starting_can_be_stopped() {
    let (dir, root) = (TempDir::new().unwrap(), env!("CARGO_MANIFEST_DIR"));
    let component = format!("{root}/../target/components/postman-connector.wasm");
    std::fs::write(
        dir.path().join("tenants.toml"),
        entry("acme", "http://127.0.0.1:9"),
    )
    .unwrap();
    write_key(dir.path(), "acme", KEY);
    let mut command = host_tests::command();
    command
        .args(["serve", "--config", "tenants.toml", "--component"])
        .args([&component, "--listen", "127.0.0.1:0", "--grace", "0"])
        .current_dir(dir.path());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    for _ in 0..300 {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    panic!("it still runs");
}
