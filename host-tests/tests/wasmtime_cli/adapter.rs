//! The WASI adapter by itself, and joined to a connector that has nothing to do with Postman.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};
use wasm_wave::value::Type;

use crate::cli::{Cli, text};
use crate::described::described;
use crate::server::Server;
use crate::stock::component;

const SECRET: &str = "CONNECTOR_CREDENTIAL_AUDIT_LOG";

/// The adapter, with a description of `/me` and `/v1/logs`.
static ADAPTER: LazyLock<PathBuf> = LazyLock::new(|| {
    let adapter = fs::read(component("wasi-http-client.wasm")).unwrap();
    joined("adapter", vec![described()], adapter)
});

fn joined(name: &str, plugs: Vec<Vec<u8>>, socket: Vec<u8>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.wasi.wasm"));
    fs::write(&path, xtask::join::join(plugs, socket).unwrap()).unwrap();
    path
}

fn adapter(base_url: &str) -> Cli {
    Cli::new(ADAPTER.clone())
        .base_url(base_url)
        .secret(SECRET, "X-Key: canary-7f3a")
}

fn at(server: &Server) -> Cli {
    adapter(&format!("http://{}", server.address()))
}

fn get(cli: &Cli, path: &str) -> Result<Json, Json> {
    get_with(cli, path, "[]")
}

fn get_with(cli: &Cli, path: &str, headers: &str) -> Result<Json, Json> {
    let path = text(path);
    let request =
        format!("{{credential: \"audit-log\", path-with-query: {path}, headers: {headers}}}");
    cli.call("get", &request)
}

/// The error's case and its text or number.
fn error(cli: &Cli, path: &str) -> (String, String) {
    match get(cli, path) {
        Err(Json::String(case)) => (case, String::new()),
        Err(Json::Object(error)) => {
            let (case, payload) = error.into_iter().next().unwrap();
            (case, payload.to_string())
        }
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn an_adapter_request_is_a_credentialed_get() {
    let server = Server::answering_body("[]");
    let url = format!("http://{}/prefix/", server.address());
    let answer = get_with(
        &adapter(&url),
        "/v1/logs?since=%32",
        "[(\"Accept\", \"application/json\")]",
    );
    assert_eq!(answer.unwrap()["body"], json!(b"[]"));
    let requests = server.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    let lines: BTreeSet<String> = request.trim_end().lines().map(str::to_owned).collect();
    let expected = [
        "GET /prefix/v1/logs?since=%32 HTTP/1.1".to_owned(),
        format!("host: {}", server.address()),
        "x-key: canary-7f3a".to_owned(),
        "accept: application/json".to_owned(),
        "accept-encoding: identity".to_owned(),
        concat!("user-agent: wasi-http-client/", env!("CARGO_PKG_VERSION")).to_owned(),
    ];
    assert_eq!(lines, BTreeSet::from(expected));
}

#[test]
fn every_status_is_an_answer_and_cookies_stay_outside() {
    for status in [200, 204, 401, 404, 429, 503] {
        let head = format!("HTTP/1.1 {status} X\r\nRetry-After: 7\r\nSet-Cookie: a=b\r\n");
        let server = Server::answering(format!("{head}Content-Length: 0\r\n\r\n"));
        let answer = get(&at(&server), "/me").unwrap();
        assert_eq!(answer["status"], status);
        assert_eq!(answer["body"], json!([]));
        let headers = answer["headers"].as_array().unwrap();
        assert!(
            headers.contains(&json!(["retry-after", b"7"])),
            "{headers:?}"
        );
        assert!(!headers.iter().any(|header| header[0] == "set-cookie"));
    }
}

#[test]
fn a_redirect_is_an_answer_and_nobody_goes_there() {
    let elsewhere = Server::answering_body("");
    let location = format!("Location: http://{}/\r\n", elsewhere.address());
    let head = format!("HTTP/1.1 302 Found\r\n{location}Content-Length: 0\r\n\r\n");
    let server = Server::answering(head);
    assert_eq!(get(&at(&server), "/me").unwrap()["status"], 302);
    assert_eq!(server.requests().len(), 1);
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_broken_answer_is_an_error_of_its_case() {
    let answer = |rest: &str| format!("HTTP/1.1 200 OK\r\n{rest}").into_bytes();
    for (bytes, case) in [
        (Vec::new(), "connection"),
        (b"HTTP/1.1 200".to_vec(), "connection"),
        (b"220 mail.example ESMTP\r\n\r\n".to_vec(), "connection"),
        (answer("Content-Length: 9\r\n\r\nshort"), "connection"),
        (
            answer("Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
            "connection",
        ),
        (
            answer("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x0b"),
            "other",
        ),
        (answer("Content-Length: 67108865\r\n\r\n"), "body-too-large"),
        (
            answer(&format!("X: {}\r\n\r\n", "x".repeat(66_000))),
            "other",
        ),
    ] {
        let server = Server::answering(bytes.clone());
        let (found, _) = error(&at(&server), "/me");
        assert_eq!(found, case, "{:.80}", String::from_utf8_lossy(&bytes));
    }
}

/// Nobody takes the connection up. The runtime would break the call off before the default timeout.
#[test]
fn a_lost_request_ends_at_the_timeout_that_was_set() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let patient = adapter(&url).limit("timeout=20s");
    let hurried = patient.setting("CONNECTOR_TIMEOUT_SECONDS", "1");
    assert_eq!(error(&hurried, "/me").0, "timeout");
}

#[test]
fn a_body_ends_at_the_cap_that_was_set() {
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n0123456789");
    let fits = at(&server).setting("CONNECTOR_MAX_BODY", "10");
    assert_eq!(get(&fits, "/me").unwrap()["body"], json!(b"0123456789"));
    let tight = at(&server).setting("CONNECTOR_MAX_BODY", "9");
    assert_eq!(
        error(&tight, "/me"),
        ("body-too-large".to_owned(), "9".to_owned())
    );
}

#[test]
fn what_policy_refuses_is_denied_and_not_sent() {
    let server = Server::answering_body("");
    for path in [
        "",
        "//evil.example",
        "https://evil.example/",
        "/v1/../me",
        "/%2e%2e/me",
        "/v1/logs/a\\b",
        "/me\r\nb",
        "/me#b",
        "/other",
        "/me/other",
        "/me?since=1",
        "/v1/logs?since=1&since=2",
        "/v1/logs?since=1;admin=1",
        "/v1/logs/..;",
        "/v1/logs/..%3b",
        "/v1/logs/a;b",
        "/v1/logs/%ef%bc%8e%ef%bc%8e",
        "/v1/logs/a%ef%bc%8fb",
        "/assets?page=1",
    ] {
        assert_eq!(error(&at(&server), path).0, "denied", "{path}");
    }
    for name in [
        "host",
        "authorization",
        "x-api-key",
        "content-length",
        "connection",
        "cookie",
    ] {
        let refused = get_with(&at(&server), "/me", &format!("[({}, \"v\")]", text(name)));
        assert!(refused.unwrap_err().get("denied").is_some(), "{name}");
    }
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn adapter_errors_tell_refused_from_insecure() {
    for (url, address) in [
        ("http://127.0.0.1:1", "127.0.0.1:1"),
        ("https://no-such-name.invalid", "no-such-name.invalid:443"),
    ] {
        let (case, text) = error(&adapter(url), "/me");
        assert!(
            case == "connection" && text.contains(address),
            "{case}: {text}"
        );
    }
    let server = Server::answering_body("plain");
    let (case, text) = error(&adapter(&format!("https://{}", server.address())), "/me");
    assert!(case == "denied" && text.contains("TLS"), "{case}: {text}");
}

#[test]
fn a_bad_adapter_setting_is_denied_by_name() {
    let bare = Cli::new(ADAPTER.clone());
    for (cli, name) in [
        (bare.clone(), "CONNECTOR_BASE_URL"),
        (
            bare.clone().base_url("http://a.example"),
            "CONNECTOR_BASE_URL",
        ),
        (
            adapter("https://a.example").setting("CONNECTOR_MAX_BODY", "lots"),
            "CONNECTOR_MAX_BODY",
        ),
        (
            bare.clone()
                .base_url("https://a.example")
                .secret(SECRET, "canary-7f3a"),
            SECRET,
        ),
        (
            bare.clone()
                .base_url("https://a.example")
                .secret(SECRET, "X-Key: \"canary-7f3a\""),
            SECRET,
        ),
        (
            bare.clone()
                .base_url("https://a.example")
                .secret(SECRET, "Authorization: Bearer canary-7f3a"),
            SECRET,
        ),
    ] {
        let (case, text) = error(&cli, "/me");
        assert!(case == "denied" && text.contains(name), "{case}: {text}");
    }
    let (case, _) = error(&bare.base_url("https://a.example"), "/me");
    assert_eq!(case, "no-credential");
}

#[test]
fn a_credential_goes_with_no_path_but_its_own() {
    let server = Server::answering_body("");
    let other = "CONNECTOR_CREDENTIAL_INVENTORY";
    let cli = at(&server).secret(other, "Authorization: Bearer canary-1c9e");
    for (credential, path) in [
        ("inventory", "/me"),
        ("audit-log", "/assets"),
        ("other", "/me"),
        ("", "/me"),
        ("AUDIT-LOG", "/me"),
    ] {
        let (credential, path) = (text(credential), text(path));
        let request = format!("{{credential: {credential}, path-with-query: {path}, headers: []}}");
        let refused = cli.call("get", &request).unwrap_err();
        assert!(refused.get("denied").is_some(), "{request}: {refused}");
    }
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_key_that_the_provider_repeats_is_redacted() {
    let written = "canary\\u002D7f3a, %63anary-7f3a, &#99;anary-7f3a, Y2FuYXJ5LTdmM2E=, \
        63616e6172792d37663361";
    let head = "HTTP/1.1 401 X\r\nLink: canary-7f3a\r\nX-Canary-7f3a: 1\r\n";
    let length = written.len();
    let server = Server::answering(format!("{head}Content-Length: {length}\r\n\r\n{written}"));
    let answer = get(&at(&server), "/me").unwrap();
    let body = answer["body"].as_array().unwrap();
    let body: Vec<u8> = body
        .iter()
        .map(|byte| byte.as_u64().unwrap() as u8)
        .collect();
    let body = String::from_utf8(body).unwrap();
    assert_eq!(body.matches("[redacted]").count(), 5, "{body}");
    let headers = answer["headers"].to_string().to_lowercase();
    assert!(!headers.contains("x-canary"), "{headers}");
    assert!(
        headers.contains(&json!(b"[redacted]").to_string()),
        "{headers}"
    );
}

#[test]
fn it_serves_a_connector_of_another_provider() {
    let guest = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/ask.wat");
    let plug = fs::read(component("wasi-http-client.wasm")).unwrap();
    let path = joined(
        "ask",
        vec![described(), plug],
        wat::parse_file(guest).unwrap(),
    );
    let server = Server::answering_body("three assets");
    let cli = Cli::new(path)
        .base_url(&format!("http://{}", server.address()))
        .secret(
            "CONNECTOR_CREDENTIAL_INVENTORY",
            "Authorization: Bearer canary-1c9e",
        );
    let ask = |credential: &str, path: &str| {
        let arguments = format!("{}, {}", text(credential), text(path));
        cli.call_as(&Type::STRING, "ask", &arguments).unwrap()
    };
    assert_eq!(ask("inventory", "/assets?page=2"), "three assets");
    assert!(
        server
            .requests()
            .concat()
            .contains("authorization: Bearer canary-1c9e")
    );
    let refused = ask("inventory", "//evil.example");
    assert!(
        refused.as_str().unwrap().contains("empty segment"),
        "{refused}"
    );
    let refused = ask("inventory", "/elsewhere");
    assert!(
        refused.as_str().unwrap().contains("no endpoint"),
        "{refused}"
    );
}
