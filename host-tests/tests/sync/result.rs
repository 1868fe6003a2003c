//! The result of a sync is consistent, whatever the order in which it was read.

use std::sync::Arc;

use connector_host::records::*;
use connector_host::runtime::CallFailure;
use connector_host::sync::{SyncInventory, SyncOptions};

use crate::support::scripted::*;
use crate::things::{outcome, run, run_with, things};

#[tokio::test(start_paused = true)]
async fn pages_are_read_to_the_last_one() {
    let next = |resource, next: &str| Page {
        next_page_token: Some(next.into()),
        ..page([resource])
    };
    let source = Scripted::new()
        .page(
            "list user under team 1",
            next(listed("user", "1", "team 1"), "2"),
        )
        .page(
            "list user under team 1 @2",
            next(listed("user", "2", "team 1"), "3"),
        )
        .page(
            "list user under team 1 @3",
            page([listed("user", "3", "team 1")]),
        );
    let synced = run(&Arc::new(source)).await;
    let scope = synced
        .scopes
        .iter()
        .find(|one| one.call == Operation::ListResources && one.resource_type == "user");
    assert_eq!(scope.map(|one| (one.pages, one.requests)), Some((3, 3)));
    assert_eq!(
        synced
            .resources
            .iter()
            .filter(|one| one.id.resource_type == "user")
            .count(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn an_omission_makes_a_scope_partial() {
    let notice = |impact| Notice {
        code: "odd".into(),
        about: None,
        impact,
        message: String::new(),
    };
    let noticed = |impact| Page {
        notices: vec![notice(impact)],
        ..Page::default()
    };
    let source = things()
        .page("grants thing a", noticed(Impact::AttributeUnknown))
        .page("grants thing b", noticed(Impact::ItemOmitted));
    let synced = run(&Arc::new(source)).await;
    assert_eq!(synced.summary.scopes["partial"], 1);
    assert!(!synced.summary.complete);
    assert_eq!(synced.notices.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_refers_to_what_is_not_there() {
    let secret = Resource {
        details: Details::Secret(SecretDetails {
            created_by: Some(id("user", "gone")),
            access_to: Some(id("part", "closed")),
            expires_at: None,
            last_used: LastUse::Never,
        }),
        ..listed("thing", "s", "team 1")
    };
    let expands = Grant {
        expands: Some("member".into()),
        ..grant(id("thing", "lost"), "viewer", id("guest", "g"))
    };
    let source = things().page(
        "list thing under team 1",
        Page {
            grants: vec![expands.into()],
            ..page([asked("thing", "a", "team 1"), secret])
        },
    );
    let synced = run(&Arc::new(source)).await;
    let unlisted: Vec<_> = synced
        .notices
        .iter()
        .filter(|one| one.code == "unlisted")
        .filter_map(|one| one.about.clone())
        .collect();
    let expected = [
        id("guest", "g"),
        id("part", "closed"),
        id("thing", "lost"),
        id("user", "7"),
        id("user", "gone"),
    ];
    assert_eq!(unlisted, expected);
    for id in expected {
        let record = synced.resources.iter().find(|one| one.id == id).unwrap();
        // What passes grants on is a set.
        let details = match &*id.resource_type {
            "guest" => Details::Group,
            _ => Details::Other,
        };
        let expected = Resource {
            details,
            ..Resource::referenced(id)
        };
        assert_eq!(*record, expected);
    }
    let slugs: Vec<_> = synced
        .entitlements
        .iter()
        .map(|one| (one.resource_type.as_str(), one.slug.as_str()))
        .collect();
    assert_eq!(
        slugs,
        [("guest", "member"), ("thing", "admin"), ("thing", "viewer")]
    );
    assert!(synced.summary.complete);
}

/// The outcomes of the grants on `a` and `b`, if `set` has an expanded entitlement on `a`, and what else
/// the list of things has and says.
async fn ended(
    set: (&str, &str),
    more: Page,
    failing: Option<CallFailure>,
) -> (SyncInventory, Vec<&'static str>) {
    let passed_on = Grant {
        expands: Some("member".into()),
        ..grant(id("thing", "a"), "viewer", id(set.0, set.1))
    };
    let mut list = page([asked("thing", "a", "team 1"), asked("thing", "b", "team 1")]);
    list.resources.extend(more.resources);
    list.grants = more.grants;
    let mut source = Scripted::new()
        .page("list thing under team 1", list)
        .page("grants thing a", grants([passed_on]))
        .page(
            "grants thing b",
            grants([grant(id("thing", "b"), "viewer", id("user", "7"))]),
        );
    if let Some(failure) = failing {
        source = source.fails("list user under team 1", failure);
    }
    let synced = run(&Arc::new(source)).await;
    let scopes = synced
        .scopes
        .iter()
        .filter(|one| one.call == Operation::ListGrants);
    let outcomes = scopes.map(|one| one.outcome.name()).collect();
    (synced, outcomes)
}

#[tokio::test(start_paused = true)]
async fn a_set_that_no_list_has_leaves_its_scope_partial() {
    let (synced, outcomes) = ended(("user", "57000"), Page::default(), None).await;
    assert_eq!(outcomes, ["partial", "complete"]);
    assert!(!synced.summary.complete);
    let codes = synced
        .notices
        .iter()
        .filter(|one| one.about == Some(id("user", "57000")));
    let codes: Vec<_> = codes.map(|one| &*one.code).collect();
    assert_eq!(codes, ["unknown-members", "unlisted"]);
    let count = u64::try_from(synced.notices.len()).unwrap();
    assert_eq!(synced.summary.notices, count);
}

#[tokio::test(start_paused = true)]
async fn a_set_of_known_members_or_of_a_list_unread_is_left() {
    let listed_set = page([listed("thing", "c", "team 1")]);
    let (_, outcomes) = ended(("thing", "c"), listed_set, None).await;
    assert_eq!(outcomes, ["complete", "complete"]);
    let with_members = grants([grant(id("thing", "c"), "member", id("user", "7"))]);
    let (_, outcomes) = ended(("thing", "c"), with_members, None).await;
    assert_eq!(outcomes, ["complete", "complete"]);
    let failure = error(ErrorCase::Forbidden);
    let (synced, outcomes) = ended(("user", "57000"), Page::default(), Some(failure)).await;
    assert_eq!(outcomes, ["complete", "complete"]);
    assert!(!synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn better_evidence_wins_among_duplicates() {
    let implied = Grant {
        implied_by: Some("rule".into()),
        ..grant(id("thing", "a"), "admin", id("user", "7"))
    };
    let referenced = Resource::referenced(id("user", "7"));
    let known = listed("user", "7", "team 1");
    for (first, second) in [
        (referenced.clone(), known.clone()),
        (known.clone(), referenced),
    ] {
        let source = things().page("list user under team 1", page([first])).page(
            "list thing under team 1",
            Page {
                grants: vec![implied.clone().into()],
                ..page([second, asked("thing", "a", "team 1")])
            },
        );
        let synced = run(&Arc::new(source)).await;
        assert!(synced.resources.contains(&known));
        assert_eq!(
            synced.grants,
            [grant(id("thing", "a"), "admin", id("user", "7"))]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_contract_violation_is_not_accepted() {
    let unknown = page([listed("spaceship", "1", "team 1")]);
    let nameless = page([listed("user", "", "team 1")]);
    let long = page([listed("user", &"x".repeat(2_000), "team 1")]);
    let slugless = grants([grant(id("thing", "a"), "", id("user", "1"))]);
    let cursor = Page {
        next_page_token: Some("x".repeat(9_000)),
        ..Page::default()
    };
    for bad in [unknown, nameless, long, slugless, cursor] {
        let synced = run(&Arc::new(
            Scripted::new().page("list user under team 1", bad),
        ))
        .await;
        assert_eq!(
            outcome(&synced, Operation::ListResources, "user"),
            "unexpected-response"
        );
        assert_eq!(synced.summary.resources, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn results_do_not_depend_on_concurrency() {
    let source = || {
        let all: Vec<_> = (0..100)
            .map(|n| asked("thing", &n.to_string(), "team 1"))
            .collect();
        let mut source = Scripted::new().page("list thing under team 1", page(all));
        for n in 0..100 {
            let principals = (0..5).map(|user| {
                grant(
                    id("thing", &n.to_string()),
                    "viewer",
                    id("user", &user.to_string()),
                )
            });
            source = source.page(&format!("grants thing {n}"), grants(principals));
        }
        Arc::new(source)
    };
    let mut results = Vec::new();
    for concurrency in [1, 3, 8, 200] {
        let options = SyncOptions {
            concurrency,
            ..SyncOptions::default()
        };
        let mut synced = run_with(&source(), options).await.unwrap();
        synced.run.started_at = String::new();
        results.push(synced);
    }
    assert!(results.iter().all(|one| *one == results[0]));
    assert_eq!(results[0].summary.grants, 500);
}

#[tokio::test(start_paused = true)]
async fn a_text_of_many_records_is_stored_once() {
    let holds = |thing: &str| grant(id("thing", thing), "admin", id("user", "7"));
    let source = things().page("grants thing b", grants([holds("b")])).page(
        "list user under team 1",
        page([listed("user", "7", "team 1")]),
    );
    let synced = run(&Arc::new(source)).await;
    let [a, b] = &synced.grants[..] else {
        panic!("{:?}", synced.grants);
    };
    let mut users = synced.resources.iter();
    let user = users.find(|one| one.id == a.principal).unwrap();
    for (one, other) in [
        (&a.entitlement, &b.entitlement),
        (&a.principal.id, &b.principal.id),
        (&a.principal.id, &user.id.id),
        (&a.resource.resource_type, &b.resource.resource_type),
    ] {
        assert!(Text::ptr_eq(one, other), "{one} is stored twice");
    }
}
