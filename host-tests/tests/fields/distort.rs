//! Every way in which one place of an answer is distorted.

use std::fmt;

use serde_json::{Value, json};

/// The change of a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A field or an entry is not sent.
    Missing,
    /// The value is `null`.
    Null,
    /// The value is of another type.
    Other(&'static str, Value),
    /// The value is of the same type, and not one that Postman documents.
    Value(&'static str, Value),
    /// An object has a field more.
    Added(&'static str, Value),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Null => f.write_str("null"),
            Self::Other(name, _) | Self::Value(name, _) | Self::Added(name, _) => f.write_str(name),
        }
    }
}

/// One step to a place: a field's name or an entry's number.
#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Entry(usize),
}

/// An answer with one place distorted.
pub struct Distorted {
    /// The place, such as `data[0].id`; empty for the whole body.
    pub place: String,
    /// Its change.
    pub change: Change,
    /// True if the place is an entry of a list.
    pub is_entry: bool,
    /// The body that is sent.
    pub body: Value,
}

/// Distorts every place of a body, the body itself first.
pub fn all(body: &Value) -> Vec<Distorted> {
    let mut places = Vec::new();
    walk(body, &mut Vec::new(), &mut places);
    places.iter().flat_map(|place| at(body, place)).collect()
}

fn walk(value: &Value, here: &mut Vec<Step>, places: &mut Vec<Vec<Step>>) {
    places.push(here.clone());
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (Step::Field(name.clone()), value))
            .collect(),
        Value::Array(entries) => (0..).map(Step::Entry).zip(entries).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (step, value) in steps {
        here.push(step);
        walk(value, here, places);
        here.pop();
    }
}

fn at(body: &Value, place: &[Step]) -> Vec<Distorted> {
    let old = find(&mut body.clone(), place).clone();
    let fits = |change: &Change| !(place.is_empty() && *change == Change::Missing);
    let changes = changes(&old).into_iter().filter(fits);
    let distorted = changes.map(|change| Distorted {
        place: name(place),
        is_entry: matches!(place.last(), Some(Step::Entry(_))),
        body: changed(body, place, &change),
        change,
    });
    distorted.collect()
}

fn changes(old: &Value) -> Vec<Change> {
    let mut changes = vec![Change::Missing, Change::Null];
    let others = [
        ("text", json!("surprise value")),
        ("number", json!(77)),
        ("true", json!(true)),
        ("list", json!(["surprise"])),
        ("object", json!({"surprise": "value"})),
    ];
    let kind = std::mem::discriminant(old);
    let other = others
        .into_iter()
        .filter(|(_, value)| std::mem::discriminant(value) != kind);
    changes.extend(other.map(|(name, value)| Change::Other(name, value)));
    changes.extend(same_type(old));
    changes.retain(|change| !matches!(change, Change::Null) || !old.is_null());
    changes
}

fn same_type(old: &Value) -> Vec<Change> {
    let values = match old {
        Value::Null => Vec::new(),
        Value::Bool(is) => vec![Change::Value("opposite", json!(!is))],
        Value::Number(_) => vec![
            Change::Value("other number", json!(987_654_321)),
            Change::Value("-1", json!(-1)),
            Change::Value("0.5", json!(0.5)),
        ],
        Value::String(_) => vec![
            Change::Value("unknown text", json!("surprise value")),
            Change::Value("empty text", json!("")),
            Change::Value("broken text", json!("surprise\u{fffd}")),
        ],
        Value::Array(_) => vec![Change::Value("empty list", json!([]))],
        Value::Object(_) => vec![
            Change::Value("empty object", json!({})),
            Change::Added("further text", json!("value")),
            Change::Added("further list", json!(["81"])),
        ],
    };
    values
        .into_iter()
        .filter(|change| !matches!(change, Change::Value(_, value) if value == old))
        .collect()
}

fn changed(body: &Value, place: &[Step], change: &Change) -> Value {
    let mut body = body.clone();
    match change {
        Change::Missing => remove(&mut body, place),
        Change::Null => *find(&mut body, place) = Value::Null,
        Change::Other(_, value) | Change::Value(_, value) => {
            *find(&mut body, place) = value.clone()
        }
        Change::Added(_, value) => find(&mut body, place)["surprise"] = value.clone(),
    }
    body
}

fn remove(body: &mut Value, place: &[Step]) {
    let Some((last, before)) = place.split_last() else {
        return;
    };
    match (find(body, before), last) {
        (Value::Object(fields), Step::Field(name)) => drop(fields.remove(name)),
        (Value::Array(entries), Step::Entry(at)) => drop(entries.remove(*at)),
        _ => panic!("no such place"),
    }
}

fn find<'v>(body: &'v mut Value, place: &[Step]) -> &'v mut Value {
    place.iter().fold(body, |value, step| match step {
        Step::Field(name) => &mut value[name.as_str()],
        Step::Entry(at) => &mut value[*at],
    })
}

fn name(place: &[Step]) -> String {
    let mut name = String::new();
    for step in place {
        match step {
            Step::Field(field) if name.is_empty() => name.push_str(field),
            Step::Field(field) => name.push_str(&format!(".{field}")),
            Step::Entry(at) => name.push_str(&format!("[{at}]")),
        }
    }
    name
}
