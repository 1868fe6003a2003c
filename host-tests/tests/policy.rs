//! A guest may ask for what its description declares. This table is the attack surface: whoever
//! finds another spelling that gets past the policy adds a row.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use connector_host::manifest::{Policy, Refusal};
use connector_host::records::{Descriptor, Endpoint};

fn endpoint(path: &str, query: &[&str], credential: &str) -> Endpoint {
    Endpoint {
        path: path.to_owned(),
        query: query.iter().map(|key| (*key).to_owned()).collect(),
        credential: credential.to_owned(),
        rate: None,
        purpose: String::new(),
    }
}

fn policy() -> Policy {
    let endpoints = vec![
        endpoint("/me", &[], "key"),
        endpoint("/things", &["limit", "cursor", "filter[name]"], "key"),
        endpoint("/things/{id}", &[], "key"),
        endpoint("/things/{id}/parts", &["cursor"], "key"),
        endpoint("/things/archive", &["since"], "key"),
        endpoint("/accounts/v2/Users", &["startIndex"], "other"),
        endpoint("/shared", &["a"], "key"),
        endpoint("/shared", &["b"], "other"),
    ];
    let descriptor = Descriptor {
        name: "test".into(),
        version: "0".into(),
        resource_types: vec![],
        credentials: vec![],
        base_urls: vec![],
        endpoints,
    };
    Policy::new(&descriptor).unwrap()
}

#[test]
fn what_is_declared_passes() {
    let policy = policy();
    for (path, endpoint) in [
        ("/me", "/me"),
        ("/things", "/things"),
        ("/things?limit=100", "/things"),
        ("/things?limit=100&cursor=a%2Fb%3D%3D", "/things"),
        ("/things?cursor=//evil.example/..", "/things"),
        ("/things?filter[name]=x", "/things"),
        ("/things?filter%5Bname%5D=x", "/things"),
        ("/things/12-ab", "/things/{id}"),
        ("/things/a@b.example:1", "/things/{id}"),
        ("/things/a%40b", "/things/{id}"),
        ("/things/..a", "/things/{id}"),
        ("/things/caf%C3%A9", "/things/{id}"),
        ("/things/12/parts?cursor=", "/things/{id}/parts"),
        ("/things/archive?since=1", "/things/archive"),
        ("/m%65", "/me"),
    ] {
        let allowed = policy
            .check("key", path)
            .map(|it| it.endpoint.path.as_str());
        assert_eq!(allowed, Ok(endpoint), "{path}");
    }
}

#[test]
fn the_credential_chooses_between_declarations_of_one_path() {
    let policy = policy();
    assert_eq!(policy.check("key", "/shared?a=1").unwrap().index, 6);
    assert_eq!(policy.check("other", "/shared?b=1").unwrap().index, 7);
    assert!(policy.check("other", "/shared?a=1").is_err());
    assert!(policy.check("other", "/me").is_err());
    assert!(policy.check("key", "/accounts/v2/Users").is_err());
    assert!(policy.check("", "/me").is_err());
}

/// Every one of these must be refused, whatever for.
const HOSTILE: &[&str] = &[
    "",
    "me",
    "*",
    "?",
    "#",
    " /me",
    "/me ",
    "//evil.example/me",
    "///me",
    "/\\evil.example/me",
    "\\\\evil.example/me",
    "/\\/me",
    "http://evil.example/me",
    "https://evil.example/me",
    "HTTP://EVIL.EXAMPLE/me",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "@evil.example/me",
    "/@evil.example/me",
    "/me@evil.example",
    ":80/me",
    "evil.example:443",
    "/me/",
    "/me//",
    "//me",
    "/./me",
    "/../me",
    "/me/..",
    "/me/.",
    "/things/../me",
    "/things/./x",
    "/things/..",
    "/things/.",
    "/things/%2e%2e",
    "/things/%2E%2e/me",
    "/things/.%2e",
    "/things/%2e",
    "/things/a%2eb",
    "/things/%252e%252e",
    "/things/a%2fb",
    "/things/a%2Fb",
    "/things/%2f%2fevil.example",
    "/things/a%5cb",
    "/things/a%5Cb",
    "/things/a\\b",
    "/things/a%00b",
    "/things/a\0b",
    "/things/a%0d%0ab",
    "/things/a\r\nb",
    "/things/a\nb",
    "/things/a%0ab",
    "/things/a%7fb",
    "/things/a%c2%85b",
    "/things/a%25b",
    "/things/a%",
    "/things/a%2",
    "/things/a%zz",
    "/things/a%u002e",
    "/things/a%ff",
    "/things/a%c0%ae%c0%ae",
    "/things/é",
    "/things/a b",
    "/things/a\tb",
    "/things/a\"b",
    "/things/a<b>",
    "/things/a`b",
    "/things/a^b",
    "/things/{id}",
    "/things/a|b",
    "/things/a'b",
    "/things/[::1]",
    "/things/",
    "/things//parts",
    "/things/a/parts/b",
    "/things/a/other",
    "/Things",
    "/ME",
    "/me#fragment",
    "/me?#",
    "/me?",
    "/me?x=1",
    "/me?limit=1",
    "/things?limit=1&x=1",
    "/things?limit=1&limit=2",
    "/things?li%6dit=1&limit=2",
    "/things?limit=1&",
    "/things?&limit=1",
    "/things?=1",
    "/things?LIMIT=1",
    "/things?limit=%0d%0aHost:%20evil.example",
    "/things?limit=%00",
    "/things?limit=1\r\nHost: evil.example",
    "/things?limit=1 HTTP/1.1",
    "/things?limit%00=1",
    "/things?limit=%",
    "/things?limit=%ff",
    "/things?limit=1;x=1&x=2",
    "/things?limit=1#",
    "/things?limit[]=1",
    "/things?limit+=1",
    "/things/archive?cursor=1",
    "/things;limit=1",
    "/accounts/v2/Users?startIndex=1",
    "/accounts/v2/Users/1",
    "/accounts%2fv2/Users",
    "/unknown",
    "/",
];

#[test]
fn no_hostile_spelling_passes() {
    let policy = policy();
    for path in HOSTILE {
        assert!(policy.check("key", path).is_err(), "{path:?} passed");
    }
}

#[test]
fn an_over_long_request_is_refused_before_it_is_looked_at() {
    let policy = policy();
    let fits = format!("/things?cursor={}", "a".repeat(8_000));
    assert!(policy.check("key", &fits).is_ok());
    let long = format!("/things?cursor={}", "a".repeat(64 << 10));
    assert_eq!(policy.check("key", &long), Err(Refusal::TooLong));
}

#[test]
fn a_refusal_never_repeats_a_query_value() {
    let policy = policy();
    for path in ["/things?x=canary", "/me?limit=canary", "/x?y=canary"] {
        let text = policy.check("key", path).unwrap_err().to_string();
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn every_byte_that_is_not_of_a_path_is_refused() {
    let policy = policy();
    for byte in 0..=0x7f_u8 {
        let c = char::from(byte);
        let path = format!("/things/a{c}b");
        let plain = c.is_ascii_alphanumeric() || "-._~!$&()*+,;=:@".contains(c);
        assert_eq!(policy.check("key", &path).is_ok(), plain, "{c:?}");
    }
}
