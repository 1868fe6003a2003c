//! A client of a few lines that hides nothing of what comes over the wire.

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&readable(&self.body)).expect("a JSON body")
    }
}

/// The body with U+FFFD for the texts that the simulator breaks.
pub fn readable(body: &str) -> String {
    let broken = ["\\ud83d", "\t", "\\u12"];
    let replace = |body: String, broken: &str| body.replace(broken, "\u{fffd}");
    broken.into_iter().fold(body.to_owned(), replace)
}

/// A team as Postman describes it: no quirks.
pub fn plain() -> Options {
    Options {
        quirks: ApiQuirks::none(),
        users: 60,
        workspaces: 40,
        ..Options::default()
    }
}

pub async fn start(options: Options) -> RunningSimulator {
    let address = "127.0.0.1:0".parse().expect("an address");
    Simulator::start(options, address)
        .await
        .expect("a free port")
}

/// Sends GET with the valid key.
pub async fn get(running: &RunningSimulator, path: &str) -> Reply {
    send(running, "GET", path, &[("X-API-Key", running.api_key())]).await
}

/// The JSON of a good answer.
pub async fn read(running: &RunningSimulator, path: &str) -> Value {
    let reply = get(running, path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

/// One request on a connection of its own.
pub async fn send(
    running: &RunningSimulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Reply {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(running.address())
        .await
        .expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    parsed(&bytes)
}

/// Splits one whole answer.
pub fn parsed(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status");
    let headers = lines.map(|line| line.split_once(": ").expect("a header"));
    Reply {
        status: status.parse().expect("a number"),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
