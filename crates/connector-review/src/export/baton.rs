//! The shape of `baton … -o json`: the messages of `baton/v1/outputs.proto` as protobuf's JSON, in
//! which what is empty is left out.
//!
//! It follows the rules that baton-sdk checks when it reads: texts have a length in bytes, and all
//! entitlements of one exclusion group are of one resource type and at most 50.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::index::{ExportIndex, LazyList, encode_part, key};
use connector_sync::SyncInventory;
use connector_types::{
    AccountType, Details, Entitlement, Grant, Purpose, Resource, ResourceId, SecretDetails, Status,
    UserDetails,
};

/// The longest name, in bytes.
const MAX_NAME: usize = 1024;
/// The longest description, in bytes.
const MAX_DESCRIPTION: usize = 2048;
/// The most entitlements of one exclusion group.
const MAX_GROUP: usize = 50;

#[derive(Serialize)]
struct BatonLists<R, E, G> {
    resources: R,
    entitlements: E,
    grants: G,
}

pub(super) fn write(synced: &SyncInventory, out: &mut dyn Write) -> io::Result<()> {
    let index = ExportIndex::new(synced);
    let types = resource_types(synced);
    let type_of = |id: &ResourceId| types.get(&*id.resource_type).cloned();
    let groups = exclusion_groups(&synced.entitlements);
    let resource = |one: &Resource| resource_value(&index, one);
    let entitlement = |on: &Resource, one: &Entitlement| {
        let group = one.exclusion_group.as_deref();
        let group = group.filter(|group| groups.contains(&(&*one.resource_type, *group)));
        entitlement_value(&index, on, one, group)
    };
    let lists = BatonLists {
        resources: LazyList(|| {
            synced.resources.iter().map(|one| {
                let parent = one.parent.as_ref().and_then(|id| index.resource(id));
                present_fields([
                    ("resource", Some(resource(one))),
                    ("resourceType", type_of(&one.id)),
                    ("parent", parent.map(resource)),
                ])
            })
        }),
        entitlements: LazyList(|| {
            synced.resources.iter().flat_map(|on| {
                let all = synced.entitlements.iter();
                let of_type = all.filter(|one| one.resource_type == on.id.resource_type);
                of_type.map(|one| {
                    present_fields([
                        ("entitlement", Some(entitlement(on, one))),
                        ("resource", Some(resource(on))),
                        ("resourceType", type_of(&on.id)),
                    ])
                })
            })
        }),
        grants: LazyList(|| {
            // A sync has a record for everything that its grants name.
            synced.grants.iter().filter_map(|one| {
                let on = index.resource(&one.resource)?;
                let principal = index.resource(&one.principal)?;
                let described = index.entitlement(one)?;
                Some(present_fields([
                    ("grant", Some(grant_value(one))),
                    ("entitlement", Some(entitlement(on, described))),
                    ("resource", Some(resource(on))),
                    ("resourceType", type_of(&on.id)),
                    ("principal", Some(resource(principal))),
                ]))
            })
        }),
    };
    Ok(serde_json::to_writer(out, &lists)?)
}

/// Returns the object of those fields that are there and not empty.
fn present_fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let is_empty = |value: &Value| {
        value.as_str().is_some_and(str::is_empty)
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
            || value.is_null()
    };
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !is_empty(value))?;
        Some((name.to_owned(), value))
    });
    Value::Object(fields.collect())
}

fn typed_annotation<const N: usize>(message: &str, fields: [(&str, Option<Value>); N]) -> Value {
    let mut value = Map::from_iter([(
        "@type".to_owned(),
        json!(format!("type.googleapis.com/c1.connector.v2.{message}")),
    )]);
    if let Value::Object(fields) = present_fields(fields) {
        value.extend(fields);
    }
    Value::Object(value)
}

/// Returns every type with the traits of its resources.
fn resource_types(synced: &SyncInventory) -> BTreeMap<&str, Value> {
    let mut traits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in &synced.resources {
        let of_type = traits.entry(&one.id.resource_type).or_default();
        of_type.extend(match &one.details {
            Details::User(_) if synced.run.is_account(one) => Some("TRAIT_USER"),
            Details::Group => Some("TRAIT_GROUP"),
            Details::Secret(_) => Some("TRAIT_SECRET"),
            Details::User(_)
            | Details::Tenant
            | Details::Audience(_)
            | Details::Other
            | Details::Change(_) => None,
        });
    }
    let types = traits.into_iter();
    let types = types.map(|(id, traits)| {
        let value = present_fields([
            ("id", Some(json!(id))),
            ("displayName", Some(json!(id))),
            ("traits", Some(json!(traits))),
        ]);
        (id, value)
    });
    types.collect()
}

fn resource_id(id: &ResourceId) -> Value {
    json!({ "resourceType": id.resource_type, "resource": id.id })
}

/// Returns the exclusion groups that are small enough, by resource type and name.
fn exclusion_groups(entitlements: &[Entitlement]) -> BTreeSet<(&str, &str)> {
    let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in entitlements {
        if let Some(group) = &one.exclusion_group {
            *sizes.entry((&one.resource_type, group)).or_default() += 1;
        }
    }
    sizes.retain(|_, size| *size <= MAX_GROUP);
    sizes.into_keys().collect()
}

/// Returns the text up to so many bytes.
fn cut_text(text: &str, most: usize) -> Value {
    let end = text.floor_char_boundary(most);
    json!(text.get(..end).unwrap_or(text))
}

fn resource_value(index: &ExportIndex<'_>, one: &Resource) -> Value {
    let annotations: Vec<Value> = trait_of(index, one).into_iter().collect();
    let description = one.description.as_ref();
    let status = match index.status(one) {
        Status::Enabled => Some("RESOURCE_STATUS_ENABLED"),
        Status::Disabled => Some("RESOURCE_STATUS_DISABLED"),
        Status::Unknown => None,
    };
    present_fields([
        ("id", Some(resource_id(&one.id))),
        ("parentResourceId", one.parent.as_ref().map(resource_id)),
        ("displayName", Some(cut_text(&one.display_name, MAX_NAME))),
        ("annotations", Some(json!(annotations))),
        (
            "description",
            description.map(|text| cut_text(text, MAX_DESCRIPTION)),
        ),
        ("profile", Some(resource_profile(index, one))),
        ("status", status.map(|status| json!({ "status": status }))),
        ("createdAt", Some(json!(one.created_at))),
    ])
}

fn trait_of(index: &ExportIndex<'_>, one: &Resource) -> Option<Value> {
    match &one.details {
        Details::User(user) if index.is_account(one) => {
            Some(user_trait(user, index.last_login(one)))
        }
        Details::Group => Some(typed_annotation("GroupTrait", [])),
        Details::Secret(secret) => Some(secret_trait(secret)),
        Details::User(_)
        | Details::Tenant
        | Details::Audience(_)
        | Details::Other
        | Details::Change(_) => None,
    }
}

fn user_trait(user: &UserDetails, last_login: Option<&str>) -> Value {
    let emails = user.email.iter();
    let emails: Vec<Value> = emails
        .map(|address| json!({ "address": address, "isPrimary": true }))
        .collect();
    let account_type = match user.account_type {
        AccountType::Human | AccountType::External => Some(json!("ACCOUNT_TYPE_HUMAN")),
        AccountType::Service => Some(json!("ACCOUNT_TYPE_SERVICE")),
        AccountType::Unknown => None,
    };
    let fields = [
        ("emails", Some(json!(emails))),
        ("accountType", account_type),
        ("login", Some(json!(user.login))),
        ("lastLogin", Some(json!(last_login))),
    ];
    typed_annotation("UserTrait", fields)
}

fn secret_trait(secret: &SecretDetails) -> Value {
    let fields = [
        ("expiresAt", Some(json!(secret.expires_at))),
        ("lastUsedAt", Some(json!(secret.last_used.time()))),
        ("createdById", secret.created_by.as_ref().map(resource_id)),
    ];
    typed_annotation("SecretTrait", fields)
}

/// Returns the provider's facts, and the facts of a record for which the messages have no field.
fn resource_profile(index: &ExportIndex<'_>, one: &Resource) -> Value {
    let mut profile = Map::new();
    if let Details::User(user) = &one.details
        && user.account_type == AccountType::External
    {
        profile.insert("account_type".to_owned(), json!("external"));
    }
    if let Details::User(user) = &one.details
        && !index.is_account(one)
    {
        let facts = [("email", &user.email), ("last_login", &user.last_login)].into_iter();
        let facts = facts.filter_map(|(name, fact)| Some((name.to_owned(), json!(fact.as_ref()?))));
        profile.extend(facts);
    }
    let facts = one.attributes.0.iter();
    profile.extend(facts.map(|(name, value)| (name.clone(), json!(value))));
    profile.extend(index.mark_attributes(one));
    Value::Object(profile)
}

fn entitlement_id(on: &ResourceId, slug: &str) -> String {
    format!("{}:{}", key(on), encode_part(slug))
}

/// Returns an entitlement; `group` is the exclusion group that all of baton-sdk's rules allow. Its id is that of one resource:
/// the rules count the entitlements of all resources that share an id.
fn entitlement_value(
    index: &ExportIndex<'_>,
    on: &Resource,
    one: &Entitlement,
    group: Option<&str>,
) -> Value {
    let purpose = match one.purpose {
        Purpose::Assignment => Some(json!("PURPOSE_VALUE_ASSIGNMENT")),
        Purpose::Permission => Some(json!("PURPOSE_VALUE_PERMISSION")),
        Purpose::Ownership => Some(json!("PURPOSE_VALUE_OWNERSHIP")),
        Purpose::Other => None,
    };
    let grantable_to = one.grantable_to.iter().map(|id| json!({ "id": id }));
    let group = group.map(|group| {
        let id = entitlement_id(&on.id, group);
        let fields = [
            ("exclusionGroupId", Some(json!(id))),
            (
                "order",
                one.rank.filter(|rank| *rank > 0).map(|rank| json!(rank)),
            ),
        ];
        typed_annotation("EntitlementExclusionGroup", fields)
    });
    let group: Vec<Value> = group.into_iter().collect();
    present_fields([
        ("resource", Some(resource_value(index, on))),
        ("id", Some(json!(entitlement_id(&on.id, &one.slug)))),
        ("displayName", Some(cut_text(&one.display_name, MAX_NAME))),
        (
            "description",
            Some(cut_text(&one.description, MAX_DESCRIPTION)),
        ),
        ("grantableTo", Some(grantable_to.collect())),
        ("annotations", Some(json!(group))),
        ("purpose", purpose),
        ("slug", Some(json!(one.slug))),
    ])
}

fn grant_value(one: &Grant) -> Value {
    let id = entitlement_id(&one.resource, &one.entitlement);
    let expands = one.expands.as_ref().map(|slug| {
        let ids = json!([entitlement_id(&one.principal, slug)]);
        typed_annotation("GrantExpandable", [("entitlementIds", Some(ids))])
    });
    // What follows from a rule can be taken away only with the rule.
    let rule = one.implied_by.as_ref().map(|rule| {
        let rule = json!({ "implied_by": rule });
        typed_annotation("GrantImmutable", [("metadata", Some(rule))])
    });
    let annotations: Vec<Value> = expands.into_iter().chain(rule).collect();
    let on = json!({ "id": resource_id(&one.resource) });
    present_fields([
        ("entitlement", Some(json!({ "resource": on, "id": id }))),
        (
            "principal",
            Some(json!({ "id": resource_id(&one.principal) })),
        ),
        ("id", Some(json!(format!("{id}:{}", key(&one.principal))))),
        ("annotations", Some(json!(annotations))),
    ])
}
