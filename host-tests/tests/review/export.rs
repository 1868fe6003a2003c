//! A kept sync in the shapes that others import: each held to the published shape of its format (see
//! `shapes/`), to the counts of the sync, and to naming nothing that is not in it.

use crate::harness;
use crate::made;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::process::Command;

use crate::harness::{Asked, start};
use crate::made::{account, grant, group, id, implied, partner, sync, team, user, workspace};
use connector_cli::report::write_ndjson;
use connector_host::export::Shape;
use connector_host::records::{AccountType, Details, Resource, Status, UserDetails};
use connector_host::sync::Synced;
use postman_simulator::{Options, Traps};
use serde_json::{Value, json};

const SHAPES: [(Shape, &str, &str); 3] = [
    (
        Shape::Baton,
        "baton",
        include_str!("../shapes/baton.schema.json"),
    ),
    (
        Shape::Scim,
        "scim",
        include_str!("../shapes/scim.schema.json"),
    ),
    (Shape::Oaa, "oaa", include_str!("../shapes/oaa.schema.json")),
];

const SCIM_ORIGIN: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Origin";
const SCIM_SYNC: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Sync";

fn exported(synced: &Synced, shape: Shape) -> Value {
    let mut out = Vec::new();
    shape.write(synced, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// What of a document does not fit its shape.
fn misfits(document: &Value, schema: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
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

fn of_kind(synced: &Synced, wanted: fn(&Details) -> bool) -> usize {
    let all = synced.resources.iter();
    all.filter(|one| wanted(&one.details)).count()
}

async fn teams() -> Vec<Synced> {
    let mut teams = Vec::new();
    for seed in 0..12_u64 {
        let options = Options {
            seed,
            users: 1 + usize::try_from(seed).unwrap() * 3,
            workspaces: usize::try_from(seed).unwrap() * 2,
            traps: Traps::all(),
            ..Options::default()
        };
        let running = start(options).await;
        teams.push(harness::sync(&running, &Asked::everything()).await.unwrap());
    }
    teams
}

/// Everything that a tenant can have in one.
fn tenant() -> Synced {
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
        ..Resource::mentioned(everyone.clone())
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
fn a_document_of_another_shape_is_told_apart() {
    for (shape, name, schema) in SHAPES {
        let mut document = exported(&tenant(), shape);
        let (list, field, wrong) = match shape {
            Shape::Baton => ("/grants/0/grant/principal/id", "resourceType", json!(7)),
            Shape::Scim => ("/Resources/0", "schemas", json!([])),
            Shape::Oaa => ("/identity_to_permissions/0", "identity_type", json!("user")),
        };
        document.pointer_mut(list).unwrap()[field] = wrong;
        assert!(!misfits(&document, schema).is_empty(), "{name}");
        let mut document = exported(&tenant(), shape);
        document.pointer_mut(list).unwrap()["unheard_of"] = json!(true);
        assert!(!misfits(&document, schema).is_empty(), "{name}");
    }
}

/// The rules of baton-sdk that no schema can say: an exclusion group is of one resource type, has at
/// most 50 entitlements wherever they are held, and texts have a length in bytes.
fn baton_breaks(all: &Value) -> Vec<String> {
    let mut groups: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
    let mut found = Vec::new();
    for one in all["entitlements"].as_array().unwrap() {
        let entitlement = &one["entitlement"];
        let annotations = entitlement["annotations"].as_array().into_iter().flatten();
        for group in annotations.filter_map(|one| one["exclusionGroupId"].as_str()) {
            let (types, size) = groups.entry(group).or_default();
            types.insert(
                entitlement["resource"]["id"]["resourceType"]
                    .as_str()
                    .unwrap(),
            );
            *size += 1;
        }
        found.extend(too_long(entitlement));
    }
    for (group, (types, size)) in groups {
        if types.len() > 1 || size > 50 {
            found.push(format!("{group}: {types:?}, {size} entitlements"));
        }
    }
    let resources = all["resources"].as_array().unwrap().iter();
    found.extend(resources.flat_map(|one| too_long(&one["resource"])));
    found
}

fn too_long(one: &Value) -> Option<String> {
    let is_long =
        |field: &str, most: usize| one[field].as_str().is_some_and(|text| text.len() > most);
    let is_long = is_long("displayName", 1024) || is_long("description", 2048);
    is_long.then(|| format!("{} is too long", one["id"]))
}

/// An id of baton's: type and id.
fn baton_id(of: &Value) -> String {
    let text = |name: &str| of[name].as_str().unwrap().to_owned();
    format!("{}:{}", text("resourceType"), text("resource"))
}

fn baton_is_whole(synced: &Synced) {
    let all = exported(synced, Shape::Baton);
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
    for (one, kept) in list("grants").iter().zip(&synced.grants) {
        let grant = &one["grant"];
        let id = grant["entitlement"]["id"].as_str().unwrap();
        let on = baton_id(&grant["entitlement"]["resource"]["id"]);
        assert_eq!(id, format!("{on}:{}", kept.entitlement));
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

fn scim_is_whole(synced: &Synced) {
    let all = exported(synced, Shape::Scim);
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
    let everyone = synced.resources.iter();
    let everyone = everyone
        .filter(|one| one.id.resource_type == "everyone")
        .count();
    let sets = of_kind(synced, |one| matches!(one, Details::Group));
    assert_eq!(groups.len(), sets - everyone);
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

fn records_by<'a>(all: &'a Value, id: &str) -> &'a Value {
    let mut records = all["Resources"].as_array().unwrap().iter();
    records.find(|one| one["id"] == id).unwrap()
}

fn oaa_is_whole(synced: &Synced) {
    let all = exported(synced, Shape::Oaa);
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
        .map(|one| format!("{}:{}", one.id.resource_type, one.id.id).to_lowercase())
        .collect();
    // Beside them are only those who hold a right to whom grants are passed on.
    let holders: BTreeSet<&String> = known.difference(&ids).collect();
    assert!(holders.iter().all(|id| groups.contains(*id)));
    assert_eq!(
        known.len() - holders.len(),
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
    let mut rights = 0;
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
                rights += on.len() + usize::from(held["apply_to_application"] == true);
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
    assert_eq!(memberships + rights + selfish.count(), synced.grants.len());
}

#[test]
fn what_the_shapes_say_of_one_tenant() {
    let synced = tenant();
    let scim = exported(&synced, Shape::Scim);
    let off = records_by(&scim, "scim-account:x y/z");
    assert_eq!(off["active"], false);
    assert_eq!(off["meta"]["location"], "Users/scim-account%3Ax%20y%2Fz");
    // The address is the name of another one already.
    assert_ne!(off["userName"], records_by(&scim, "user:ann")["userName"]);
    assert!(records_by(&scim, "partner:p").get("active").is_none());
    let a = records_by(&scim, "group:a");
    assert!(texts(&a["members"], "/value").contains(&"group:b".to_owned()));
    let oaa = exported(&synced, Shape::Oaa);
    let users = oaa["applications"][0]["local_users"].as_array().unwrap();
    let ann = users.iter().find(|one| one["id"] == "user:ann").unwrap();
    assert_eq!(ann["groups"], json!(["group:b", "team:1"]));
    assert!(
        users.iter().any(|one| one["id"] == "user:ghost"),
        "an unknown holder is kept"
    );
    let baton = exported(&synced, Shape::Baton);
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

#[test]
fn baton_sdk_reads_what_is_exported_for_it() {
    let mut synced = tenant();
    let rights = synced.entitlements.iter();
    let ranked = rights.clone().find(|one| one.exclusion_group.is_some());
    let ranked = ranked.unwrap().clone();
    let rank = |n: u32, of: &str| connector_host::records::Entitlement {
        resource_type: of.to_owned(),
        slug: format!("r{n:02}"),
        exclusion_group: Some("many".to_owned()),
        display_name: "é".repeat(1_024),
        description: "é".repeat(1_024),
        ..ranked.clone()
    };
    // One more than may be in an exclusion group, on a type, and just as many on another.
    synced
        .entitlements
        .extend((0..51).map(|n| rank(n, "workspace")));
    synced
        .entitlements
        .extend((0..50).map(|n| rank(n, "group")));
    for one in &mut synced.resources {
        one.description = Some("é".repeat(1_500));
        one.display_name = "é".repeat(1_000);
    }
    synced
        .resources
        .extend((0..20).map(|n| workspace(&format!("w{n}"))));
    let baton = exported(&synced, Shape::Baton);
    assert_eq!(baton_breaks(&baton), Vec::<String>::new());
    let entitlements = baton["entitlements"].as_array().unwrap();
    let group_of = |id: &str| {
        let mut found = entitlements.iter().map(|one| &one["entitlement"]);
        let found = found.find(|one| one["id"] == id).unwrap();
        found["annotations"][0]["exclusionGroupId"].clone()
    };
    assert_eq!(group_of("workspace:w:admin"), "workspace:w:role");
    assert_eq!(group_of("workspace:w0:admin"), "workspace:w0:role");
    assert_eq!(group_of("workspace:w:r01"), Value::Null);
    assert_eq!(group_of("group:a:r01"), "group:a:many");
}

#[test]
fn facts_of_workspaces_and_gaps_stand_in_the_export() {
    let squad = id("group", "57000");
    let unlisted = Resource {
        details: Details::Group,
        ..Resource::mentioned(squad.clone())
    };
    let mut payments = workspace("pay");
    payments.profile.0 = [("created_by", "7"), ("visibility", "private")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let grants = vec![grant(&payments.id, "editor", &squad)];
    let mut synced = sync(vec![payments, unlisted], grants);
    synced.summary.complete = false;
    let baton = exported(&synced, Shape::Baton);
    let profile = |id: &str| {
        let mut all = baton["resources"].as_array().unwrap().iter();
        let found = all
            .find(|one| baton_id(&one["resource"]["id"]) == id)
            .unwrap();
        found["resource"]["profile"].clone()
    };
    assert_eq!(
        profile("workspace:pay"),
        json!({ "created_by": "7", "visibility": "private" })
    );
    assert_eq!(
        profile("group:57000"),
        json!({ "evidence": "mentioned", "members": "unknown" })
    );
    assert_eq!(profile("team:1")["sync_complete"], false);
    let scim = exported(&synced, Shape::Scim);
    assert_eq!(scim[SCIM_SYNC]["complete"], false);
    let group = records_by(&scim, "group:57000");
    let origin = json!({ "resourceType": "group", "evidence": "mentioned", "members": "unknown" });
    assert_eq!(group[SCIM_ORIGIN], origin);
    let oaa = &exported(&synced, Shape::Oaa)["applications"][0];
    assert_eq!(oaa["custom_properties"]["sync_complete"], false);
    let mut groups = oaa["local_groups"].as_array().unwrap().iter();
    let group = groups.find(|one| one["id"] == "group:57000").unwrap();
    assert_eq!(group["custom_properties"]["members"], "unknown");
}

/// The holders of a right to whom a grant is passed on are no members of what it is on.
#[test]
fn holders_of_a_right_are_a_local_group_of_their_own() {
    let mut passed_on = implied(&id("workspace", "w"), "admin", &team());
    passed_on.expands = Some("admin".into());
    let grants = vec![
        passed_on,
        implied(&id("workspace", "w"), "access", &team()),
        grant(&team(), "member", &id("user", "ann")),
        grant(&team(), "admin", &id("user", "ann")),
        grant(&team(), "member", &id("user", "bob")),
    ];
    let synced = sync(vec![workspace("w"), user("ann"), user("bob")], grants);
    let oaa = exported(&synced, Shape::Oaa);
    let users = oaa["applications"][0]["local_users"].as_array().unwrap();
    let groups: Vec<_> = users.iter().map(|one| one["groups"].clone()).collect();
    assert_eq!(
        groups,
        [json!(["team:1", "team:1:admin"]), json!(["team:1"])]
    );
    let held = |identity: &str| {
        let mut all = oaa["identity_to_permissions"].as_array().unwrap().iter();
        all.find(|one| one["identity"] == identity).unwrap().clone()
    };
    assert_eq!(
        held("team:1:admin")["role_assignments"][0]["role"],
        "workspace:admin"
    );
    assert_eq!(held("team:1").get("role_assignments"), None);
    oaa_is_whole(&synced);
}

#[cfg(unix)]
#[test]
fn an_exported_file_is_its_owners_alone_and_an_incomplete_sync_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (kept, out) = (dir.path().join("kept.ndjson"), dir.path().join("out.json"));
    let mut synced = tenant();
    synced.summary.complete = false;
    write_ndjson(&synced, &mut File::create(&kept).unwrap()).unwrap();
    let (store, run) = made::kept(&synced);
    let synced = store.load(run).unwrap();
    for (shape, name, _) in SHAPES {
        let run = |to: &str| {
            let mut command = Command::new(host_tests::command());
            command
                .arg("export")
                .arg(&kept)
                .args(["--as", name, "-o", to]);
            command.env_clear().output().unwrap()
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
