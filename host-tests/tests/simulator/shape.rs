//! Holds bodies against the fields and types that are published.

use serde_json::Value;
use std::collections::BTreeSet;

/// Asserts that a value is an object of exactly these fields and kinds; `?` marks what may be missing.
pub fn assert_shape(value: &Value, shape: &str) {
    let mut known = BTreeSet::new();
    for field in shape.split_whitespace() {
        let (name, kind) = field.split_once(':').expect("name:kind");
        let optional = name.ends_with('?');
        let name = name.trim_end_matches('?');
        known.insert(name);
        let found = value.get(name);
        assert!(found.is_some() || optional, "{name} is missing in {value}");
        assert!(
            found.is_none_or(|found| fits(found, kind)),
            "{name} is no {kind} in {value}"
        );
    }
    let fields = value.as_object().expect("an object").keys();
    let unknown: Vec<_> = fields
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?} in {value}");
}

fn fits(value: &Value, kind: &str) -> bool {
    match kind {
        "number" => value.is_number(),
        "digits" => value
            .as_str()
            .is_some_and(|text| text.parse::<u64>().is_ok()),
        "text" => value.as_str().is_some_and(|text| !text.is_empty()),
        "any-text" => value.is_string(),
        "text-or-null" => value.is_string() || value.is_null(),
        "null" => value.is_null(),
        "flag" => value.is_boolean(),
        "time" => value
            .as_str()
            .is_some_and(|text| text.len() == 24 && text.ends_with(".000Z")),
        "texts" => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string)),
        "digit-texts" => value
            .as_array()
            .is_some_and(|list| list.iter().all(|one| fits(one, "digits"))),
        "numbers" => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_number)),
        "list" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no kind {other}"),
    }
}

/// The items of a list in a body.
pub fn items<'a>(body: &'a Value, list: &str) -> &'a [Value] {
    body[list].as_array().expect("a list")
}
