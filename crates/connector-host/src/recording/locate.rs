//! The locations of an id in the recorded answers.

use serde::Serialize;
use serde_json::Value;

use super::format::{RecordedResult, Recording};
use connector_runtime::shown_path;

/// A field of a recorded answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldLocation {
    /// The recording's line with the answer, from 1.
    pub line: usize,
    /// The request: path and query without page tokens.
    pub request: String,
    /// The field, as an RFC 6901 pointer.
    pub pointer: String,
}

/// Returns the fields that hold `principal` in the answers to `requests`, which are paths as the store keeps
/// them. Where an answer has a record with the id `resource`, those within this record alone; where
/// no field holds `principal`, as with an implied grant, the fields with `resource`.
pub fn locate_fields(
    recording: &Recording,
    requests: &[String],
    resource: &str,
    principal: &str,
) -> Vec<FieldLocation> {
    let (mut with_principal, mut with_resource) = (Vec::new(), Vec::new());
    // The first line says what was recorded.
    for (line, exchange) in (2..).zip(&recording.exchanges) {
        let request = shown_path(&exchange.path);
        if !requests.contains(&request) {
            continue;
        }
        let Some(answer) = recorded_answer(&exchange.heard) else {
            continue;
        };
        let location = |pointer: String| FieldLocation {
            line,
            request: request.clone(),
            pointer,
        };
        let records = json_pointers(&answer, resource);
        let fields = fields_within(json_pointers(&answer, principal), &records);
        with_principal.extend(fields.into_iter().map(location));
        with_resource.extend(records.into_iter().map(location));
    }
    if with_principal.is_empty() {
        with_resource
    } else {
        with_principal
    }
}

/// Returns the JSON of an answer that was a success.
fn recorded_answer(heard: &RecordedResult) -> Option<Value> {
    let response = heard.repeat_answer().ok()?;
    let is_success = (200..300).contains(&response.status);
    serde_json::from_slice(&response.body)
        .ok()
        .filter(|_| is_success)
}

/// Returns the fields that lie in an object with one of these ids; all, where none does.
fn fields_within(fields: Vec<String>, ids: &[String]) -> Vec<String> {
    let objects: Vec<&str> = ids
        .iter()
        .filter_map(|id| id.rsplit_once('/'))
        .map(|(object, _)| object)
        .collect();
    let lies = |field: &String| {
        let rests = objects
            .iter()
            .filter_map(|object| field.strip_prefix(object));
        rests.into_iter().any(|rest| rest.starts_with('/'))
    };
    if fields.iter().any(lies) {
        fields.into_iter().filter(lies).collect()
    } else {
        fields
    }
}

/// Returns every field whose value, or whose name, is this id: text or a number.
fn json_pointers(answer: &Value, id: &str) -> Vec<String> {
    let mut found = Vec::new();
    // A parser's own limit of depth keeps this from going deep.
    search_value(answer, id, &mut String::new(), &mut found);
    found
}

fn search_value(value: &Value, id: &str, at: &mut String, found: &mut Vec<String>) {
    let mut enter = |name: &str, value: &Value, is_it: bool| {
        let length = at.len();
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
        if is_it {
            found.push(at.clone());
        }
        search_value(value, id, at, found);
        at.truncate(length);
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                enter(name, value, name == id);
            }
        }
        Value::Array(items) => {
            for (location, value) in items.iter().enumerate() {
                enter(&location.to_string(), value, false);
            }
        }
        Value::String(text) if text == id => found.push(at.clone()),
        Value::Number(number) if number.to_string() == id => found.push(at.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
