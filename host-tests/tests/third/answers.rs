//! Access, differences, report, exports and the conformance kit on the third connector.

use serde_json::Value;

use crate::laboratory::Laboratory;
use crate::{Files, component};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn access_goes_through_crews_and_visitors() {
    let files = Files::empty();
    assert_eq!(files.sync(Laboratory::new()), Some(0));
    let operators = files.ask(&[
        "access",
        "db",
        "--on",
        "Open bench",
        "--entitlement",
        "operator",
    ]);
    assert!(
        operators.contains("Scientist s2") && !operators.contains("Scientist s1"),
        "{operators}"
    );
    let explained = files.ask(&[
        "explain",
        "db",
        "--grant",
        "Open bench",
        "operator",
        "s2@laboratory.example",
    ]);
    assert!(explained.contains("Night crew"), "{explained}");
    let outside = files.ask(&["access", "db", "--principal", "visitor:v1"]);
    assert!(
        outside.contains("Shared bench") && outside.contains("outside"),
        "{outside}"
    );
    // The audience stands for accounts, and not for the pages of a logbook or for summonses.
    let onlookers = files.ask(&[
        "access",
        "db",
        "--on",
        "Open bench",
        "--entitlement",
        "onlooker",
        "--format",
        "json",
    ]);
    assert!(
        !onlookers.contains("logbook") && !onlookers.contains("summons"),
        "{onlookers}"
    );
}

#[test]
fn a_changed_laboratory_differs_in_what_changed() {
    let files = Files::empty();
    files.sync(Laboratory::new());
    let mut lab = Laboratory::new();
    lab.set_duties("own", &["steward scientist s6"]);
    files.sync(lab);
    let diff = files.ask(&["diff", "db"]);
    assert!(
        diff.contains("Own bench") && diff.contains("Scientist s6"),
        "{diff}"
    );
}

#[test]
fn the_report_shows_what_every_rule_found() {
    let files = Files::empty();
    files.sync(Laboratory::new());
    files.ask(&["report", "db", "-o", "page.html"]);
    let page = std::fs::read_to_string(files.path("page.html")).unwrap();
    let (_, data) = page.split_once(r#"id="data">"#).expect("the page's data");
    let (data, _) = data.split_once("</script>").unwrap();
    let data = parsed(data);
    let kinds = data["run"]["resource_types"].as_array().unwrap();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    assert_eq!(data["findings"]["findings"].as_array().unwrap().len(), 15);
}

#[test]
fn exports_have_accounts_invitations_and_groups() {
    let files = Files::empty();
    files.sync(Laboratory::new());
    let scim = parsed(&files.ask(&["export", "db", "--as", "scim"]));
    let entries = scim["Resources"].as_array().unwrap().iter();
    let mut types: Vec<_> = entries
        .map(|one| {
            let origin = &one["urn:ietf:params:scim:schemas:extension:connector-host:1.0:Origin"];
            let types = [&one["meta"]["resourceType"], &origin["resourceType"]];
            types.map(|one| one.as_str().unwrap()).join(" ")
        })
        .collect();
    types.sort_unstable();
    types.dedup();
    assert_eq!(
        types,
        [
            "Group crew",
            "User scientist",
            "User summons",
            "User visitor"
        ]
    );
    let baton = parsed(&files.ask(&["export", "db", "--as", "baton"]));
    let resources = baton["resources"].as_array().unwrap().iter();
    let mut users: Vec<_> = resources
        .map(|one| &one["resourceType"])
        .filter(|one| one["traits"] == serde_json::json!(["TRAIT_USER"]))
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    users.dedup();
    assert_eq!(users, ["scientist", "visitor"]);
    let oaa = parsed(&files.ask(&["export", "db", "--as", "oaa"]));
    let users = oaa["applications"][0]["local_users"].as_array().unwrap();
    assert!(
        users
            .iter()
            .all(|one| !one["id"].as_str().unwrap().starts_with("logbook")),
        "{users:?}"
    );
}

#[test]
fn the_conformance_kit_passes_the_laboratory() {
    let files = Files::empty();
    files.sync_with(Laboratory::new(), &["--record", "recording"]);
    let path = component();
    let arguments = [
        "conformance",
        "--recording",
        "recording",
        "--component",
        path.to_str().unwrap(),
    ];
    let output = files.run(&arguments, "http://127.0.0.1:1");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
