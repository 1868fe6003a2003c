//! The expected state equals the documented bodies where they show it, and is consistent everywhere else.

use crate::client::{plain, read, start};
use postman_simulator::{
    ApiQuirks, ExpectedScope, ExpectedState, KeyOwner, Options, RunningSimulator, Simulator,
    TeamPlan,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Resource, entitlement and principal, each with its type.
type GrantTuple = (String, String, String);

/// A team that is large enough for every quirk.
fn large() -> Options {
    Options {
        users: 300,
        workspaces: 250,
        quirks: ApiQuirks::all(),
        ..Options::default()
    }
}

fn everything() -> ExpectedScope {
    ExpectedScope {
        collections: true,
        group_managers: true,
        scim: true,
        ..ExpectedScope::default()
    }
}

fn named(id: &Value) -> String {
    let text = |key| id[key].as_str().expect("a text");
    format!("{}:{}", text("resource_type"), text("id"))
}

fn grants_of(expected: &ExpectedState) -> BTreeSet<GrantTuple> {
    let grants = expected.grants.iter().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let grant = &line["grant"];
        let entitlement = grant["entitlement"].as_str().expect("a text").to_owned();
        (
            named(&grant["resource"]),
            entitlement,
            named(&grant["principal"]),
        )
    });
    grants.collect()
}

fn ids(expected: &ExpectedState) -> Vec<String> {
    let lines = expected
        .resources
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.map(|line| named(&line["resource"]["id"])).collect()
}

#[tokio::test]
async fn equals_what_documented_bodies_say() {
    for seed in 0..4 {
        let running = start(Options {
            seed,
            scim_key: Some("k".to_owned()),
            ..plain()
        })
        .await;
        let expected = running.expected_state(&ExpectedScope {
            collections: true,
            ..ExpectedScope::default()
        });
        assert_eq!(grants_of(&expected), naive(&running).await);
        assert!(
            expected.omitted.is_empty()
                && expected.refused.is_empty()
                && expected.unlisted.is_empty()
        );
    }
}

/// Reads grants as Postman's description has them, without a thought for anything else.
async fn naive(running: &RunningSimulator) -> BTreeSet<GrantTuple> {
    let mut found = BTreeSet::new();
    let me = read(running, "/me").await;
    let team = format!("team:{}", me["user"]["teamId"]);
    for user in list(&read(running, "/users").await["data"]) {
        let principal = format!("user:{}", user["id"]);
        found.insert((team.clone(), "member".to_owned(), principal.clone()));
        for role in texts(&user["roles"]) {
            found.insert((team.clone(), role, principal.clone()));
        }
    }
    for group in list(&read(running, "/groups").await["data"]) {
        let this = format!("group:{}", group["id"]);
        let members = list(&group["members"]).iter();
        found.extend(
            members.map(|user| (this.clone(), "member".to_owned(), format!("user:{user}"))),
        );
        found.extend(texts(&group["roles"]).map(|role| (team.clone(), role, this.clone())));
    }
    for workspace in list(&read(running, "/workspaces").await["workspaces"]) {
        naive_workspace(running, workspace, &team, &mut found).await;
    }
    found
}

async fn naive_workspace(
    running: &RunningSimulator,
    workspace: &Value,
    team: &str,
    found: &mut BTreeSet<GrantTuple>,
) {
    let id = workspace["id"].as_str().expect("an id");
    let this = format!("workspace:{id}");
    let mut hold = |entitlement: &str, principal: String| {
        found.insert((this.clone(), entitlement.to_owned(), principal));
    };
    hold("admin", team.to_owned());
    match workspace["visibility"].as_str() {
        Some("team") => hold("access", team.to_owned()),
        Some("partner") => hold("manage", team.to_owned()),
        Some("public") => hold("access", "everyone:everyone".to_owned()),
        Some("personal") => {
            let owner = format!(
                "user:{}",
                workspace["createdBy"].as_str().expect("a creator")
            );
            hold("admin", owner.clone());
            hold("member", owner);
        }
        _ => (),
    }
    for role in list(&read(running, &format!("/workspaces/{id}/roles")).await["roles"]) {
        let slugs = [
            "viewer",
            "editor",
            "admin",
            "partner-viewer",
            "partner-editor",
            "partner-viewer-lead",
            "partner-editor-lead",
        ];
        let number: usize = role["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a number");
        for kind in ["user", "group", "partner"] {
            for principal in role.get(kind).map(texts).into_iter().flatten() {
                hold(slugs[number - 1], format!("{kind}:{principal}"));
                hold("member", format!("{kind}:{principal}"));
            }
        }
    }
    for collection in
        list(&read(running, &format!("/collections?workspace={id}")).await["collections"])
    {
        let uid = collection["uid"].as_str().expect("a uid");
        let roles = read(running, &format!("/collections/{uid}/roles")).await;
        for kind in ["user", "group", "team"] {
            for principal in list(&roles[kind]) {
                let role = principal["role"].as_str().expect("a role").to_lowercase();
                found.insert((
                    format!("collection:{uid}"),
                    role,
                    format!("{kind}:{}", principal["id"]),
                ));
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn texts(value: &Value) -> impl Iterator<Item = String> {
    list(value)
        .iter()
        .map(|text| text.as_str().expect("a text").to_owned())
}

#[test]
fn refers_to_nothing_that_has_no_record() {
    for seed in 0..200 {
        let options = Options {
            seed,
            users: 1 + (seed as usize * 7) % 90,
            workspaces: (seed as usize * 5) % 70,
            quirks: ApiQuirks::all(),
            ..Options::default()
        };
        let expected = Simulator::new(options).expected_state(&everything());
        let known: BTreeSet<String> = ids(&expected).into_iter().collect();
        assert_eq!(
            known.len(),
            expected.resources.len(),
            "every id is there once"
        );
        for (resource, _, principal) in grants_of(&expected) {
            assert!(known.contains(&resource), "{resource}");
            assert!(known.contains(&principal), "{principal}");
        }
        for line in &expected.resources {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let resource = &line["resource"];
            let secret = &resource["details"]["secret"];
            for reference in [
                &resource["parent"],
                &secret["created_by"],
                &secret["access_to"],
            ] {
                assert!(
                    reference.is_null() || known.contains(&named(reference)),
                    "{reference}"
                );
            }
        }
    }
}

#[test]
fn has_the_keys_of_the_contract_in_its_order() {
    let expected = Simulator::new(plain()).expected_state(&ExpectedScope::default());
    let user = expected
        .resources
        .iter()
        .find(|line| line.starts_with("{\"resource\":{\"id\":{\"resource_type\":\"user\""))
        .expect("a user");
    let keys = [
        "\"id\":",
        "\"parent\":",
        "\"display_name\":",
        "\"description\":null",
        "\"evidence\":\"listed\"",
        "\"status\":\"enabled\"",
        "\"created_at\":null",
        "\"updated_at\":null",
        "\"details\":{\"user\":{\"email\":",
        "\"login\":",
        "\"account_type\":\"unknown\"",
        "\"last_login\":null}}",
        "\"attributes\":{\"joined_at\":",
        "\"grants\":\"complete\"}}",
    ];
    let places: Vec<usize> = keys
        .iter()
        .map(|key| user.find(key).unwrap_or_else(|| panic!("{key} in {user}")))
        .collect();
    assert!(places.is_sorted(), "{user}");
    let grant = expected.grants.first().expect("a grant");
    let keys = [
        "{\"grant\":{\"resource\":{\"resource_type\":",
        "\"entitlement\":",
        "\"principal\":",
        "\"implied_by\":",
        "\"expands\":",
    ];
    let places: Vec<usize> = keys
        .iter()
        .map(|key| grant.find(key).expect("a key"))
        .collect();
    assert!(places.is_sorted(), "{grant}");
}

#[test]
fn expected_state_follows_the_scope() {
    let simulator = Simulator::new(Options {
        scim_key: Some("k".to_owned()),
        ..large()
    });
    let types = |scope: &ExpectedScope| -> BTreeSet<String> {
        let all = ids(&simulator.expected_state(scope)).into_iter();
        all.filter_map(|id| Some(id.split_once(':')?.0.to_owned()))
            .collect()
    };
    let plain = types(&ExpectedScope::default());
    assert!(!plain.contains("scim-account"));
    assert!(types(&everything()).contains("scim-account"));
    let managers = |scope: &ExpectedScope| {
        simulator
            .expected_state(scope)
            .grants
            .iter()
            .filter(|line| line.contains("\"manager\""))
            .count()
    };
    assert_eq!(managers(&ExpectedScope::default()), 0);
    assert!(managers(&everything()) > 0);
    let without = ExpectedScope {
        exclude: BTreeSet::from(["workspace".to_owned()]),
        ..everything()
    };
    let expected = simulator.expected_state(&without);
    assert!(
        !expected
            .grants
            .iter()
            .any(|line| line
                .starts_with("{\"grant\":{\"resource\":{\"resource_type\":\"workspace\""))
    );
    assert!(
        expected
            .unlisted
            .iter()
            .any(|id| id.starts_with("collection ")),
        "keys still open collections"
    );
}

#[test]
fn expected_state_follows_plan_and_owner() {
    let expected = |plan, owner| {
        Simulator::new(Options {
            plan,
            owner,
            quirks: ApiQuirks::none(),
            ..large()
        })
        .expected_state(&ExpectedScope::default())
    };
    let count = |expected: &ExpectedState, kind: &str| {
        ids(expected)
            .iter()
            .filter(|id| id.starts_with(kind))
            .count()
    };
    let whole = expected(TeamPlan::Enterprise, KeyOwner::SuperAdmin);
    assert_eq!(count(&whole, "workspace:"), 250);
    assert_eq!(count(&whole, "user:"), 300);
    for entitlement in [
        "team member",
        "team super-admin",
        "workspace access",
        "workspace partner-viewer",
        "group member",
    ] {
        assert!(whole.entitlements.contains(entitlement), "{entitlement}");
    }
    let admin = expected(TeamPlan::Enterprise, KeyOwner::Admin);
    assert!(count(&admin, "workspace:") < 200 && count(&admin, "workspace:") > 20);
    assert_eq!(
        count(&expected(TeamPlan::Team, KeyOwner::SuperAdmin), "group:"),
        0
    );
    let free = expected(TeamPlan::Free, KeyOwner::Admin);
    assert!(
        free.resources
            .iter()
            .all(|line| !line.contains("\"user\":{\"email\"")),
        "no user is listed"
    );
    let partner = expected(TeamPlan::Enterprise, KeyOwner::Partner);
    assert!(count(&partner, "workspace:") > 0);
    assert!(partner.unlisted.iter().any(|id| id.starts_with("user ")));
    let nowhere = Simulator::new(Options {
        teamless: true,
        ..large()
    })
    .expected_state(&ExpectedScope::default());
    assert!(nowhere.resources.is_empty() && nowhere.grants.is_empty());
}

#[test]
fn omits_what_cannot_be_asked_for_and_names_it() {
    let mut omitted = BTreeSet::new();
    for seed in 0..40 {
        let options = Options {
            seed,
            scim_key: Some("k".to_owned()),
            ..large()
        };
        let expected = Simulator::new(options).expected_state(&everything());
        let lines = expected.resources.iter().chain(&expected.grants);
        assert!(
            lines
                .clone()
                .all(|line| !line.contains("Left out") && !line.contains("../"))
        );
        assert!(
            lines
                .clone()
                .all(|line| !line.contains("\"99999999\"") && !line.contains("\"id\":\"77\""))
        );
        omitted.extend(expected.omitted);
    }
    for what in ["users: no id", "groups: not an object", "keys: no id"] {
        assert!(omitted.contains(what), "{what}");
    }
    for list in [
        "users: id ",
        "workspaces: id ",
        "scim: id ",
        "roles of ",
        "collections of ",
    ] {
        assert!(omitted.iter().any(|what| what.starts_with(list)), "{list}");
    }
}
