//! The behavior of the `http-client` of each language, and its refusals.

use std::fs;
use std::path::{Path, PathBuf};

use crate::host::{Ended, Host, KEY, component};
use crate::server::Server;
use crate::support::asking;

const CANARY: &str = "PMAK-canary-2b71";

fn sync(host: Host, url: &str, options: &[&str]) -> Ended {
    let variables = [("POSTMAN_BASE_URL", url), (KEY, CANARY)];
    let options = [&["--retries", "0"], options].concat();
    host.run(&component("postman-connector.wasm"), &options, &variables)
}

fn at(server: &Server) -> String {
    format!("http://{}", server.address())
}

fn assert_fails(ended: &Ended, code: i32, words: &str) {
    assert_eq!(ended.code, code, "{}", ended.complaint);
    assert!(ended.complaint.contains(words), "{}", ended.complaint);
    assert_eq!(ended.printed, "");
}

fn a_request_has_the_key_and_the_connectors_own_headers(host: Host) {
    let refusal = r#"{"error":{"name":"AuthenticationError","message":"Invalid API Key."}}"#;
    let length = refusal.len();
    let answer = format!("HTTP/1.1 401 Unauthorized\r\nContent-Length: {length}\r\n\r\n{refusal}");
    let server = Server::answering(answer);
    let ended = sync(host, &format!("{}/prefix", at(&server)), &[]);
    assert_fails(&ended, 1, "unauthenticated: ");
    let requests = server.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    let request = request.to_lowercase();
    assert!(
        request.starts_with("get /prefix/me http/1.1\r\n"),
        "{request}"
    );
    let key = format!("\r\nx-api-key: {}\r\n", CANARY.to_lowercase());
    assert_eq!(request.matches(&key).count(), 1, "{request}");
    assert!(
        request.contains("\r\nuser-agent: connector-host-"),
        "{request}"
    );
    for absent in ["cookie", "authorization", "referer", "proxy"] {
        assert!(!request.contains(absent), "{request}");
    }
}

fn a_redirect_is_an_answer_and_nobody_goes_there(host: Host) {
    let elsewhere = Server::answering_body("{}");
    let location = format!("Location: {}/\r\n", at(&elsewhere));
    let head = format!("HTTP/1.1 302 Found\r\n{location}Content-Length: 0\r\n\r\n");
    let server = Server::answering(head);
    assert_fails(&sync(host, &at(&server), &[]), 1, ": ");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

fn a_body_ends_at_its_cap(host: Host) {
    let server = Server::answering_body(&"x".repeat(4_096));
    let ended = sync(host, &at(&server), &["--max-body", "4095"]);
    assert_fails(&ended, 1, "larger");
}

/// A kilobyte that unpacks to a megabyte.
fn a_packed_body_ends_at_its_cap_too(host: Host) {
    let server = packed("gzip", &gzip(&vec![b' '; 1 << 20]));
    let ended = sync(host, &at(&server), &["--max-body", "65536"]);
    assert_fails(&ended, 1, "larger");
}

/// `{}` is JSON without what a connector needs: only a client that unpacks it knows that.
fn gzip_is_unpacked_by_any_of_its_names(host: Host) {
    let two = [gzip(b"{"), gzip(b"}")].concat();
    for (coding, body) in [
        ("gzip", gzip(b"{}")),
        ("GZIP", gzip(b"{}")),
        ("x-gzip", two),
    ] {
        let server = packed(coding, &body);
        assert_fails(&sync(host, &at(&server), &[]), 1, "unexpected-response: ");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

fn packed(coding: &str, body: &[u8]) -> Server {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    Server::answering([head.as_bytes(), body].concat())
}

/// Accepted by the system, and never answered.
fn a_provider_that_says_nothing_is_given_up(host: Host) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    assert_fails(&sync(host, &url, &["--timeout", "1"]), 1, "unavailable: ");
}

fn a_provider_that_is_not_there_is_unavailable(host: Host) {
    let ended = sync(host, "http://127.0.0.1:1", &[]);
    assert_fails(&ended, 1, "unavailable: ");
    assert!(
        ended.complaint.contains("127.0.0.1:1"),
        "{}",
        ended.complaint
    );
}

fn a_name_that_does_not_resolve_is_unavailable(host: Host) {
    let ended = sync(host, "https://no-such-name.invalid", &["--trust-base-url"]);
    assert_fails(&ended, 1, "unavailable: ");
    let named = "no-such-name.invalid:443";
    assert!(ended.complaint.contains(named), "{}", ended.complaint);
}

fn a_key_in_quotes_is_refused_by_its_variable(host: Host) {
    let server = Server::answering_body("{}");
    let url = at(&server);
    for quoted in ["\"PMAK-1\"", "'PMAK-1'"] {
        let variables = [("POSTMAN_BASE_URL", url.as_str()), (KEY, quoted)];
        let ended = host.run(&component("postman-connector.wasm"), &[], &variables);
        assert_fails(&ended, 2, KEY);
    }
    assert_eq!(server.requests(), Vec::<String>::new());
}

fn a_wait_that_is_too_long_ends_the_asking(host: Host) {
    let head = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering(head);
    assert_fails(&sync(host, &at(&server), &[]), 1, "3600 s");
    assert_eq!(server.requests().len(), 1);
}

fn an_answer_that_is_cut_off_is_no_answer(host: Host) {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
    assert_fails(&sync(host, &at(&server), &[]), 1, "unavailable: ");
}

fn a_key_goes_to_no_place_that_is_not_described(host: Host) {
    for url in [
        "https://provider.example",
        "http://provider.example",
        "https://user@api.getpostman.com",
    ] {
        assert_fails(&sync(host, url, &[]), 2, "POSTMAN_BASE_URL");
    }
}

fn without_a_key_nothing_is_sent(host: Host) {
    let server = Server::answering_body("{}");
    let url = at(&server);
    let variables = [("POSTMAN_BASE_URL", url.as_str())];
    let ended = host.run(&component("postman-connector.wasm"), &[], &variables);
    assert_fails(&ended, 2, KEY);
    assert_eq!(server.requests(), Vec::<String>::new());
}

/// The guest traps where one of its requests is not refused.
fn a_connector_asks_for_nothing_outside_and_sets_no_header_of_the_hosts(host: Host) {
    let server = Server::answering_body("{}");
    let url = at(&server);
    let variables = [("HOSTILE_BASE_URL", url.as_str()), ("HOSTILE_KEY", CANARY)];
    let ended = host.run(
        &hostile(&format!("{host:?}")),
        &["--retries", "0"],
        &variables,
    );
    assert_fails(&ended, 1, "unavailable: ");
    assert_eq!(server.requests(), Vec::<String>::new());
}

/// A component that asks for what no connector may ask for.
pub(crate) fn hostile(name: &str) -> PathBuf {
    let paths = [
        "",
        "me",
        "//evil.example/me",
        "@evil.example/me",
        ":80/me",
        "https://evil.example/me",
        "/\\evil.example/me",
        "/a/../me",
        "/./me",
        "/%2e%2e/me",
        "/a/.%2E/me",
        "/me\r\nx-key: b",
        "/me#part",
        "/me\t",
        "/m\u{e9}",
        "/me;a=b",
        "/a/..;/me",
        "/a/..%3b/me",
        "/a%3Bb",
        "/a%2eb",
        "/a%2fb",
        "/%ef%bc%8e%ef%bc%8e/me",
        "/a%ef%bc%8fb",
        "/.%e2%80%8b./me",
        "/me?a=1;b=2",
    ];
    let headers = [
        ("host", "evil.example"),
        ("X-Key", "mine"),
        ("authorization", "Bearer mine"),
        ("cookie", "a=b"),
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
        ("accept-encoding", "br"),
        ("user-agent", "me"),
        ("accept\r\nx-key", "mine"),
        ("accept", "a\r\nx-key: mine"),
        ("", "x"),
    ];
    let of_path = |path: &str| (path.to_owned(), vec![]);
    let mut requests: Vec<_> = paths.into_iter().map(of_path).collect();
    requests.extend(
        headers.map(|(name, value)| ("/me".to_owned(), vec![(name.to_owned(), value.to_owned())])),
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("elsewhere-{name}.wasm"));
    fs::write(&path, asking(&requests)).unwrap();
    path
}

/// One test for each language and each manner.
macro_rules! manners {
    ($($manner:ident)+) => {
        mod node {
            $(#[test]
            fn $manner() {
                if let Some(host) = super::Host::Node.found() {
                    super::$manner(host);
                }
            })+
        }

        mod python {
            $(#[test]
            fn $manner() {
                if let Some(host) = super::Host::Python.found() {
                    super::$manner(host);
                }
            })+
        }
    };
}

manners! {
    a_request_has_the_key_and_the_connectors_own_headers
    a_redirect_is_an_answer_and_nobody_goes_there
    a_body_ends_at_its_cap
    a_packed_body_ends_at_its_cap_too
    a_provider_that_says_nothing_is_given_up
    gzip_is_unpacked_by_any_of_its_names
    a_provider_that_is_not_there_is_unavailable
    a_name_that_does_not_resolve_is_unavailable
    a_key_in_quotes_is_refused_by_its_variable
    a_wait_that_is_too_long_ends_the_asking
    an_answer_that_is_cut_off_is_no_answer
    a_key_goes_to_no_place_that_is_not_described
    without_a_key_nothing_is_sent
    a_connector_asks_for_nothing_outside_and_sets_no_header_of_the_hosts
}
