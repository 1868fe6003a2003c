//! Tests of calls, requests, answers and pages, with a provider that is one closure.

mod analytics;
mod counting;
mod odd;
mod organization;
mod owner;
mod places;
mod refusals;
mod repeated;
mod scenarios;
mod sizes;
mod sub_teams;

use crate::{PostmanConnector, ResourceKind};
use connector_sdk::Connector;
use connector_sdk::connector::GivenId;
use connector_sdk::error::Error;
use connector_sdk::error::ErrorKind;
use connector_sdk::model::{GrantSet, Page, Resource};
use connector_sdk::transport::{Transport, TransportError};
use http::{Request, Response};
use std::cell::RefCell;

const TEAM: GivenId<'static> = ("team", "123");

/// A key whose owner no list of users has.
const SERVICE_ACCOUNT: &str =
    r#"{"user":{"id":9,"teamId":123,"username":"","email":null},"operations":[]}"#;

/// Answers 200 to each path with its body, and as to a service account where nothing is said of `/me`;
/// 404 to all others.
fn provider<'a>(bodies: &'a [(&'a str, &'a str)]) -> impl Transport + 'a {
    move |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let mut all = bodies.iter().chain([&("/me", SERVICE_ACCOUNT)]);
        let body = all.find(|(known, _)| *known == path);
        let (status, body) = body.map_or((404, "{}"), |(_, body)| (200, *body));
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of a transport"
)]
fn nobody(_: &'static str, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
    panic!("asked for {}", request.uri());
}

/// Every record of a page, listed resources first.
fn records(page: &Page) -> impl Iterator<Item = &Resource> {
    let references = page.references.iter().map(|one| &one.resource);
    page.resources.iter().chain(references)
}

fn grants(page: &Page) -> Vec<String> {
    page.grants.iter().flat_map(grants_of).collect()
}

/// Each grant of a set as a line, the entitlements of one principal after one another.
fn grants_of(set: &GrantSet) -> impl Iterator<Item = String> {
    let implied = set.implied_by.map_or("", |_| " implied");
    let expands = set.expands.unwrap_or("-");
    set.principal_ids.iter().flat_map(move |id| {
        set.entitlements
            .iter()
            .map(move |slug| format!("{slug} {}:{id} {expands}{implied}", set.principal_type))
    })
}

fn codes(page: &Page) -> Vec<(&str, bool)> {
    page.notices
        .iter()
        .map(|notice| (notice.code, notice.is_partial()))
        .collect()
}

#[test]
fn invalid_arguments_fail_without_a_request() {
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
        let error =
            PostmanConnector::list_resources(&nobody, resource_type, parent, cursor).unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::InvalidArgument,
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
        let error = PostmanConnector::list_grants(&nobody, resource, cursor).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidArgument, "{resource:?}");
    }
    assert_eq!(
        PostmanConnector::list_entitlements(&nobody, "planet")
            .unwrap_err()
            .kind,
        ErrorKind::InvalidArgument
    );
}

#[test]
fn reference_only_types_have_one_empty_page() {
    for resource_type in ["partner", "everyone"] {
        assert_eq!(
            PostmanConnector::list_resources(&nobody, resource_type, None, None),
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
        "scim-group",
        "analytics-report",
        "activity",
        "invitation",
    ] {
        assert_eq!(
            PostmanConnector::list_grants(&nobody, (resource_type, "1"), None),
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
    let page =
        PostmanConnector::list_resources(&provider(&[("/users", body)]), "user", Some(TEAM), None)
            .unwrap();
    assert_eq!(
        grants(&page),
        [
            "member user:1 -",
            "member user:2 -",
            "admin user:1 -",
            "role-member user:1 -",
            "user user:1 -"
        ]
    );
    assert_eq!(
        codes(&page),
        [
            ("unknown-role", false),
            ("no-id", true),
            ("unreadable-item", true),
            ("conflicting-record", true)
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
        let page =
            PostmanConnector::list_resources(&provider(&bodies), "workspace", Some(TEAM), None)
                .unwrap();
        assert_eq!(
            (page.next_page_token, page.notices.len()),
            (None, 0),
            "{meta}"
        );
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
        match PostmanConnector::list_resources(
            &transport,
            "workspace",
            Some(TEAM),
            cursor.as_deref(),
        ) {
            Ok(Page {
                next_page_token: Some(next),
                ..
            }) => cursor = Some(next),
            end => break end,
        }
    };
    (asked.take(), end)
}

#[test]
fn text_and_number_page_tokens_are_followed() {
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
fn a_cyclic_list_is_an_error_within_a_few_rounds() {
    let (asked, end) = walk(&[r#""a""#, r#""b""#, r#""c""#]);
    assert_eq!(end.unwrap_err().kind, ErrorKind::UnexpectedResponse);
    assert!(asked.len() <= 12, "{asked:?}");
}

#[test]
fn an_unreadable_page_token_is_a_named_loss() {
    let (_, end) = walk(&[r#"{"a":1}"#]);
    assert_eq!(codes(&end.unwrap()), [("unreadable-cursor", true)]);
}

#[test]
fn a_key_without_a_team_states_what_it_needs() {
    for body in [
        r#"{"user":{"id":1,"teamId":0,"teamDomain":""}}"#,
        r#"{"user":{"id":1}}"#,
        r#"{"id":1,"teamId":null}"#,
    ] {
        let error = PostmanConnector::validate(&provider(&[("/me", body)])).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotOffered);
        assert!(
            error
                .problem
                .message
                .contains("a Team plan or higher is needed to read the user list")
        );
    }
}

#[test]
fn validate_names_the_owner_and_unreadable_types() {
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
    let tenant = PostmanConnector::validate(&transport).unwrap();
    let codes: Vec<&str> = tenant.notices.iter().map(|notice| notice.code).collect();
    assert_eq!(
        codes,
        [
            "owner-roles",
            "limited-view",
            "no-groups",
            "not-in-api",
            "month-quota"
        ]
    );
    assert!(tenant.notices[0].message.ends_with(": Developer."));
    assert_eq!(tenant.credential_owner_name, "Taylor Lee");
    assert_eq!(
        tenant.rate_limit.and_then(|limit| limit.monthly_remaining),
        Some(990)
    );
}
