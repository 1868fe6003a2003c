//! The answers of each endpoint. Fields, types and refusals are those of Postman's published
//! description.

pub(super) mod analytics;
pub(super) mod audit;
pub(super) mod collections;
pub(super) mod groups;
pub(super) mod keys;
pub(super) mod me;
mod paging;
pub(super) mod roles;
pub(super) mod scim;
pub(super) mod teams;
pub(super) mod token;
pub(super) mod users;
pub(super) mod workspaces;

use super::listing::ListEntry;
use serde_json::Value;

pub(super) use paging::{earlier_cursor, renewed_cursor as new_cursor};

/// Returns the JSON of each entry: items written by `write`, what is no item as it is.
fn write_entries(entries: &[ListEntry], write: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let entries = entries.iter().filter_map(|entry| match entry {
        ListEntry::Item(at) => write(*at),
        ListEntry::Changed(at) => change_item(&write(*at)?),
        ListEntry::Junk(junk) => Some(junk.json.clone()),
    });
    entries.collect()
}

/// Returns the same item with other facts: all that it has of these, and a name in any case.
fn change_item(item: &str) -> Option<String> {
    let mut item: Value = serde_json::from_str(item).ok()?;
    let fields = item.as_object_mut()?;
    let is = |name: &str, value: &str| fields.get(name).is_some_and(|known| known == value);
    let visibility = if is("visibility", "public") {
        "private"
    } else {
        "public"
    };
    let status = if is("status", "ACTIVE") {
        "INACTIVE"
    } else {
        "ACTIVE"
    };
    for (name, value) in [
        ("visibility", visibility),
        ("status", status),
        ("userName", "renamed@example.com"),
    ] {
        if fields.contains_key(name) {
            fields.insert(name.to_owned(), value.into());
        }
    }
    if !fields.get("name").is_some_and(Value::is_object) {
        fields.insert("name".to_owned(), "Renamed since".into());
    }
    Some(item.to_string())
}
