//! The page as a file.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use connector_host::records::Grant;
use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::sync::SyncInventory;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::real;
use super::teams::*;

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page = page(&store(&[small()]));
    let data = "<script type=\"application/json\" id=\"data\">";
    let ours = page.replace(between(&page, data, "</script>"), "");
    for word in [
        "http:",
        "https:",
        "src=",
        "url(",
        "@import",
        "fetch(",
        "XMLHttp",
        "WebSocket",
    ] {
        assert!(!ours.contains(word), "{word}");
    }
    let links: Vec<_> = ours
        .match_indices("href=")
        .map(|(at, _)| &ours[at..at + 12])
        .collect();
    assert_eq!(links, ["href=\"data:,", "href=\"#views"]);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    for part in [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let script = hash(between(&page, "<script>", "</script>"));
    let style = hash(between(&page, "<style>", "</style>"));
    assert!(
        policy.contains(&format!("script-src 'sha256-{script}'")),
        "{policy}"
    );
    assert!(
        policy.contains(&format!("style-src 'sha256-{style}'")),
        "{policy}"
    );
}

#[test]
fn the_scripts_name_no_type_of_a_provider() {
    let page = page(&store(&[small()]));
    let script = between(&page, "<script>", "</script>").to_lowercase();
    for word in ["workspace", "collection", "partner", "postman", "pagerduty"] {
        assert!(!script.contains(word), "{word}");
    }
}

#[test]
fn the_scripts_parse_no_html_and_run_no_text() {
    let page = page(&store(&[small()]));
    let script = between(&page, "<script>", "</script>");
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "DOMParser",
        "srcdoc",
        "createContextualFragment",
    ] {
        assert!(!script.contains(word), "{word}");
    }
}

#[test]
fn hostile_names_are_escaped_and_round_trip() {
    let page = page(&store(&[hostile()]));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<!--") && !page.contains("<img") && !page.contains("<iframe"));
    assert!(!page.contains('\u{2028}') && !page.contains('\u{2029}'));
    let data = embedded(&page);
    for name in hostile_names() {
        let named = |one: &&Value| one["name"] == json!(name);
        let found = data["resources"].as_array().unwrap().iter().filter(named);
        assert_eq!(found.count(), 2, "{name}");
    }
}

/// The grants that the page embeds, with ids in the place of numbers.
fn grants(data: &Value) -> BTreeSet<String> {
    let at = |list: &str, place: &Value| data[list][place.as_u64().unwrap() as usize].clone();
    let resource = |place: &Value| {
        let one = at("resources", place);
        json!({"resource_type": at("types", &one["type"]), "id": one["id"]})
    };
    let maybe = |list: &str, place: &Value| {
        if place.is_null() {
            Value::Null
        } else {
            at(list, place)
        }
    };
    let mut found = BTreeSet::new();
    for row in data["grants"].as_array().unwrap() {
        for principal in row[4].as_array().unwrap() {
            let grant = json!({
                "resource": resource(&row[0]),
                "entitlement": at("entitlements", &row[1])["slug"],
                "principal": resource(principal),
                "implied_by": maybe("rules", &row[2]),
                "expands": maybe("slugs", &row[3]),
            });
            assert!(found.insert(grant.to_string()), "{grant} is there twice");
        }
    }
    found
}

fn json_of(grant: &Grant) -> String {
    serde_json::to_value(grant).unwrap().to_string()
}

fn assert_holds(page: &str, synced: &SyncInventory) {
    let data = embedded(page);
    assert_eq!(data["run"], serde_json::to_value(&synced.run).unwrap());
    let stored: BTreeSet<_> = synced.grants.iter().map(json_of).collect();
    assert_eq!(grants(&data), stored);
    let resources = data["resources"].as_array().unwrap();
    assert_eq!(resources.len(), synced.resources.len());
    for (shown, stored) in resources.iter().zip(&synced.resources) {
        assert_eq!(shown["id"], json!(stored.id.id));
        assert_eq!(shown["name"], json!(stored.display_name));
        let unsaid = json!("enabled");
        assert_eq!(
            *shown.get("status").unwrap_or(&unsaid),
            serde_json::to_value(stored.status).unwrap()
        );
        assert_eq!(
            shown.get("evidence").is_none(),
            stored.evidence == connector_host::records::Evidence::Listed
        );
    }
    let ended_well = synced.summary.scopes.get("complete").copied().unwrap_or(0);
    let gaps = data["gaps"].as_array().unwrap().iter();
    let lacking: u64 = gaps.map(|gap| gap["scopes"].as_u64().unwrap()).sum();
    assert_eq!(lacking + ended_well, synced.scopes.len() as u64);
    assert_eq!(
        data["notices"].as_array().unwrap().len(),
        synced.notices.len()
    );
}

#[test]
fn the_page_holds_what_the_store_holds() {
    let made = [small(), hostile(), big()].map(|synced| store(&[synced]));
    for store in made.into_iter().chain([real::store()]) {
        let stored = store.load(store.runs().unwrap()[0].run).unwrap();
        assert_holds(&page_of(&stored), &stored);
    }
}

#[test]
fn the_page_has_findings_and_changes_unaltered() {
    let store = real::store();
    let data = embedded(&page(&store));
    let rules: Vec<_> = RULES.iter().collect();
    let [newer, older] = [0, 1].map(|at| store.runs().unwrap()[at].run);
    let findings = evaluate_rules(&store, newer, &rules, &RuleLimits::default()).unwrap();
    assert!(findings.findings.len() > 10, "{findings:?}");
    assert_eq!(data["findings"], serde_json::to_value(findings).unwrap());
    let changes = compare_runs((&store, older), (&store, newer), &DiffOptions::default()).unwrap();
    let verdicts: BTreeSet<_> = changes
        .changes
        .iter()
        .map(|one| one.verdict.name())
        .collect();
    assert!(verdicts.len() > 2, "{verdicts:?}");
    assert_eq!(data["changes"], serde_json::to_value(changes).unwrap());
}

#[test]
fn a_dangling_grant_is_an_error_without_a_page() {
    use connector_cli::report::{Review, write_page};
    let mut synced = small();
    synced
        .grants
        .push(grant(id("place", 0), "admin", id("user", "nobody")));
    let review = Review {
        synced: &synced,
        former: &connector_host::store::FormerNames::default(),
        findings: None,
        changes: None,
    };
    let mut out = Vec::new();
    let error = write_page(&review, &mut out).unwrap_err();
    assert!(error.to_string().contains("user nobody"), "{error}");
    assert!(out.is_empty());
}
