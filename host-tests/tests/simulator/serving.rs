//! The server as a server: the same answers every time, many at once, and gone when dropped.

use crate::client::{get, parsed, plain, read, send, start};
use postman_simulator::{ApiQuirks, ExpectedScope, Options, Simulator};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATHS: [&str; 9] = [
    "/me",
    "/users",
    "/groups",
    "/workspaces?limit=50",
    "/workspaces-roles",
    "/collections?limit=20",
    "/collection-access-keys",
    "/teams",
    "/nothing",
];

#[tokio::test]
async fn a_seed_determines_bodies_and_expected_state() {
    let options = |seed| Options {
        seed,
        users: 300,
        workspaces: 250,
        quirks: ApiQuirks::all(),
        ..Options::default()
    };
    let (one, two, other) = (
        start(options(7)).await,
        start(options(7)).await,
        start(options(8)).await,
    );
    for path in PATHS {
        let (first, second) = (get(&one, path).await, get(&two, path).await);
        assert_eq!(first.body, second.body, "{path}");
        assert_eq!(first.body, get(&one, path).await.body, "{path} asked twice");
        assert_eq!(
            first.headers["content-type"],
            second.headers["content-type"]
        );
    }
    let scope = ExpectedScope {
        collections: true,
        ..ExpectedScope::default()
    };
    assert_eq!(one.expected_state(&scope), two.expected_state(&scope));
    assert_ne!(one.expected_state(&scope), other.expected_state(&scope));
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let running = start(plain()).await;
    for path in [
        "/me",
        "/users",
        "/users/1",
        "/workspaces?limit=10",
        "/workspaces/a/roles",
        "/workspaces/b/roles",
        "/x/y",
    ] {
        get(&running, path).await;
    }
    send(&running, "GET", "/me", &[]).await;
    let expected = [
        ("/me", 2),
        ("/users", 1),
        ("/users/{userId}", 1),
        ("/workspaces", 1),
        ("/workspaces/{workspaceId}/roles", 2),
        ("unknown", 1),
    ];
    let expected: BTreeMap<String, u64> = expected
        .iter()
        .map(|(path, count)| ((*path).to_owned(), *count))
        .collect();
    assert_eq!(running.request_counts(), expected);
    assert_eq!(running.total_requests(), 8);
}

#[tokio::test]
async fn a_connection_serves_pipelined_requests() {
    let running = start(plain()).await;
    let request = format!(
        "GET /me HTTP/1.1\r\nHost: s\r\nx-api-key: {}\r\n",
        running.api_key()
    );
    let all = format!("{request}\r\n{request}\r\n{request}Connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(running.address())
        .await
        .expect("a connection");
    for part in all.as_bytes().chunks(7) {
        stream.write_all(part).await.expect("a part");
    }
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answers");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(text.matches("Connection: close").count(), 1);
    assert_eq!(running.total_requests(), 3);
}

#[tokio::test]
async fn many_connections_are_served_at_once() {
    let running = start(plain()).await;
    let clients = (0..100).map(|_| async { get(&running, "/users").await.status });
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(
            TcpStream::connect(running.address())
                .await
                .expect("a connection that says nothing"),
        );
    }
    for status in futures_of(clients).await {
        assert_eq!(status, 200);
    }
}

/// Runs futures side by side on this task.
async fn futures_of<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in pinned
            .iter_mut()
            .zip(&mut done)
            .filter(|(_, slot)| slot.is_none())
        {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_stream_of_any_kind_can_be_served() {
    let simulator = Simulator::new(plain());
    let (mut client, server) = tokio::io::duplex(64);
    let serving = tokio::spawn({
        let simulator = simulator.clone();
        async move { simulator.serve_connection(server).await }
    });
    let request = format!(
        "GET /me HTTP/1.1\r\nX-API-Key: {}\r\nConnection: close\r\n\r\n",
        simulator.api_key()
    );
    client
        .write_all(request.as_bytes())
        .await
        .expect("a request");
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.expect("an answer");
    assert_eq!(parsed(&bytes).status, 200);
    serving.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn stopping_closes_the_port_and_the_connections() {
    let running = start(plain()).await;
    let address = running.address();
    let mut open = TcpStream::connect(address).await.expect("a connection");
    read(&running, "/me").await;
    running.shut_down().await;
    assert_eq!(
        open.read(&mut [0; 1]).await.unwrap_or_default(),
        0,
        "the connection has ended"
    );
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_ends_the_connection() {
    let running = start(plain()).await;
    for bytes in [
        "\u{0}\u{1}\u{2} nonsense\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(80_000)),
    ] {
        let mut stream = TcpStream::connect(running.address())
            .await
            .expect("a connection");
        let _ = stream.write_all(bytes.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(
            answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
}
