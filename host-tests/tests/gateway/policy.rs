//! A guest may send the requests that its manifest declares. This table is the attack surface: a reader who
//! finds another spelling that gets past the policy adds a row.

use crate::support::hostile::{self, endpoints};
use connector_host::manifest::{EndpointPolicy, PolicyRefusal};
use connector_host::records::Descriptor;

fn policy() -> EndpointPolicy {
    let descriptor = Descriptor {
        name: "test".into(),
        version: "0".into(),
        resource_types: vec![],
        credentials: vec![],
        base_urls: vec![],
        endpoints: endpoints(),
        change_log: None,
    };
    EndpointPolicy::new(&descriptor).unwrap()
}

#[test]
fn a_declared_endpoint_is_allowed() {
    let policy = policy();
    for (path, endpoint) in [
        ("/me", "/me"),
        ("/things", "/things"),
        ("/things?limit=100", "/things"),
        ("/things?limit=100&cursor=a%2Fb%3D%3D", "/things"),
        ("/things?cursor=//evil.example/..", "/things"),
        ("/things?cursor=a%3Bb%26c%3D%EF%BC%9B", "/things"),
        ("/things?filter[name]=x", "/things"),
        ("/things?filter%5Bname%5D=x", "/things"),
        ("/things/12-ab", "/things/{id}"),
        ("/things/a@b.example:1", "/things/{id}"),
        ("/things/a%40b", "/things/{id}"),
        ("/things/..a", "/things/{id}"),
        ("/things/caf%C3%A9", "/things/{id}"),
        ("/things/cafe%CC%81", "/things/{id}"),
        ("/things/%E4%B8%AD%E6%96%87", "/things/{id}"),
        ("/things/a%20b", "/things/{id}"),
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
fn the_credential_selects_among_path_declarations() {
    let policy = policy();
    assert_eq!(policy.check("key", "/shared?a=1").unwrap().index, 6);
    assert_eq!(policy.check("other", "/shared?b=1").unwrap().index, 7);
    assert!(policy.check("other", "/shared?a=1").is_err());
    assert!(policy.check("other", "/me").is_err());
    assert!(policy.check("key", "/accounts/v2/Users").is_err());
    assert!(policy.check("", "/me").is_err());
}

#[test]
fn no_hostile_spelling_passes() {
    let policy = policy();
    for path in hostile::PATHS {
        assert!(policy.check("key", path).is_err(), "{path:?} passed");
    }
}

#[test]
fn an_overlong_request_is_rejected_before_parsing() {
    let policy = policy();
    let fits = format!("/things?cursor={}", "a".repeat(8_000));
    assert!(policy.check("key", &fits).is_ok());
    let long = format!("/things?cursor={}", "a".repeat(64 << 10));
    assert_eq!(policy.check("key", &long), Err(PolicyRefusal::TooLong));
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
        let plain = c.is_ascii_alphanumeric() || "-._~!$&()*+,=:@".contains(c);
        assert_eq!(policy.check("key", &path).is_ok(), plain, "{c:?}");
    }
}
