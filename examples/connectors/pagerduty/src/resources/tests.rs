//! Pages as they are made of answers, good and odd.

use connector_sdk::Connector;
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::model::{Page, Status, Tenant};
use http::{Request, Response, StatusCode};

use crate::PagerDutyConnector;

const ACCOUNT: Option<(&str, &str)> = Some(("account", "acme"));
const OWNER: &str = r#"{"id":"PU1","name":"Ann","email":"ann@acme.example","role":"owner","invitation_sent":false,"html_url":"https://acme.pagerduty.com/users/PU1"}"#;

fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn list(kind: &str, page_token: Option<&str>, body: &str) -> Result<Page, Error> {
    let transport = |_: &'static str, _: Request<()>| Ok(answer(200, body));
    PagerDutyConnector::list_resources(&transport, kind, ACCOUNT, page_token)
}

fn users(items: &str) -> Page {
    let body = format!(r#"{{"users":[{items}],"limit":100,"more":false}}"#);
    list("user", None, &body).unwrap()
}

fn members(items: &str) -> Page {
    let body = format!(r#"{{"members":[{items}],"limit":100,"more":false}}"#);
    let transport = |_: &'static str, _: Request<()>| Ok(answer(200, &body));
    PagerDutyConnector::list_grants(&transport, ("team", "PT1"), None).unwrap()
}

fn validate(me: (u16, &str), users: &str) -> Result<Tenant, Error> {
    let transport = |_: &'static str, request: Request<()>| {
        Ok(match request.uri().path() {
            "/users/me" => answer(me.0, me.1),
            _ => answer(200, users),
        })
    };
    PagerDutyConnector::validate(&transport)
}

fn codes(page: &Page) -> Vec<(&'static str, bool)> {
    let notices = page.notices.iter();
    notices
        .map(|notice| (notice.code, notice.is_partial()))
        .collect()
}

fn grants(page: &Page) -> Vec<(&str, &str, Option<&str>)> {
    let sets = page.grants.iter();
    sets.flat_map(|set| {
        let ids = set.principal_ids.iter();
        ids.flat_map(|id| {
            let slugs = set.entitlements.iter();
            slugs.map(|slug| (id.as_str(), &**slug, set.implied_by))
        })
    })
    .collect()
}

#[test]
fn the_owner_of_the_account_is_an_administrator() {
    let page = users(OWNER);
    assert_eq!(codes(&page), []);
    let rule = Some("owner-is-admin");
    assert_eq!(
        grants(&page),
        [("PU1", "owner", None), ("PU1", "admin", rule)]
    );
    let [user] = page.resources.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!((&*user.display_name, user.status), ("Ann", Status::Enabled));
    assert_eq!(user.attributes, []);
}

#[test]
fn an_odd_field_of_a_user_costs_that_field_alone() {
    for (item, name, status, notices) in [
        (
            r#"{"id":"PU1","role":"user","name":7,"email":"a@b"}"#,
            "a@b",
            Status::Enabled,
            &[("unreadable-field", false)][..],
        ),
        (
            r#"{"id":12,"role":"user","job_title":["x"]}"#,
            "12",
            Status::Enabled,
            &[("unreadable-field", false)],
        ),
        (
            r#"{"id":"PU1","role":"user","invitation_sent":true}"#,
            "PU1",
            Status::Unknown,
            &[],
        ),
        (
            r#"{"id":"PU1","role":"user","invitation_sent":{}}"#,
            "PU1",
            Status::Unknown,
            &[("unreadable-field", false)],
        ),
    ] {
        let page = users(item);
        assert_eq!(codes(&page), notices, "{item}");
        assert_eq!(grants(&page).len(), 1, "{item}");
        let user = page.resources.first().unwrap();
        assert_eq!((&*user.display_name, user.status), (name, status), "{item}");
    }
}

#[test]
fn an_unreadable_item_is_left_out_with_a_notice() {
    let page = users(r#"7,{"name":"Ann"},{"id":"P/1"},{"id":"PU2","role":"user"}"#);
    let wanted = [
        ("unreadable-item", true),
        ("no-id", true),
        ("unusable-id", true),
    ];
    assert_eq!(codes(&page), wanted);
    assert_eq!(grants(&page), [("PU2", "user", None)]);
    let page = members(r#"{"role":"manager"},{"user":7,"role":"manager"}"#);
    assert_eq!(codes(&page), [("no-id", true), ("no-id", true)]);
    assert_eq!(
        page.notices.first().unwrap().about.as_ref().unwrap().id,
        "PT1"
    );
}

#[test]
fn an_unknown_role_brings_its_entitlement() {
    let member = |id: &str, role: &str| format!(r#"{{"user":{{"id":"{id}"}},"role":{role}}}"#);
    let items = [
        member("PU1", r#""manager""#),
        member("PU2", r#""chief""#),
        member("PU3", r#""chief""#),
        member("PU4", "null"),
        member("PU5", r#""no slug""#),
    ];
    let page = members(&items.join(","));
    let known = [
        ("PU1", "manager", None),
        ("PU2", "chief", None),
        ("PU3", "chief", None),
    ];
    assert_eq!(grants(&page), known);
    let slugs = page.entitlements.iter().map(|one| &*one.slug);
    assert!(slugs.eq(["chief"]));
    let wanted = [
        ("unknown-role", false),
        ("unreadable-role", true),
        ("unreadable-role", true),
    ];
    assert_eq!(codes(&page), wanted);
}

#[test]
fn a_team_is_managed_by_the_administrators() {
    let body = r#"{"teams":[{"id":"PT1","name":"Ops","default_role":"manager","parent":{"id":"PT2"}},
        {"id":"PT3","parent":"PT2"}],"more":false}"#;
    let page = list("team", None, body).unwrap();
    let rule = Some("admins-manage-every-team");
    let wanted = ("acme", "manager", rule);
    assert_eq!(grants(&page), [wanted, wanted]);
    assert!(page.grants.iter().all(|one| one.expands == Some("admin")));
    let team = page.resources.first().unwrap();
    let facts = [("default_role", "manager"), ("parent_team", "PT2")];
    assert_eq!(
        team.attributes,
        facts.map(|(name, fact)| (name, fact.to_owned()))
    );
    assert_eq!(codes(&page), [("unreadable-field", false)]);
}

#[test]
fn a_list_goes_on_by_the_limit_of_the_answer() {
    let page = |limit| format!(r#"{{"users":[],"limit":{limit},"more":true}}"#);
    for (limit, wanted) in [("30", "30"), ("100", "100"), ("0", "100"), ("null", "100")] {
        let token = list("user", None, &page(limit))
            .unwrap()
            .next_page_token
            .unwrap();
        let transport = |_: &'static str, request: Request<()>| {
            let query = request.uri().query().unwrap().to_owned();
            assert_eq!(query, format!("limit=100&offset={wanted}"));
            Ok(answer(200, &page("100")))
        };
        PagerDutyConnector::list_resources(&transport, "user", ACCOUNT, Some(&token)).unwrap();
        let other = list("team", Some(&token), &page("100")).unwrap_err();
        assert_eq!(other.kind, ErrorKind::InvalidArgument);
    }
    let mut token = None;
    for _ in 0..99 {
        token = list("user", token.as_deref(), &page("100"))
            .unwrap()
            .next_page_token;
    }
    let last = list("user", token.as_deref(), &page("100")).unwrap();
    assert_eq!(
        (last.next_page_token.as_ref(), codes(&last)),
        (None, vec![("list-cut", true)])
    );
}

#[test]
fn a_list_without_its_items_or_its_end_is_an_error() {
    for body in [
        r#"{"more":false}"#,
        r#"{"users":{},"more":false}"#,
        r#"{"users":[]}"#,
        r#"{"users":[],"more":"yes"}"#,
    ] {
        let error = list("user", None, body).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnexpectedResponse, "{body}");
    }
}

#[test]
fn the_key_of_an_account_stands_for_the_account() {
    let listed = format!(r#"{{"users":[{OWNER}],"more":true}}"#);
    let tenant = validate((400, r#"{"error":"Not supported"}"#), &listed).unwrap();
    assert_eq!(
        (&*tenant.id.id, &*tenant.credential_owner.id),
        ("acme", "acme")
    );
    let me = format!(r#"{{"user":{OWNER}}}"#);
    let tenant = validate((200, &me), "").unwrap();
    assert_eq!(
        (&*tenant.id.id, &*tenant.credential_owner_name),
        ("acme", "Ann")
    );
    assert_eq!(tenant.notices, []);
    let tenant = validate((200, &me.replace("owner", "user")), "").unwrap();
    let [limited] = tenant.notices.as_slice() else {
        panic!("{tenant:?}");
    };
    assert_eq!(
        (limited.code, limited.is_partial()),
        ("owner-is-no-admin", true)
    );
    for (me, users) in [
        ((400, ""), r#"{"users":[],"more":false}"#),
        ((200, "{}"), &listed),
    ] {
        let error = validate(me, users).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnexpectedResponse, "{me:?}");
    }
    assert_eq!(
        validate((401, ""), "").unwrap_err().kind,
        ErrorKind::Unauthenticated
    );
}
