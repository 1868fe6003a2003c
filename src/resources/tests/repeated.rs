//! Records of one id on a page, and lists that state more items than they have.

use super::*;

fn listed(resource_type: &str, path: &str, body: &str) -> Page {
    let answers = [(path, body)];
    PostmanConnector::list_resources(&provider(&answers), resource_type, Some(TEAM), None).unwrap()
}

fn conflicts(page: &Page) -> Vec<&str> {
    let notices = page.notices.iter();
    let conflicts = notices.filter(|notice| notice.code == "conflicting-record");
    conflicts.map(|notice| notice.message.as_str()).collect()
}

#[test]
fn records_that_differ_in_their_grants_are_noticed() {
    for (first, later, differ) in [
        (r#""roles":["user"]"#, r#""roles":["admin"]"#, true),
        (r#""roles":["user","admin"]"#, r#""roles":["user"]"#, true),
        (
            r#""roles":["user","admin"]"#,
            r#""roles":["admin","user"]"#,
            false,
        ),
    ] {
        let body =
            format!(r#"{{"data":[{{"id":9,"name":"A",{first}}},{{"id":9,"name":"A",{later}}}]}}"#);
        let page = listed("user", "/users", &body);
        let found = conflicts(&page);
        assert_eq!(found.len(), usize::from(differ), "{body}");
        assert!(
            found.iter().all(|text| text.contains("values of grants")),
            "{found:?}"
        );
        assert_eq!(page.resources.len(), 1);
    }
}

#[test]
fn groups_that_differ_in_their_members_are_noticed() {
    let group =
        |members: &str| format!(r#"{{"id":5,"name":"G","members":[{members}],"roles":[]}}"#);
    let body = format!(r#"{{"data":[{},{}]}}"#, group("1"), group("1,2"));
    let page = listed("group", "/groups", &body);
    assert_eq!(conflicts(&page).len(), 1);
    assert!(
        grants(&page)
            .iter()
            .any(|grant| grant.starts_with("member user:2"))
    );
}

#[test]
fn a_list_that_states_more_items_is_not_whole() {
    for (beside, short) in [
        (r#""meta":{"total":1}"#, false),
        (r#""meta":{"total":50}"#, true),
        (r#""pagination":{"has_more":true}"#, true),
        (r#""pagination":{"has_more":false,"total":1}"#, false),
        (r#""pagination":{"total":"2"}"#, true),
    ] {
        let body = format!(r#"{{"data":[{{"id":9,"name":"A","roles":[]}}],{beside}}}"#);
        let page = listed("user", "/users", &body);
        let found = codes(&page).contains(&("unforeseen-pages", true));
        assert_eq!(found, short, "{beside}");
    }
}
