//! Findings on the third connector: each rule applies where it can.

use serde_json::Value;

use crate::Files;
use crate::laboratory::Laboratory;

/// Rules with the subjects of their findings, and rules with the lists that they lack.
fn findings(lab: Laboratory) -> (Vec<String>, Vec<String>) {
    let files = Files::empty();
    files.sync(lab);
    let text = files.ask(&["findings", "db", "--format", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = json["rows"].as_array().unwrap().iter().map(|one| {
        let subject = &one["subject"];
        let id = [&subject["resource_type"], &subject["id"]]
            .map(text)
            .join(" ");
        format!("{} {id}", text(&one["rule"]))
    });
    let open = json["not_evaluated"].as_array().unwrap().iter().map(|one| {
        let scope = &one["because"]["scope"];
        format!("{} {}", text(&one["rule"]), text(&scope["resource_type"]))
    });
    let (mut found, mut open): (Vec<_>, Vec<_>) = (found.collect(), open.collect());
    found.sort();
    open.sort();
    open.dedup();
    (found, open)
}

#[test]
fn each_rule_finds_its_case_in_the_laboratory() {
    let (found, open) = findings(Laboratory::new());
    assert_eq!(
        found,
        [
            "disabled-account-with-access scientist s3",
            "dormant-account scientist s7",
            "expiring-key badge ending",
            "external-editor visitor v1",
            "many-admins institute lab",
            "no-admin bench lost",
            "non-expiring-key badge endless",
            "old-invitation summons late",
            "orphaned-account scientist gone",
            "public bench open",
            "single-admin bench own",
            "single-admin bench shared",
            "single-principal bench own",
            "unused-key badge idle",
            "unused-seats lease floor",
        ]
    );
    // Nobody states when a visitor was there, who is of no list.
    assert!(
        open.iter().all(|one| one.starts_with("dormant-account ")),
        "{open:?}"
    );
}

#[test]
fn an_unread_list_opens_the_rules_of_its_kind() {
    for (path, of, rules) in [
        (
            "/scientists",
            "scientist",
            &[
                "disabled-account-with-access",
                "many-admins",
                "orphaned-account",
            ][..],
        ),
        (
            "/badges",
            "badge",
            &["expiring-key", "non-expiring-key", "unused-key"],
        ),
        (
            "/crews",
            "crew",
            &[
                "disabled-account-with-access",
                "external-editor",
                "many-admins",
                "no-admin",
                "orphaned-account",
                "single-admin",
                "single-principal",
            ],
        ),
        (
            "/benches",
            "bench",
            &["no-admin", "public", "single-admin", "single-principal"],
        ),
        ("/summonses", "summons", &["old-invitation"]),
        ("/logbook", "logbook", &["dormant-account"]),
        ("/leases", "lease", &["unused-seats"]),
    ] {
        let mut lab = Laboratory::new();
        lab.0.remove(path);
        let (_, open) = findings(lab);
        let expected: Vec<_> = rules.iter().map(|rule| format!("{rule} {of}")).collect();
        let of_type = open
            .into_iter()
            .filter(|one| one.ends_with(&format!(" {of}")));
        assert_eq!(of_type.collect::<Vec<_>>(), expected, "{path}");
    }
}

#[test]
fn a_smudged_duty_leaves_its_bench_not_evaluated() {
    let mut lab = Laboratory::new();
    lab.set_duties("own", &["steward scientist s5", "sleeper scientist s1"]);
    let (found, open) = findings(lab);
    assert!(
        !found.iter().any(|one| one.ends_with("bench own")),
        "{found:?}"
    );
    for rule in ["no-admin", "single-admin", "single-principal"] {
        assert!(open.contains(&format!("{rule} bench")), "{rule}: {open:?}");
    }
}
