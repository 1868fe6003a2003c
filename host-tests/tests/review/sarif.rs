//! A system for alerts reads findings as SARIF.

use crate::alerts::{accepted, findings, shared};
use crate::commands::{Files, run};
use crate::made::{FORBIDDEN, end, workspace};
use connector_host::records::{Operation, Resource};
use serde_json::{Value, json};

/// The rules of SARIF 2.1.0 that its schema has for what is written.
fn assert_is_sarif(log: &Value) -> &Value {
    assert_eq!(log["version"], "2.1.0");
    let [run] = log["runs"].as_array().unwrap().as_slice() else {
        panic!("one run: {log}");
    };
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    let levels = ["error", "warning", "note"];
    let is_level = |level: &Value| levels.contains(&level.as_str().unwrap());
    assert!(
        rules
            .iter()
            .all(|rule| is_level(&rule["defaultConfiguration"]["level"]))
    );
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(
            rules[index]["defaultConfiguration"]["level"],
            result["level"]
        );
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(result["fingerprints"]["findingId/v1"].is_string());
        for suppression in result["suppressions"].as_array().unwrap() {
            assert_eq!(suppression["kind"], "external");
            assert!(suppression["justification"].is_string());
        }
    }
    for note in run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .unwrap()
    {
        assert!(is_level(&note["level"]) && note["message"]["text"].is_string());
    }
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    run
}

#[test]
fn sarif_has_each_finding_with_its_id_and_state() {
    let files = Files::new();
    let mut unread = shared(&["p"]);
    unread.resources.push(Resource {
        display_name: "\u{202e}evil\u{7}".to_owned(),
        ..workspace("v")
    });
    crate::made::close(&mut unread);
    end(
        &mut unread,
        Operation::ListGrants,
        "workspace",
        Some("v"),
        FORBIDDEN,
    );
    let file = files.database("db", &[&shared(&[]), &unread]);
    let list = accepted(
        &files,
        "[[accept]]\nrule = 'non-expiring-key'\nresource = '*'\nreason = 'build'\nuntil = '2999-01-01'",
    );
    let said = run(&[
        "findings",
        &file,
        "--accept",
        &list,
        "--format",
        "sarif",
        "--exit-code",
    ]);
    assert_eq!(said.code, 3, "{}", said.err);
    let log: Value = serde_json::from_str(&said.out).unwrap();
    let results = assert_is_sarif(&log)["results"].as_array().unwrap();
    let rows = findings(&file, &["--accept", &list]);
    let ids = rows.iter().map(|row| &row["id"]);
    assert!(
        results
            .iter()
            .map(|one| &one["fingerprints"]["findingId/v1"])
            .eq(ids)
    );
    let suppressed = results
        .iter()
        .filter(|one| one["suppressions"] != json!([]));
    let suppressed: Vec<_> = suppressed.map(|one| &one["ruleId"]).collect();
    assert_eq!(suppressed, ["non-expiring-key"]);
    assert!(results.iter().all(|one| one.get("baselineState").is_none()));
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(
        notes
            .to_string()
            .contains("Not evaluated workspace v: list-grants workspace v: forbidden")
    );
    let said = run(&["findings", &file, "--format", "sarif", "--new-since", "1"]);
    let log: Value = serde_json::from_str(&said.out).unwrap();
    let results = assert_is_sarif(&log)["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.iter().all(|one| one["baselineState"] == "new"));
    for refused in [
        &["findings", "--rules", "--format", "sarif"][..],
        &["findings", &file, "--format", "sarif", "--bom"],
    ] {
        assert_eq!(run(refused).code, 2, "{refused:?}");
    }
}
