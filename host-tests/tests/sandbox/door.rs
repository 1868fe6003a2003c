//! A forbidden request of a guest is refused before any connection.

use std::sync::Arc;

use connector_host::gateway::{Gateway, RateLimiter};
use connector_host::runtime::CallFailure;
use connector_host::{CallLimits, Credentials, Secret};

use crate::support::hostile::HEADERS;
use crate::support::{asking, load, sandbox};

/// Requests that must not leave, as paths and headers.
fn hostile_requests() -> Vec<(String, Vec<(String, String)>)> {
    let paths = [
        "http://evil.example/me",
        "//evil.example/me",
        "/\\evil.example/me",
        "\\\\evil.example",
        "@evil.example/me",
        "/me@evil.example",
        "/me/../admin",
        "/me/%2e%2e/admin",
        "/%6de/..",
        "/me%00",
        "/me\0",
        "/me\r\nx: y",
        "/me%0d%0aHost:%20evil.example",
        "/me?x=1",
        "/me#f",
        "/me/",
        "/ME",
        "me",
        "",
        "/me ",
        "/me;a=b",
        "/users",
        "/me%2fadmin",
        "/./me",
        "//me",
    ];
    let long = format!("/me{}", "a".repeat(65_536));
    let of_path = |path: &str| (path.to_owned(), vec![]);
    let mut all: Vec<_> = paths.into_iter().map(of_path).collect();
    all.push((long, vec![]));
    let of_header = |(name, value): &(&str, &str)| {
        (
            "/me".to_owned(),
            vec![((*name).to_owned(), (*value).to_owned())],
        )
    };
    all.extend(HEADERS.iter().map(of_header));
    all
}

#[tokio::test]
async fn foreign_urls_and_smuggled_headers_are_rejected() {
    // Nobody accepts here: a request that got through would end as a connection that fails.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = hostile_requests();
    let guest = load(&sandbox(), &asking(&requests)).await;
    let credential = &guest.descriptor().credentials[0];
    let secret = Secret::new("canary").unwrap();
    let credentials = Credentials::none().with("key", &credential.schemes[0], secret);
    let gateway = Gateway::new(
        guest.descriptor(),
        url.parse().unwrap(),
        credentials,
        &Default::default(),
        RateLimiter::unlimited(),
    )
    .unwrap();
    let limits = CallLimits {
        requests: 1_000,
        ..CallLimits::default()
    };
    let called = guest.validate(Arc::new(gateway), &limits).await;
    let Err(CallFailure::Reported { case, .. }) = &called.result else {
        panic!("{:?}", called.result);
    };
    assert_eq!(case.name(), "unavailable");
    assert_eq!(called.usage.refused, u64::try_from(requests.len()).unwrap());
    assert_eq!(called.usage.requests, 0);
    assert!(listener.accept().is_err(), "somebody was dialled");
}
