//! The shape of `baton … -o json`: the messages of `baton/v1/outputs.proto` as protobuf's JSON, in
//! which what is empty is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::book::{Book, Each, key, part};
use connector_sync::Synced;
use connector_types::{
    AccountType, Details, Entitlement, Evidence, Grant, Purpose, Resource, ResourceId,
    SecretDetails, Status, UserDetails,
};

#[derive(Serialize)]
struct Lists<R, E, G> {
    resources: R,
    entitlements: E,
    grants: G,
}

pub(super) fn write(synced: &Synced, out: &mut dyn Write) -> io::Result<()> {
    let book = Book::new(synced);
    let types = types(&synced.resources);
    let type_of = |id: &ResourceId| types.get(&*id.resource_type).cloned();
    let lists = Lists {
        resources: Each(|| {
            synced.resources.iter().map(|one| {
                let parent = one.parent.as_ref().and_then(|id| book.resource(id));
                present([
                    ("resource", Some(resource(one))),
                    ("resourceType", type_of(&one.id)),
                    ("parent", parent.map(resource)),
                ])
            })
        }),
        entitlements: Each(|| {
            synced.resources.iter().flat_map(|on| {
                let all = synced.entitlements.iter();
                let of_type = all.filter(|one| one.resource_type == on.id.resource_type);
                of_type.map(|one| {
                    present([
                        ("entitlement", Some(entitlement(on, one))),
                        ("resource", Some(resource(on))),
                        ("resourceType", type_of(&on.id)),
                    ])
                })
            })
        }),
        grants: Each(|| {
            // A sync has a record for everything that its grants name.
            synced.grants.iter().filter_map(|one| {
                let on = book.resource(&one.resource)?;
                let principal = book.resource(&one.principal)?;
                let right = book.entitlement(one)?;
                Some(present([
                    ("grant", Some(grant(one))),
                    ("entitlement", Some(entitlement(on, right))),
                    ("resource", Some(resource(on))),
                    ("resourceType", type_of(&on.id)),
                    ("principal", Some(resource(principal))),
                ]))
            })
        }),
    };
    Ok(serde_json::to_writer(out, &lists)?)
}

/// The object of those fields that are there and not empty.
fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let is_empty = |value: &Value| {
        value.as_str().is_some_and(str::is_empty)
            || value.as_array().is_some_and(Vec::is_empty)
            || value.is_null()
    };
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !is_empty(value))?;
        Some((name.to_owned(), value))
    });
    Value::Object(fields.collect())
}

fn annotation<const N: usize>(message: &str, fields: [(&str, Option<Value>); N]) -> Value {
    let mut value = Map::from_iter([(
        "@type".to_owned(),
        json!(format!("type.googleapis.com/c1.connector.v2.{message}")),
    )]);
    if let Value::Object(fields) = present(fields) {
        value.extend(fields);
    }
    Value::Object(value)
}

/// Every type with the traits of its resources.
fn types(resources: &[Resource]) -> BTreeMap<&str, Value> {
    let mut traits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in resources {
        let of_type = traits.entry(&one.id.resource_type).or_default();
        of_type.extend(match &one.details {
            Details::User(_) => Some("TRAIT_USER"),
            Details::Group => Some("TRAIT_GROUP"),
            Details::Secret(_) => Some("TRAIT_SECRET"),
            Details::Tenant | Details::Other => None,
        });
    }
    let types = traits.into_iter();
    let types = types.map(|(id, traits)| {
        let value = present([
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

fn resource(one: &Resource) -> Value {
    let annotations: Vec<Value> = trait_of(one).into_iter().collect();
    present([
        ("id", Some(resource_id(&one.id))),
        ("parentResourceId", one.parent.as_ref().map(resource_id)),
        ("displayName", Some(json!(one.display_name))),
        ("annotations", Some(json!(annotations))),
        ("description", Some(json!(one.description))),
    ])
}

fn trait_of(one: &Resource) -> Option<Value> {
    let profile = Some(profile(one));
    match &one.details {
        Details::User(user) => Some(user_trait(one, user, profile)),
        Details::Group => Some(annotation("GroupTrait", [("profile", profile)])),
        Details::Secret(secret) => Some(secret_trait(one, secret, profile)),
        Details::Tenant | Details::Other => None,
    }
}

fn user_trait(one: &Resource, user: &UserDetails, profile: Option<Value>) -> Value {
    let emails = user.email.iter();
    let emails: Vec<Value> = emails
        .map(|address| json!({ "address": address, "isPrimary": true }))
        .collect();
    let status = match one.status {
        Status::Enabled => json!({ "status": "STATUS_ENABLED" }),
        Status::Disabled => json!({ "status": "STATUS_DISABLED" }),
        Status::Unknown => json!({}),
    };
    let account_type = match user.account_type {
        AccountType::Human | AccountType::External => Some(json!("ACCOUNT_TYPE_HUMAN")),
        AccountType::Service => Some(json!("ACCOUNT_TYPE_SERVICE")),
        AccountType::Unknown => None,
    };
    let fields = [
        ("emails", Some(json!(emails))),
        ("status", Some(status)),
        ("profile", profile),
        ("accountType", account_type),
        ("login", Some(json!(user.login))),
        ("createdAt", Some(json!(one.created_at))),
        ("lastLogin", Some(json!(user.last_login))),
    ];
    annotation("UserTrait", fields)
}

fn secret_trait(one: &Resource, secret: &SecretDetails, profile: Option<Value>) -> Value {
    let fields = [
        ("profile", profile),
        ("createdAt", Some(json!(one.created_at))),
        ("expiresAt", Some(json!(secret.expires_at))),
        ("lastUsedAt", Some(json!(secret.last_used_at))),
        ("createdById", secret.created_by.as_ref().map(resource_id)),
    ];
    annotation("SecretTrait", fields)
}

/// The provider's facts, and two of ours for which the traits have no place.
fn profile(one: &Resource) -> Value {
    let mut profile = Map::new();
    if one.evidence == Evidence::Mentioned {
        profile.insert("evidence".to_owned(), json!("mentioned"));
    }
    if let Details::User(user) = &one.details
        && user.account_type == AccountType::External
    {
        profile.insert("account_type".to_owned(), json!("external"));
    }
    let facts = one.profile.0.iter();
    profile.extend(facts.map(|(name, value)| (name.clone(), json!(value))));
    Value::Object(profile)
}

fn entitlement_id(on: &ResourceId, slug: &str) -> String {
    format!("{}:{}", key(on), part(slug))
}

fn entitlement(on: &Resource, one: &Entitlement) -> Value {
    let purpose = match one.purpose {
        Purpose::Assignment => Some(json!("PURPOSE_VALUE_ASSIGNMENT")),
        Purpose::Permission => Some(json!("PURPOSE_VALUE_PERMISSION")),
        Purpose::Ownership => Some(json!("PURPOSE_VALUE_OWNERSHIP")),
        Purpose::Other => None,
    };
    let grantable_to = one.grantable_to.iter().map(|id| json!({ "id": id }));
    let group = one.exclusion_group.as_ref().map(|group| {
        let fields = [
            ("exclusionGroupId", Some(json!(group))),
            (
                "order",
                one.rank.filter(|rank| *rank > 0).map(|rank| json!(rank)),
            ),
        ];
        annotation("EntitlementExclusionGroup", fields)
    });
    let group: Vec<Value> = group.into_iter().collect();
    present([
        ("resource", Some(resource(on))),
        ("id", Some(json!(entitlement_id(&on.id, &one.slug)))),
        ("displayName", Some(json!(one.display_name))),
        ("description", Some(json!(one.description))),
        ("grantableTo", Some(grantable_to.collect())),
        ("annotations", Some(json!(group))),
        ("purpose", purpose),
        ("slug", Some(json!(one.slug))),
    ])
}

fn grant(one: &Grant) -> Value {
    let id = entitlement_id(&one.resource, &one.entitlement);
    let expands = one.expands.as_ref().map(|slug| {
        let ids = json!([entitlement_id(&one.principal, slug)]);
        annotation("GrantExpandable", [("entitlementIds", Some(ids))])
    });
    // What follows from a rule can be taken away only with the rule.
    let rule = one.implied_by.as_ref().map(|rule| {
        let rule = json!({ "implied_by": rule });
        annotation("GrantImmutable", [("metadata", Some(rule))])
    });
    let annotations: Vec<Value> = expands.into_iter().chain(rule).collect();
    let on = json!({ "id": resource_id(&one.resource) });
    present([
        ("entitlement", Some(json!({ "resource": on, "id": id }))),
        (
            "principal",
            Some(json!({ "id": resource_id(&one.principal) })),
        ),
        ("id", Some(json!(format!("{id}:{}", key(&one.principal))))),
        ("annotations", Some(json!(annotations))),
    ])
}
