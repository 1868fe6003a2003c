//! A stored sync in the formats that others import: each is checked against its published schema (see
//! `shapes/`), to the counts of the sync, and to naming nothing that is not in it.

use crate::harness;
use crate::made;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use crate::export_rules::baton_breaks;
use crate::harness::{Asked, start};
use crate::made::{account, grant, group, id, implied, partner, sync, team, user, workspace};
use connector_cli::report::write_ndjson;
use connector_host::export::ExportShape;
use connector_host::records::{AccountType, Details, Resource, Status, UserDetails};
use connector_host::sync::SyncInventory;
use host_tests::json_schema;
use postman_simulator::{ApiQuirks, Options};
use serde_json::{Value, json};

const SHAPES: [(ExportShape, &str, &str); 3] = [
    (
        ExportShape::Baton,
        "baton",
        include_str!("../shapes/baton.schema.json"),
    ),
    (
        ExportShape::Scim,
        "scim",
        include_str!("../shapes/scim.schema.json"),
    ),
    (
        ExportShape::Oaa,
        "oaa",
        include_str!("../shapes/oaa.schema.json"),
    ),
];

pub fn exported(synced: &SyncInventory, shape: ExportShape) -> Value {
    let mut out = Vec::new();
    shape.write(synced, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Returns the parts of a document that do not fit its schema.
fn misfits(document: &Value, schema: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = json_schema::validator(&schema);
    let errors = validator.iter_errors(document);
    errors
        .take(5)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn texts(list: &Value, path: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| {
        one.pointer(path)
            .unwrap_or(one)
            .as_str()
            .unwrap()
            .to_owned()
    })
    .collect()
}

fn set(list: &Value, path: &str) -> BTreeSet<String> {
    let all = texts(list, path);
    let set: BTreeSet<String> = all.iter().map(|one| one.to_lowercase()).collect();
    assert_eq!(set.len(), all.len(), "{path} names something twice");
    all.into_iter().collect()
}

fn of_kind(synced: &SyncInventory, wanted: fn(&Details) -> bool) -> usize {
    let all = synced.resources.iter();
    all.filter(|one| wanted(&one.details)).count()
}

async fn teams() -> Vec<SyncInventory> {
    let mut teams = Vec::new();
    for seed in 0..12_u64 {
        let options = Options {
            seed,
            users: 1 + usize::try_from(seed).unwrap() * 3,
            workspaces: usize::try_from(seed).unwrap() * 2,
            quirks: ApiQuirks::all(),
            ..Options::default()
        };
        let running = start(options).await;
        teams.push(harness::sync(&running, &Asked::everything()).await.unwrap());
    }
    teams
}

/// Everything that a tenant can have in one.
pub fn tenant() -> SyncInventory {
    let (w, a, b) = (id("workspace", "w"), id("group", "a"), id("group", "b"));
    let everyone = id("everyone", "everyone");
    let off = Resource {
        status: Status::Disabled,
        ..account(id("scim-account", "x y/z"), "ann@example.com")
    };
    let robot = Resource {
        details: Details::User(UserDetails {
            email: None,
            login: Some("robot".to_owned()),
            account_type: AccountType::Service,
            last_login: Some("2026-01-01T00:00:00Z".to_owned()),
        }),
        ..user("robot")
    };
    let all = Resource {
        details: Details::Group,
        ..Resource::referenced(everyone.clone())
    };
    let resources = vec![
        workspace("w"),
        group("a"),
        group("b"),
        user("ann"),
        robot,
        off,
        all,
        partner("p"),
    ];
    let grants = vec![
        grant(&w, "editor", &a),
        grant(&w, "admin", &id("user", "ann")),
        grant(&w, "viewer", &id("user", "ghost")),
        grant(&w, "partner-viewer", &id("partner", "p")),
        implied(&w, "access", &everyone),
        implied(&w, "access", &team()),
        grant(&a, "member", &b),
        grant(&a, "member", &a),
        grant(&b, "member", &id("user", "ann")),
        grant(&team(), "member", &id("user", "ann")),
        grant(&team(), "admin", &id("user", "ann")),
    ];
    sync(resources, grants)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_export_of_every_team_has_its_published_shape() {
    let mut teams = teams().await;
    teams.push(tenant());
    for synced in &teams {
        for (shape, name, schema) in SHAPES {
            assert_eq!(
                misfits(&exported(synced, shape), schema),
                Vec::<String>::new(),
                "{name}"
            );
        }
        baton_is_whole(synced);
        scim_is_whole(synced);
        oaa_is_whole(synced);
    }
}

#[test]
fn a_document_of_another_shape_is_rejected() {
    for (shape, name, schema) in SHAPES {
        let mut document = exported(&tenant(), shape);
        let (list, field, wrong) = match shape {
            ExportShape::Baton => ("/grants/0/grant/principal/id", "resourceType", json!(7)),
            ExportShape::Scim => ("/Resources/0", "schemas", json!([])),
            ExportShape::Oaa => ("/identity_to_permissions/0", "identity_type", json!("user")),
        };
        document.pointer_mut(list).unwrap()[field] = wrong;
        assert!(!misfits(&document, schema).is_empty(), "{name}");
        let mut document = exported(&tenant(), shape);
        document.pointer_mut(list).unwrap()["unheard_of"] = json!(true);
        assert!(!misfits(&document, schema).is_empty(), "{name}");
    }
}

/// An id of baton's: type and id.
pub fn baton_id(of: &Value) -> String {
    let text = |name: &str| encoded(of[name].as_str().unwrap());
    format!("{}:{}", text("resourceType"), text("resource"))
}

/// A part of an identity: what separates parts is percent-encoded.
fn encoded(part: &str) -> String {
    part.replace('%', "%25").replace(':', "%3A")
}

fn baton_is_whole(synced: &SyncInventory) {
    let all = exported(synced, ExportShape::Baton);
    assert_eq!(baton_breaks(&all), Vec::<String>::new());
    let list = |name: &str| all[name].as_array().unwrap();
    let resources: BTreeSet<String> = list("resources")
        .iter()
        .map(|one| baton_id(&one["resource"]["id"]))
        .collect();
    assert_eq!(resources.len(), synced.resources.len());
    let entitlements = set(&all["entitlements"], "/entitlement/id");
    let grants = set(&all["grants"], "/grant/id");
    assert_eq!(grants.len(), synced.grants.len());
    for (one, stored) in list("grants").iter().zip(&synced.grants) {
        let grant = &one["grant"];
        let id = grant["entitlement"]["id"].as_str().unwrap();
        let on = baton_id(&grant["entitlement"]["resource"]["id"]);
        assert_eq!(id, format!("{on}:{}", encoded(&stored.entitlement)));
        assert_eq!(one["entitlement"]["id"], *id);
        assert!(entitlements.contains(id), "{id}");
        let principal = baton_id(&grant["principal"]["id"]);
        assert_eq!(grant["id"], format!("{id}:{principal}"));
        assert!(resources.contains(&on) && resources.contains(&principal));
        assert_eq!(baton_id(&one["principal"]["id"]), principal);
        let annotations = grant["annotations"].as_array().into_iter().flatten();
        for ids in annotations.filter_map(|one| one.get("entitlementIds")) {
            assert!(
                texts(ids, "/").iter().all(|id| entitlements.contains(id)),
                "{ids}"
            );
        }
    }
    for one in list("resources") {
        if let Some(parent) = one["resource"].get("parentResourceId") {
            assert_eq!(baton_id(&one["parent"]["id"]), baton_id(parent));
        }
    }
}

fn scim_is_whole(synced: &SyncInventory) {
    let all = exported(synced, ExportShape::Scim);
    let records = all["Resources"].as_array().unwrap();
    assert_eq!(all["totalResults"], records.len());
    let of = |kind: &str| -> Vec<&Value> {
        let records = records.iter();
        records
            .filter(|one| one["meta"]["resourceType"] == kind)
            .collect()
    };
    let (users, groups) = (of("User"), of("Group"));
    assert_eq!(
        users.len(),
        of_kind(synced, |one| matches!(one, Details::User(_)))
    );
    let sets = of_kind(synced, |one| matches!(one, Details::Group));
    assert_eq!(groups.len(), sets, "{groups:#?}");
    let ids = set(&all["Resources"], "/id");
    set(&json!(users), "/userName");
    let mut pairs: [BTreeSet<(String, String)>; 2] = Default::default();
    for (records, field, at) in [(users, "groups", 0), (groups, "members", 1)] {
        for one in records {
            let id = one["id"].as_str().unwrap().to_owned();
            for other in one[field].as_array().into_iter().flatten() {
                let value = other["value"].as_str().unwrap().to_owned();
                assert!(ids.contains(&value), "{value}");
                let target = records_by(&all, &value);
                assert_eq!(other["$ref"], target["meta"]["location"]);
                match at {
                    0 => pairs[0].insert((value, id.clone())),
                    _ if other["type"] == "User" => pairs[1].insert((id.clone(), value)),
                    _ => false,
                };
            }
        }
    }
    assert_eq!(pairs[0], pairs[1], "members and groups do not say the same");
}

pub fn records_by<'a>(all: &'a Value, id: &str) -> &'a Value {
    let mut records = all["Resources"].as_array().unwrap().iter();
    records.find(|one| one["id"] == id).unwrap()
}

pub fn oaa_is_whole(synced: &SyncInventory) {
    let all = exported(synced, ExportShape::Oaa);
    let application = &all["applications"][0];
    let users = set(&application["local_users"], "/id");
    let groups = set(&application["local_groups"], "/id");
    let roles = set(&application["local_roles"], "/id");
    let resources = set(&application["resources"], "/id");
    let permissions = set(&all["permissions"], "/name");
    assert_eq!(permissions.len(), synced.entitlements.len());
    let known: BTreeSet<String> = users.union(&groups).chain(&resources).cloned().collect();
    let ids = synced.resources.iter();
    let ids: BTreeSet<String> = ids
        .map(|one| format!("{}:{}", encoded(&one.id.resource_type), encoded(&one.id.id)))
        .collect();
    // Beside them are only the principals of entitlements that other grants expand.
    let principals: BTreeSet<&String> = known.difference(&ids).collect();
    assert!(principals.iter().all(|id| groups.contains(*id)));
    assert_eq!(
        known.len() - principals.len(),
        synced.resources.len(),
        "what is there is there once"
    );
    let mut memberships = 0;
    for list in ["local_users", "local_groups"] {
        for one in application[list].as_array().unwrap() {
            let sets = one["groups"].as_array().into_iter().flatten();
            for set in sets.map(|set| set.as_str().unwrap()) {
                assert!(groups.contains(set), "{set}");
                memberships += usize::from(ids.contains(set));
            }
        }
    }
    let mut granted = 0;
    let mut identities: BTreeMap<String, &Value> = BTreeMap::new();
    for one in all["identity_to_permissions"].as_array().unwrap() {
        let identity = one["identity"].as_str().unwrap().to_owned();
        match one["identity_type"].as_str().unwrap() {
            "local_user" => assert!(users.contains(&identity), "{identity}"),
            _ => assert!(groups.contains(&identity), "{identity}"),
        }
        for (list, name, known) in [
            ("application_permissions", "permission", &permissions),
            ("role_assignments", "role", &roles),
        ] {
            for held in one[list].as_array().into_iter().flatten() {
                assert!(known.contains(held[name].as_str().unwrap()));
                assert_eq!(held["application"], application["name"]);
                let on = texts(&held["resources"], "/");
                assert!(on.iter().all(|id| resources.contains(id)));
                granted += on.len() + usize::from(held["apply_to_application"] == true);
            }
        }
        assert!(
            identities.insert(identity, one).is_none(),
            "an identity stands twice"
        );
    }
    let selfish = synced
        .grants
        .iter()
        .filter(|one| one.resource == one.principal);
    assert_eq!(memberships + granted + selfish.count(), synced.grants.len());
}

#[test]
fn what_the_shapes_say_of_one_tenant() {
    let synced = tenant();
    let scim = exported(&synced, ExportShape::Scim);
    let off = records_by(&scim, "scim-account:x y/z");
    assert_eq!(off["active"], false);
    assert_eq!(off["meta"]["location"], "Users/scim-account%3Ax%20y%2Fz");
    // The address is the name of another one already.
    assert_ne!(off["userName"], records_by(&scim, "user:ann")["userName"]);
    assert!(records_by(&scim, "partner:p").get("active").is_none());
    let a = records_by(&scim, "group:a");
    assert!(texts(&a["members"], "/value").contains(&"group:b".to_owned()));
    let oaa = exported(&synced, ExportShape::Oaa);
    let users = oaa["applications"][0]["local_users"].as_array().unwrap();
    let ann = users.iter().find(|one| one["id"] == "user:ann").unwrap();
    assert_eq!(ann["groups"], json!(["group:b", "team:1"]));
    assert!(
        users.iter().any(|one| one["id"] == "user:ghost"),
        "an unknown principal is exported"
    );
    let baton = exported(&synced, ExportShape::Baton);
    let grants = baton["grants"].as_array().unwrap().iter();
    let to_group: Vec<&Value> = grants
        .filter(|one| one["grant"]["id"] == "workspace:w:editor:group:a")
        .collect();
    assert_eq!(
        to_group[0]["grant"]["annotations"],
        json!([{
            "@type": "type.googleapis.com/c1.connector.v2.GrantExpandable",
            "entitlementIds": ["group:a:member"],
        }])
    );
}

#[cfg(unix)]
#[test]
fn exports_are_private_and_name_missing_scopes() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (stored, out) = (dir.path().join("sync.ndjson"), dir.path().join("out.json"));
    let mut synced = tenant();
    synced.summary.complete = false;
    write_ndjson(&synced, &mut File::create(&stored).unwrap()).unwrap();
    let (store, run) = made::store_sync(&synced);
    let synced = store.load(run).unwrap();
    for (shape, name, _) in SHAPES {
        let run = |to: &str| {
            let mut command = host_tests::command();
            command
                .arg("export")
                .arg(&stored)
                .args(["--as", name, "-o", to]);
            command.output().unwrap()
        };
        let output = run(out.to_str().unwrap());
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stderr).contains("not complete"));
        let mode = std::fs::metadata(&out).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let written: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
        assert!(written == exported(&synced, shape), "{name}");
        let printed: Value = serde_json::from_slice(&run("-").stdout).unwrap();
        assert!(printed == written, "{name}");
    }
}
