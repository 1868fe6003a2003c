//! Properties of an export beyond its schema, on which importers rely: the rules of baton-sdk, the facts of
//! workspaces, and marks on what is not known.

use std::collections::{BTreeMap, BTreeSet};

use crate::export::{baton_id, exported, oaa_is_whole, records_by, tenant};
use crate::made::{grant, id, implied, sync, team, user, workspace};
use connector_host::export::ExportShape;
use connector_host::records::{Details, Entitlement, Resource};
use serde_json::{Value, json};

const SCIM_ORIGIN: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Origin";
const SCIM_SYNC: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Sync";

/// The rules of baton-sdk that no schema can say: an exclusion group is of one resource type, has at
/// most 50 entitlements on any resource, and texts have a length in bytes.
pub fn baton_breaks(all: &Value) -> Vec<String> {
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

#[test]
fn baton_sdk_reads_what_is_exported_for_it() {
    let mut synced = tenant();
    let entitlements = synced.entitlements.iter();
    let ranked = entitlements
        .clone()
        .find(|one| one.exclusion_group.is_some());
    let ranked = ranked.unwrap().clone();
    let rank = |n: u32, of: &str| Entitlement {
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
    let baton = exported(&synced, ExportShape::Baton);
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
        ..Resource::referenced(squad.clone())
    };
    let mut payments = workspace("pay");
    payments.attributes.0 = [("created_by", "7"), ("visibility", "private")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let grants = vec![grant(&payments.id, "editor", &squad)];
    let mut synced = sync(vec![payments, unlisted], grants);
    synced.summary.complete = false;
    let baton = exported(&synced, ExportShape::Baton);
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
        json!({ "evidence": "referenced", "members": "unknown" })
    );
    assert_eq!(profile("team:1")["sync_complete"], false);
    let scim = exported(&synced, ExportShape::Scim);
    assert_eq!(scim[SCIM_SYNC]["complete"], false);
    let group = records_by(&scim, "group:57000");
    let origin = json!({ "resourceType": "group", "evidence": "referenced", "members": "unknown" });
    assert_eq!(group[SCIM_ORIGIN], origin);
    let oaa = &exported(&synced, ExportShape::Oaa)["applications"][0];
    assert_eq!(oaa["custom_properties"]["sync_complete"], false);
    let mut groups = oaa["local_groups"].as_array().unwrap().iter();
    let group = groups.find(|one| one["id"] == "group:57000").unwrap();
    assert_eq!(group["custom_properties"]["members"], "unknown");
}

/// The principals of an expanded entitlement are no members of its resource.
#[test]
fn principals_of_an_expanded_entitlement_are_a_group() {
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
    let oaa = exported(&synced, ExportShape::Oaa);
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
