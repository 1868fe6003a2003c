//! The owner of the key, and the notices of missing records: every branch of `validate`.

use super::*;
use connector_sdk::model::Tenant;

const NAMED: &str = r#""id":7,"teamId":5150,"username":"u","email":"u@example.com""#;
const PLAN: &str = r#","operations":[]"#;

/// Returns the result of `validate` for this `/me`, if `/groups` answers with this status.
fn validated(me: &str, groups: u16) -> Result<Tenant, Error> {
    let me = me.to_owned();
    PostmanConnector::validate(&move |_: &'static str, request: Request<()>| {
        let (status, body) = match request.uri().path() {
            "/me" => (200, me.clone()),
            _ => (groups, r#"{"data":[]}"#.to_owned()),
        };
        Ok(Response::builder()
            .status(status)
            .body(body.into_bytes())
            .unwrap())
    })
}

/// The codes of what is said, for an owner with these fields and an answer with these beside it.
fn said(owner: &str, beside: &str) -> Vec<(&'static str, String)> {
    let me = format!("{{\"user\":{{{owner}}}{beside}}}");
    let tenant = validated(&me, 200).unwrap();
    tenant
        .notices
        .into_iter()
        .map(|notice| (notice.code, notice.message))
        .collect()
}

#[test]
fn what_the_owner_sees_follows_from_the_roles() {
    for (roles, wanted) in [
        (r#"["super-admin"]"#, None),
        (r#"["SuperAdmin","user"]"#, None),
        (r#"["admin"]"#, Some("is a Team Admin")),
        (r#"["user","Admin"]"#, Some("is a Team Admin")),
        (r#"["user"]"#, Some("is not a Team Admin")),
        (r#"["billing-admin"]"#, Some("is not a Team Admin")),
        ("[]", Some("is not a Team Admin")),
        (r#"["admin",7]"#, Some("does not say which roles")),
        ("null", Some("does not say which roles")),
        ("7", Some("does not say which roles")),
    ] {
        let said = said(&format!("{NAMED},\"roles\":{roles}"), PLAN);
        let view = said.iter().find(|(code, _)| *code == "limited-view");
        assert_eq!(view.is_some(), wanted.is_some(), "{roles}");
        let text = view.map_or("", |(_, text)| text);
        assert!(text.contains(wanted.unwrap_or_default()), "{roles}: {text}");
        let names_them = said.iter().any(|(code, _)| *code == "owner-roles");
        assert_eq!(names_them, roles.contains('"'), "{roles}");
    }
}

#[test]
fn guests_partners_and_services_are_distinguished() {
    for (owner, beside, wanted) in [
        (r#""roles":["guest"]"#, PLAN, true),
        (r#""roles":["user","partner"]"#, PLAN, true),
        (r#""roles":["partner-manager"]"#, PLAN, false),
        (r#""roles":["user"]"#, PLAN, false),
        (r#""roles":["user"]"#, "", true),
        (r#""roles":["user"]"#, r#","operations":null"#, true),
        (r#""roles":["user"]"#, r#","operations":7"#, false),
    ] {
        let said = said(&format!("{NAMED},{owner}"), beside);
        let found = said.iter().any(|(code, _)| *code == "guest-or-partner");
        assert_eq!(found, wanted, "{owner} {beside}");
    }
    for (names, wanted) in [
        (r#""username":"","email":"""#, true),
        (r#""username":"u","email":"""#, false),
        (r#""username":"","email":"e""#, false),
    ] {
        let said = said(&format!(r#""id":7,"teamId":5150,{names}"#), PLAN);
        let found = said.iter().any(|(code, _)| *code == "service-account");
        assert_eq!(found, wanted, "{names}");
    }
}

#[test]
fn the_months_quota_is_read_or_said_to_be_unreadable() {
    for (operations, limit, left, odd) in [
        (
            r#"[{"name":"api_usage","limit":1000,"usage":10.5}]"#,
            Some(1000),
            Some(990),
            false,
        ),
        (
            r#"[{"name":"api_usage","limit":10,"usage":11}]"#,
            Some(10),
            Some(0),
            false,
        ),
        (
            r#"[{"name":"api_usage","limit":1000}]"#,
            Some(1000),
            None,
            false,
        ),
        (
            r#"[{"name":"api_usage","limit":99999998,"usage":1}]"#,
            Some(99_999_998),
            Some(99_999_997),
            false,
        ),
        (
            r#"[{"name":"api_usage","limit":99999999,"usage":1}]"#,
            None,
            None,
            false,
        ),
        (r#"[{"name":"api_usage","usage":1}]"#, None, None, false),
        (
            r#"[{"name":"api_usage","limit":"x","usage":1}]"#,
            None,
            None,
            true,
        ),
        (
            r#"[{"name":"api_usage","limit":10,"usage":-1}]"#,
            Some(10),
            None,
            true,
        ),
        (
            r#"[{"name":"other","limit":10,"usage":1}]"#,
            None,
            None,
            false,
        ),
        (r#"[{"name":7,"limit":10,"usage":1}]"#, None, None, true),
        (r#"[7]"#, None, None, true),
        (
            r#"[7,{"name":"api_usage","limit":10,"usage":1}]"#,
            Some(10),
            Some(9),
            false,
        ),
        ("{}", None, None, true),
        ("null", None, None, false),
    ] {
        let me = format!("{{\"user\":{{{NAMED}}},\"operations\":{operations}}}");
        let tenant = validated(&me, 200).unwrap();
        let month = tenant.rate_limit.unwrap_or_default();
        let read = (month.monthly_limit, month.monthly_remaining);
        assert_eq!(read, (limit, left), "{operations}");
        let has = |code: &str| tenant.notices.iter().any(|notice| notice.code == code);
        assert_eq!(has("unreadable-field"), odd, "{operations}");
        assert_eq!(has("month-quota"), limit.is_some() && left.is_some());
        assert_eq!(tenant.rate_limit.is_some(), limit.is_some());
    }
}

#[test]
fn groups_refused_alone_are_reported_missing() {
    let me = format!("{{\"user\":{{{NAMED},\"roles\":[\"super\"]}}{PLAN}}}");
    for (status, wanted) in [(200, false), (403, true), (500, false), (429, false)] {
        let tenant = validated(&me, status).unwrap();
        let found = tenant
            .notices
            .iter()
            .any(|notice| notice.code == "no-groups");
        assert_eq!(found, wanted, "{status}");
    }
}

#[test]
fn a_wait_stated_by_groups_reaches_the_host() {
    let me = format!("{{\"user\":{{{NAMED},\"roles\":[\"super\"]}}{PLAN}}}");
    let limited = |_: &'static str, request: Request<()>| {
        let (status, body) = match request.uri().path() {
            "/me" => (200, me.as_str()),
            _ => (429, "{}"),
        };
        let answer = Response::builder()
            .status(status)
            .header("retry-after", "3600");
        Ok(answer.body(body.as_bytes().to_vec()).unwrap())
    };
    let limit = PostmanConnector::validate(&limited)
        .unwrap()
        .rate_limit
        .unwrap();
    assert_eq!((limit.remaining, limit.reset_after), (Some(0), Some(3_600)));
}

#[test]
fn an_unknown_owner_or_team_is_an_error() {
    for (me, wanted) in [
        (r#"{"user":{"id":7,"teamId":"0"}}"#, ErrorKind::NotOffered),
        (r#"{"user":{"id":7,"teamId":null}}"#, ErrorKind::NotOffered),
        (
            r#"{"user":{"id":7,"teamId":true}}"#,
            ErrorKind::UnexpectedResponse,
        ),
        (
            r#"{"user":{"id":7,"teamId":1.5}}"#,
            ErrorKind::UnexpectedResponse,
        ),
        (
            r#"{"user":{"id":7,"teamId":[5150]}}"#,
            ErrorKind::UnexpectedResponse,
        ),
        (
            r#"{"user":{"id":7,"teamId":"a/b"}}"#,
            ErrorKind::UnexpectedResponse,
        ),
        (
            r#"{"user":{"id":"a/b","teamId":5150}}"#,
            ErrorKind::UnexpectedResponse,
        ),
        (r#"{"user":{"teamId":5150}}"#, ErrorKind::UnexpectedResponse),
        (
            r#"{"user":null,"id":7,"teamId":5150}"#,
            ErrorKind::UnexpectedResponse,
        ),
    ] {
        let error = validated(me, 200).unwrap_err();
        assert_eq!(error.kind, wanted, "{me}");
        assert_eq!(error.problem.status, Some(200));
    }
    let bare = validated(r#"{"id":7,"teamId":5150}"#, 200).unwrap();
    assert_eq!(
        (
            bare.display_name.as_str(),
            bare.credential_owner_name.as_str()
        ),
        ("Team 5150", "Service account 7")
    );
}

/// The codes of what is said of a user list, for an owner with these fields.
fn said_of_users(owner: &str, beside: &str, users: &str) -> Vec<(String, bool)> {
    let me = format!("{{\"user\":{{{owner}}}{beside}}}");
    let users = format!("{{\"data\":[{users}]}}");
    let bodies = [("/me", me.as_str()), ("/users", &users)];
    let page =
        PostmanConnector::list_resources(&provider(&bodies), "user", Some(("team", "5150")), None)
            .unwrap();
    let notices = page.notices.iter();
    notices
        .map(|notice| (notice.message.clone(), notice.is_partial()))
        .collect()
}

#[test]
fn a_user_list_without_its_owner_is_partial() {
    let outside = format!("{NAMED},\"roles\":[\"partner\"]");
    let elsewhere = NAMED.replace("5150", "5151");
    let service = r#""id":7,"teamId":5150,"username":"","email":"""#;
    let other = r#"{"id":8,"roles":[]}"#;
    let own = r#"{"id":"7","roles":[]},{"id":8,"roles":[]}"#;
    let own_name_alone = r#"{"name":"u","roles":[]},{"id":8,"roles":[]}"#;
    for (owner, beside, users, wanted) in [
        (NAMED, PLAN, own, 0),
        (NAMED, PLAN, other, 1),
        (NAMED, PLAN, "", 1),
        // Beside the notice on the user without an id.
        (NAMED, PLAN, own_name_alone, 2),
        (&outside, PLAN, other, 0),
        (NAMED, "", other, 0),
        (&elsewhere, PLAN, other, 0),
        (service, PLAN, other, 0),
        (service, PLAN, "", 1),
    ] {
        let said = said_of_users(owner, beside, users);
        let omissions = said.iter().filter(|(_, omits)| *omits).count();
        assert_eq!(omissions, wanted, "{owner} {beside} {users}: {said:?}");
    }
    let said = said_of_users(NAMED, PLAN, other);
    assert!(said[0].0.contains("user 7"), "{said:?}");
}

#[test]
fn a_user_list_waits_for_its_credential() {
    let transport = |_: &'static str, request: Request<()>| {
        let (status, body) = match request.uri().path() {
            "/users" => (200, r#"{"data":[{"id":7}]}"#),
            _ => (503, ""),
        };
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    };
    let error = PostmanConnector::list_resources(&transport, "user", Some(TEAM), None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}
