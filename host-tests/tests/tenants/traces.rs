//! `--traces`: the spans that a collector gets, read from the bytes of OTLP.

use super::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};

use host_tests::server::ReservedAddress;
use serde_json::Value as Json;

/// A collector that keeps what it is sent.
struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies: Arc<Mutex<Vec<_>>> = Arc::default();
        let received = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let mut head = Vec::new();
                let lines = reader.by_ref().lines().map(Result::unwrap);
                head.extend(lines.take_while(|line| !line.is_empty()));
                assert_eq!(head[0], "POST /v1/traces HTTP/1.1");
                let length = head.iter().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    (name.eq_ignore_ascii_case("content-length")).then(|| value.parse().unwrap())
                });
                let mut body = vec![0; length.unwrap()];
                reader.read_exact(&mut body).unwrap();
                received.lock().unwrap().push(body);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                reader.get_mut().write_all(answer).unwrap();
            }
        });
        Self { address, bodies }
    }

    fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap();
        let resources = bodies.iter().flat_map(|body| nested(body, 1));
        let scopes = resources.flat_map(|resource| nested(resource, 2));
        let spans = scopes.flat_map(|scope| nested(scope, 2));
        spans.map(Span::read).collect()
    }
}

/// A field of a message of Protocol Buffers.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 127) << shift;
        if first & 128 == 0 {
            break;
        }
    }
    value
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            1 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
            5 => Field::Number(u32::from_le_bytes(take(&mut bytes, 4).try_into().unwrap()).into()),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).unwrap();
                Field::Bytes(take(&mut bytes, length))
            }
            kind => {
                assert_eq!(kind, 0);
                Field::Number(varint(&mut bytes))
            }
        };
        fields.push((tag >> 3, field));
    }
    fields
}

fn nested(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let found = fields(bytes).into_iter().filter(|(of, _)| *of == number);
    let bytes = found.filter_map(|(_, field)| match field {
        Field::Bytes(bytes) => Some(bytes),
        Field::Number(_) => None,
    });
    bytes.collect()
}

fn number(bytes: &[u8], number: u64) -> Option<u64> {
    fields(bytes)
        .into_iter()
        .find_map(|(of, field)| match field {
            Field::Number(value) if of == number => Some(value),
            Field::Number(_) | Field::Bytes(_) => None,
        })
}

fn text(bytes: &[u8], field: u64) -> Option<String> {
    let found = nested(bytes, field).into_iter().next();
    found.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

#[derive(Debug)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    times: (u64, u64),
    attributes: BTreeMap<String, String>,
    is_error: bool,
}

impl Span {
    fn read(bytes: &[u8]) -> Self {
        let id = |field| nested(bytes, field).concat();
        let attributes = nested(bytes, 9).into_iter().map(|pair| {
            let value = nested(pair, 2).concat();
            let value = text(&value, 1).or_else(|| number(&value, 3).map(|n| n.to_string()));
            (text(pair, 1).unwrap(), value.unwrap())
        });
        let time = |field| number(bytes, field).unwrap();
        Self {
            trace: id(1),
            id: id(2),
            parent: id(4),
            name: text(bytes, 5).unwrap(),
            times: (time(7), time(8)),
            attributes: attributes.collect(),
            is_error: nested(bytes, 15)
                .iter()
                .any(|status| number(status, 3) == Some(2)),
        }
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

async fn sync(dir: &Path, arguments: &[&str]) -> Output {
    let component = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/components/postman-connector.wasm"
    );
    let mut command = host_tests::command();
    command.args([
        "sync",
        "--tenants",
        "tenants.toml",
        "--component",
        component,
    ]);
    command.args(["--format", "json"]).args(arguments);
    command.current_dir(dir);
    let running = tokio::task::spawn_blocking(move || command.output());
    running.await.unwrap().unwrap()
}

/// A folder with a tenants file and this key, the team and a collector.
async fn start_all(key: &str) -> (TempDir, RunningSimulator, Collector) {
    let (dir, team) = (TempDir::new().unwrap(), team(KEY, 1).await);
    write_tenants(dir.path(), &team.base_url(), key);
    (dir, team, Collector::start())
}

fn write_tenants(dir: &Path, url: &str, key: &str) {
    std::fs::write(dir.join("acme.key"), key).unwrap();
    let text = format!(
        "[[tenant]]\nname = \"acme\"\nbase-url = \"{url}\"\ncredentials.postman.file = \"acme.key\"\n"
    );
    std::fs::write(dir.join("tenants.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_a_tree_of_spans_without_ids() {
    let (dir, team, collector) = start_all(KEY).await;
    let url = format!("http://{}", collector.address);
    let output = sync(dir.path(), &["--traces", &url]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let result: Json = serde_json::from_slice(&output.stdout).unwrap();
    let result = &result["tenants"][0];
    let spans = collector.spans();
    let one = |name: &str| {
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found.next().unwrap();
        assert!(found.next().is_none(), "{name}");
        span
    };
    let (tenant, sync, validate) = (one("tenant"), one("sync"), one("validate"));
    assert_eq!(tenant.attribute("tenant"), "acme");
    assert_eq!(sync.attribute("outcome"), "complete");
    assert_eq!(
        sync.attribute("grants"),
        result["counts"]["grants"].to_string()
    );
    assert_eq!((&sync.parent, &validate.parent), (&tenant.id, &sync.id));
    let scopes = spans
        .iter()
        .filter(|span| !span.attribute("operation").is_empty());
    let scopes: Vec<_> = scopes.collect();
    assert!(scopes.iter().all(|scope| scope.parent == sync.id));
    let complete = scopes
        .iter()
        .filter(|scope| scope.attribute("outcome") == "complete");
    let expected = &result["counts"]["scopes"]["complete"];
    assert_eq!(complete.count().to_string(), expected.to_string());
    let requests = spans.iter().filter(|span| span.name == "request");
    // One is not sent: the team's SCIM credential is not set.
    let (unsent, requests): (Vec<_>, Vec<_>) =
        requests.partition(|span| span.attribute("outcome") == "no-credential");
    assert_eq!(unsent.len(), 1);
    assert_eq!(
        requests.len().to_string(),
        result["requests"]["sent"].to_string()
    );
    for request in requests {
        let template = request.attribute("url.template");
        assert!(template.starts_with('/'));
        // The team is no organization.
        let status = if template == "/teams" { "400" } else { "200" };
        let answered = request.attribute("http.response.status_code");
        assert_eq!(answered, status, "{template}");
        let mut parents = scopes.iter().copied().chain([validate]);
        let parent = parents.find(|one| one.id == request.parent).unwrap();
        assert!(parent.times.0 <= request.times.0 && request.times.1 <= parent.times.1);
    }
    for span in &spans {
        assert_eq!(span.trace, tenant.trace);
        let is_refused = span.attribute("http.response.status_code") == "400";
        assert_eq!(span.is_error, is_refused, "{}", span.name);
    }
    check_words(&spans, &team);
}

/// Every value is a number or a word of the contract, of the manifest or of the tenants file.
fn check_words(spans: &[Span], team: &RunningSimulator) {
    let expected = team
        .expected_state(&postman_simulator::ExpectedScope::default())
        .to_ndjson();
    let foreign = |value: &str| value.len() > 6 && expected.contains(&format!("\"{value}\""));
    for span in spans {
        for (name, value) in &span.attributes {
            let is_known = ["resource_type", "operation", "outcome"].contains(&name.as_str());
            assert!(is_known || !foreign(value), "{name}: {value}");
            assert!(
                !value.contains(KEY) && !value.contains("127.0.0.1"),
                "{name}: {value}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_is_an_error_in_its_spans() {
    let (dir, _team, collector) = start_all("PMAK-wrong").await;
    let url = format!("http://{}/v1/traces", collector.address);
    let output = sync(dir.path(), &["--traces", &url]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let spans = collector.spans();
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(of("sync").attribute("outcome"), "unauthenticated");
    assert_eq!(of("request").attribute("http.response.status_code"), "401");
    assert!(of("sync").is_error && of("request").is_error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_is_a_warning() {
    let (dir, team) = (TempDir::new().unwrap(), team(KEY, 1).await);
    write_tenants(dir.path(), &team.base_url(), KEY);
    let gone = ReservedAddress::take();
    let url = format!("http://{}", gone.address());
    let output = sync(dir.path(), &["--traces", &url]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("warning: traces").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_cannot_be_meant_is_refused() {
    let dir = TempDir::new().unwrap();
    write_tenants(dir.path(), "http://127.0.0.1:9", KEY);
    for url in [
        "collector",
        "ftp://collector",
        "http://user:canary@collector",
    ] {
        let output = sync(dir.path(), &["--traces", url]).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {said}");
        assert!(
            said.contains("--traces") && !said.contains("canary"),
            "{said}"
        );
    }
}
