//! Findings drive alerts: their ids stay, and new and accepted findings are distinguished.

use crate::commands::{Files, Said, run};
use crate::made::{FORBIDDEN, end, grant, id, key, partner, sync, user, workspace};
use connector_host::records::{Grant, Operation};
use connector_host::sync::SyncInventory;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Ann and bob administer the workspace, and these partners edit it.
pub fn shared(partners: &[&str]) -> SyncInventory {
    let on = id("workspace", "w");
    let mut grants: Vec<Grant> = ["ann", "bob"]
        .map(|name| grant(&on, "admin", &id("user", name)))
        .into();
    grants.extend(
        partners
            .iter()
            .map(|name| grant(&on, "editor", &id("partner", name))),
    );
    let mut resources = vec![user("ann"), user("bob"), workspace("w")];
    resources.extend(partners.iter().map(|name| partner(name)));
    resources.push(key("k", None, Some("2026-05-31T00:00:00Z")));
    sync(resources, grants)
}

fn rows(said: &Said) -> Vec<Value> {
    let answer: Value = serde_json::from_str(&said.out).expect(&said.err);
    answer["rows"].as_array().unwrap().clone()
}

pub fn findings(file: &str, arguments: &[&str]) -> Vec<Value> {
    rows(&run(
        &[&["findings", file, "--format", "json"], arguments].concat()
    ))
}

fn subjects(rows: &[Value]) -> Vec<String> {
    let subjects = rows
        .iter()
        .map(|one| one["subject"]["id"].as_str().unwrap());
    subjects.map(str::to_owned).collect()
}

fn id_of(rows: &[Value], subject: &str) -> String {
    let mut rows = rows.iter();
    let row = rows.find(|one| one["subject"]["id"] == subject).unwrap();
    row["id"].as_str().unwrap().to_owned()
}

pub fn accepted(files: &Files, text: &str) -> String {
    let path = files.path("accepted.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_id_stays_while_the_facts_are_the_same() {
    let files = Files::new();
    let first = files.ndjson("first", &shared(&["p"]));
    let mut later = shared(&["p"]);
    // Another row number, another name, another note: the same facts.
    later.resources.insert(0, user("aaron"));
    for one in &mut later.resources {
        one.display_name = format!("Renamed {}", one.id);
    }
    later.run.started_at = "2026-06-20T12:00:00Z".to_owned();
    let (first, later) = (
        findings(&first, &[]),
        findings(&files.ndjson("later", &later), &[]),
    );
    let ids = |rows: &[Value]| rows.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&later));
    let documented = json!([
        "external-editor",
        ["team", "1"],
        ["partner", "p"],
        [[["workspace", "w"], "editor", ["partner", "p"]]]
    ]);
    let digest = Sha256::digest(documented.to_string());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id_of(&first, "p"), digest[..20]);
    let key = Sha256::digest(
        json!(["non-expiring-key", ["team", "1"], ["access-key", "k"], []]).to_string(),
    );
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id_of(&first, "k"), key[..20]);
    let mut more = shared(&["p"]);
    more.grants
        .push(grant(&id("workspace", "w"), "admin", &id("partner", "p")));
    crate::made::close(&mut more);
    let more = findings(&files.ndjson("more", &more), &["--rule", "external-editor"]);
    assert_ne!(id_of(&more, "p"), digest[..20]);
}

#[test]
fn only_what_an_earlier_sync_lacked_is_new() {
    let files = Files::new();
    let mut lost = shared(&["p", "q"]);
    lost.grants
        .push(grant(&id("workspace", "w"), "admin", &id("partner", "q")));
    crate::made::close(&mut lost);
    let file = files.database("db", &[&shared(&["p"]), &lost, &shared(&["p", "q"])]);
    let new = |arguments: &[&str]| subjects(&findings(&file, arguments));
    assert_eq!(new(&["--new-since", "1"]), ["q"]);
    assert_eq!(new(&["--new-since", "1", "--run", "2"]), ["q"]);
    // One entitlement less is nothing new.
    assert_eq!(new(&["--new-since", "previous"]), Vec::<String>::new());
    assert_eq!(new(&["--new-since", "last-complete"]), Vec::<String>::new());
    let codes = ["1", "previous"].map(|since| {
        let said = run(&["findings", &file, "--new-since", since, "--exit-code"]);
        (said.code, said.out.contains("Nothing is new since sync 2."))
    });
    assert_eq!(codes, [(3, false), (0, true)]);
    for since in ["3", "7", "2026-01-01"] {
        let said = run(&["findings", &file, "--new-since", since]);
        assert_eq!(said.code, 2, "{since}: {}", said.err);
        assert!(
            said.err.contains("names no sync of team 1 before sync 3"),
            "{}",
            said.err
        );
    }
}

#[test]
fn unevaluated_before_is_not_called_new() {
    let files = Files::new();
    let mut unread = shared(&[]);
    end(
        &mut unread,
        Operation::ListGrants,
        "workspace",
        Some("w"),
        FORBIDDEN,
    );
    let file = files.database("db", &[&unread, &shared(&["p"])]);
    let rows = findings(&file, &["--new-since", "1", "--rule", "external-editor"]);
    assert_eq!(rows[0]["novelty"], "not-evaluated-before");
    let file = files.database("read", &[&shared(&[]), &shared(&["p"])]);
    let rows = findings(&file, &["--new-since", "1", "--rule", "external-editor"]);
    assert_eq!(rows[0]["novelty"], "new");
}

#[test]
fn a_severity_and_those_above_it_are_asked_for() {
    let files = Files::new();
    let file = files.ndjson("one", &shared(&["p"]));
    let severities = |low: &str| {
        let rows = findings(&file, &["--minimum-severity", low]);
        let words = rows
            .iter()
            .map(|one| one["severity"].as_str().unwrap().to_owned());
        words.collect::<Vec<_>>()
    };
    assert_eq!(severities("high"), ["high"]);
    assert_eq!(severities("medium"), ["high", "medium"]);
    let said = run(&["findings", &file, "--minimum-severity", "grave"]);
    assert!(
        said.code == 2 && said.err.contains("high, medium and low"),
        "{}",
        said.err
    );
}

#[test]
fn accepted_findings_say_why_and_do_not_alert() {
    let files = Files::new();
    let file = files.ndjson("one", &shared(&["p"]));
    let of = id_of(&findings(&file, &[]), "p");
    let list = format!(
        "[[accept]]\nfinding = '{of}'\nreason = 'contract 17'\nuntil = '2999-12-31'\n
        [[accept]]\nrule = 'non-expiring-key'\nresource = 'access-key:*'\nreason = 'build'\nuntil = '2999-12-31'"
    );
    let list = accepted(&files, &list);
    let asked = [
        "--accept",
        &list,
        "--exit-code",
        "--minimum-severity",
        "medium",
    ];
    let said = run(&[&["findings", &file][..], &asked].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for line in [
        "0 external-editor (high)",
        "accepted: Name of k (access-key k): build (until 2999-12-31)",
        "Everything that was found is accepted.",
    ] {
        assert!(said.out.contains(line), "{}", said.out);
    }
    assert_eq!(said.err, "");
    let rows = findings(&file, &["--accept", &list]);
    assert_eq!(
        rows[0]["accepted"],
        json!([{ "reason": "contract 17", "until": "2999-12-31" }])
    );
    let open = run(&[
        "findings",
        &file,
        "--exit-code",
        "--minimum-severity",
        "medium",
    ]);
    assert_eq!(open.code, 3);
}

#[test]
fn each_row_of_a_finding_has_to_be_accepted() {
    let files = Files::new();
    let on = |name: &str| grant(&id("workspace", name), "editor", &id("partner", "p"));
    let mut synced = shared(&["p"]);
    synced.resources.push(workspace("v"));
    synced.grants.push(on("v"));
    crate::made::close(&mut synced);
    let file = files.ndjson("two", &synced);
    let entry = |resource: &str, principal: &str| {
        format!(
            "[[accept]]\nrule = 'external-editor'\nresource = '{resource}'\nprincipal = '{principal}'\nreason = 'r {resource}'\nuntil = '2999-12-31'\n"
        )
    };
    let is_accepted = |list: &str| {
        let list = accepted(&files, list);
        let rows = findings(&file, &["--accept", &list, "--rule", "external-editor"]);
        rows[0]["accepted"].as_array().unwrap().len()
    };
    assert_eq!(is_accepted(&entry("workspace:w", "partner:p")), 0);
    assert_eq!(
        is_accepted(&(entry("workspace:w", "partner:p") + &entry("workspace:v", "*"))),
        2
    );
    assert_eq!(is_accepted(&entry("workspace:*", "partner:*")), 1);
    assert_eq!(is_accepted(&entry("workspace:*", "user:*")), 0);
}

#[test]
fn old_and_unused_acceptances_are_named() {
    let files = Files::new();
    let file = files.ndjson("one", &shared(&["p"]));
    let list =
        "[[accept]]\nrule = 'external-editor'\nresource = '*'\nreason = 'r'\nuntil = '2020-01-01'\n
        [[accept]]\nrule = 'public'\nresource = '*'\nreason = 'r'\nuntil = '2999-01-01'\n
        [[accept]]\nrule = 'non-expiring-key'\nresource = '*'\nreason = 'r'\nuntil = '2999-01-01'";
    let list = accepted(&files, list);
    let said = run(&[
        "findings",
        &file,
        "--accept",
        &list,
        "--exit-code",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 3);
    for note in [
        "line 1 (external-editor on *) expired after 2020-01-01, and what it accepted shows again",
        "line 7 (public on *) matches no finding: remove it",
    ] {
        assert!(said.err.contains(note), "{}", said.err);
    }
    assert_eq!(said.err.lines().count(), 2, "{}", said.err);
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    let cases = answer["accept_notes"].as_array().unwrap().iter();
    let cases: Vec<_> = cases.map(|one| one["case"].as_str().unwrap()).collect();
    assert_eq!(cases, ["expired", "unmatched"]);
    // Of a rule that was not asked for nothing is known.
    let said = run(&[
        "findings",
        &file,
        "--accept",
        &list,
        "--rule",
        "non-expiring-key",
    ]);
    assert_eq!(said.err, "");
}

#[test]
fn a_wrong_accept_list_is_refused_with_its_line() {
    let files = Files::new();
    let file = files.ndjson("one", &shared(&[]));
    let rest = "reason = 'r'\nuntil = '2999-01-01'";
    for (text, said) in [
        (
            "[[accept]]\nrule = 'public'\nresource = '*'\nuntil = '2999-01-01'".to_owned(),
            "missing field `reason`",
        ),
        (
            "[[accept]]\nrule = 'public'\nresource = '*'\nreason = 'r'".to_owned(),
            "missing field `until`",
        ),
        (
            format!("[[accept]]\nrule = 'public'\n{rest}"),
            "add resource, principal or both",
        ),
        (
            format!("[[accept]]\nrule = 'odd'\nresource = '*'\n{rest}"),
            "there is no rule",
        ),
        (format!("[[accept]]\n{rest}"), "neither finding nor rule"),
        (
            format!("[[accept]]\nfinding = 'ABC'\n{rest}"),
            "20 hexadecimal digits",
        ),
        (
            format!("[[accept]]\nrule = 'public'\nresource = 'workspace'\n{rest}"),
            "TYPE:ID",
        ),
        (
            format!("[[accept]]\nrule = 'public'\nother = 'x'\n{rest}"),
            "no such field",
        ),
        (
            "[[accept]]\nrule = 'public'\nresource = '*'\nreason = ' '\nuntil = '2999-01-01'"
                .to_owned(),
            "say why",
        ),
        (
            "[[accept]]\nrule = 'public'\nresource = '*'\nreason = 'r'\nuntil = 'June'".to_owned(),
            "the last day",
        ),
        (
            "[[accept]]\nrule = 'public'\nresource = '*'\nreason = 'r'\nuntil = 2999-01-01"
                .to_owned(),
            "until",
        ),
    ] {
        let list = accepted(&files, &text);
        let refused = run(&["findings", &file, "--accept", &list]);
        assert_eq!(refused.code, 2, "{text}: {}", refused.out);
        assert!(refused.err.contains(said), "{text}: {}", refused.err);
        assert!(
            refused.err.contains("accepted.toml: line "),
            "{}",
            refused.err
        );
    }
}
