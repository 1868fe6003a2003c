//! Syncs to make pages of: a small one in which everything occurs, a hostile one, a big one.

use connector_cli::report::{Review, write_page};
use connector_host::records::*;
use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;
use fastrand::Rng;
use host_tests::handmade::described_types;
use serde_json::Value;

#[allow(
    clippy::needless_pass_by_value,
    reason = "callers hand over numbers and text"
)]
pub fn id(resource_type: &str, id: impl ToString) -> ResourceId {
    ResourceId::new(resource_type, id.to_string())
}

pub fn resource(of: ResourceId, name: &str, details: Details) -> Resource {
    Resource {
        display_name: name.into(),
        evidence: Evidence::Listed,
        status: Status::Enabled,
        details,
        ..Resource::referenced(of)
    }
}

pub fn user(number: usize, name: &str) -> Resource {
    let details = UserDetails {
        email: Some(format!("person{number}@example.com")),
        login: None,
        account_type: AccountType::Human,
        last_login: None,
    };
    resource(id("user", number), name, Details::User(details))
}

pub fn grant(resource: ResourceId, entitlement: &str, principal: ResourceId) -> Grant {
    Grant {
        resource,
        entitlement: entitlement.into(),
        principal,
        implied_by: None,
        expands: None,
    }
}

pub fn entitlement(resource_type: &str, slug: &str, rank: Option<u32>) -> Entitlement {
    Entitlement {
        purpose: match slug {
            "member" => Purpose::Assignment,
            "admin" => Purpose::Ownership,
            _ => Purpose::Permission,
        },
        exclusion_group: rank.map(|_| "role".into()),
        rank,
        ..Entitlement::undescribed(resource_type.into(), slug.into())
    }
}

pub fn synced(resources: Vec<Resource>, grants: Vec<Grant>, scopes: Vec<Scope>) -> SyncInventory {
    let tenant = Tenant {
        id: id("team", 1),
        display_name: "Northwind".into(),
        credential_owner: id("user", 0),
        credential_owner_name: "Ada".into(),
        notices: Vec::new(),
        credentials: Vec::new(),
        rate_limit: None,
    };
    let run = Run {
        contract: CONTRACT_VERSION.into(),
        connector: "test".into(),
        version: "1.2.3".into(),
        component_sha256: "c0ffee".into(),
        manifest_sha256: "beef".into(),
        base_url: "https://provider.example".into(),
        started_at: "2024-05-06T07:08:09Z".into(),
        tenant,
        resource_types: described_types(&[
            ("team", None, TypeKind::Tenant),
            ("user", Some("team"), TypeKind::Account),
            ("group", Some("team"), TypeKind::Group),
            ("place", Some("team"), TypeKind::Container),
        ]),
        since_last: None,
    };
    let mut scope_counts = std::collections::BTreeMap::new();
    for scope in &scopes {
        *scope_counts
            .entry(scope.outcome.name().to_owned())
            .or_insert(0) += 1;
    }
    let complete = scopes.iter().all(|one| one.outcome.lets_run_be_complete());
    let mut made = SyncInventory {
        run,
        resources,
        entitlements: vec![
            entitlement("group", "member", None),
            entitlement("place", "access", None),
            entitlement("place", "admin", Some(3)),
            entitlement("place", "editor", Some(2)),
            entitlement("place", "viewer", Some(1)),
            entitlement("team", "member", None),
        ],
        grants,
        notices: Vec::new(),
        scopes,
        summary: Summary::default(),
    };
    made.resources.sort_by(|a, b| a.id.cmp(&b.id));
    let key = |one: &Grant| {
        (
            one.resource.clone(),
            one.entitlement.clone(),
            one.principal.clone(),
        )
    };
    made.grants.sort_by_key(key);
    made.grants.dedup_by_key(|one| key(one));
    made.summary = Summary {
        resources: made.resources.len() as u64,
        entitlements: made.entitlements.len() as u64,
        grants: made.grants.len() as u64,
        scopes: scope_counts,
        complete,
        ..Summary::default()
    };
    made
}

pub fn scope(call: Operation, resource_type: &str, of: Option<&str>, outcome: Outcome) -> Scope {
    let problem =
        (outcome != Outcome::Complete).then(|| Problem::new("Ask an administrator.", "403"));
    Scope {
        call,
        resource_type: resource_type.into(),
        id: of.map(Into::into),
        parent: None,
        outcome,
        pages: 1,
        requests: 1,
        problem,
        read_at: None,
    }
}

/// People, the team, everyone and groups (two of them within each other, one of which nobody is
/// known) on four places; the entitlements on the last are not read.
pub fn small() -> SyncInventory {
    let everyone = Resource {
        details: Details::Audience(Audience::Anyone),
        ..Resource::referenced(id("everyone", "everyone"))
    };
    let mut resources = vec![
        resource(id("team", 1), "Northwind", Details::Tenant),
        resource(id("group", 1), "Data", Details::Group),
        resource(id("group", 2), "Core", Details::Group),
        resource(id("group", 3), "Unknown", Details::Group),
        everyone,
        user(0, "Ada"),
        user(1, "Grace"),
        user(2, "Zoë"),
    ];
    for (number, name) in ["Payments", "Search", "Public", "Closed"]
        .into_iter()
        .enumerate()
    {
        resources.push(resource(id("place", number), name, Details::Other));
    }
    let by = |one: Grant, expands: Option<&str>, rule: Option<&str>| Grant {
        expands: expands.map(Into::into),
        implied_by: rule.map(Into::into),
        ..one
    };
    let mut grants = vec![
        grant(id("place", 0), "admin", id("user", 0)),
        grant(id("place", 0), "viewer", id("user", 1)),
        by(
            grant(id("place", 0), "editor", id("group", 1)),
            Some("member"),
            None,
        ),
        by(
            grant(id("place", 1), "access", id("team", 1)),
            Some("member"),
            Some("visibility team"),
        ),
        by(
            grant(id("place", 2), "access", id("everyone", "everyone")),
            None,
            Some("visibility public"),
        ),
        grant(id("group", 1), "member", id("user", 1)),
        grant(id("group", 2), "member", id("user", 2)),
    ];
    for (on, entitlement, set) in [
        (id("group", 1), "member", 2),
        (id("group", 2), "member", 1),
        (id("place", 2), "viewer", 3),
    ] {
        let set = grant(on, entitlement, id("group", set));
        grants.push(by(set, Some("member"), None));
    }
    grants.extend((0..3).map(|n| grant(id("team", 1), "member", id("user", n))));
    let forbidden = Outcome::Error(ErrorCase::Forbidden);
    let scopes = vec![
        scope(Operation::ListResources, "user", None, Outcome::Complete),
        scope(Operation::ListGrants, "place", Some("0"), Outcome::Complete),
        scope(Operation::ListGrants, "place", Some("3"), forbidden),
    ];
    synced(resources, grants, scopes)
}

/// Names that want to be more than names.
pub fn hostile_names() -> Vec<String> {
    vec![
        "<script>window.hacked = 1; alert(1)</script>".into(),
        "</script><script>window.hacked = 2</script>".into(),
        "<!--<script>".into(),
        "\"><img src=x onerror=window.hacked=3>".into(),
        "<iframe src=https://example.com></iframe>".into(),
        "\u{202e}nimda\u{2066} \u{200b}hidden".into(),
        "line\u{2028}line\u{2029}line\u{0}".into(),
        "\u{5d0}\u{5d1}\u{5d2} (admin)".into(),
        "{{script}} ${window.hacked = 4}".into(),
        "javascript:window.hacked=5".into(),
        format!("L{}G", "o".repeat(9_998)),
    ]
}

pub fn hostile() -> SyncInventory {
    let names = hostile_names();
    let mut made = small();
    for (at, name) in names.iter().enumerate() {
        made.resources.push(user(100 + at, name));
        let mut place = resource(id("place", 100 + at), name, Details::Other);
        place.description = Some(name.clone());
        place.attributes = Attributes(vec![(name.clone(), name.clone())]);
        made.resources.push(place);
        let mut given = grant(id("place", 100 + at), "admin", id("user", 100 + at));
        given.implied_by = Some(name.as_str().into());
        made.grants.push(given);
        made.notices.push(Notice {
            code: "odd".into(),
            about: Some(id("user", 100 + at)),
            impact: Impact::None,
            message: name.clone(),
        });
    }
    made.run.tenant.display_name = names[0].clone();
    let mut again = synced(made.resources, made.grants, made.scopes);
    again.run.tenant = made.run.tenant;
    again.notices = made.notices;
    again
}

/// 5,000 people, 2,000 places, about 200,000 grants, half of the places open to the whole team.
pub fn big() -> SyncInventory {
    let (people, places, groups) = (5_000, 2_000, 200);
    let mut rng = Rng::with_seed(1);
    let mut resources = vec![resource(id("team", 1), "Northwind", Details::Tenant)];
    let mut grants = Vec::new();
    for n in 0..people {
        resources.push(user(n, &format!("Person {n}")));
        grants.push(grant(id("team", 1), "member", id("user", n)));
        grants.push(grant(
            id("group", rng.usize(..groups)),
            "member",
            id("user", n),
        ));
    }
    for n in 0..groups {
        resources.push(resource(
            id("group", n),
            &format!("Group {n}"),
            Details::Group,
        ));
    }
    for n in 0..places {
        resources.push(resource(
            id("place", n),
            &format!("Place {n}"),
            Details::Other,
        ));
        for _ in 0..93 {
            let entitlement = ["viewer", "viewer", "editor", "admin"][rng.usize(..4)];
            grants.push(grant(
                id("place", n),
                entitlement,
                id("user", rng.usize(..people)),
            ));
        }
        let mut set = grant(id("place", n), "editor", id("group", rng.usize(..groups)));
        set.expands = Some("member".into());
        grants.push(set);
        if n % 2 == 0 {
            let mut open = grant(id("place", n), "access", id("team", 1));
            open.expands = Some("member".into());
            grants.push(open);
        }
    }
    synced(resources, grants, Vec::new())
}

/// A store with these syncs, the oldest first.
pub fn store(syncs: &[SyncInventory]) -> Store {
    let mut store = Store::temporary().unwrap();
    for synced in syncs {
        store.save(synced, "{}").unwrap();
    }
    store
}

/// The page of the latest sync, compared with the one before.
pub fn page(store: &Store) -> String {
    page_accepting(store, "")
}

/// The same, with an accept list.
pub fn page_accepting(store: &Store, list: &str) -> String {
    let runs = store.runs().unwrap();
    let newest = runs[0].run;
    let rules: Vec<_> = RULES.iter().collect();
    let changes = runs.get(1).map(|older| {
        compare_runs((store, older.run), (store, newest), &DiffOptions::default()).unwrap()
    });
    let mut findings = evaluate_rules(store, newest, &rules, &RuleLimits::default()).unwrap();
    let list = connector_host::parse_accept_list(list).unwrap();
    list.apply_list(&mut findings, jiff::civil::date(2026, 6, 1));
    let review = Review {
        synced: &store.load(newest).unwrap(),
        former: &connector_host::store::FormerNames::default(),
        findings: Some(findings),
        changes,
    };
    let mut out = Vec::new();
    write_page(&review, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page of a sync alone, without findings and changes.
pub fn page_of(synced: &SyncInventory) -> String {
    let review = Review {
        synced,
        former: &connector_host::store::FormerNames::default(),
        findings: None,
        changes: None,
    };
    let mut out = Vec::new();
    write_page(&review, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Returns the text between two marks, which must occur once.
pub fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    assert_eq!(page.matches(before).count(), 1, "{before}");
    page.split_once(before)
        .unwrap()
        .1
        .split_once(after)
        .unwrap()
        .0
}

/// The data that is embedded in a page.
pub fn embedded(page: &str) -> Value {
    let mark = "<script type=\"application/json\" id=\"data\">";
    serde_json::from_str(between(page, mark, "</script>")).unwrap()
}
