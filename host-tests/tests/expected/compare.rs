//! Lines of NDJSON against the expected state, and against themselves.

use std::collections::BTreeSet;

use postman_simulator::{ApiQuirks, ExpectedState, Options};
use serde_json::Value;

use crate::harness::{Asked, read, start};

/// Every way in which the lines differ from the expected state, each as one line; none where they do not.
pub fn differences(ndjson: &str, expected: &ExpectedState) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, wanted) in [
        ("resource", &expected.resources),
        ("grant", &expected.grants),
    ] {
        let start = format!("{{\"{kind}\":");
        let reported: Vec<&str> = ndjson
            .lines()
            .filter(|line| line.starts_with(&start))
            .collect();
        let set: BTreeSet<&str> = reported.iter().copied().collect();
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        found.extend(
            wanted
                .difference(&set)
                .map(|line| format!("missing: {line}")),
        );
        found.extend(
            set.difference(&wanted)
                .map(|line| format!("invented: {line}")),
        );
        if reported.len() != set.len() {
            found.push(format!("a {kind} is reported twice"));
        }
        let counted = &summary(ndjson)[format!("{kind}s").as_str()];
        if *counted != wanted.len() {
            found.push(format!("the summary counts {counted} {kind}s"));
        }
    }
    found
}

/// Every contradiction of the lines: a repeated identity, a grant or a record
/// that refers to something without a record.
pub fn contradictions(ndjson: &str) -> Vec<String> {
    let mut resources = BTreeSet::new();
    let mut entitlements = BTreeSet::new();
    let mut grants = BTreeSet::new();
    let mut found = Vec::new();
    for line in records(ndjson, "resource") {
        let id = named(&line["id"]);
        if !resources.insert(id.clone()) {
            found.push(format!("two records of {id}"));
        }
    }
    for line in records(ndjson, "entitlement") {
        entitlements.insert(format!("{} {}", line["resource_type"], line["slug"]));
    }
    for line in records(ndjson, "grant") {
        let entitlement = format!(
            "{} {}",
            line["resource"]["resource_type"], line["entitlement"]
        );
        let (resource, principal) = (named(&line["resource"]), named(&line["principal"]));
        if !grants.insert(format!("{entitlement} {resource} {principal}")) {
            found.push(format!(
                "two grants of {entitlement} on {resource} to {principal}"
            ));
        }
        let expanded = format!("{} {}", line["principal"]["resource_type"], line["expands"]);
        let is_known = |entitlement| entitlements.contains(entitlement);
        if !is_known(&entitlement) || !(line["expands"].is_null() || is_known(&expanded)) {
            found.push(format!(
                "no record of the entitlement {entitlement} or {expanded}"
            ));
        }
        let unknown = [resource, principal]
            .into_iter()
            .filter(|id| !resources.contains(id));
        found.extend(unknown.map(|id| format!("a grant names {id}, which has no record")));
    }
    found
}

/// The counts in the last line.
fn summary(ndjson: &str) -> Value {
    records(ndjson, "summary").pop().expect("a summary")
}

fn records(ndjson: &str, kind: &str) -> Vec<Value> {
    let lines = ndjson
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .filter_map(|mut line| line.get_mut(kind).map(Value::take))
        .collect()
}

fn named(id: &Value) -> String {
    format!("{} {}", id["resource_type"], id["id"])
}

/// The same lines, with other ids in this one.
fn with_other_ids(ndjson: &str, line: &str) -> String {
    let altered = line.replace("\"id\":\"", "\"id\":\"0");
    ndjson.replacen(line, &altered, 1)
}

/// A comparison that cannot fail proves nothing: each planted defect has to be found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_defect_of_every_kind_is_found() {
    let running = start(Options {
        users: 12,
        workspaces: 9,
        quirks: ApiQuirks::all(),
        ..Options::default()
    })
    .await;
    let (_, honest, expected) = read(&running, &Asked::everything()).await;
    assert_eq!(differences(&honest, &expected), Vec::<String>::new());
    assert_eq!(contradictions(&honest), Vec::<String>::new());
    for kind in ["resource", "grant"] {
        let line = honest
            .lines()
            .find(|line| line.starts_with(&format!("{{\"{kind}\":")));
        let line = line.expect("a record");
        let without = honest.replacen(&format!("{line}\n"), "", 1);
        assert_eq!(
            differences(&without, &expected),
            [format!("missing: {line}")]
        );
        let twice = honest.replacen(line, &format!("{line}\n{line}"), 1);
        assert_eq!(
            differences(&twice, &expected),
            [format!("a {kind} is reported twice")]
        );
        assert_eq!(contradictions(&twice).len(), 1, "{kind}");
        let altered = with_other_ids(&honest, line);
        assert_eq!(differences(&altered, &expected).len(), 2, "{kind}");
    }
    // Of a record, only what refers to it contradicts it: every team stands in grants.
    for start in [
        "{\"resource\":{\"id\":{\"resource_type\":\"team\"",
        "{\"grant\":",
    ] {
        let line = honest.lines().find(|line| line.starts_with(start));
        let altered = with_other_ids(&honest, line.expect("a record"));
        assert!(!contradictions(&altered).is_empty(), "{start}");
    }
    let without_rights = |line: &&str| !line.starts_with("{\"entitlement\":");
    let undescribed: Vec<&str> = honest.lines().filter(without_rights).collect();
    assert!(!contradictions(&undescribed.join("\n")).is_empty());
    let (before, counts) = honest.split_once("{\"summary\":").expect("a summary");
    let counts = counts.replace("\"grants\":", "\"grants\":1");
    let miscounted = format!("{before}{{\"summary\":{counts}");
    assert_eq!(differences(&miscounted, &expected).len(), 1);
}
