//! The output has a schema: every line of a sync is valid by `schema/ndjson.schema.json`,
//! and a line that is not is caught.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{Asked, ndjson, read, start, sync};
use connector_host::records::{
    Audience, CredentialState, CredentialStatus, Details, Evidence, GrantListing, Impact, LastUse,
    Problem, SecretDetails, TypeKind,
};
use host_tests::json_schema;
use jsonschema::Validator;
use postman_simulator::{ApiQuirks, KeyOwner, Options, TeamPlan};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../crates/connector-sync/schema/ndjson.schema.json");

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    json_schema::validator(&schema)
}

fn kind(line: &Value) -> &str {
    line.as_object().unwrap().keys().next().unwrap()
}

async fn teams() -> Vec<String> {
    let mut all = Vec::new();
    for (plan, owner) in [
        (TeamPlan::Enterprise, KeyOwner::SuperAdmin),
        (TeamPlan::Enterprise, KeyOwner::Developer),
        (TeamPlan::Team, KeyOwner::Admin),
    ] {
        let running = start(Options {
            users: 25,
            workspaces: 12,
            plan,
            owner,
            quirks: ApiQuirks::all(),
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
        quirks: ApiQuirks::all(),
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

/// Every form that serde gives to a part of a line, with the names of the line and of the part.
fn forms() -> Vec<(&'static str, &'static str, Value)> {
    let problem = Problem::new("Renew the key.".to_owned(), "GET /me 401".to_owned());
    let credentials = [
        CredentialStatus::Accepted,
        CredentialStatus::Rejected(problem),
        CredentialStatus::NotConfigured,
        CredentialStatus::NotChecked,
    ];
    let credentials = credentials.map(|status| CredentialState {
        credential: "api-key".to_owned(),
        status,
    });
    let uses = [
        LastUse::NotStated,
        LastUse::Never,
        LastUse::At("2026-01-31T09:30:00Z".to_owned()),
    ];
    let secrets = uses.map(|last_used| {
        Details::Secret(SecretDetails {
            created_by: None,
            access_to: None,
            expires_at: None,
            last_used,
        })
    });
    let audiences = [Audience::Anyone, Audience::Organization].map(Details::Audience);
    let details = secrets.into_iter().chain(audiences);
    let evidence = [Evidence::Listed, Evidence::Referenced];
    let grants = [
        GrantListing::Complete,
        GrantListing::ListGrantsRequired,
        GrantListing::ListGrantsOptional,
    ];
    let impacts = [
        Impact::None,
        Impact::ItemOmitted,
        Impact::AccessUnknown,
        Impact::AttributeUnknown,
    ];
    let kinds = [
        TypeKind::Other,
        TypeKind::Tenant,
        TypeKind::Account,
        TypeKind::Group,
        TypeKind::Audience,
        TypeKind::Container,
        TypeKind::Credential,
        TypeKind::Invitation,
        TypeKind::Usage,
        TypeKind::Subscription,
    ];
    let of_resource = details.map(|one| ("resource", "/details", json!(one)));
    of_resource
        .chain(evidence.map(|one| ("resource", "/evidence", json!(one))))
        .chain(grants.map(|one| ("resource", "/grants", json!(one))))
        .chain(impacts.map(|one| ("notice", "/impact", json!(one))))
        .chain(credentials.map(|one| ("run", "/tenant/credentials/0", json!(one))))
        .chain(kinds.map(|one| ("run", "/resource_types/0/kind", json!(one))))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_part_is_known_and_no_other() {
    let schema = validator();
    let running = start(Options {
        quirks: ApiQuirks::all(),
        ..Options::default()
    })
    .await;
    let (_, lines, _) = read(&running, &Asked::everything()).await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (name, part, form) in forms() {
        let mut line = lines
            .iter()
            .find(|line| kind(line) == name)
            .unwrap()
            .clone();
        let place = line.pointer_mut(&format!("/{name}{part}")).unwrap();
        *place = form;
        assert!(schema.is_valid(&line), "{line}");
        for wrong in [json!("else"), json!({"else": {}}), json!(true), json!(null)] {
            let mut line = line.clone();
            *line.pointer_mut(&format!("/{name}{part}")).unwrap() = wrong;
            assert!(!schema.is_valid(&line), "{line}");
        }
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
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(objects > 15, "{objects}");
}
