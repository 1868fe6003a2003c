//! A component that asks for more than an operator has agreed to is another component.

use crate::support::hostile::{endpoint, endpoints};
use connector_host::manifest::ApprovedManifest;
use connector_host::records::{BaseUrlOption, Credential, CredentialScheme, Descriptor, Rate};

fn descriptor() -> Descriptor {
    let form = CredentialScheme {
        name: "api-key".into(),
        header: "X-Key".into(),
        prefix: String::new(),
        description: "where to get one".into(),
    };
    let credential = |name: &str| Credential {
        name: name.into(),
        description: String::new(),
        required: true,
        schemes: vec![form.clone()],
    };
    Descriptor {
        name: "acme".into(),
        version: "1".into(),
        resource_types: vec![],
        credentials: vec![credential("key"), credential("other")],
        base_urls: vec![BaseUrlOption {
            url: "https://api.acme.example".into(),
            description: String::new(),
        }],
        endpoints: endpoints(),
        change_log: None,
    }
}

/// Returns the additions of a changed component to the approved manifest of the unchanged one.
fn beyond(change: impl FnOnce(&mut Descriptor)) -> Vec<String> {
    let mut approved = ApprovedManifest::of(&descriptor(), "00ff");
    approved.component_sha256 = None;
    let mut changed = descriptor();
    change(&mut changed);
    approved.check(&changed, "11ee").err().unwrap_or_default()
}

#[test]
fn what_decides_nothing_may_change() {
    let same = beyond(|one| {
        one.version = "2".into();
        one.credentials[0].description = "new words".into();
        one.endpoints[0].purpose = "new words".into();
        one.endpoints[0].rate = Some(Rate {
            requests: 1,
            window_seconds: 1,
        });
        one.endpoints[2].path = "/things/{other-name}".into();
    });
    assert!(same.is_empty(), "{same:?}");
    let less = beyond(|one| {
        one.credentials.pop();
        one.endpoints.truncate(2);
        one.endpoints[1].query.pop();
        one.base_urls.clear();
    });
    assert!(less.is_empty(), "{less:?}");
}

#[test]
fn whatever_is_asked_for_beyond_the_pin_is_named() {
    let one = |change: fn(&mut Descriptor)| {
        let lines = beyond(change);
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].clone()
    };
    let line = one(|it| it.endpoints.push(endpoint("/secrets", &[], "key")));
    assert_eq!(line, "GET /secrets with the credential key");
    let line = one(|it| it.endpoints.push(endpoint("/me", &[], "other")));
    assert_eq!(line, "GET /me with the credential other");
    let line = one(|it| it.endpoints.push(endpoint("/{any}", &[], "key")));
    assert_eq!(line, "GET /{any} with the credential key");
    let line = one(|it| it.endpoints[0].query.push("as".into()));
    assert_eq!(line, "GET /me with the query key \"as\"");
    let line = one(|it| it.credentials[1].name = "admin".into());
    assert_eq!(line, "credential admin");
    let line = one(|it| it.credentials[0].schemes[0].header = "X-Leak".into());
    assert!(line.contains("credential key as api-key, in the header \"X-Leak\""));
    let line = one(|it| it.credentials[0].schemes[0].prefix = "x".into());
    assert!(line.contains("after \"x\""), "{line}");
    let line = one(|it| it.base_urls[0].url = "https://evil.example".into());
    assert_eq!(line, "base URL https://evil.example");
    let line = one(|it| it.name = "other".into());
    assert!(line.contains("other") && line.contains("acme"), "{line}");
    let all = beyond(|it| {
        it.endpoints.push(endpoint("/a", &[], "key"));
        it.endpoints.push(endpoint("/b", &[], "key"));
    });
    assert_eq!(all.len(), 2);
}

#[test]
fn an_approved_digest_is_of_one_component() {
    let approved = ApprovedManifest::of(&descriptor(), "00ff");
    assert_eq!(approved.check(&descriptor(), "00ff"), Ok(()));
    let lines = approved.check(&descriptor(), "11ee").unwrap_err();
    assert_eq!(lines, ["component sha256 is 11ee, approved is 00ff"]);
}

#[test]
fn an_approved_manifest_is_printed_in_either_form() {
    let own = serde_json::to_string(&ApprovedManifest::of(&descriptor(), "00ff")).unwrap();
    let read: ApprovedManifest = serde_json::from_str(&own).unwrap();
    assert_eq!(read, ApprovedManifest::of(&descriptor(), "00ff"));
    let described = serde_json::to_string(&descriptor()).unwrap();
    let read: ApprovedManifest = serde_json::from_str(&described).unwrap();
    assert_eq!(read.component_sha256, None);
    assert_eq!(read.check(&descriptor(), "any"), Ok(()));
}
