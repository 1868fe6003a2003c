//! Answers in forms that Postman does not document, and what is still read from them.

use super::*;
use connector_sdk::kind::Kind;

#[test]
fn an_opaque_id_may_be_base64_and_nothing_that_hides() {
    let (longest, longer) = ("a".repeat(128), "a".repeat(129));
    for kind in [ResourceKind::ScimAccount, ResourceKind::CollectionAccessKey] {
        for fit in ["1", "Njg5=", "a/b+c=", "a.b", &longest] {
            assert!(kind.is_id(fit), "{fit}");
        }
        for unfit in ["", ".", "..", "a b", "a\n", "é", "a%b", &longer] {
            assert!(!kind.is_id(unfit), "{unfit}");
        }
    }
    assert!(!ResourceKind::User.is_id("a/b") && ResourceKind::User.is_id("7"));
}

#[test]
fn a_name_or_its_dates_in_another_form_are_noticed() {
    let body = r#"{"Resources":[
        {"id":"a","userName":"a@example.com","name":7,"meta":["x"],"active":"TRUE"},
        {"id":"b","userName":"b","name":null,"active":"false"},
        {"id":"c","name":{"familyName":"F"},"active":3},
        {"id":"d","active":"perhaps"}
    ]}"#;
    let bodies = [("/scim/v2/Users?startIndex=1&count=100", body)];
    let page =
        PostmanConnector::list_resources(&provider(&bodies), "scim-account", Some(TEAM), None)
            .unwrap();
    let noticed: Vec<_> = page
        .notices
        .iter()
        .map(|notice| notice.about.as_ref().unwrap().id.as_str())
        .collect();
    assert_eq!(noticed, ["a", "a", "c", "d"]);
    let names: Vec<_> = page
        .resources
        .iter()
        .map(|account| (account.display_name.as_str(), account.status))
        .collect();
    use connector_sdk::model::Status::{Disabled, Enabled, Unknown};
    assert_eq!(
        names,
        [
            ("a@example.com", Enabled),
            ("b", Disabled),
            ("F", Unknown),
            ("SCIM account d", Unknown)
        ]
    );
}

#[test]
fn overlong_joined_names_are_cut_with_a_notice() {
    let half = "é".repeat(600);
    let body = format!(
        r#"{{"Resources":[{{"id":"a","name":{{"givenName":"{half}","familyName":"{half}"}}}}]}}"#
    );
    let bodies = [("/scim/v2/Users?startIndex=1&count=100", body.as_str())];
    let page =
        PostmanConnector::list_resources(&provider(&bodies), "scim-account", Some(TEAM), None)
            .unwrap();
    assert_eq!(page.resources[0].display_name.chars().count(), 1024);
    assert_eq!(codes(&page), [("shortened-text", false)]);
}

#[test]
fn a_group_may_be_wrapped_as_its_list_is() {
    for body in [
        r#"{"id":771,"managers":[1,"2"]}"#,
        r#"{"data":{"id":771,"managers":[1,"2"]}}"#,
    ] {
        let bodies = [("/groups/771", body)];
        let page =
            PostmanConnector::list_grants(&provider(&bodies), ("group", "771"), None).unwrap();
        assert_eq!(grants(&page), ["manager user:1 -", "manager user:2 -"]);
    }
}

#[test]
fn an_unknown_role_is_its_own_name() {
    let body = r#"{"data":[{"id":1,"roles":["--"," ","a\u0007b","one_two three","X_BETA"]}]}"#;
    let page =
        PostmanConnector::list_resources(&provider(&[("/users", body)]), "user", Some(TEAM), None)
            .unwrap();
    let roles: Vec<_> = page
        .entitlements
        .iter()
        .map(|role| (role.slug.as_ref(), role.display_name.as_ref()))
        .collect();
    assert_eq!(
        roles,
        [
            ("--", "--"),
            ("one_two three", "One Two Three"),
            ("X_BETA", "X Beta")
        ]
    );
    let lost = codes(&page).iter().filter(|(_, omits)| *omits).count();
    assert_eq!(lost, 2);
}

#[test]
fn a_team_role_has_at_most_128_bytes() {
    let (longest, longer) = ("a".repeat(128), "a".repeat(129));
    let body = format!(r#"{{"data":[{{"id":1,"roles":["{longest}","{longer}"]}}]}}"#);
    let bodies = [("/users", body.as_str())];
    let page =
        PostmanConnector::list_resources(&provider(&bodies), "user", Some(TEAM), None).unwrap();
    assert_eq!(grants(&page)[1], format!("{longest} user:1 -"));
    assert_eq!(
        codes(&page),
        [("unknown-role", false), ("unreadable-field", true)]
    );
}

#[test]
fn each_unknown_role_of_a_workspace_is_described_once() {
    let body = r#"{"roles":[{"id":"8","user":["1"]},{"id":"9","displayName":"Nine","user":["1"]},
        {"id":"8","user":["2"]},{"id":"3","user":["1"],"robot":["5"],"nobody":[]}]}"#;
    let bodies = [("/workspaces/w1/roles", body)];
    let page =
        PostmanConnector::list_grants(&provider(&bodies), ("workspace", "w1"), None).unwrap();
    let roles: Vec<_> = page
        .entitlements
        .iter()
        .map(|role| (role.slug.as_ref(), role.display_name.as_ref()))
        .collect();
    assert_eq!(roles, [("role-8", "Role 8"), ("role-9", "Nine")]);
    assert_eq!(
        codes(&page),
        [
            ("unknown-role", false),
            ("unknown-role", false),
            ("unknown-principal-kind", true)
        ]
    );
    assert!(page.resources.is_empty());
}

fn workspace_roles(body: &str) -> Page {
    let bodies = [("/workspaces/w1/roles", body)];
    PostmanConnector::list_grants(&provider(&bodies), ("workspace", "w1"), None).unwrap()
}

#[test]
fn a_role_by_its_name_depends_on_who_holds_it() {
    let body = r#"{"roles":[{"id":"ADMIN","user":["1"]},{"id":"viewer","users":[{"userId":2}],
        "userGroups":[3],"partner":["4"]},{"id":"Owner","user":["5"]}]}"#;
    let page = workspace_roles(body);
    let of_members = |all: &[String]| all.iter().filter(|it| it.starts_with("member")).count();
    let found = grants(&page);
    assert_eq!(of_members(&found), 5);
    for wanted in [
        "admin user:1 -",
        "viewer user:2 -",
        "viewer group:3 member",
        "partner-viewer partner:4 -",
        "role-Owner user:5 -",
    ] {
        assert!(found.iter().any(|it| it == wanted), "{wanted} {found:?}");
    }
    assert_eq!(codes(&page), [("unknown-role", false)]);
}

#[test]
fn a_role_without_a_list_of_principals_is_noticed_if_it_names_one() {
    for (row, is_noticed) in [
        (r#"{"id":"1","type":"user","principal":"5"}"#, true),
        (r#"{"id":"1","principal":{"id":"5"}}"#, true),
        (r#"{"id":"1","user":["5"],"isDefault":true}"#, false),
        (
            r#"{"id":"1","displayName":"Viewer","description":"d"}"#,
            false,
        ),
        (
            r#"{"id":"1","user":null,"createdAt":"2026-01-01T00:00:00Z"}"#,
            false,
        ),
    ] {
        let page = workspace_roles(&format!(r#"{{"roles":[{row}]}}"#));
        let wanted = is_noticed.then_some(("unknown-principal-kind", true));
        assert_eq!(
            codes(&page),
            wanted.into_iter().collect::<Vec<_>>(),
            "{row}"
        );
    }
}

#[test]
fn a_list_that_states_more_than_it_has_is_not_whole() {
    let more = [("unforeseen-pages", true)];
    let page = workspace_roles(r#"{"roles":[{"id":"1","user":["5"]}],"meta":{"nextCursor":"x"}}"#);
    assert_eq!(codes(&page), more);
    for (stated, wanted) in [
        (r#""hasMore":true"#, &more[..]),
        (r#""meta":{"total":2}"#, &more[..]),
        (r#""meta":{"total":1,"nextCursor":null}"#, &[]),
    ] {
        let body = format!(r#"{{"workspaces":[{{"id":"w","visibility":"PRIVATE"}}],{stated}}}"#);
        let bodies = [("/workspaces?limit=100", body.as_str())];
        let transport = provider(&bodies);
        let page = PostmanConnector::list_resources(&transport, "workspace", Some(TEAM), None);
        assert_eq!(codes(&page.unwrap()), wanted, "{stated}");
    }
}
