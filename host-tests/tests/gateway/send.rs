//! Requests and answers, seen from a server that is not on our side: a raw
//! socket that keeps what it was sent and answers what no decent server would.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::Ipv4Addr;

use crate::support::hostile;
use crate::support::provider::*;
use connector_host::Secret;
use connector_host::runtime::{HttpError, HttpRequest};
use host_tests::server::ReservedAddress;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_request_has_host_headers_and_credential() {
    let server = Server::start(answer("200 OK\r\nRateLimit-Reset: 9", b"{}")).await;
    let base_url = format!("http://127.0.0.1:{}/prefix", server.port);
    let response = get(&base_url, "/cursors?cursor=a%2Fb").await.unwrap();
    assert_eq!(
        (response.status, response.body.as_slice()),
        (200, b"{}".as_slice())
    );
    assert!(
        response
            .headers
            .contains(&("ratelimit-reset".into(), b"9".to_vec()))
    );
    let heard = server.heard().remove(0).to_lowercase();
    let lines: Vec<_> = heard.lines().collect();
    assert_eq!(lines[0], "get /prefix/cursors?cursor=a%2fb http/1.1");
    assert!(
        lines.contains(&format!("x-api-key: token {CANARY}").as_str()),
        "{heard}"
    );
    assert!(lines.contains(&"accept: application/json"));
    let agent = format!("user-agent: connector-host/{}", env!("CARGO_PKG_VERSION"));
    assert!(lines.contains(&agent.as_str()), "{heard}");
    assert!(!heard.contains("referer") && !heard.contains("cookie"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_never_followed() {
    let elsewhere = Server::start(answer("200 OK", b"stolen")).await;
    let location = format!(
        "302 Found\r\nLocation: http://127.0.0.1:{}/me",
        elsewhere.port
    );
    let server = Server::start(answer(&location, b"")).await;
    assert_eq!(get_from(&server).await.unwrap().status, 302);
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in [204, 400, 401, 403, 404, 418, 429, 500, 503] {
        let server = Server::start(answer(&format!("{status} Word"), b"")).await;
        assert_eq!(get_from(&server).await.unwrap().status, status);
    }
}

#[tokio::test]
async fn what_is_refused_is_counted_and_not_sent() {
    let server = Server::start(answer("200 OK", b"")).await;
    let gateway = gateway(&format!("http://127.0.0.1:{}", server.port), &quick());
    let of_path = hostile::PATHS.iter().map(|path| request(path));
    let of_header = hostile::HEADERS.iter().map(|(name, value)| HttpRequest {
        headers: vec![((*name).into(), (*value).into())],
        ..request("/me")
    });
    let long = HttpRequest {
        headers: vec![("Accept".into(), "a".repeat(2_000))],
        ..request("/me")
    };
    let twice = HttpRequest {
        headers: vec![("Accept".into(), "a".into()), ("accept".into(), "b".into())],
        ..request("/me")
    };
    let of_credential = ["absent", "", "KEY", "key ", "key\0"].map(|name| HttpRequest {
        credential: name.into(),
        ..request("/me")
    });
    let endless = request(&format!("/things?cursor={}", "a".repeat(64 << 10)));
    let others = of_credential.into_iter().chain([long, twice, endless]);
    let refused: Vec<_> = of_path.chain(of_header).chain(others).collect();
    assert!(refused.len() >= 250, "{}", refused.len());
    let count = u64::try_from(refused.len()).unwrap();
    for request in refused {
        let shown = format!("{request:?}");
        let answer = ask(&gateway, request).await;
        assert!(
            matches!(answer, Err(HttpError::Denied(_))),
            "{shown}: {answer:?}"
        );
    }
    let absent = HttpRequest {
        credential: "absent".into(),
        ..request("/absent")
    };
    assert_eq!(ask(&gateway, absent).await, Err(HttpError::NoCredential));
    assert!(server.heard().is_empty());
    let traffic = gateway.traffic();
    assert_eq!(
        (traffic.refused, traffic.sent, traffic.bytes),
        (count, 0, 0)
    );
}

#[tokio::test]
async fn a_body_stops_at_its_cap_packed_or_not() {
    let fits = Server::start(answer("200 OK", &vec![b'x'; 1 << 20])).await;
    assert_eq!(get_from(&fits).await.unwrap().body.len(), 1 << 20);
    let over = Server::start(answer("200 OK", &vec![b'x'; (1 << 20) + 1])).await;
    assert_eq!(get_from(&over).await, Err(HttpError::BodyTooLarge(1 << 20)));
    let head = "200 OK\r\nContent-Encoding: gzip";
    let packed = Server::start(answer(head, &gzip(&vec![0; 300]))).await;
    assert_eq!(get_from(&packed).await.unwrap().body, vec![0; 300]);
    let bomb = Server::start(answer(head, &gzip(&vec![0; 64 << 20]))).await;
    assert_eq!(get_from(&bomb).await, Err(HttpError::BodyTooLarge(1 << 20)));
}

#[tokio::test]
async fn gzip_is_unpacked_by_any_of_its_names() {
    let member = |body: &[u8]| gzip(body);
    let (one, two) = (
        member(b"first "),
        [member(b"first "), member(b"second")].concat(),
    );
    for (coding, body, wanted) in [
        ("gzip", &one, "first "),
        ("GZIP", &one, "first "),
        ("x-gzip", &one, "first "),
        ("X-GZip", &one, "first "),
        ("identity, gzip", &one, "first "),
        ("gzip", &two, "first second"),
        ("x-gzip", &two, "first second"),
        ("Identity", &b"plain".to_vec(), "plain"),
        ("gzip", &Vec::new(), ""),
    ] {
        let head = format!("200 OK\r\nContent-Encoding: {coding}");
        let server = Server::start(answer(&head, body)).await;
        let unpacked = get_from(&server).await.unwrap().body;
        assert_eq!(String::from_utf8(unpacked).unwrap(), wanted, "{coding}");
        let heard = server.heard().remove(0).to_lowercase();
        assert!(heard.contains("\r\naccept-encoding: gzip\r\n"), "{heard}");
    }
    for coding in ["br", "gzip, gzip", "zstd", "deflate", "é"] {
        let head = format!("200 OK\r\nContent-Encoding: {coding}");
        let server = Server::start(answer(&head, &one)).await;
        let refused = get_from(&server).await;
        assert!(matches!(refused, Err(HttpError::Other(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_packed_body_that_is_not_whole_is_no_answer() {
    let two = [gzip(b"first "), gzip(b"second")].concat();
    let cuts = [1, 9, 15, two.len() / 2 + 3, two.len() - 8, two.len() - 1];
    for cut in cuts {
        let head = "200 OK\r\nContent-Encoding: gzip";
        let server = Server::start(answer(head, &two[..cut])).await;
        let refused = get_from(&server).await;
        assert!(
            matches!(refused, Err(HttpError::Connection(_))),
            "{cut}: {refused:?}"
        );
    }
    let one = gzip(b"first ").len();
    let whole = Server::start(answer("200 OK\r\nContent-Encoding: gzip", &two[..one])).await;
    assert_eq!(get_from(&whole).await.unwrap().body, b"first ");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_no_answer() {
    for broken in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 2",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "",
    ] {
        let server = Server::start(broken).await;
        let answer = get_from(&server).await;
        assert!(
            matches!(answer, Err(HttpError::Connection(_))),
            "{broken:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_silent_response_times_out() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    assert_eq!(get(&url, "/me").await, Err(HttpError::Timeout));
}

#[tokio::test]
async fn connection_errors_name_the_address() {
    let nobody = ReservedAddress::take();
    let address = nobody.address();
    let refused = format!("http://{address}");
    for (url, named) in [
        (refused.as_str(), address.to_string().as_str()),
        ("https://no-such-name.invalid", "no-such-name.invalid:443"),
        (
            "https://no-such-name.invalid:8443/prefix",
            "no-such-name.invalid:8443",
        ),
    ] {
        let answer = get(url, "/cursors?cursor=secret").await.unwrap_err();
        let HttpError::Connection(text) = &answer else {
            panic!("{answer:?}");
        };
        assert!(text.contains(named) && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_flood_of_headers_is_no_answer() {
    let head = format!("200 OK\r\nX-Big: {}", "x".repeat(70 << 10));
    let server = Server::start(answer(&head, b"{}")).await;
    assert!(get_from(&server).await.is_err());
}

/// The dialects are those that Postman's description and customers of it name.
#[tokio::test]
async fn the_guest_receives_only_listed_headers() {
    let seen = [
        "content-type",
        "date",
        "link",
        "retry-after",
        "retryafter",
        "ratelimit",
        "ratelimit-policy",
        "ratelimit-limit",
        "ratelimit-remaining-month",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-retryafter",
        "x-ratelimit-limit-month",
        "x-ratelimit-remaining-month",
        "x-rate-limit-reset",
    ];
    let unseen = [
        "set-cookie",
        "set-cookie2",
        "location",
        "server",
        "via",
        "www-authenticate",
        "proxy-authenticate",
        "alt-svc",
        "clear-site-data",
        "strict-transport-security",
        "x-api-key",
        "authorization",
        "x-powered-by",
        "x-srv-trace",
        "etag",
        "refresh",
        "content-location",
        "x-ratelimitless",
    ];
    let lines = seen
        .iter()
        .chain(&unseen)
        .map(|name| format!("\r\n{name}: 1"));
    let head = format!("200 OK{}", lines.collect::<String>());
    let server = Server::start(answer(&head, b"{}")).await;
    let response = get_from(&server).await.unwrap();
    let given: BTreeSet<_> = response
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(given, BTreeSet::from(seen));
}

#[tokio::test]
async fn the_secret_is_in_nothing_that_can_be_printed() {
    let gateway = gateway("http://127.0.0.1:1", &quick());
    let error = ask(&gateway, request("/me")).await.unwrap_err();
    for text in [
        format!("{gateway:?}"),
        format!("{:?}", credentials()),
        format!("{:?}", Secret::new(CANARY)),
        format!("{error:?} {error}"),
        format!("{:?}", Secret::new(&format!("{CANARY} {CANARY}"))),
    ] {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn a_secret_is_trimmed_or_rejected_as_malformed() {
    for good in ["abc", " abc\n", "\tabc\r\n"] {
        assert!(Secret::new(good).is_ok(), "{good:?}");
    }
    for bad in [
        "",
        "  ",
        "a b",
        "a\nb",
        "a\0b",
        "schlüssel",
        "a\u{202e}b",
        &"x".repeat(17 << 10),
    ] {
        assert!(Secret::new(bad).is_err(), "{bad:?}");
    }
}
