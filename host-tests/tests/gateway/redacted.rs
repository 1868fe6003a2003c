//! A secret that a provider repeats does not reach the guest, in whatever encoding and wherever it stands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector_host::gateway::{Gateway, RateLimiter};
use connector_host::{Credentials, Secret};

use crate::support::provider::*;

/// The secret in every encoding that is looked for.
fn forms() -> Vec<String> {
    let each = |form: fn(u8) -> String| CANARY.bytes().map(form).collect::<String>();
    vec![
        CANARY.to_owned(),
        each(|byte| format!("\\u{byte:04x}")),
        each(|byte| format!("\\u{byte:04X}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("&#x{byte:x};")),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
        STANDARD.encode(CANARY),
        STANDARD.encode(format!("user:{CANARY}")),
        CANARY.replace('-', "\\u002D"),
        CANARY.replace('-', "%2d"),
        CANARY.replace('-', "&#45;"),
        CANARY.replace('-', "\\u0026#45;"),
    ]
}

#[tokio::test]
async fn a_key_is_redacted_in_bodies_of_every_encoding() {
    for form in forms() {
        // A large body is searched on another thread.
        for padding in [0, 600_000] {
            let padding = "padding ".repeat(padding / 8);
            let body = format!("{{\"error\":\"{padding}Bad key {form} given\"}}");
            let server = Server::start(answer("401 Unauthorized", body.as_bytes())).await;
            let body = get_from(&server).await.unwrap().body;
            let body = String::from_utf8(body).unwrap();
            let (_, said) = body.split_once("Bad key ").unwrap();
            // Of base64, characters that other bytes decide with the key stay beside it.
            let is_base64 = form.starts_with("Y2Fu") || form.starts_with("dXNlc");
            assert!(said.contains("[redacted]"), "{form}: {said}");
            assert!(is_base64 || said == "[redacted] given\"}", "{form}: {said}");
        }
    }
}

#[tokio::test]
async fn a_key_is_redacted_in_headers() {
    for form in forms() {
        let head =
            format!("200 OK\r\nLink: <https://a.example/?k={form}>\r\nX-RateLimit-{CANARY}: 1");
        let server = Server::start(answer(&head, b"{}")).await;
        let headers = get_from(&server).await.unwrap().headers;
        let headers: Vec<(&str, String)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        let [("link", link)] = &headers[..] else {
            panic!("{headers:?}");
        };
        assert!(
            link.contains("[redacted]") && !link.contains(&form),
            "{link}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_key_stays_as_it_is() {
    let body = format!(
        "{{\"a\":\"\\u0041%41&amp;{}\"}}",
        &CANARY[..CANARY.len() - 1]
    );
    let server = Server::start(answer("200 OK", body.as_bytes())).await;
    assert_eq!(get_from(&server).await.unwrap().body, body.as_bytes());
}

/// A gateway to a server whose key was rotated so many times.
fn rotated(server: &Server, times: usize) -> Gateway {
    let base_url = format!("http://127.0.0.1:{}", server.port);
    let made = |n: usize| {
        let secret = Secret::new(&former_key(n)).unwrap();
        let credentials = Credentials::none().with("key", &form(), secret);
        let base_url = base_url.parse().unwrap();
        Gateway::new(
            &descriptor(),
            base_url,
            credentials,
            &quick(),
            RateLimiter::unlimited(),
        )
        .unwrap()
    };
    (1..=times).fold(made(0), |former, n| made(n).replace_gateway(&former))
}

fn former_key(n: usize) -> String {
    format!("PMAK-rotated-{n:04}")
}

#[tokio::test]
async fn a_key_that_was_rotated_stays_redacted() {
    let keys: Vec<String> = (0..=40).map(former_key).collect();
    let head = format!("200 OK\r\nLink: <https://a.example/?k={}>", keys[39]);
    let server = Server::start(answer(&head, keys.join(" ").as_bytes())).await;
    let answer = ask(&rotated(&server, 40), request("/me")).await.unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    // So many are remembered that no provider takes an older one, and not without a bound.
    let newest: String = " [redacted]".repeat(17);
    assert_eq!(body, keys[..24].join(" ") + &newest);
    assert_eq!(answer.headers[0].1, b"<https://a.example/?k=[redacted]>");
}

/// A key that comes back, or stands in two credentials, takes one place.
#[tokio::test]
async fn a_key_that_comes_back_is_remembered_once() {
    let with =
        |n: usize| Credentials::none().with("key", &form(), Secret::new(&former_key(n)).unwrap());
    let credentials = (1..100).fold(with(0), |former, n| with(n % 3).replace_secrets(&former));
    let other = with(7).replace_secrets(&credentials);
    let server = Server::start(answer(
        "200 OK",
        [0, 1, 2, 7].map(former_key).join(" ").as_bytes(),
    ));
    let server = server.await;
    let base_url = format!("http://127.0.0.1:{}", server.port).parse().unwrap();
    let gateway = Gateway::new(
        &descriptor(),
        base_url,
        other,
        &quick(),
        RateLimiter::unlimited(),
    )
    .unwrap();
    let body = ask(&gateway, request("/me")).await.unwrap().body;
    assert_eq!(body, ["[redacted]"; 4].join(" ").as_bytes());
}
