//! Grants by a rule to the principals of an entitlement on the tenant, such as Super Admins: in effective access, in
//! findings and in exports, and apart from the members of the tenant.

use crate::findings::{evaluated, found, not_evaluated};
use crate::made::{
    account, end, grant, group, id, implied, notice, store_sync, sync, team, user, workspace,
};
use connector_host::export::ExportShape;
use connector_host::records::{
    AccountType, Details, Entitlement, Grant, Operation, Outcome, Purpose, Resource, ResourceId,
    Status, UserDetails,
};
use connector_host::review::{AccessFilters, AccessMark, effective_access, find_resource};
use connector_host::sync::SyncInventory;
use serde_json::{Value, json};

fn w() -> ResourceId {
    id("workspace", "w")
}

/// The principals of `chief` on the team administer the workspace.
fn by_rule() -> Grant {
    Grant {
        expands: Some("chief".into()),
        ..implied(&w(), "admin", &team())
    }
}

/// A tenant of ann, bob and cem, with an entitlement on it whose principals administer everything.
fn tenant(grants: Vec<Grant>) -> SyncInventory {
    tenant_with(grants, Vec::new())
}

fn tenant_with(mut grants: Vec<Grant>, more: Vec<Resource>) -> SyncInventory {
    let mut resources = vec![
        user("ann"),
        user("bob"),
        user("cem"),
        group("g"),
        workspace("w"),
    ];
    resources.extend(more);
    grants.push(by_rule());
    for name in ["ann", "bob", "cem"] {
        grants.push(grant(&team(), "member", &id("user", name)));
    }
    let mut synced = sync(resources, grants);
    synced.entitlements.push(Entitlement {
        purpose: Purpose::Ownership,
        display_name: "Chief".to_owned(),
        ..Entitlement::undescribed("team".to_owned(), "chief".to_owned())
    });
    synced
}

/// Effective access on the workspace: entitlement, principal, and the sets between.
fn on_workspace(synced: &SyncInventory) -> Vec<String> {
    let (store, run) = store_sync(synced);
    let question = AccessFilters {
        on: Some(find_resource(&store, run, "workspace:w").unwrap()),
        ..AccessFilters::default()
    };
    let (rows, _) = effective_access(&store, run, &question).unwrap();
    let rows = rows.iter().map(|row| {
        let via = row.paths.iter().map(|path| match path.via.as_slice() {
            [] => "direct".to_owned(),
            sets => sets
                .iter()
                .map(|set| set.id.to_string())
                .collect::<Vec<_>>()
                .join(">"),
        });
        let via: Vec<String> = via.collect();
        format!(
            "{} {} {}",
            row.entitlement.slug,
            row.principal.id.id,
            via.join(", ")
        )
    });
    rows.collect()
}

#[test]
fn tenant_entitlements_give_access_by_rule() {
    let grants = vec![
        grant(&team(), "chief", &id("user", "ann")),
        grant(&team(), "chief", &id("group", "g")),
        grant(&id("group", "g"), "member", &id("user", "bob")),
        grant(&w(), "viewer", &id("user", "cem")),
    ];
    let expected = [
        "admin ann team 1",
        "admin bob team 1>group g",
        "viewer cem direct",
    ];
    assert_eq!(on_workspace(&tenant(grants)), expected);
}

#[test]
fn an_entitlement_without_principals_gives_no_access() {
    let synced = tenant(vec![grant(&w(), "viewer", &id("user", "cem"))]);
    assert_eq!(on_workspace(&synced), ["viewer cem direct"]);
    let mut open = tenant(vec![implied(&w(), "access", &team())]);
    assert_eq!(on_workspace(&open).len(), 3);
    // If no member of the tenant is known, its members stand for themselves, and principals of an entitlement do not.
    open.grants.retain(|one| one.entitlement != "member");
    assert_eq!(on_workspace(&open), ["access 1 direct"]);
}

#[test]
fn top_tenant_entitlements_count_as_admins() {
    let admins = |count: usize| {
        let people: Vec<_> = (0..count).map(|n| user(&format!("a{n}"))).collect();
        let grants = people.iter().enumerate();
        let grants = grants.map(|(n, one)| {
            let entitlement = if n % 2 == 0 { "chief" } else { "admin" };
            grant(&team(), entitlement, &one.id)
        });
        tenant_with(grants.collect(), people)
    };
    assert_eq!(found(&admins(5), "many-admins"), Vec::<String>::new());
    assert_eq!(found(&admins(6), "many-admins"), ["team 1"]);
}

#[test]
fn who_oversees_a_place_is_no_admin_of_its_own() {
    let chiefs = || {
        vec![
            grant(&team(), "chief", &id("user", "ann")),
            grant(&team(), "chief", &id("user", "bob")),
        ]
    };
    assert_eq!(found(&tenant(chiefs()), "no-admin"), ["workspace w"]);
    let findings = evaluated(&tenant(chiefs())).findings;
    let no_admin = findings.iter().find(|one| one.rule == "no-admin").unwrap();
    let evidence: Vec<_> = no_admin
        .evidence
        .iter()
        .map(|one| (one.principal.clone().unwrap().id.id, one.note.clone()))
        .collect();
    let rule = Some("by a rule".to_owned());
    assert_eq!(
        evidence,
        [("ann".into(), rule.clone()), ("bob".into(), rule)]
    );
    let mut one_admin = chiefs();
    one_admin.push(grant(&w(), "admin", &id("user", "cem")));
    for rule in ["single-admin", "single-principal"] {
        assert_eq!(
            found(&tenant(one_admin.clone()), rule),
            ["workspace w"],
            "{rule}"
        );
    }
    assert_eq!(found(&tenant(one_admin), "no-admin"), Vec::<String>::new());
    let mut own = chiefs();
    own.push(implied(&w(), "admin", &id("user", "cem")));
    for rule in ["no-admin", "single-admin", "single-principal"] {
        assert_eq!(
            found(&tenant(own.clone()), rule),
            Vec::<String>::new(),
            "{rule}"
        );
    }
}

/// A group that a grant names and no list has.
fn unlisted_set(of: &ResourceId) -> Resource {
    Resource {
        details: Details::Group,
        ..Resource::referenced(of.clone())
    }
}

#[test]
fn a_set_of_unknown_members_is_never_one_person() {
    let squad = id("group", "57000");
    let synced = |outcome| {
        let mut synced = tenant_with(
            vec![grant(&w(), "admin", &squad)],
            vec![unlisted_set(&squad)],
        );
        end(
            &mut synced,
            Operation::ListGrants,
            "workspace",
            Some("w"),
            outcome,
        );
        synced
    };
    for rule in ["no-admin", "single-admin", "single-principal"] {
        let partial = synced(Outcome::Partial);
        assert_eq!(found(&partial, rule), Vec::<String>::new(), "{rule}");
        let expected = ["workspace w: list-grants workspace w: partial"];
        assert_eq!(not_evaluated(&partial, rule), expected, "{rule}");
    }
}

#[test]
fn unknown_access_is_named_in_the_answer() {
    let mut synced = tenant(vec![grant(&w(), "admin", &id("user", "ann"))]);
    synced.notices.push(notice("unknown-access", &w()));
    for rule in ["no-admin", "single-admin", "single-principal"] {
        assert_eq!(found(&synced, rule), Vec::<String>::new(), "{rule}");
        assert_eq!(not_evaluated(&synced, rule).len(), 1, "{rule}");
    }
    let (store, run) = store_sync(&synced);
    for (on, wanted) in [(Some("workspace:w"), 1), (Some("team:1"), 0), (None, 1)] {
        let question = AccessFilters {
            on: on.map(|on| find_resource(&store, run, on).unwrap()),
            who_can: on.is_none().then(|| "workspace:admin".to_owned()),
            ..AccessFilters::default()
        };
        let (_, lacking) = effective_access(&store, run, &question).unwrap();
        let notices: Vec<_> = lacking
            .iter()
            .filter_map(|one| one.notice.as_deref())
            .collect();
        assert_eq!(notices, vec!["unknown-access"; wanted], "{on:?}");
    }
}

#[test]
fn a_service_account_is_no_account_of_unknown_kind() {
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::Service,
        last_login: None,
    });
    let robot = Resource {
        details,
        ..Resource::referenced(id("user", "robot"))
    };
    let grants = vec![
        grant(&w(), "editor", &id("user", "robot")),
        grant(&w(), "editor", &id("user", "gone")),
    ];
    let synced = tenant_with(grants, vec![robot]);
    assert_eq!(found(&synced, "orphaned-account"), ["user gone"]);
    let (store, run) = store_sync(&synced);
    let question = AccessFilters {
        who_can: Some("editor".to_owned()),
        ..AccessFilters::default()
    };
    let (rows, _) = effective_access(&store, run, &question).unwrap();
    let marks: Vec<_> = rows
        .iter()
        .map(|row| (&*row.principal.id.id, row.principal.marks.clone()))
        .collect();
    assert_eq!(
        marks,
        [
            ("gone", vec![AccessMark::Unlisted]),
            ("robot", vec![AccessMark::Service])
        ]
    );
    let finding = evaluated(&synced).findings;
    let summary = &finding
        .iter()
        .find(|one| one.rule == "orphaned-account")
        .unwrap()
        .summary;
    for kind in ["orphaned", "service account", "partner", "guest"] {
        assert!(summary.to_lowercase().contains(kind), "{summary}");
    }
}

#[test]
fn one_rule_says_everywhere_who_is_disabled() {
    let off = |name: &str, address: &str| Resource {
        status: Status::Disabled,
        ..account(id("scim-account", name), address)
    };
    let more = vec![
        account(id("user", "ana"), "ana.doe@example.com"),
        off("old", "Ana.Doe@Example.com"),
        account(id("scim-account", "new"), "ana.doe@example.com"),
        account(id("user", "jürgen"), "jürgen@example.com"),
        off("j", "JU\u{308}RGEN@example.com"),
    ];
    let grants = vec![
        grant(&w(), "admin", &id("user", "ana")),
        grant(&w(), "admin", &id("user", "jürgen")),
    ];
    let synced = tenant_with(grants, more);
    let expected = ["scim-account j", "scim-account old", "user jürgen"];
    assert_eq!(
        found(&synced, "disabled-account-with-access"),
        ["user jürgen"]
    );
    assert_eq!(found(&synced, "single-admin"), ["workspace w"]);
    let (store, run) = store_sync(&synced);
    let filter = connector_host::review::ResourceFilter {
        status: Some("disabled".to_owned()),
        ..Default::default()
    };
    let (rows, _) = connector_host::review::list_resources(&store, run, &filter).unwrap();
    let listed: Vec<String> = rows.iter().map(|row| row.subject.id.to_string()).collect();
    assert_eq!(listed, expected);
    assert!(
        rows.iter()
            .all(|row| row.subject.marks == [AccessMark::SwitchedOff])
    );
    let exported = |shape: ExportShape| -> Value {
        let mut out = Vec::new();
        shape.write(&synced, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    };
    let ids = |list: &Value, is_off: &dyn Fn(&Value) -> bool, id: &dyn Fn(&Value) -> String| {
        let all = list.as_array().unwrap().iter().filter(|one| is_off(one));
        all.map(id).collect::<Vec<_>>()
    };
    let text = |one: &Value, path: &str| {
        one.pointer(path)
            .unwrap()
            .as_str()
            .unwrap()
            .replace(':', " ")
    };
    let scim = exported(ExportShape::Scim);
    assert_eq!(
        ids(&scim["Resources"], &|one| one["active"] == false, &|one| {
            text(one, "/id")
        }),
        expected
    );
    let oaa = exported(ExportShape::Oaa);
    let users = &oaa["applications"][0]["local_users"];
    assert_eq!(
        ids(users, &|one| one["is_active"] == false, &|one| text(
            one, "/id"
        )),
        expected
    );
    let baton = exported(ExportShape::Baton);
    let disabled = json!({ "status": "RESOURCE_STATUS_DISABLED" });
    let id = |one: &Value| {
        let of = &one["resource"]["id"];
        format!(
            "{} {}",
            of["resourceType"].as_str().unwrap(),
            of["resource"].as_str().unwrap()
        )
    };
    assert_eq!(
        ids(
            &baton["resources"],
            &|one| one["resource"]["status"] == disabled,
            &id
        ),
        expected
    );
}

#[test]
fn names_are_found_however_they_are_composed() {
    let called = |name: &str| Resource {
        display_name: name.to_owned(),
        ..workspace("w2")
    };
    for (stored, asked) in [
        ("Ede\u{301}n", "EDÉN"),
        ("Edén", "ede\u{301}n"),
        ("STRASSE", "straße"),
    ] {
        let synced = tenant_with(Vec::new(), vec![called(stored)]);
        let (store, run) = store_sync(&synced);
        let found = find_resource(&store, run, asked).unwrap();
        assert_eq!(found.id, id("workspace", "w2"), "{stored} {asked}");
    }
}
