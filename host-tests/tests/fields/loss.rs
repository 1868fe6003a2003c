//! The rule that holds whatever the tables say: what is lost is lost aloud.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::distort::{Change, Distorted};
use crate::result::Outcome;

/// Lists whose absence means that nothing is in them (published: rows have only the lists that are
/// not empty, and the catalogue has what the plan has).
const ABSENT_IS_EMPTY: [(&str, &[&str]); 3] = [
    (
        "workspace-roles",
        &["user", "group", "usergroup", "partner"],
    ),
    ("collection-roles", &["user", "group", "team"]),
    ("workspaces-roles", &["user", "usergroup", "partner"]),
];

/// Returns the losses without a notice.
pub fn silent(
    table: &str,
    distorted: &Distorted,
    unchanged: &Outcome,
    now: &Outcome,
) -> Option<String> {
    let (Outcome::Reported(before, noticed), Outcome::Reported(after, notices)) = (unchanged, now)
    else {
        return matches!(now, Outcome::Broken(_)).then(|| format!("{now:?}"));
    };
    let shrunk = before
        .keys()
        .find(|name| has_shrunk(before.get(*name), after.get(*name)));
    if let Some(name) = shrunk.filter(|_| !is_another_value(&distorted.change)) {
        return Some(format!("{name} changes less"));
    }
    let opens = before
        .keys()
        .any(|name| has_opened(before.get(name), after.get(name)));
    let speaks = opens || notices.iter().any(|notice| !noticed.contains(notice));
    if speaks || is_another_answer(table, distorted) {
        return None;
    }
    match &distorted.change {
        // What was left open is left open: less may be known, but nobody and nothing goes.
        Change::Missing | Change::Null => gone(before, after),
        Change::Value(_, value) if value == "" => gone(before, after),
        Change::Added(..) => {
            (before != after).then(|| "a further field changes something".to_owned())
        }
        Change::Other(_, value) | Change::Value(_, value)
            if value.is_string() || value.is_number() =>
        {
            fewer(before, after)
        }
        // Another workspace, as one of a list.
        Change::Other(..) if table == "audit-events" && is_another_value(&distorted.change) => {
            gone(before, after)
        }
        Change::Other(..) => (before != after).then(|| "another type changes something".to_owned()),
        Change::Value(..) => gone(before, after),
    }
}

/// Returns whether the distorted answer is as good as the recorded one, and says something else: an entry
/// that is not in a list, an empty list, a list of principals that is left out.
fn is_another_answer(table: &str, distorted: &Distorted) -> bool {
    let field = distorted.place.rsplit('.').next().unwrap_or_default();
    let absent_is_empty = |(of, fields): &(&str, &[&str])| *of == table && fields.contains(&field);
    match &distorted.change {
        Change::Missing => distorted.is_entry || ABSENT_IS_EMPTY.iter().any(absent_is_empty),
        Change::Null => ABSENT_IS_EMPTY.iter().any(absent_is_empty),
        Change::Value(_, value) => value.as_array().is_some_and(Vec::is_empty),
        Change::Other(..) | Change::Added(..) => false,
    }
}

/// Returns the extent of an event.
fn extent(event: Option<&Value>) -> Option<&Value> {
    event?["details"].get("change")
}

/// Returns whether an event may have changed anything, and might not before.
fn has_opened(before: Option<&Value>, after: Option<&Value>) -> bool {
    extent(after).is_some_and(|it| it == "unknown") && extent(before) != extent(after)
}

/// Returns whether an event has less than it may have changed before.
fn has_shrunk(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (extent(before), extent(after)) {
        (Some(before), Some(after)) => before != after && before != "none" && after != "unknown",
        _ => false,
    }
}

/// Returns whether the value is a text, a number or a list of texts, which may be identities: those of something else.
fn is_another_value(change: &Change) -> bool {
    match change {
        Change::Other(_, value) | Change::Value(_, value) => {
            let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
            let is_texts = |list: &Vec<Value>| !list.is_empty() && list.iter().all(is_text);
            value.is_number() || is_text(value) || value.as_array().is_some_and(is_texts)
        }
        Change::Missing | Change::Null | Change::Added(..) => false,
    }
}

fn gone(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Option<String> {
    let mut lost = before
        .keys()
        .filter(|name| *name != "next" && !after.contains_key(*name));
    lost.next().map(|name| format!("{name} is gone"))
}

/// A text or a number may be a good identity; then nothing is gone, but called otherwise.
fn fewer(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Option<String> {
    let count =
        |facts: &BTreeMap<String, Value>| facts.keys().filter(|name| *name != "next").count();
    (count(after) < count(before)).then(|| "something is gone".to_owned())
}
