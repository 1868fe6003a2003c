//! The payload of an application of Veza's Open Authorization API, by identifiers.
//!
//! The tenant is the application; groups are local groups, and so are the principals of an
//! entitlement that other grants expand; every entitlement is a permission. An entitlement of
//! an exclusion group is a local role too, because a principal has one of them at a time. The
//! abilities of a permission are known only as text, so that every one is `NonData`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::index::{ExportIndex, Role, encode_part, key};
use connector_sync::SyncInventory;
use connector_types::{AccountType, Entitlement, Evidence, Grant, Resource, ResourceId, Status};

pub(super) fn write(synced: &SyncInventory, out: &mut dyn Write) -> io::Result<()> {
    let index = ExportIndex::new(synced);
    let objects = resource_objects(synced, &index);
    let types: BTreeSet<&str> = objects.iter().map(|one| &*one.id.resource_type).collect();
    let application = &synced.run.tenant.display_name;
    let expanded = expanded_entitlements(synced, &index);
    let groups = group_memberships(synced, &index, &expanded);
    let mut local_users = Vec::new();
    let mut local_groups: Vec<Value> = expanded.iter().map(local_group_of_entitlement).collect();
    for one in &synced.resources {
        let groups = groups.get(&one.id);
        match index.resource_role(&one.id) {
            Role::Account => local_users.push(local_user(&index, one, groups)),
            Role::Set | Role::Tenant => local_groups.push(local_group(&index, one, groups)),
            Role::Object => {}
        }
    }
    let roles = synced.entitlements.iter().filter(|one| is_role(one));
    let payload = json!({
        "custom_property_definition": property_definitions(&synced.run.connector, &types),
        "applications": [{
            "name": application,
            "application_type": synced.run.connector,
            "description": format!("Read by the connector {} on {}", synced.run.connector, synced.run.started_at),
            "local_users": local_users,
            "local_groups": local_groups,
            "local_roles": roles.map(local_role).collect::<Vec<_>>(),
            "tags": [],
            "custom_properties": {
                "sync_complete": synced.summary.complete,
                "sync_started_at": synced.run.started_at,
            },
            "resources": objects.iter().map(|one| resource_value(&index, one)).collect::<Vec<_>>(),
        }],
        "permissions": synced.entitlements.iter().map(permission_value).collect::<Vec<_>>(),
        "identity_to_permissions": identity_permissions(synced, &index, application),
    });
    Ok(serde_json::to_writer(out, &payload)?)
}

/// Returns the resources that are acted on: objects, and accounts and groups that are themselves
/// the resource of a grant.
fn resource_objects<'a>(synced: &'a SyncInventory, index: &ExportIndex<'a>) -> Vec<&'a Resource> {
    let grants = synced.grants.iter();
    let entitlements = grants.filter(|grant| !index.is_membership(grant));
    let acted_on: BTreeSet<&ResourceId> = entitlements.map(|grant| &grant.resource).collect();
    let all = synced.resources.iter();
    let objects = all.filter(|one| match index.resource_role(&one.id) {
        Role::Object => true,
        Role::Account | Role::Set => acted_on.contains(&one.id),
        Role::Tenant => false,
    });
    objects.collect()
}

/// The entitlements whose principals receive the grants of others: resource and slug.
type ExpandedEntitlements<'a> =
    BTreeMap<(&'a ResourceId, &'a str), (&'a Resource, &'a Entitlement)>;

fn expanded_entitlements<'a>(
    synced: &'a SyncInventory,
    index: &ExportIndex<'a>,
) -> ExpandedEntitlements<'a> {
    let grants = synced.grants.iter().filter_map(|grant| {
        let entitlement = index.expanded_entitlement(grant)?;
        let on = index.resource(&grant.principal)?;
        Some(((&on.id, &*entitlement.slug), (on, entitlement)))
    });
    grants.collect()
}

/// Returns the id of the local group of an entitlement's principals.
fn local_group_id(on: &ResourceId, slug: &str) -> String {
    format!("{}:{slug}", key(on))
}

fn local_group_of_entitlement(
    (_, (on, entitlement)): (&(&ResourceId, &str), &(&Resource, &Entitlement)),
) -> Value {
    json!({
        "name": format!("{} ({})", entitlement.display_name, on.display_name),
        "custom_properties": { "evidence": "listed" },
        "id": local_group_id(&on.id, &entitlement.slug),
    })
}

/// Returns the sets that each account and set belongs to.
fn group_memberships<'a>(
    synced: &'a SyncInventory,
    index: &ExportIndex<'a>,
    expanded: &ExpandedEntitlements<'a>,
) -> BTreeMap<&'a ResourceId, BTreeSet<String>> {
    let mut found: BTreeMap<&ResourceId, BTreeSet<String>> = BTreeMap::new();
    let grants = synced.grants.iter();
    for grant in grants.filter(|grant| index.is_membership(grant)) {
        let sets = found.entry(&grant.principal).or_default();
        if grant.principal != grant.resource {
            sets.insert(key(&grant.resource));
        }
    }
    for grant in &synced.grants {
        if expanded.contains_key(&(&grant.resource, &*grant.entitlement)) {
            let sets = found.entry(&grant.principal).or_default();
            sets.insert(local_group_id(&grant.resource, &grant.entitlement));
        }
    }
    found
}

fn property_definitions(application_type: &str, types: &BTreeSet<&str>) -> Value {
    let of_type = |id: &&str| {
        json!({
            "resource_type": id,
            "properties": { "parent": "STRING", "status": "STRING", "evidence": "STRING" },
        })
    };
    let own = json!({ "evidence": "STRING", "members": "STRING" });
    json!({ "applications": [{
        "application_type": application_type,
        "application_properties": { "sync_complete": "BOOLEAN", "sync_started_at": "TIMESTAMP" },
        "local_user_properties": {
            "account_type": "STRING",
            "evidence": "STRING",
            "login": "STRING",
        },
        "local_group_properties": own,
        "local_role_properties": {},
        "resources": types.iter().map(of_type).collect::<Vec<_>>(),
    }] })
}

/// Returns the object of those fields that are there.
fn present_fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter();
    let fields = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn evidence_property(one: &Resource) -> Option<Value> {
    let word = match one.evidence {
        Evidence::Listed => "listed",
        Evidence::Referenced => "referenced",
    };
    Some(json!(word))
}

fn local_user(index: &ExportIndex<'_>, one: &Resource, groups: Option<&BTreeSet<String>>) -> Value {
    let user = one.details.user();
    let account_type = user.and_then(|user| match user.account_type {
        AccountType::Human => Some(json!("human")),
        AccountType::Service => Some(json!("service")),
        AccountType::External => Some(json!("external")),
        AccountType::Unknown => None,
    });
    let is_active = match index.status(one) {
        Status::Enabled => Some(json!(true)),
        Status::Disabled => Some(json!(false)),
        Status::Unknown => None,
    };
    let email = user.and_then(|user| user.email.as_ref());
    let last_login = index.last_login(one);
    let login = user.and_then(|user| user.login.as_ref());
    let custom = [
        ("account_type", account_type),
        ("evidence", evidence_property(one)),
        ("login", login.map(|login| json!(login))),
    ];
    present_fields([
        ("name", Some(json!(one.display_name))),
        ("identities", email.map(|email| json!([email]))),
        ("groups", groups.map(|groups| json!(groups))),
        ("is_active", is_active),
        ("created_at", one.created_at.as_ref().map(|at| json!(at))),
        ("last_login_at", last_login.map(|at| json!(at))),
        ("custom_properties", Some(present_fields(custom))),
        ("id", Some(json!(key(&one.id)))),
    ])
}

fn local_group(
    index: &ExportIndex<'_>,
    one: &Resource,
    groups: Option<&BTreeSet<String>>,
) -> Value {
    let members = index.has_unknown_members(&one.id).then(|| json!("unknown"));
    let custom = present_fields([("evidence", evidence_property(one)), ("members", members)]);
    present_fields([
        ("name", Some(json!(one.display_name))),
        ("created_at", one.created_at.as_ref().map(|at| json!(at))),
        ("groups", groups.map(|groups| json!(groups))),
        ("custom_properties", Some(custom)),
        ("id", Some(json!(key(&one.id)))),
    ])
}

fn resource_value(index: &ExportIndex<'_>, one: &Resource) -> Value {
    let status = match index.status(one) {
        Status::Enabled => "enabled",
        Status::Disabled => "disabled",
        Status::Unknown => "unknown",
    };
    let custom = [
        ("parent", one.parent.as_ref().map(|id| json!(key(id)))),
        ("status", Some(json!(status))),
        ("evidence", evidence_property(one)),
    ];
    present_fields([
        ("id", Some(json!(key(&one.id)))),
        ("name", Some(json!(one.display_name))),
        ("resource_type", Some(json!(one.id.resource_type))),
        (
            "description",
            one.description.as_ref().map(|text| json!(text)),
        ),
        ("custom_properties", Some(present_fields(custom))),
    ])
}

fn is_role(one: &Entitlement) -> bool {
    one.exclusion_group.is_some()
}

fn permission_name(one: &Entitlement) -> String {
    format!(
        "{}:{}",
        encode_part(&one.resource_type),
        encode_part(&one.slug)
    )
}

fn permission_value(one: &Entitlement) -> Value {
    json!({
        "name": permission_name(one),
        "permission_type": ["NonData"],
        "apply_to_sub_resources": false,
        "resource_types": [one.resource_type],
    })
}

fn local_role(one: &Entitlement) -> Value {
    json!({
        "name": format!("{} ({})", one.display_name, one.resource_type),
        "permissions": [permission_name(one)],
        "roles": [],
        "tags": [],
        "custom_properties": {},
        "id": permission_name(one),
    })
}

fn identity_permissions(
    synced: &SyncInventory,
    index: &ExportIndex<'_>,
    application: &str,
) -> Vec<Value> {
    let mut by_principal: BTreeMap<(&ResourceId, Option<&str>), Vec<&Grant>> = BTreeMap::new();
    let grants = synced.grants.iter();
    for grant in grants.filter(|grant| !index.is_membership(grant)) {
        let entitlement = index
            .expanded_entitlement(grant)
            .map(|entitlement| &*entitlement.slug);
        by_principal
            .entry((&grant.principal, entitlement))
            .or_default()
            .push(grant);
    }
    let by_principal = by_principal.into_iter();
    by_principal
        .map(|(principal, grants)| identity_value(principal, &grants, index, application))
        .collect()
}

/// Returns the entry of an account, of a group, or of the principals of an entitlement on it.
fn identity_value(
    (id, expanded_slug): (&ResourceId, Option<&str>),
    grants: &[&Grant],
    index: &ExportIndex<'_>,
    application: &str,
) -> Value {
    let (mut roles, mut permissions) = (BTreeMap::new(), BTreeMap::new());
    for grant in grants {
        let Some(one) = index.entitlement(grant) else {
            continue; // A sync has a record for everything that its grants name.
        };
        let place = match index.resource_role(&grant.resource) {
            Role::Tenant => None,
            Role::Account | Role::Set | Role::Object => Some(key(&grant.resource)),
        };
        let entitlements = if is_role(one) {
            &mut roles
        } else {
            &mut permissions
        };
        let resources_of: &mut BTreeSet<Option<String>> =
            entitlements.entry(permission_name(one)).or_default();
        resources_of.insert(place);
    }
    let (identity, kind) = match (expanded_slug, index.resource_role(id)) {
        (Some(slug), _) => (local_group_id(id, slug), "local_group"),
        (None, Role::Set | Role::Tenant) => (key(id), "local_group"),
        (None, Role::Account | Role::Object) => (key(id), "local_user"),
    };
    let assignments = |word: &str, entitlements: BTreeMap<String, BTreeSet<Option<String>>>| {
        let entitlements = entitlements.into_iter().map(|(entitlement, resources_of)| {
            let to_application = resources_of.contains(&None);
            let resources: Vec<String> = resources_of.into_iter().flatten().collect();
            json!({
                "application": application,
                word: entitlement,
                "apply_to_application": to_application,
                "resources": resources,
            })
        });
        Some(entitlements.collect::<Vec<_>>()).filter(|all| !all.is_empty())
    };
    let permissions = assignments("permission", permissions);
    let roles = assignments("role", roles);
    present_fields([
        ("identity", Some(json!(identity))),
        ("identity_type", Some(json!(kind))),
        ("application_permissions", permissions.map(Value::Array)),
        ("role_assignments", roles.map(Value::Array)),
    ])
}
