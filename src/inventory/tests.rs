//! How calls become requests and answers become pages, with a provider that is one closure.

use super::*;
use crate::{
    error::Kind,
    model::{Details, GrantsSource, Status},
    transport::{Failure, Transport},
};
use http::{Request, Response};
use std::cell::RefCell;

const TEAM: Given<'static> = ("team", "123");

/// Answers 200 to each path with its body, 404 to all others.
fn provider<'a>(bodies: &'a [(&'a str, &'a str)]) -> impl Transport + 'a {
    move |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let body = bodies.iter().find(|(known, _)| *known == path);
        let (status, body) = body.map_or((404, "{}"), |(_, body)| (200, *body));
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

fn nobody(_: &'static str, request: Request<()>) -> Result<Response<Vec<u8>>, Failure> {
    panic!("asked for {}", request.uri());
}

fn grants(page: &Page) -> Vec<String> {
    page.grants
        .iter()
        .map(|grant| {
            let implied = grant.implied_by.map_or("", |_| " implied");
            let expands = grant.expands.unwrap_or("-");
            format!(
                "{} {}:{} {expands}{implied}",
                grant.entitlement, grant.principal.resource_type, grant.principal.id
            )
        })
        .collect()
}

fn codes(page: &Page) -> Vec<(&str, bool)> {
    page.notices
        .iter()
        .map(|notice| (notice.code, notice.omits))
        .collect()
}

#[test]
fn arguments_that_do_not_fit_are_refused_without_a_request() {
    for (resource_type, parent, cursor) in [
        ("planet", None, None),
        ("team", Some(TEAM), None),
        ("user", None, None),
        ("user", Some(("user", "1")), None),
        ("user", Some(("team", "a/b")), None),
        ("user", Some(TEAM), Some("x")),
        ("workspace", Some(TEAM), Some("x")),
        ("partner", Some(TEAM), None),
        ("collection", Some(("workspace", "..")), None),
    ] {
        let error = list_resources(&nobody, resource_type, parent, cursor).unwrap_err();
        assert_eq!(
            error.kind,
            Kind::InvalidArgument,
            "{resource_type} {parent:?}"
        );
    }
    for (resource, cursor) in [
        (("planet", "1"), None),
        (("workspace", "../me"), None),
        (("workspace", ""), None),
        (("workspace", "1"), Some("x")),
        (("team", "123"), Some("x")),
    ] {
        let error = list_grants(&nobody, resource, cursor).unwrap_err();
        assert_eq!(error.kind, Kind::InvalidArgument, "{resource:?}");
    }
    assert_eq!(
        list_entitlements(&nobody, "planet").unwrap_err().kind,
        Kind::InvalidArgument
    );
}

#[test]
fn what_is_met_in_passing_or_read_elsewhere_is_an_empty_last_page() {
    for resource_type in ["partner", "everyone"] {
        assert_eq!(
            list_resources(&nobody, resource_type, None, None),
            Ok(Page::default())
        );
    }
    for resource_type in [
        "team",
        "user",
        "partner",
        "everyone",
        "collection-access-key",
        "scim-account",
    ] {
        assert_eq!(
            list_grants(&nobody, (resource_type, "1"), None),
            Ok(Page::default())
        );
    }
}

#[test]
fn users_hold_what_their_row_says() {
    let body = r#"{"data":[
        {"id":1,"name":"Taylor Lee","username":"taylor-lee","email":"t@example.com","roles":["admin","member","admin"],"joinedAt":"2022-11-23T14:38:25.000Z"},
        {"id":"2","username":"ann","roles":[],"more":{}},
        {"id":1,"name":"again","roles":["user"]},
        {"name":"nobody"}, 7
    ]}"#;
    let page = list_resources(&provider(&[("/users", body)]), "user", Some(TEAM), None).unwrap();
    assert_eq!(
        grants(&page),
        [
            "member user:1 -",
            "admin user:1 -",
            "role-member user:1 -",
            "member user:2 -",
            "user user:1 -"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("unknown-role", false),
            ("no-id", true),
            ("unreadable-item", true)
        ]
    );
    let names: Vec<&str> = page
        .resources
        .iter()
        .map(|user| user.display_name.as_str())
        .collect();
    assert_eq!(names, ["Taylor Lee", "ann"]);
    let slugs: Vec<&str> = page
        .entitlements
        .iter()
        .map(|role| role.slug.as_ref())
        .collect();
    assert_eq!(slugs, ["role-member"]);
}

#[test]
fn every_form_of_the_last_cursor_ends_the_list() {
    for meta in [
        "",
        r#","meta":{}"#,
        r#","meta":{"nextCursor":null}"#,
        r#","meta":{"nextCursor":""}"#,
        r#","meta":null"#,
        r#","metadata":{"nextCursor":null}"#,
        r#","nextCursor":"""#,
    ] {
        let body = format!("{{\"workspaces\":[]{meta}}}");
        let bodies = [("/workspaces?limit=100", body.as_str())];
        let page = list_resources(&provider(&bodies), "workspace", Some(TEAM), None).unwrap();
        assert_eq!((page.next, page.notices.len()), (None, 0), "{meta}");
    }
}

/// Follows `next` and gives the paths that were asked for.
fn walk(cursors: &[&str]) -> (Vec<String>, Result<Page, Error>) {
    let asked = RefCell::new(Vec::new());
    let transport = |_: &'static str, request: Request<()>| {
        let mut asked = asked.borrow_mut();
        let next = cursors.get(asked.len() % cursors.len()).unwrap();
        asked.push(request.uri().to_string());
        let body = format!(r#"{{"workspaces":[],"meta":{{"nextCursor":{next}}}}}"#);
        Ok(Response::new(body.into_bytes()))
    };
    let mut cursor = None;
    let end = loop {
        match list_resources(&transport, "workspace", Some(TEAM), cursor.as_deref()) {
            Ok(Page {
                next: Some(next), ..
            }) => cursor = Some(next),
            end => break end,
        }
    };
    (asked.take(), end)
}

#[test]
fn cursors_are_followed_as_text_or_number_and_a_repeated_one_ends_the_list() {
    let (asked, end) = walk(&[r#""a=""#, "7", "7"]);
    assert_eq!(
        asked,
        [
            "/workspaces?limit=100",
            "/workspaces?limit=100&cursor=a%3D",
            "/workspaces?limit=100&cursor=7"
        ]
    );
    assert_eq!(codes(&end.unwrap()), [("repeated-cursor", false)]);
}

#[test]
fn a_list_that_runs_in_a_circle_is_an_error_after_a_few_rounds() {
    let (asked, end) = walk(&[r#""a""#, r#""b""#, r#""c""#]);
    assert_eq!(end.unwrap_err().kind, Kind::UnexpectedResponse);
    assert!(asked.len() <= 12, "{asked:?}");
}

#[test]
fn a_cursor_that_cannot_be_read_is_a_loss_that_is_told() {
    let (_, end) = walk(&[r#"{"a":1}"#]);
    assert_eq!(codes(&end.unwrap()), [("unreadable-cursor", true)]);
}

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
    let page = list_resources(
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
            "access everyone:everyone - implied",
            "admin user:9 - implied",
            "member user:9 - implied"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("unknown-visibility", false),
            ("missing-field", false),
            ("unusable-id", true)
        ]
    );
    let asked: Vec<bool> = page
        .resources
        .iter()
        .filter(|found| found.id.resource_type == "workspace")
        .map(|found| found.grants == GrantsSource::ListsAndListGrants)
        .collect();
    assert_eq!(asked, [true, true, false, true, true, false]);
}

#[test]
fn a_workspace_has_the_holders_of_every_kind_under_their_role_ids() {
    let body = r#"{"roles":[
        {"id":"1","displayName":"Viewer","user":["1",2],"_links":{"self":"x"}},
        {"id":3,"displayName":"Admin","group":["5"],"usergroup":["5","6"],"partner":["7"]},
        {"id":"5","displayName":"Editor","partner":["7"],"user":["1"]},
        {"id":"9","displayName":"Auditor","team":["4"],"user":null},
        {"id":"2","robots":["1"],"user":[{}]},
        {"displayName":"Nameless","user":["8"]}]}"#;
    let path = "/workspaces/w1/roles";
    let page = list_grants(&provider(&[(path, body)]), ("workspace", "w1"), None).unwrap();
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
            "partner-editor partner:7 -",
            "role-9 team:4 member",
            "member team:4 member"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("unknown-role", false),
            ("unreadable-field", true),
            ("unknown-holder", true),
            ("no-id", true)
        ]
    );
    assert_eq!(page.resources.len(), 1);
}

#[test]
fn the_catalogue_gives_the_words_and_its_refusal_the_built_in_ones() {
    let body = r#"{"roles":{"user":[{"id":"1","displayName":"Leser","description":"liest"},{"id":"8","displayName":"Auditor"}],"usergroup":[{"id":8}]}}"#;
    let list = list_entitlements(&provider(&[("/workspaces-roles", body)]), "workspace").unwrap();
    let find = |slug: &str| {
        list.entitlements
            .iter()
            .find(|found| found.slug == slug)
            .unwrap()
    };
    assert_eq!(find("viewer").display_name, "Leser");
    assert_eq!(find("role-8").grantable_to, ["user", "group"]);
    assert_eq!(list.entitlements.len(), 10);
    for status in [403, 404] {
        let refusal = |_: &'static str, _: Request<()>| {
            Ok(Response::builder().status(status).body(Vec::new()).unwrap())
        };
        let list = list_entitlements(&refusal, "workspace").unwrap();
        assert_eq!(
            (list.entitlements.len(), list.notices.len()),
            (9, 1),
            "{status}"
        );
    }
    let busy = |_: &'static str, _: Request<()>| Err(Failure::Timeout);
    assert_eq!(
        list_entitlements(&busy, "workspace").unwrap_err().kind,
        Kind::Unavailable
    );
}

#[test]
fn collections_are_counted_to_the_end_and_a_list_that_does_not_count_is_an_error() {
    let page_of = |first: usize, total: usize| {
        let items: Vec<String> = (first..total.min(first + 100))
            .map(|n| format!(r#"{{"id":"c{n}","owner":"1","name":"n","isPublic":false}}"#))
            .collect();
        format!(
            r#"{{"collections":[{}],"meta":{{"total":{total},"offset":{first},"limit":100}}}}"#,
            items.join(",")
        )
    };
    let (first, second) = (page_of(0, 150), page_of(100, 150));
    let path = |offset| format!("/collections?workspace=w1&limit=100&offset={offset}");
    let (at_0, at_100) = (path(0), path(100));
    let within = Some(("workspace", "w1"));
    let counts = [(at_0.as_str(), first.as_str()), (&at_100, &second)];
    let page = list_resources(&provider(&counts), "collection", within, None).unwrap();
    let last = list_resources(
        &provider(&counts),
        "collection",
        within,
        page.next.as_deref(),
    )
    .unwrap();
    assert_eq!(
        (page.resources.len(), last.resources.len(), last.next),
        (100, 50, None)
    );
    assert_eq!(page.resources[0].id.id, "1-c0");
    let stuck = [(at_0.as_str(), first.as_str()), (&at_100, &first)];
    let error = list_resources(
        &provider(&stuck),
        "collection",
        within,
        page.next.as_deref(),
    )
    .unwrap_err();
    assert_eq!(error.kind, Kind::UnexpectedResponse);
    let empty = [
        (at_0.as_str(), first.as_str()),
        (&at_100, r#"{"collections":[],"meta":{"total":150}}"#),
    ];
    let short = list_resources(
        &provider(&empty),
        "collection",
        within,
        page.next.as_deref(),
    )
    .unwrap();
    assert_eq!(codes(&short), [("short-list", true)]);
}

#[test]
fn a_key_is_told_of_without_its_token_and_a_deleted_one_not_at_all() {
    let body = r#"{"data":[
        {"id":"Njg5=","token":"PMAT-******43BR","status":"ACTIVE","teamId":123,"userId":12,"collectionId":"12-ab","expiresAfter":"2024-06-11T13:21:11.000Z","lastUsedAt":"","deletedAt":null},
        {"id":"2","status":"INACTIVE","deletedAt":"2024-06-11T13:21:11.000Z"}],"meta":{"nextCursor":null}}"#;
    let path = "/collection-access-keys";
    let page = list_resources(
        &provider(&[(path, body)]),
        "collection-access-key",
        Some(TEAM),
        None,
    )
    .unwrap();
    assert_eq!(page.resources.len(), 1);
    assert_eq!(page.resources[0].status, Status::Enabled);
    assert!(
        matches!(&page.resources[0].details, Details::Secret(secret) if secret.last_used_at.is_none())
    );
    assert!(!format!("{page:?}").contains("PMAT"));
}

#[test]
fn a_key_without_a_team_is_told_what_it_needs() {
    for body in [
        r#"{"user":{"id":1,"teamId":0,"teamDomain":""}}"#,
        r#"{"user":{"id":1}}"#,
        r#"{"id":1,"teamId":null}"#,
    ] {
        let error = validate(&provider(&[("/me", body)])).unwrap_err();
        assert_eq!(error.kind, Kind::NotOffered);
        assert!(
            error
                .problem
                .message
                .contains("a Team plan or higher is needed to read the user list")
        );
    }
}

#[test]
fn validate_says_whose_the_key_is_and_what_it_will_not_see() {
    let body = r#"{"user":{"id":1,"fullName":"Taylor Lee","username":"t","email":"t@example.com","teamId":123,"teamName":"Test","roles":["user"]},
        "operations":[{"name":"api_usage","limit":1000,"usage":10.5,"overage":0}]}"#;
    let transport = |_: &'static str, request: Request<()>| {
        let (status, body) = if request.uri() == "/me" {
            (200, body)
        } else {
            (403, "{}")
        };
        Ok(Response::builder()
            .status(status)
            .body(body.as_bytes().to_vec())
            .unwrap())
    };
    let tenant = validate(&transport).unwrap();
    let codes: Vec<&str> = tenant.notices.iter().map(|notice| notice.code).collect();
    assert_eq!(
        codes,
        ["owner-roles", "limited-view", "no-groups", "month-quota"]
    );
    assert!(tenant.notices[0].message.ends_with(": Developer."));
    assert_eq!(tenant.credential_owner_name, "Taylor Lee");
    assert_eq!(
        tenant.rate_limit.and_then(|limit| limit.month_remaining),
        Some(990)
    );
}
