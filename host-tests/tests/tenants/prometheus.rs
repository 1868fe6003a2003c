//! Prometheus and promtool, where they are installed or `make prometheus` has unpacked them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use host_tests::server::ReservedAddress;
use serde_json::Value as Json;

/// A program of Prometheus; `None` where there is none.
fn program(name: &str) -> Option<PathBuf> {
    let unpacked = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/tools/prometheus/usr/bin"
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push(unpacked.into());
    let mut found = folders.iter().map(|folder| folder.join(name));
    let found = found.find(|path| path.is_file());
    if found.is_none() {
        eprintln!("{name} is not there: what it would check is not checked (`make prometheus`)");
    }
    found
}

/// Has promtool check a scrape.
pub(super) fn check_metrics(dir: &Path, text: &str) {
    let Some(promtool) = program("promtool") else {
        return;
    };
    let scrape = dir.join("scrape");
    std::fs::write(&scrape, text).unwrap();
    let mut command = Command::new(promtool);
    command.args(["check", "metrics"]);
    let checked = command.stdin(std::fs::File::open(scrape).unwrap()).output();
    let checked = checked.unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");
}

/// A server that scrapes one target each second.
pub(super) struct Prometheus {
    child: Child,
    url: String,
    _reserved: ReservedAddress,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// Starts it with the rules of `deploy/prometheus`.
    pub(super) fn start(dir: &Path, target: &str) -> Option<Self> {
        let prometheus = program("prometheus")?;
        let rules = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../deploy/prometheus/rules.yml"
        );
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{rules}']\nscrape_configs:\n  - job_name: connector-host\n    static_configs: [{{targets: ['{target}']}}]\n"
        );
        std::fs::write(dir.join("prometheus.yml"), config).unwrap();
        let reserved = ReservedAddress::take();
        let address = reserved.address();
        let mut command = Command::new(prometheus);
        command
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(dir)
            .stderr(Stdio::null());
        Some(Self {
            child: command.spawn().unwrap(),
            url: format!("http://{address}"),
            _reserved: reserved,
        })
    }

    async fn ask(&self, path: &str) -> Json {
        let client = reqwest::Client::builder().no_proxy();
        let client = client.tls_backend_preconfigured(tls()).build().unwrap();
        for _ in 0..100 {
            if let Ok(answer) = client.get(format!("{}{path}", self.url)).send().await
                && answer.status().is_success()
            {
                return serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("Prometheus does not answer {path}");
    }

    /// Returns the value of a query that has one.
    pub(super) async fn query(&self, query: &str) -> f64 {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer = self.ask(&format!("/api/v1/query?query={query}")).await;
        let value = &answer["data"]["result"][0]["value"][1];
        let value = value.as_str().unwrap_or_else(|| panic!("{answer}"));
        value.parse().unwrap()
    }

    /// Checks that it could evaluate every rule.
    pub(super) async fn check_rules(&self) {
        let answer = self.ask("/api/v1/rules").await;
        let groups = answer["data"]["groups"].as_array().unwrap().iter();
        let rules: Vec<_> = groups
            .flat_map(|group| group["rules"].as_array().unwrap())
            .collect();
        assert!(rules.len() > 5, "{answer}");
        for rule in rules {
            assert_eq!(rule["health"], "ok", "{rule}");
        }
    }
}

/// The client asks over plain HTTP, and wants a configuration all the same.
fn tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let roots = rustls::RootCertStore::empty();
    builder.with_root_certificates(roots).with_no_client_auth()
}
