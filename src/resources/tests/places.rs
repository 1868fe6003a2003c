//! Workspaces, their roles, collections and keys: what each answer becomes.

use super::*;
use connector_sdk::model::{Details, GrantListing, LastUse, Status};

#[test]
fn visibility_gives_what_no_row_says() {
    let body = r#"{"workspaces":[
        {"id":"w1","name":"A","visibility":"team","type":"team","createdBy":"9"},
        {"id":"w2","name":"B","visibility":"public"},
        {"id":"w3","name":"C","visibility":"personal","createdBy":9},
        {"id":"w4","name":"D","visibility":"private"},
        {"id":"w5","name":"E","visibility":"only-me"},
        {"id":"w6","name":"F","visibility":"personal"},
        {"id":"w/7","visibility":"team"}]}"#;
    let page = PostmanConnector::list_resources(
        &provider(&[("/workspaces?limit=100", body)]),
        "workspace",
        Some(TEAM),
        None,
    )
    .unwrap();
    assert_eq!(
        grants(&page),
        [
            "access team:123 member implied",
            "admin team:123 super-admin implied",
            "access everyone:everyone - implied",
            "admin team:123 super-admin implied",
            "admin user:9 - implied",
            "member user:9 - implied",
            "admin team:123 super-admin implied",
            "admin team:123 super-admin implied",
            "admin team:123 super-admin implied",
            "admin team:123 super-admin implied"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("no-teams", false),
            ("unusable-id", true),
            ("unknown-visibility", false),
            ("missing-field", false)
        ]
    );
    let asked: Vec<bool> = page
        .resources
        .iter()
        .filter(|found| found.id.resource_type == "workspace")
        .map(|found| found.grants == GrantListing::ListGrantsRequired)
        .collect();
    assert_eq!(asked, [true, true, false, true, true, false]);
}

#[test]
fn workspace_roles_hold_users_groups_and_partners() {
    let body = r#"{"roles":[
        {"id":"1","displayName":"Viewer","user":["1",2],"_links":{"self":"x"}},
        {"id":3,"displayName":"Admin","group":["5"],"usergroup":["5","6"],"partner":["7"]},
        {"id":"5","displayName":"Editor","partner":["7"],"user":["1"]},
        {"id":"9","displayName":"Auditor","team":["4"],"user":null},
        {"id":"2","robots":["1"],"user":[{}]},
        {"displayName":"Nameless","user":["8"]}]}"#;
    let path = "/workspaces/w1/roles";
    let page = PostmanConnector::list_grants(&provider(&[(path, body)]), ("workspace", "w1"), None)
        .unwrap();
    assert_eq!(
        grants(&page),
        [
            "viewer user:1 -",
            "member user:1 -",
            "viewer user:2 -",
            "member user:2 -",
            "admin group:5 member",
            "member group:5 member",
            "admin group:6 member",
            "member group:6 member",
            "admin partner:7 -",
            "member partner:7 -",
            "partner-editor user:1 -",
            "member user:1 -",
            "partner-editor partner:7 -",
            "member partner:7 -",
            "role-9 team:4 member",
            "member team:4 member"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("unknown-role", false),
            ("unreadable-field", true),
            ("unknown-principal-kind", true),
            ("no-id", true)
        ]
    );
    assert_eq!((page.resources.len(), page.references.len()), (0, 1));
}

#[test]
fn a_refused_role_catalog_uses_built_in_names() {
    let body = r#"{"roles":{"user":[{"id":"1","displayName":"Leser","description":"liest"},{"id":"8","displayName":"Auditor"}],"usergroup":[{"id":8}]}}"#;
    let list =
        PostmanConnector::list_entitlements(&provider(&[("/workspaces-roles", body)]), "workspace")
            .unwrap();
    let find = |slug: &str| {
        list.entitlements
            .iter()
            .find(|found| found.slug == slug)
            .unwrap()
    };
    assert_eq!(find("viewer").display_name, "Leser");
    assert_eq!(find("role-8").grantable_to, ["user", "group"]);
    assert_eq!(list.entitlements.len(), 11);
    for status in [403, 404] {
        let refusal = |_: &'static str, _: Request<()>| {
            let body = b"{}".to_vec();
            Ok(Response::builder().status(status).body(body).unwrap())
        };
        let list = PostmanConnector::list_entitlements(&refusal, "workspace").unwrap();
        assert_eq!(
            (list.entitlements.len(), list.notices.len()),
            (10, 1),
            "{status}"
        );
    }
    let busy = |_: &'static str, _: Request<()>| Err(TransportError::Timeout);
    assert_eq!(
        PostmanConnector::list_entitlements(&busy, "workspace")
            .unwrap_err()
            .kind,
        ErrorKind::Unavailable
    );
}

#[test]
fn collections_page_by_offset_to_the_end() {
    let page_of = |first: usize, total: usize| {
        let items: Vec<String> = (first..total.min(first + 99))
            .map(|n| format!(r#"{{"id":"c{n}","owner":"1","name":"n","isPublic":false}}"#))
            .collect();
        format!(
            r#"{{"collections":[{}],"meta":{{"total":{total},"offset":{first},"limit":99}}}}"#,
            items.join(",")
        )
    };
    let (first, second) = (page_of(0, 150), page_of(99, 150));
    let path = |offset| format!("/collections?workspace=w1&limit=99&offset={offset}");
    let (at_0, at_99) = (path(0), path(99));
    let within = Some(("workspace", "w1"));
    let counts = [(at_0.as_str(), first.as_str()), (&at_99, &second)];
    let page =
        PostmanConnector::list_resources(&provider(&counts), "collection", within, None).unwrap();
    let last = PostmanConnector::list_resources(
        &provider(&counts),
        "collection",
        within,
        page.next_page_token.as_deref(),
    )
    .unwrap();
    assert_eq!(
        (
            page.resources.len(),
            last.resources.len(),
            last.next_page_token
        ),
        (99, 51, None)
    );
    assert_eq!(page.resources[0].id.id, "1-c0");
    let stuck = [(at_0.as_str(), first.as_str()), (&at_99, &first)];
    let error = PostmanConnector::list_resources(
        &provider(&stuck),
        "collection",
        within,
        page.next_page_token.as_deref(),
    )
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnexpectedResponse);
    let empty = [
        (at_0.as_str(), first.as_str()),
        (&at_99, r#"{"collections":[],"meta":{"total":150}}"#),
    ];
    let short = PostmanConnector::list_resources(
        &provider(&empty),
        "collection",
        within,
        page.next_page_token.as_deref(),
    )
    .unwrap();
    assert_eq!(codes(&short), [("short-list", true)]);
}

#[test]
fn keys_are_listed_without_tokens() {
    let body = r#"{"data":[
        {"id":"Njg5=","token":"PMAT-******43BR","status":"ACTIVE","teamId":123,"userId":12,"collectionId":"12-ab","expiresAfter":"2024-06-11T13:21:11.000Z","lastUsedAt":"","deletedAt":null},
        {"id":"2","status":"INACTIVE","deletedAt":"2024-06-11T13:21:11.000Z"}],"meta":{"nextCursor":null}}"#;
    let path = "/collection-access-keys";
    let page = PostmanConnector::list_resources(
        &provider(&[(path, body)]),
        "collection-access-key",
        Some(TEAM),
        None,
    )
    .unwrap();
    assert_eq!(page.resources.len(), 1);
    assert_eq!(page.resources[0].status, Status::Enabled);
    assert!(
        matches!(&page.resources[0].details, Details::Secret(secret) if secret.last_used == LastUse::Never)
    );
    assert!(!format!("{page:?}").contains("PMAT"));
}
