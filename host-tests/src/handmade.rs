//! Syncs made by hand: a tenant with people, groups, workspaces and keys, everything read whole.

use std::collections::BTreeMap;

use connector_host::records::{
    AccountType, Attributes, Audience, Details, Entitlement, ErrorCase, Evidence, Grant,
    GrantListing, Impact, LastUse, Notice, Operation, Outcome, Purpose, Resource, ResourceId, Run,
    RunType, Scope, SecretDetails, Status, Summary, Tenant, TypeKind, UserDetails,
};
use connector_host::store::{RunId, Store};
use connector_host::sync::SyncInventory;

/// When every made sync began.
pub const NOW: &str = "2026-06-01T12:00:00Z";

pub fn id(resource_type: &str, id: &str) -> ResourceId {
    ResourceId::new(resource_type, id)
}

pub fn team() -> ResourceId {
    id("team", "1")
}

fn listed(of: ResourceId, parent: Option<ResourceId>, details: Details) -> Resource {
    Resource {
        parent,
        display_name: format!("Name of {}", of.id),
        evidence: Evidence::Listed,
        status: Status::Enabled,
        details,
        ..Resource::referenced(of)
    }
}

pub fn account(of: ResourceId, email: &str) -> Resource {
    let details = Details::User(UserDetails {
        email: Some(email.to_owned()),
        login: None,
        account_type: AccountType::Unknown,
        last_login: None,
    });
    listed(of, Some(team()), details)
}

pub fn user(name: &str) -> Resource {
    account(id("user", name), &format!("{name}@example.com"))
}

pub fn group(name: &str) -> Resource {
    listed(id("group", name), Some(team()), Details::Group)
}

pub fn workspace(name: &str) -> Resource {
    Resource {
        grants: GrantListing::ListGrantsRequired,
        ..listed(id("workspace", name), Some(team()), Details::Other)
    }
}

pub fn key(name: &str, expires_at: Option<&str>, last_used_at: Option<&str>) -> Resource {
    let details = Details::Secret(SecretDetails {
        created_by: None,
        access_to: None,
        expires_at: expires_at.map(str::to_owned),
        last_used: last_used_at.map_or(LastUse::Never, |time| LastUse::At(time.to_owned())),
    });
    Resource {
        created_at: Some("2024-01-01T00:00:00Z".to_owned()),
        ..listed(id("access-key", name), Some(team()), details)
    }
}

pub fn partner(name: &str) -> Resource {
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::External,
        last_login: None,
    });
    Resource {
        details,
        ..Resource::referenced(id("partner", name))
    }
}

/// A grant of what `principal` holds itself; groups pass it on to their members, the team to its.
pub fn grant(resource: &ResourceId, slug: &str, principal: &ResourceId) -> Grant {
    let passed_on = matches!(principal.resource_type.as_str(), "group" | "team");
    Grant {
        resource: resource.clone(),
        entitlement: slug.into(),
        principal: principal.clone(),
        implied_by: None,
        expands: passed_on.then(|| "member".into()),
    }
}

pub fn implied(resource: &ResourceId, slug: &str, principal: &ResourceId) -> Grant {
    Grant {
        implied_by: Some("by a rule".into()),
        ..grant(resource, slug, principal)
    }
}

pub fn notice(code: &str, about: &ResourceId) -> Notice {
    Notice {
        code: code.to_owned(),
        about: Some(about.clone()),
        impact: match code {
            "missing-field" | "unknown-visibility" | "unknown-access" => Impact::AccessUnknown,
            "unreadable-field" => Impact::AttributeUnknown,
            _ => Impact::None,
        },
        message: format!("{code} of {about}"),
    }
}

pub fn scope(call: Operation, of: &str, at: Option<&str>, parent: Option<ResourceId>) -> Scope {
    Scope {
        call,
        resource_type: of.to_owned(),
        id: at.map(str::to_owned),
        parent,
        outcome: Outcome::Complete,
        pages: 1,
        requests: 1,
        problem: None,
        read_at: None,
    }
}

pub const FORBIDDEN: Outcome = Outcome::Error(ErrorCase::Forbidden);

fn entitlement(of: &str, slug: &str, rank: Option<u32>, group: Option<&str>) -> Entitlement {
    Entitlement {
        purpose: match slug {
            "member" => Purpose::Assignment,
            "admin" => Purpose::Ownership,
            _ => Purpose::Permission,
        },
        exclusion_group: group.map(str::to_owned),
        rank,
        ..Entitlement::undescribed(of.to_owned(), slug.to_owned())
    }
}

fn entitlements() -> Vec<Entitlement> {
    let mut entitlements = vec![
        entitlement("team", "member", None, None),
        entitlement("team", "admin", None, None),
        entitlement("team", "invited", None, None),
        entitlement("group", "member", None, None),
        entitlement("workspace", "member", None, None),
        entitlement("workspace", "access", None, None),
        entitlement("workspace", "partner-viewer", Some(1), Some("partner-role")),
        entitlement("workspace", "partner-editor", Some(2), Some("partner-role")),
    ];
    for (rank, slug) in (1..).zip(["viewer", "editor", "admin"]) {
        entitlements.push(entitlement("workspace", slug, Some(rank), Some("role")));
    }
    entitlements
}

/// Resources known by references alone: everyone with the address is an audience.
fn referenced(of: &ResourceId) -> Resource {
    let details = match &*of.resource_type {
        "everyone" => Details::Audience(Audience::Anyone),
        _ => Details::Other,
    };
    Resource {
        details,
        ..Resource::referenced(of.clone())
    }
}

/// A sync of these, whose scopes all are complete. What grants name and is not given is a reference.
pub fn sync(resources: Vec<Resource>, grants: Vec<Grant>) -> SyncInventory {
    let tenant = Resource {
        parent: None,
        ..listed(team(), None, Details::Tenant)
    };
    let mut synced = SyncInventory {
        run: run(),
        resources: std::iter::once(tenant).chain(resources).collect(),
        entitlements: entitlements(),
        grants,
        notices: Vec::new(),
        scopes: Vec::new(),
        summary: Summary {
            complete: true,
            digest: "0".to_owned(),
            ..Summary::default()
        },
    };
    for of in ["team", "user", "group", "workspace"] {
        synced
            .scopes
            .push(scope(Operation::ListEntitlements, of, None, None));
    }
    for of in ["user", "group", "workspace", "access-key", "scim-account"] {
        synced
            .scopes
            .push(scope(Operation::ListResources, of, None, Some(team())));
    }
    synced
        .scopes
        .push(scope(Operation::ListResources, "team", None, None));
    close(&mut synced);
    synced
}

/// Adds the scopes of workspaces and the records that are missing, and sorts as a sync does.
pub fn close(synced: &mut SyncInventory) {
    let mut by_id = BTreeMap::new();
    for resource in std::mem::take(&mut synced.resources) {
        by_id.insert(resource.id.clone(), resource);
    }
    for grant in &synced.grants {
        for of in [&grant.resource, &grant.principal] {
            by_id.entry(of.clone()).or_insert_with(|| referenced(of));
        }
    }
    synced.resources = by_id.into_values().collect();
    for resource in &synced.resources {
        let of = &resource.id;
        let known =
            |one: &Scope| one.call == Operation::ListGrants && one.id.as_deref() == Some(&of.id);
        if resource.grants == GrantListing::ListGrantsRequired && !synced.scopes.iter().any(known) {
            let scope = scope(Operation::ListGrants, &of.resource_type, Some(&of.id), None);
            synced.scopes.push(scope);
        }
    }
    let identity = |one: &Grant| {
        let held = (one.resource.clone(), one.entitlement.clone());
        (held, one.principal.clone())
    };
    synced.grants.sort_by_key(identity);
    synced.grants.dedup_by_key(|one| identity(one));
    synced
        .scopes
        .sort_by(|a, b| a.identity().cmp(&b.identity()));
}

/// Lets the scope of this call on this type or resource end so.
pub fn end(
    synced: &mut SyncInventory,
    call: Operation,
    of: &str,
    at: Option<&str>,
    outcome: Outcome,
) {
    let mut scopes = synced.scopes.iter_mut();
    let scope =
        scopes.find(|one| one.call == call && one.resource_type == of && one.id.as_deref() == at);
    scope.expect("a scope of this name").outcome = outcome;
}

pub fn run() -> Run {
    Run {
        contract: Run::contract(),
        connector: "made".to_owned(),
        version: "1.0.0".to_owned(),
        component_sha256: String::new(),
        manifest_sha256: String::new(),
        base_url: "https://example.com".to_owned(),
        started_at: NOW.to_owned(),
        tenant: Tenant {
            id: team(),
            display_name: "Made".to_owned(),
            credential_owner: id("user", "owner"),
            credential_owner_name: "Owner".to_owned(),
            notices: Vec::new(),
            credentials: Vec::new(),
            rate_limit: None,
        },
        resource_types: described_types(&[
            ("team", None, TypeKind::Tenant),
            ("user", Some("team"), TypeKind::Account),
            ("group", Some("team"), TypeKind::Group),
            ("workspace", Some("team"), TypeKind::Container),
            ("access-key", Some("team"), TypeKind::Credential),
            ("scim-account", Some("team"), TypeKind::Account),
            ("partner", None, TypeKind::Account),
            ("everyone", None, TypeKind::Audience),
            ("analytics-report", Some("team"), TypeKind::Subscription),
            ("activity", Some("analytics-report"), TypeKind::Usage),
            ("invitation", Some("analytics-report"), TypeKind::Invitation),
        ]),
        since_last: None,
    }
}

/// The types of a description: each with its parent and its kind.
pub fn described_types(types: &[(&str, Option<&str>, TypeKind)]) -> Vec<RunType> {
    let types = types.iter();
    let types = types.map(|(id, parent, kind)| RunType {
        id: (*id).to_owned(),
        parent: parent.map(str::to_owned),
        kind: *kind,
    });
    types.collect()
}

/// The sync in a store of its own.
pub fn store_sync(synced: &SyncInventory) -> (Store, RunId) {
    let mut store = Store::temporary().expect("room in memory");
    let run = store.save(synced, "{}").expect("a sync that fits together");
    (store, run)
}

/// The profile of one key.
pub fn profile(key: &str, value: &str) -> Attributes {
    Attributes(vec![(key.to_owned(), value.to_owned())])
}

/// Records in a store, as a sync with checkpoints does, that all grants on a type which
/// `of` holds were read on the first page of the list of `of`, by one request.
pub fn note_list(store: &Store, on: &str, of: &str) {
    let sql = format!(
        "INSERT INTO page_versions (epoch, first, scope, page, requests)
            SELECT run, run, scope, 1, '[{{\"path\": \"/{of}s\", \"status\": 200}}]'
            FROM scopes WHERE call = 'list-resources' AND resource_type = '{of}';
        UPDATE grant_versions SET page = 1, scope = (
            SELECT scope FROM scopes WHERE call = 'list-resources' AND resource_type = '{of}')
        WHERE resource IN (SELECT resource FROM resource_keys WHERE resource_type = '{on}')
            AND principal IN (SELECT resource FROM resource_keys WHERE resource_type = '{of}')"
    );
    store
        .connection()
        .execute_batch(&sql)
        .expect("rows to note it in");
}
