//! Each fault as it comes over the wire: a test of a reader's patience is none where the fault is not there.

use postman_simulator::{ErrorBody, Fault, FaultRule, Faults, Options, RunningSimulator};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{get, plain, read, start};

async fn team(rules: &[&str]) -> RunningSimulator {
    let rules = rules.iter().map(|rule| rule.parse().expect("a rule"));
    start(Options {
        faults: Faults {
            rules: rules.collect(),
            seed: 1,
        },
        ..plain()
    })
    .await
}

/// All that comes of one request within half a second, and how it ends: closed, reset or not at all.
async fn raw(fault: &str) -> (String, Vec<u8>, &'static str) {
    let running = team(&[&format!("/users:{fault}")]).await;
    let mut stream = TcpStream::connect(running.address())
        .await
        .expect("a connection");
    let key = running.api_key();
    let head = format!("GET /users HTTP/1.1\r\nHost: simulator\r\nX-API-Key: {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    let reading = async {
        let mut piece = [0; 65_536];
        loop {
            match stream.read(&mut piece).await {
                Ok(0) => return "closed",
                Ok(length) => bytes.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return "reset",
                Err(error) => panic!("{error}"),
            }
        }
    };
    let end = timeout(Duration::from_millis(500), reading).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let head = text.split("\r\n\r\n").next().expect("a part").to_owned();
    let body = bytes.get(head.len() + 4..).unwrap_or_default().to_vec();
    (head, body, end.unwrap_or("open"))
}

fn stated(head: &str) -> usize {
    let line = head.lines().find(|it| it.starts_with("Content-Length"));
    let (_, length) = line.and_then(|it| it.split_once(": ")).expect("a length");
    length.parse().expect("a number")
}

#[tokio::test]
async fn connection_faults_break_as_specified() {
    let good = read(&team(&[]).await, "/users").await;
    let (head, body, end) = raw("truncated").await;
    assert_eq!((stated(&head) / 2, end), (body.len(), "closed"));
    let (head, body, end) = raw("short-length").await;
    assert_eq!((stated(&head), end), (body.len() / 2, "closed"));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&body).expect("JSON"),
        good
    );
    let (head, body, end) = raw("cut-off").await;
    assert_eq!((stated(&head), end), (body.len(), "open"));
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
    let (head, body, end) = raw("reset-within").await;
    assert!(body.len() <= stated(&head) / 2);
    assert_eq!(end, "reset");
    assert_eq!(raw("reset").await, (String::new(), Vec::new(), "reset"));
    assert_eq!(raw("no-answer").await, (String::new(), Vec::new(), "open"));
    let (_, body, end) = raw("slow=100").await;
    assert!((1..=5).contains(&body.len()), "{} bytes", body.len());
    assert_eq!(end, "open");
    let (head, body, end) = raw("endless").await;
    assert!(!head.contains("Content-Length") && body.len() > 100_000);
    assert_eq!(end, "open");
}

#[tokio::test]
async fn bodies_are_as_spoilt_as_they_should_be() {
    let (_, body, _) = raw("invalid-utf8").await;
    assert!(std::str::from_utf8(&body).is_err());
    let (_, body, _) = raw("deep-json").await;
    assert!(body.starts_with(b"{\"data\":[[[[[[") && body.ends_with(b"]]]]}"));
    assert_eq!(body.len(), 200_009);
    let (_, body, _) = raw("status=503,body=html,says=Later").await;
    assert!(body.starts_with(b"<html>") && String::from_utf8_lossy(&body).contains("Later"));
    let (head, body, _) = raw("status=200,body=empty").await;
    assert!(head.starts_with("HTTP/1.1 200") && body.is_empty());
    let running = team(&["/users:gzip-bomb"]).await;
    let mut stream = TcpStream::connect(running.address())
        .await
        .expect("a connection");
    let key = running.api_key();
    let head =
        format!("GET /users HTTP/1.1\r\nHost: s\r\nConnection: close\r\nX-API-Key: {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let at = bytes
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .expect("a head");
    assert!(String::from_utf8_lossy(&bytes[..at]).contains("Content-Encoding: gzip"));
    let mut unpacked = Vec::new();
    let mut packed = flate2::read::GzDecoder::new(&bytes[at + 4..]);
    std::io::Read::read_to_end(&mut packed, &mut unpacked).expect("gzip");
    assert!(bytes.len() < 1 << 20 && unpacked.len() > 96 << 20);
}

#[tokio::test]
async fn rules_fire_as_often_as_they_say_and_count_it() {
    let running = team(&[
        "/me:status=500,nth=2",
        "/me:status=502,every=3,most=1",
        "/users:status=404,chance=0.5",
        "/groups:status=404,chance=0",
    ])
    .await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(get(&running, "/me").await.status);
    }
    // A request that one rule took is none for those after it.
    assert_eq!(statuses, [200, 500, 200, 502, 200, 200]);
    let mut refused = 0;
    for _ in 0..100 {
        refused += u64::from(get(&running, "/users").await.status == 404);
        assert_eq!(get(&running, "/groups").await.status, 200);
    }
    assert!((30..=70).contains(&refused), "{refused}");
    let times: Vec<u64> = running.fired_faults().iter().map(|one| one.times).collect();
    assert_eq!(times, [1, 1, refused, 0]);
}

#[tokio::test]
async fn a_rule_fires_from_a_request_on_and_for_a_query() {
    let running = team(&[
        "/me:status=500,from=3",
        "/workspaces?limit=10&x=y:status=404,from=2",
    ])
    .await;
    let mut statuses = Vec::new();
    for path in ["/me", "/workspaces?x=y&limit=10", "/workspaces?limit=10"] {
        for _ in 0..4 {
            statuses.push(get(&running, path).await.status);
        }
    }
    let wanted = [200, 200, 500, 500, 200, 404, 404, 404, 200, 200, 200, 200];
    assert_eq!(statuses, wanted);
}

#[tokio::test]
async fn repeated_pages_get_fresh_page_tokens() {
    for count in [1, 2] {
        let rule = format!("/workspaces:same-pages={count}");
        let running = team(&[&rule]).await;
        let (mut cursors, mut pages) = (BTreeSet::new(), Vec::new());
        let mut path = "/workspaces?limit=10".to_owned();
        for _ in 0..6 {
            let body = read(&running, &path).await;
            pages.push(body["workspaces"].to_string());
            let next = body["meta"]["nextCursor"].as_str().expect("a cursor");
            assert!(cursors.insert(next.to_owned()), "{next} came twice");
            path = format!("/workspaces?limit=10&cursor={}", next.replace('=', "%3D"));
        }
        let (first, rest) = pages.split_at(count);
        let again = first.iter().cycle().take(rest.len());
        assert!(again.eq(rest), "{count}");
        assert_eq!(BTreeSet::from_iter(first).len(), count);
    }
}

#[tokio::test]
async fn requests_before_a_wait_is_over_are_counted() {
    let running = team(&["/me:rate-limited,seconds=600,nth=1"]).await;
    let early = || running.fired_faults()[0].early;
    assert_eq!(get(&running, "/me").await.status, 429);
    assert_eq!(early(), 0);
    for path in ["/me", "/users"] {
        get(&running, path).await;
    }
    // SCIM has a key of its own.
    get(&running, "/scim/v2/Users").await;
    assert_eq!(early(), 2);
}

#[tokio::test]
async fn a_team_that_moves_is_seen_to_have_moved() {
    let running = team(&[
        "/me:leave,nth=1",
        "/workspaces/{id}/roles:vanish,nth=1",
        "/groups:reorder=5,nth=1",
    ])
    .await;
    let users = |body: serde_json::Value| body["data"].as_array().expect("a list").len();
    let before = users(read(&running, "/users").await);
    read(&running, "/me").await;
    assert_eq!(users(read(&running, "/users").await), before - 1);
    let ids = |body: serde_json::Value| {
        let list = body["workspaces"].as_array().expect("a list").clone();
        list.iter()
            .map(|it| it["id"].to_string())
            .collect::<Vec<_>>()
    };
    let mut listed = ids(read(&running, "/workspaces").await);
    let first = listed.remove(0);
    let roles = format!("/workspaces/{}/roles", first.trim_matches('"'));
    assert_eq!(get(&running, &roles).await.status, 404);
    assert_eq!(ids(read(&running, "/workspaces").await), listed);
    read(&running, "/groups").await;
    let after = ids(read(&running, "/workspaces").await);
    assert_ne!(after, listed);
    listed.rotate_left(4);
    assert_eq!(after, listed);
}

#[test]
fn every_fault_rule_round_trips_as_text() {
    for fault in Fault::example_faults() {
        let rule = FaultRule::at_path("/workspaces/{id}/roles", fault).at_most(3);
        let text = rule.to_string();
        assert_eq!(text.parse::<FaultRule>(), Ok(rule), "{text}");
    }
    for (text, wanted) in [
        ("/users", "no colon"),
        ("/nowhere:reset", "`/nowhere` is none of the paths /me"),
        (
            "/users:explode",
            "`explode` is no fault: there are status=N, month-spent",
        ),
        (
            "/users:status=600",
            "status=600 is not a number from 200 to 599",
        ),
        (
            "/users:status=500,body=xml",
            "`xml` is no shape of a body: there are error",
        ),
        (
            "/users:reset,body=html",
            "`body` says nothing about this fault",
        ),
        ("/users:reset,nth", "`nth` has no value"),
        ("/users:reset,chance=2", "chance=2 is not between 0 and 1"),
        ("/users:reset=1", "`reset` takes no value"),
        ("/users:rate-limited=semaphore", "there are retry-after,"),
    ] {
        let error = text.parse::<FaultRule>().expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    assert_eq!(ErrorBody::ALL.len(), 15);
}
