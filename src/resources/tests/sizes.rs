//! Page sizes that Postman no longer takes.

use super::*;

/// Every list of which the page size can be chosen: type, parent, path to the first page, its size, and
/// the answer to a full page of so many items that another one follows.
type Sized = (
    &'static str,
    GivenId<'static>,
    &'static str,
    u64,
    fn(u64) -> String,
);

const LISTS: [Sized; 3] = [
    ("workspace", TEAM, "/workspaces?limit=", 100, |_| {
        r#"{"workspaces":[],"meta":{"nextCursor":"c"}}"#.to_owned()
    }),
    (
        "collection",
        ("workspace", "w1"),
        "/collections?workspace=w1&limit=",
        99,
        |size| format!(r#"{{"collections":[{}]}}"#, items(size)),
    ),
    (
        "scim-account",
        TEAM,
        "/scim/v2/Users?startIndex=1&count=",
        100,
        |size| format!(r#"{{"Resources":[{}],"totalResults":900}}"#, items(size)),
    ),
];

fn items(count: u64) -> String {
    let items = (0..count).map(|n| format!(r#"{{"id":"a{n}","uid":"1-a{n}"}}"#));
    items.collect::<Vec<_>>().join(",")
}

/// The paths that were asked for, and how the calls ended, where more than `most` items are refused
/// with this message.
fn asked(list: &Sized, most: u64, says: &str) -> (Vec<String>, Vec<Result<bool, ErrorKind>>) {
    let (of, parent, first, _, body) = *list;
    let paths = RefCell::new(Vec::new());
    let transport = |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let size = path.strip_prefix(first).map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().unwrap()
        });
        paths.borrow_mut().push(path);
        // Later pages of the SCIM accounts are not distinguished here: any size is taken.
        let size = size.unwrap_or_default();
        let answer = if size > most {
            let body = format!(r#"{{"error":{{"name":"badRequestError","message":"{says}"}}}}"#);
            Response::builder().status(400).body(body.into_bytes())
        } else {
            Response::builder().body(body(size).into_bytes())
        };
        Ok(answer.unwrap())
    };
    let mut ended = Vec::new();
    let page = PostmanConnector::list_resources(&transport, of, Some(parent), None);
    let next = page
        .as_ref()
        .ok()
        .and_then(|page| page.next_page_token.clone());
    ended.push(
        page.map(|page| page.next_page_token.is_some())
            .map_err(|it| it.kind),
    );
    if let Some(next) = next {
        let page = PostmanConnector::list_resources(&transport, of, Some(parent), Some(&next));
        ended.push(page.map(|_| true).map_err(|it| it.kind));
    }
    (paths.take(), ended)
}

#[test]
fn a_lowered_page_size_is_learned_and_stays() {
    for list in &LISTS {
        let (paths, ended) = asked(list, 40, "The limit parameter must not exceed 40.");
        assert_eq!(ended[0], Ok(true), "{}", list.0);
        assert_eq!(paths.len(), 3, "{paths:?}");
        assert!(paths[0].starts_with(&format!("{}{}", list.2, list.3)));
        assert!(paths[1].starts_with(&format!("{}40", list.2)));
        assert!(paths[2].contains("=40"), "{paths:?}");
        // Where a list counts, it counts what came.
        let is_counted = list.0 != "workspace";
        let second = if list.0 == "collection" {
            "offset=40"
        } else {
            "startIndex=41"
        };
        assert_eq!(paths[2].contains(second), is_counted, "{paths:?}");
    }
}

#[test]
fn a_smaller_page_is_tried_once() {
    for list in &LISTS {
        let (paths, ended) = asked(list, 0, "The limit parameter must not exceed 40.");
        assert_eq!(ended, [Err(ErrorKind::UnexpectedResponse)]);
        assert_eq!(paths.len(), 2, "{paths:?}");
        let (paths, ended) = asked(list, 0, "Something is wrong.");
        assert_eq!((paths.len(), ended.len()), (1, 1), "{paths:?}");
        let (paths, ended) = asked(list, 25, "Invalid limit.");
        assert_eq!((paths.len(), &ended[0]), (3, &Ok(true)), "{paths:?}");
    }
}
