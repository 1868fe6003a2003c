//! The operator's word as the command takes it: what is pinned, trusted and logged, and who can
//! read what is written. With the built connector and a simulated team; `make components` first.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "PMAK-canary-30d2";

struct Team {
    running: RunningSimulator,
    dir: TempDir,
}

impl Team {
    async fn start() -> Self {
        let options = Options {
            users: 12,
            workspaces: 9,
            quirks: ApiQuirks::none(),
            api_key: KEY.into(),
            ..Options::default()
        };
        let address = ([127, 0, 0, 1], 0).into();
        Self {
            running: Simulator::start(options, address).await.unwrap(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs the command in a shell that would let everybody read and write new files.
    async fn run(&self, line: &str) -> Output {
        let url = self.running.base_url();
        run(self.dir.path(), line, &[("POSTMAN_BASE_URL", &url)]).await
    }
}

async fn run(dir: &Path, line: &str, variables: &[(&str, &str)]) -> Output {
    let mut shell = shell(dir, line, variables);
    tokio::task::spawn_blocking(move || shell.output().unwrap())
        .await
        .unwrap()
}

fn shell(dir: &Path, line: &str, variables: &[(&str, &str)]) -> Command {
    let command = host_tests::program("connector-host");
    let command = command.display();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("umask 000; exec {command} {line}")])
        .env_clear()
        .env(host_tests::CACHE, host_tests::compiled_components())
        .env("POSTMAN_API_KEY", KEY)
        .env("C", format!("--component={root}/postman-connector.wasm"))
        .envs(variables.iter().copied())
        .current_dir(dir);
    shell
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn expect(output: &Output, code: i32) -> String {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    stderr
}

#[tokio::test(flavor = "multi_thread")]
async fn output_files_are_private_under_any_umask() {
    let team = Team::start().await;
    for name in ["out.ndjson", "log"] {
        // One is new, one is there and open to everybody.
        std::fs::write(team.path(name), "").unwrap();
        let open = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(team.path(name), open).unwrap();
    }
    let line = "sync $C --ndjson out.ndjson --log log";
    expect(&team.run(line).await, 0);
    let line = "sync $C --ndjson new.ndjson --log new.log";
    expect(&team.run(line).await, 0);
    for name in ["out.ndjson", "log", "new.ndjson", "new.log"] {
        assert_eq!(mode(&team.path(name)), 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_every_request_but_no_key_or_name() {
    let team = Team::start().await;
    let line = "sync $C --ndjson out.ndjson --log log --log-format json";
    expect(&team.run(line).await, 0);
    let log = std::fs::read_to_string(team.path("log")).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (requests, summary) = lines.split_at(lines.len() - 1);
    // `validate` learns that there is no key for SCIM: nothing is sent for it.
    let (unsent, requests): (Vec<_>, Vec<_>) = requests
        .iter()
        .partition(|line| line["outcome"] == "no-credential");
    assert_eq!(unsent.len(), 1);
    let sent = team.running.total_requests();
    assert_eq!(u64::try_from(requests.len()).unwrap(), sent);
    assert_eq!(requests[0]["endpoint"], "/me");
    assert_eq!(requests[0]["scope"], "validate");
    for line in requests {
        assert_eq!(line["tenant"], team.running.base_url());
        // A team that is no organization has no `/teams`.
        let status = if line["endpoint"] == "/teams" {
            400
        } else {
            200
        };
        assert_eq!(
            (&line["outcome"], &line["status"]),
            (&"answered".into(), &status.into())
        );
        assert!(line["bytes"].is_u64() && line["ms"].is_u64() && line["scope"].is_string());
    }
    let summary = &summary[0];
    assert_eq!(
        (&summary["sent"], &summary["refused"]),
        (&sent.into(), &0.into())
    );
    assert!(!log.contains(KEY));
    let read = std::fs::read_to_string(team.path("out.ndjson")).unwrap();
    let mut words = 0;
    for line in read.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let user = &record["resource"];
        for word in [&user["display_name"], &user["details"]["user"]["email"]] {
            if let Some(word) = word.as_str() {
                assert!(!log.contains(word), "{word}");
                words += 1;
            }
        }
    }
    assert!(words > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_ends_with_a_summary_of_requests() {
    let team = Team::start().await;
    expect(
        &team.run("validate $C --log log --log-format json").await,
        0,
    );
    let log = std::fs::read_to_string(team.path("log")).unwrap();
    let last: Value = serde_json::from_str(log.lines().next_back().unwrap()).unwrap();
    assert_eq!(last["sent"], team.running.total_requests());
    assert_eq!(
        log.lines().count() as u64,
        // One more says that there is no key for SCIM, and the last has the sums.
        team.running.total_requests() + 2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_logged_unless_it_is_asked_for() {
    let team = Team::start().await;
    let quiet = team.run("sync $C").await;
    assert_eq!(expect(&quiet, 0), "");
    assert!(text(&quiet.stdout).contains("0 refused"));
    let reported = expect(&team.run("sync $C --log -").await, 0);
    assert!(
        reported.contains("endpoint=\"/workspaces/{workspace}/roles\""),
        "{reported}"
    );
    assert!(
        !reported.contains(KEY) && !reported.contains('\u{1b}'),
        "{reported}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_beyond_its_manifest_is_not_used() {
    let team = Team::start().await;
    for form in ["approved-manifest", "json"] {
        let line = format!("describe $C --format {form} > {form}");
        expect(&team.run(&line).await, 0);
        expect(
            &team.run(&format!("validate $C --approved {form}")).await,
            0,
        );
    }
    let before = team.running.total_requests();
    let mut pin: Value =
        serde_json::from_slice(&std::fs::read(team.path("json")).unwrap()).unwrap();
    pin["endpoints"]
        .as_array_mut()
        .unwrap()
        .retain(|one| one["path"] != "/groups");
    std::fs::write(team.path("less"), pin.to_string()).unwrap();
    for command in ["sync", "validate", "demo", "describe"] {
        let reported = expect(&team.run(&format!("{command} $C --approved less")).await, 2);
        assert!(
            reported.contains("+ GET /groups with the credential postman"),
            "{reported}"
        );
        assert_eq!(reported.matches("\n    + ").count(), 1, "{reported}");
    }
    std::fs::write(team.path("none"), "{}").unwrap();
    let reported = expect(&team.run("sync $C --approved none").await, 2);
    assert!(
        reported.contains("none is not an approved manifest"),
        "{reported}"
    );
    assert_eq!(team.running.total_requests(), before);
}

/// With an empty section at its end a component is another file that does the same.
fn with_a_section(component: &[u8]) -> Vec<u8> {
    [component, &[0, 2, 1, b'x']].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unapproved_digest_is_rejected_before_compiling() {
    let team = Team::start().await;
    expect(
        &team
            .run("describe $C --format approved-manifest > pin")
            .await,
        0,
    );
    let before = team.running.total_requests();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let component = std::fs::read(format!("{root}/postman-connector.wasm")).unwrap();
    std::fs::write(team.path("same.wasm"), &component).unwrap();
    std::fs::write(team.path("other.wasm"), with_a_section(&component)).unwrap();
    std::fs::write(team.path("broken.wasm"), "no component at all").unwrap();
    let tenants = "[[tenant]]\nname = \"a\"\ncredentials.postman = { env = \"POSTMAN_API_KEY\" }\n";
    std::fs::write(team.path("tenants"), tenants).unwrap();
    for file in ["other.wasm", "broken.wasm"] {
        for command in [
            "sync",
            "sync --tenants tenants",
            "validate",
            "describe",
            "demo",
        ] {
            let line = format!("{command} --component {file} --approved pin");
            let reported = expect(&team.run(&line).await, 2);
            assert!(reported.contains("+ component sha256 is "), "{reported}");
            assert!(reported.contains("The component was not run"), "{reported}");
        }
    }
    assert_eq!(team.running.total_requests(), before);
    let line = "validate --component same.wasm --approved pin";
    expect(&team.run(line).await, 0);
    let mut open: Value =
        serde_json::from_slice(&std::fs::read(team.path("pin")).unwrap()).unwrap();
    open["component_sha256"] = Value::Null;
    std::fs::write(team.path("open"), open.to_string()).unwrap();
    let line = "validate --component other.wasm --approved open";
    expect(&team.run(line).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_to_no_untrusted_host_or_proxy() {
    let dir = tempfile::tempdir().unwrap();
    let proxy = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    tokio::spawn(async move {
        while proxy.accept().await.is_ok() {
            count.fetch_add(1, SeqCst);
        }
    });
    let variables = [
        ("HTTPS_PROXY", proxy_url.as_str()),
        ("https_proxy", &proxy_url),
        ("ALL_PROXY", &proxy_url),
        ("POSTMAN_BASE_URL", "https://provider.invalid"),
    ];
    let reported = expect(&run(dir.path(), "validate $C", &variables).await, 2);
    assert!(reported.contains("--trust-base-url"), "{reported}");
    let line = "validate $C --trust-base-url";
    let reported = expect(&run(dir.path(), line, &variables).await, 1);
    assert!(
        reported.contains("provider.invalid does not resolve"),
        "{reported}"
    );
    assert_eq!(heard.load(SeqCst), 0);
    // It would try again for a while: once is enough to see where it goes.
    let line = "validate $C --trust-base-url --proxy env";
    let mut child = shell(dir.path(), line, &variables).spawn().unwrap();
    while heard.load(SeqCst) == 0 && child.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _ = child.kill();
    child.wait().unwrap();
    assert!(heard.load(SeqCst) > 0);
}
