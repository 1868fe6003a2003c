//! Lists that are walked by counting: when they go on, and when they have ended.

use super::*;

/// The first page of a list of so many collections, with these facts of its own.
fn collections(count: usize, meta: &str) -> Page {
    let items: Vec<String> = (0..count)
        .map(|n| format!(r#"{{"uid":"1-c{n}"}}"#))
        .collect();
    let body = format!(r#"{{"collections":[{}]{meta}}}"#, items.join(","));
    let path = "/collections?workspace=w1&limit=100&offset=0";
    let bodies = [(path, body.as_str())];
    list_resources(
        &provider(&bodies),
        "collection",
        Some(("workspace", "w1")),
        None,
    )
    .unwrap()
}

#[test]
fn a_list_without_its_length_came_whole_unless_it_is_as_long_as_a_page() {
    for (count, meta, goes_on) in [
        (99, "", false),
        (100, "", true),
        (101, "", false),
        (99, r#","meta":{}"#, false),
        (100, r#","meta":{}"#, true),
        (101, r#","meta":{}"#, true),
        (3, r#","meta":{"total":4}"#, true),
        (4, r#","meta":{"total":4}"#, false),
        (4, r#","metadata":{"total":5}"#, true),
        (100, r#","meta":{"total":4}"#, true),
        (5, r#","meta":{"total":4}"#, false),
    ] {
        let page = collections(count, meta);
        assert_eq!(page.next.is_some(), goes_on, "{count} {meta}");
        assert_eq!(page.resources.len(), count);
        assert!(page.notices.is_empty());
    }
}
