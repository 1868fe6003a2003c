//! The shape of a SCIM 2.0 list response (RFC 7644, 3.4.2) of users and groups (RFC 7643, 4).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::index::{ExportIndex, LazyList, Role, key};
use connector_sync::SyncInventory;
use connector_types::{AccountType, Details, Resource, ResourceId, Status, UserDetails, fold};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// An extension (RFC 7643, 3.3): what a record is at the provider, and how much is known of it.
const ORIGIN: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Origin";
/// An extension of the list: the sync that it is of.
const SYNC: &str = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Sync";

/// The members of each group, and the groups of each account and group.
type ScimMembership<'a> = BTreeMap<&'a ResourceId, Vec<&'a Resource>>;

/// A user with the name that it has here, or a group.
enum ScimEntry<'a> {
    User(&'a Resource, &'a UserDetails, String),
    Group(&'a Resource),
}

/// A list whose records are made while they are written. The fields are in the order of their names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScimList<R> {
    #[serde(rename = "Resources")]
    resources: R,
    items_per_page: usize,
    schemas: [&'static str; 2],
    start_index: usize,
    total_results: usize,
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:connector-host:1.0:Sync")]
    sync: Value,
}

pub(super) fn write(synced: &SyncInventory, out: &mut dyn Write) -> io::Result<()> {
    let index = ExportIndex::new(synced);
    let (members, groups) = group_memberships(synced, &index);
    let entries = entries(synced, &index);
    let records = || {
        entries.iter().map(|entry| match entry {
            ScimEntry::User(one, details, name) => {
                user_value(&index, one, details, name, groups.get(&one.id))
            }
            ScimEntry::Group(one) => group_value(&index, one, members.get(&one.id)),
        })
    };
    let list = ScimList {
        resources: LazyList(records),
        items_per_page: entries.len(),
        schemas: [LIST, SYNC],
        start_index: 1,
        total_results: entries.len(),
        sync: json!({ "complete": synced.summary.complete, "startedAt": synced.run.started_at }),
    };
    Ok(serde_json::to_writer(out, &list)?)
}

fn entries<'a>(synced: &'a SyncInventory, index: &ExportIndex<'_>) -> Vec<ScimEntry<'a>> {
    let mut taken = BTreeSet::new();
    let mut entries = Vec::new();
    for one in &synced.resources {
        let is_user = index.is_account(one) || index.is_invitation(one);
        if let Some(details) = one.details.user().filter(|_| is_user) {
            let name = if index.is_invitation(one) {
                key(&one.id)
            } else {
                user_name(one, details, &mut taken)
            };
            entries.push(ScimEntry::User(one, details, name));
        } else if is_group(one, index) {
            entries.push(ScimEntry::Group(one));
        }
    }
    entries
}

/// Returns whether a resource is a group with members of its own: not the tenant, and not an
/// audience.
fn is_group(one: &Resource, index: &ExportIndex<'_>) -> bool {
    index.resource_role(&one.id) == Role::Set && !matches!(one.details, Details::Audience(_))
}

fn group_memberships<'a>(
    synced: &'a SyncInventory,
    index: &ExportIndex<'a>,
) -> (ScimMembership<'a>, ScimMembership<'a>) {
    let (mut members, mut groups) = (ScimMembership::new(), ScimMembership::new());
    let grants = synced.grants.iter();
    for grant in grants.filter(|grant| index.is_membership(grant)) {
        let group = index.resource(&grant.resource);
        let group = group.filter(|one| is_group(one, index));
        let member = index.resource(&grant.principal);
        let member = member.filter(|one| index.is_account(one) || is_group(one, index));
        if let (Some(group), Some(member)) = (group, member) {
            members.entry(&group.id).or_default().push(member);
            groups.entry(&member.id).or_default().push(group);
        }
    }
    (members, groups)
}

/// Returns a name that no earlier user has in any case: the login, else the address, else the id.
fn user_name(one: &Resource, details: &UserDetails, taken: &mut BTreeSet<String>) -> String {
    let names = [&details.login, &details.email];
    let mut names = names.into_iter().flatten().filter(|name| !name.is_empty());
    let free = names.find(|name| taken.insert(fold(name)));
    free.cloned().unwrap_or_else(|| key(&one.id))
}

fn user_value(
    index: &ExportIndex<'_>,
    one: &Resource,
    details: &UserDetails,
    name: &str,
    groups: Option<&Vec<&Resource>>,
) -> Value {
    let mut user = common_fields(index, USER, one);
    user.insert("userName".to_owned(), json!(name));
    let active = match index.status(one) {
        Status::Enabled => Some(true),
        Status::Disabled => Some(false),
        Status::Unknown => None,
    };
    if let Some(active) = active {
        user.insert("active".to_owned(), json!(active));
    }
    if let Some(address) = &details.email {
        let emails = json!([{ "value": address, "type": "work", "primary": true }]);
        user.insert("emails".to_owned(), emails);
    }
    let user_type = match details.account_type {
        AccountType::Human => Some("human"),
        AccountType::Service => Some("service"),
        AccountType::External => Some("external"),
        AccountType::Unknown => index.is_invitation(one).then_some("invitation"),
    };
    if let Some(user_type) = user_type {
        user.insert("userType".to_owned(), json!(user_type));
    }
    if let Some(groups) = groups {
        let groups = groups.iter().map(|group| reference_value(group, "direct"));
        user.insert("groups".to_owned(), groups.collect());
    }
    Value::Object(user)
}

fn group_value(index: &ExportIndex<'_>, one: &Resource, members: Option<&Vec<&Resource>>) -> Value {
    let mut group = common_fields(index, GROUP, one);
    if let Some(members) = members {
        let members = members.iter().map(|member| {
            let kind = resource_type(member);
            reference_value(member, kind)
        });
        group.insert("members".to_owned(), members.collect());
    }
    Value::Object(group)
}

/// Returns the fields that users and groups share.
fn common_fields(index: &ExportIndex<'_>, schema: &str, one: &Resource) -> Map<String, Value> {
    let mut meta = Map::new();
    meta.insert("resourceType".to_owned(), json!(resource_type(one)));
    meta.insert("location".to_owned(), json!(resource_location(one)));
    for (name, time) in [
        ("created", &one.created_at),
        ("lastModified", &one.updated_at),
    ] {
        if let Some(time) = time {
            meta.insert(name.to_owned(), json!(time));
        }
    }
    let mut origin = Map::new();
    origin.insert("resourceType".to_owned(), json!(one.id.resource_type));
    origin.extend(index.mark_attributes(one));
    let fields = [
        ("schemas", json!([schema, ORIGIN])),
        ("id", json!(key(&one.id))),
        ("externalId", json!(one.id.id)),
        ("displayName", json!(one.display_name)),
        ("meta", Value::Object(meta)),
        (ORIGIN, Value::Object(origin)),
    ];
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn resource_type(one: &Resource) -> &'static str {
    if matches!(one.details, Details::User(_)) {
        "User"
    } else {
        "Group"
    }
}

fn reference_value(to: &Resource, kind: &str) -> Value {
    json!({
        "value": key(&to.id),
        "$ref": resource_location(to),
        "display": to.display_name,
        "type": kind,
    })
}

/// Returns the location relative to the address of the document, as RFC 7643 has references.
fn resource_location(one: &Resource) -> String {
    let id: String = url::form_urlencoded::byte_serialize(key(&one.id).as_bytes()).collect();
    // In a path, a space is no plus sign.
    format!("{}s/{}", resource_type(one), id.replace('+', "%20"))
}
