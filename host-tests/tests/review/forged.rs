//! A group whose id or name looks like two groups, or like a rule, is one group in every answer.

use std::collections::BTreeSet;
use std::fs::File;

use connector_cli::report::write_ndjson;
use connector_host::export::ExportShape;
use connector_host::records::{Entitlement, Resource};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules, split_path};
use connector_host::review::{AccessFilters, effective_access};
use connector_host::sync::SyncInventory;
use serde_json::Value;

use crate::made::{close, grant, group, id, store_sync, sync, user, workspace};

/// One account is in one forged group, and another account in a group that is in another one.
fn forged(own: &str) -> SyncInventory {
    let (w, outer, inner) = (id("workspace", "w"), id("group", "g1"), id("group", "g2"));
    let forged = id("group", own);
    let named = |mut one: Resource, name: &str| {
        name.clone_into(&mut one.display_name);
        one
    };
    let mut synced = sync(
        vec![
            workspace("w"),
            named(group("g1"), "g1"),
            named(group("g2"), "g2"),
            named(group(own), own),
            user("forger"),
            user("member"),
        ],
        vec![
            grant(&w, "admin", &forged),
            grant(&forged, "member", &id("user", "forger")),
            grant(&w, "admin", &outer),
            grant(&outer, "member", &inner),
            grant(&inner, "member", &id("user", "member")),
        ],
    );
    close(&mut synced);
    synced
}

const IDS: [&str; 6] = [
    "g1 > group g2",
    "g1 \\> group g2",
    "g1\\ > group g2",
    "g1 > group g2 > team 1",
    "g1 (by a rule)",
    "g1; group g2",
];

fn via(synced: &SyncInventory, person: &str) -> Vec<Vec<String>> {
    let (store, run) = store_sync(synced);
    let question = AccessFilters {
        who_can: Some("admin".to_owned()),
        ..AccessFilters::default()
    };
    let (answer, _) = effective_access(&store, run, &question).unwrap();
    let of = answer.iter().filter(|one| &*one.principal.id.id == person);
    let paths = of.flat_map(|one| &one.paths);
    paths
        .map(|path| path.via.iter().map(|one| one.id.id.to_string()).collect())
        .collect()
}

#[test]
fn a_forged_path_of_two_groups_is_one_group() {
    for own in IDS {
        let synced = forged(own);
        assert_eq!(via(&synced, "forger"), [[own]]);
        assert_eq!(via(&synced, "member"), [["g1", "g2"]]);
    }
}

#[test]
fn different_access_paths_never_read_alike() {
    for own in IDS {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("out.ndjson");
        let synced = forged(own);
        write_ndjson(&synced, &mut File::create(&file).unwrap()).unwrap();
        for format in ["csv", "table"] {
            let mut command = host_tests::command();
            command.args(["access", file.to_str().unwrap()]);
            command.args(["--who-can", "admin", "--format", format]);
            let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
            let line = |person: &str| {
                let line = out.lines().find(|line| line.contains(person)).unwrap();
                line.replace(person, "").trim_end().to_owned()
            };
            let (forger, member) = (line("forger"), line("member"));
            assert_ne!(forger, member, "{own}: {out}");
            assert!(forger.contains("group \""), "{own}: {forger}");
        }
    }
}

#[test]
fn findings_name_a_forged_path_as_one_group() {
    for own in IDS {
        let forged = id("group", own);
        let grants = vec![
            grant(&id("workspace", "w"), "admin", &forged),
            grant(&forged, "member", &id("user", "forger")),
        ];
        let synced = sync(vec![workspace("w"), group(own), user("forger")], grants);
        let (store, run) = store_sync(&synced);
        let rules: Vec<_> = RULES
            .iter()
            .filter(|rule| rule.id == "single-admin")
            .collect();
        let found = evaluate_rules(&store, run, &rules, &RuleLimits::default()).unwrap();
        let evidence = &found.findings[0].evidence[0];
        let path = evidence.path.as_ref().unwrap();
        assert_eq!(split_path(path), [forged], "{path}");
    }
}

/// An entitlement and a resource whose joined ids are those of another entitlement and resource.
#[test]
fn no_two_things_have_one_identity_in_an_export() {
    let mut synced = sync(
        vec![workspace("w"), workspace("w:admin"), user("u")],
        vec![
            grant(&id("workspace", "w:admin"), "user", &id("user", "u")),
            grant(&id("workspace", "w"), "admin:user", &id("user", "u")),
        ],
    );
    for slug in ["user", "admin:user"] {
        let entitlement = Entitlement::undescribed("workspace".to_owned(), slug.to_owned());
        synced.entitlements.push(entitlement);
    }
    close(&mut synced);
    let mut out = Vec::new();
    ExportShape::Baton.write(&synced, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    for (list, pointer) in [("entitlements", "/entitlement/id"), ("grants", "/grant/id")] {
        let all = document[list].as_array().unwrap().iter();
        let ids: Vec<_> = all
            .map(|one| one.pointer(pointer).unwrap().as_str().unwrap())
            .collect();
        let different: BTreeSet<_> = ids.iter().collect();
        assert!(ids.len() > 1 && different.len() == ids.len(), "{ids:?}");
    }
}
