//! Lists that are walked by counting: when they go on, and when they have ended.

use super::*;

/// The first page of a list of so many collections, with these facts of its own.
fn collections(count: usize, meta: &str) -> Page {
    let items: Vec<String> = (0..count)
        .map(|n| format!(r#"{{"uid":"1-c{n}"}}"#))
        .collect();
    let body = format!(r#"{{"collections":[{}]{meta}}}"#, items.join(","));
    let path = "/collections?workspace=w1&limit=99&offset=0";
    let bodies = [(path, body.as_str())];
    PostmanConnector::list_resources(
        &provider(&bodies),
        "collection",
        Some(("workspace", "w1")),
        None,
    )
    .unwrap()
}

#[test]
fn a_short_list_without_total_is_complete() {
    for (count, meta, goes_on) in [
        (98, "", false),
        (99, "", true),
        (100, "", false),
        (98, r#","meta":{}"#, false),
        (99, r#","meta":{}"#, true),
        (100, r#","meta":{}"#, true),
        (3, r#","meta":{"total":4}"#, true),
        (4, r#","meta":{"total":4}"#, false),
        (4, r#","metadata":{"total":5}"#, true),
        (99, r#","meta":{"total":4}"#, true),
        (5, r#","meta":{"total":4}"#, false),
    ] {
        let page = collections(count, meta);
        assert_eq!(page.next_page_token.is_some(), goes_on, "{count} {meta}");
        assert_eq!(page.resources.len(), count);
        assert!(page.notices.is_empty());
    }
}

/// The SCIM accounts that this answer to the second page lists; the first page began with `a`.
fn accounts(second: &str) -> Result<Page, Error> {
    let items = vec![r#"{"id":"a"}"#; 100].join(",");
    let first = format!(r#"{{"totalResults":300,"Resources":[{items}]}}"#);
    let bodies = [
        ("/scim/v2/Users?startIndex=1&count=100", first.as_str()),
        ("/scim/v2/Users?startIndex=101&count=100", second),
    ];
    let transport = provider(&bodies);
    let list =
        |cursor| PostmanConnector::list_resources(&transport, "scim-account", Some(TEAM), cursor);
    let next = list(None)?.next_page_token.unwrap();
    list(Some(&next))
}

#[test]
fn an_absent_scim_list_is_accepted_at_the_end() {
    for nothing in [
        r#"{"totalResults":100}"#,
        r#"{"totalResults":100,"Resources":null}"#,
    ] {
        assert_eq!(accounts(nothing), Ok(Page::default()));
    }
    for lost in [
        "{}",
        r#"{"totalResults":300}"#,
        r#"{"totalResults":0,"Resources":null}"#,
    ] {
        assert_eq!(
            accounts(lost).unwrap_err().kind,
            ErrorKind::UnexpectedResponse
        );
    }
}

#[test]
fn a_repeated_scim_start_index_is_an_error() {
    let again = r#"{"totalResults":300,"Resources":[{"id":"a"}]}"#;
    assert_eq!(
        accounts(again).unwrap_err().kind,
        ErrorKind::UnexpectedResponse
    );
    let on = r#"{"totalResults":101,"Resources":[{"id":"b","active":true}]}"#;
    let page = accounts(on).unwrap();
    assert_eq!(
        page.resources[0].status,
        connector_sdk::model::Status::Enabled
    );
    assert_eq!((page.next_page_token, page.notices.len()), (None, 0));
}
