//! What others build on is written down: every line of a sync is as `schema/ndjson.schema.json` says,
//! and a line that is not is caught.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{Asked, ndjson, read, start, sync};
use jsonschema::Validator;
use postman_simulator::{KeyOwner, Options, Plan, Traps};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../crates/connector-sync/schema/ndjson.schema.json");

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn kind(line: &Value) -> &str {
    line.as_object().unwrap().keys().next().unwrap()
}

async fn teams() -> Vec<String> {
    let mut all = Vec::new();
    for (plan, owner) in [
        (Plan::Enterprise, KeyOwner::SuperAdmin),
        (Plan::Enterprise, KeyOwner::Developer),
        (Plan::Team, KeyOwner::Admin),
    ] {
        let running = start(Options {
            users: 25,
            workspaces: 12,
            plan,
            owner,
            traps: Traps::all(),
            ..Options::default()
        })
        .await;
        for asked in [Asked::plain(), Asked::everything()] {
            if let Ok(synced) = sync(&running, &asked).await {
                all.push(ndjson(&synced));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_as_the_schema_says() {
    let schema = validator();
    let teams = teams().await;
    assert!(teams.len() >= 4, "{} syncs came to an end", teams.len());
    let (mut kinds, mut outcomes) = (BTreeMap::new(), BTreeSet::new());
    for line in teams.iter().flat_map(|lines| lines.lines()) {
        let value: Value = serde_json::from_str(line).unwrap();
        let wrong = schema
            .iter_errors(&value)
            .next()
            .map(|error| error.to_string());
        assert_eq!(wrong, None, "{line}");
        *kinds.entry(kind(&value).to_owned()).or_insert(0) += 1;
        if let Some(outcome) = value["scope"]["outcome"].as_str() {
            outcomes.insert(outcome.to_owned());
        }
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    assert!(outcomes.len() >= 5, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_wrong_anywhere_is_caught() {
    let schema = validator();
    let running = start(Options {
        users: 20,
        workspaces: 10,
        traps: Traps::all(),
        ..Options::default()
    })
    .await;
    let (_, lines, _) = read(&running, &Asked::everything()).await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut planted = 0;
    for name in [
        "run",
        "resource",
        "entitlement",
        "grant",
        "notice",
        "scope",
        "summary",
    ] {
        let line = lines.iter().find(|line| kind(line) == name).unwrap();
        let fields: Vec<String> = line[name].as_object().unwrap().keys().cloned().collect();
        let wrong = |change: &dyn Fn(&mut Value)| {
            let mut line = line.clone();
            change(&mut line);
            assert!(!schema.is_valid(&line), "{line}");
        };
        for field in &fields {
            wrong(&|line| drop(line[name].as_object_mut().unwrap().remove(field)));
            wrong(&|line| line[name][field] = json!([7]));
            planted += 2;
        }
        wrong(&|line| line[name]["more"] = json!(1));
        wrong(&|line| line["more"] = json!({}));
        wrong(&|line| *line = json!({"other": line[name]}));
        planted += 3;
    }
    assert!(planted > 100, "{planted}");
    for wrong in [
        json!({"scope": {"call": "list-grants", "resource_type": "a", "id": "1", "parent": null,
            "outcome": "fine", "pages": 1, "requests": 1, "problem": null}}),
        json!({"grant": {"resource": {"resource_type": "", "id": "1"}, "entitlement": "a",
            "principal": {"resource_type": "a", "id": "1"}, "implied_by": null, "expands": null}}),
    ] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

/// Everything in the schema that describes an object closes it, and every field has a sentence.
#[test]
fn the_schema_is_closed_and_explained() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut objects = 0;
    let mut stack = vec![&schema];
    while let Some(value) = stack.pop() {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            objects += 1;
            assert_eq!(value["additionalProperties"], false, "{value}");
            for (name, field) in properties {
                let said = field.get("description").or_else(|| field.get("$ref"));
                assert!(said.is_some(), "{name}");
            }
        }
        match value {
            Value::Object(members) => stack.extend(members.values()),
            Value::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    assert!(objects > 15, "{objects}");
}
