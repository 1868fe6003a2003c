//! The audit trail: a line for each request whatever became of it, and nothing in it that a key's
//! owner, a guest or a provider would not want to be there.
//!
//! A binary of its own: `tracing` keeps once for a process which places are worth a line, so that a test
//! without a subscriber, beside these, could switch a place off while they count its lines.

use host_tests::support;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{AUDIT_TARGET, in_scope};
use connector_host::runtime::HttpRequest;
use support::provider::*;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

type Line = BTreeMap<String, String>;

/// Keeps every event, of any target and level.
#[derive(Clone, Default)]
struct Trail(Arc<Mutex<Vec<(String, Line)>>>);

struct Fields<'a>(&'a mut Line);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().into(), format!("{value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Trail {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::new();
        event.record(&mut Fields(&mut line));
        let target = event.metadata().target().to_owned();
        self.0.lock().unwrap().push((target, line));
    }
}

impl Trail {
    fn start() -> (Self, DefaultGuard) {
        let trail = Self::default();
        let subscriber = Registry::default().with(trail.clone());
        let guard = tracing::subscriber::set_default(subscriber);
        (trail, guard)
    }

    fn lines(&self) -> Vec<Line> {
        let all = self.0.lock().unwrap();
        let ours = all.iter().filter(|(target, _)| target == AUDIT_TARGET);
        ours.map(|(_, line)| line.clone()).collect()
    }
}

fn line(fields: &[(&str, &str)]) -> Line {
    let owned = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
    fields.iter().map(owned).collect()
}

#[tokio::test]
async fn every_request_leaves_one_audit_line() {
    let (trail, _guard) = Trail::start();
    let server = Server::start(answer("404 Not Found", b"12345")).await;
    let url = format!("http://127.0.0.1:{}", server.port);
    let gateway = gateway(&url, &quick()).for_tenant("north");
    let of = |path: &str| in_scope("list-grants thing 7".into(), ask(&gateway, request(path)));
    of("/things/7/parts").await.unwrap();
    of("/undeclared").await.unwrap_err();
    let header = HttpRequest {
        headers: vec![("Host".into(), "x".into())],
        ..request("/me")
    };
    ask(&gateway, header).await.unwrap_err();
    let absent = HttpRequest {
        credential: "absent".into(),
        ..request("/absent")
    };
    ask(&gateway, absent).await.unwrap_err();
    let mut lines = trail.lines();
    for line in &mut lines {
        assert!(
            line.remove("ms")
                .is_some_and(|ms| ms.parse::<u64>().is_ok())
        );
        assert_eq!(line.remove("message").as_deref(), Some("request"));
        assert_eq!(line.remove("tenant").as_deref(), Some("north"));
    }
    let reason = "no endpoint of the connector's description has this path";
    let expected = [
        line(&[
            ("scope", "list-grants thing 7"),
            ("endpoint", "/things/{id}/parts"),
            ("outcome", "answered"),
            ("status", "404"),
            ("bytes", "5"),
        ]),
        line(&[
            ("scope", "list-grants thing 7"),
            ("outcome", "refused"),
            ("reason", reason),
        ]),
        line(&[
            ("endpoint", "/me"),
            ("outcome", "refused"),
            ("reason", "a header that a guest may not set"),
        ]),
        line(&[("endpoint", "/absent"), ("outcome", "no-credential")]),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_request_without_an_answer_leaves_its_line_too() {
    let (trail, _guard) = Trail::start();
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let gateway = gateway(&url, &quick());
    ask(&gateway, request("/me")).await.unwrap_err();
    // A call that is killed drops the request that is under way.
    let killed = tokio::time::timeout(Duration::from_millis(50), ask(&gateway, request("/me")));
    killed.await.unwrap_err();
    let lines = trail.lines();
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["failed", "given-up"]);
    assert_eq!(lines[0]["tenant"], url);
    let traffic = gateway.traffic();
    assert_eq!((traffic.sent, traffic.failed, traffic.refused), (2, 2, 0));
    assert!(traffic.waited >= Duration::from_millis(500));
}

#[tokio::test]
async fn audit_lines_hold_no_untrusted_text() {
    let (trail, _guard) = Trail::start();
    let head = format!("200 OK\r\nLink: {CANARY}\r\nX-{CANARY}: {CANARY}\r\nDate: {CANARY}");
    let server = Server::start(answer(&head, CANARY.as_bytes())).await;
    let url = format!("http://127.0.0.1:{}", server.port);
    let gateway = gateway(&url, &quick());
    for path in [
        format!("/things/{CANARY}"),
        format!("/things?cursor={CANARY}"),
        format!("/things?{CANARY}=1"),
        format!("/{CANARY}"),
        format!("//{CANARY}/me"),
        CANARY.to_owned(),
    ] {
        let _ = ask(&gateway, request(&path)).await;
    }
    for (name, credential) in [(CANARY, "key"), ("Accept", CANARY)] {
        let hostile = HttpRequest {
            headers: vec![(name.into(), format!("{CANARY}\r\n"))],
            credential: credential.into(),
            ..request("/me")
        };
        let _ = ask(&gateway, hostile).await;
    }
    assert_eq!(trail.lines().len(), 8);
    assert_eq!(gateway.traffic().sent, 2);
    let shown = format!("{:?}", trail.lines());
    assert!(!shown.contains(CANARY), "{shown}");
    // The search finds what is there.
    tracing::info!(target: AUDIT_TARGET, planted = CANARY);
    assert!(format!("{:?}", trail.lines()).contains(CANARY));
}
