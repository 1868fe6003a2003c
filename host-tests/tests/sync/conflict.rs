//! Two records of one id: the first counts with what follows from it, and a notice names what is left out.

use std::sync::Arc;

use connector_host::records::*;
use connector_host::sync::{SyncInventory, SyncOptions};

use crate::support::scripted::*;
use crate::things::{include, run, run_with};

const LIST: &str = "list thing under team 1";
const SECOND: &str = "list thing under team 1 @2";

fn called(resource: Resource, name: &str) -> Resource {
    Resource {
        display_name: name.to_owned(),
        ..resource
    }
}

/// A page with one thing of this name, and access that follows from a rule.
fn thing(name: &str, implied: Option<&str>, next: Option<&str>) -> Page {
    let principal = id("guest", "everyone");
    let implied = implied.map(|rule| Grant {
        implied_by: Some(rule.into()),
        ..grant(id("thing", "a"), "open", principal)
    });
    Page {
        grants: implied.into_iter().map(Into::into).collect(),
        next_page_token: next.map(str::to_owned),
        ..page([called(listed("thing", "a", "team 1"), name)])
    }
}

fn omissions(synced: &SyncInventory) -> Vec<(&str, &str)> {
    let notices = synced.notices.iter().filter(|notice| notice.is_partial());
    notices
        .map(|notice| (notice.code.as_str(), notice.message.as_str()))
        .collect()
}

fn rules(synced: &SyncInventory) -> Vec<&str> {
    let grants = synced.grants.iter();
    grants
        .filter_map(|grant| grant.implied_by.as_deref())
        .collect()
}

/// Returns the outcome of the list of this type under this parent.
fn ended(synced: &SyncInventory, resource_type: &str, parent: &ResourceId) -> &'static str {
    let mut scopes = synced.scopes.iter();
    let found = scopes.find(|scope| {
        scope.resource_type == resource_type && scope.parent.as_ref() == Some(parent)
    });
    found.unwrap().outcome.name()
}

#[tokio::test(start_paused = true)]
async fn of_two_records_the_first_counts_with_its_rules() {
    for (first, second, stored) in [
        (None, Some("public"), vec![]),
        (Some("team"), Some("public"), vec!["team"]),
        (Some("public"), None, vec!["public"]),
    ] {
        let source = Scripted::new()
            .page(LIST, thing("before", first, Some("2")))
            .page(SECOND, thing("after", second, None));
        let synced = run(&Arc::new(source)).await;
        let things = synced.resources.iter();
        let mut things = things.filter(|one| one.id.resource_type == "thing");
        assert_eq!(things.next().unwrap().display_name, "before");
        assert_eq!(rules(&synced), stored);
        let said = omissions(&synced);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, "conflicting-record");
        assert!(said[0].1.contains("display-name"), "{said:?}");
        assert_eq!(ended(&synced, "thing", &id("team", "1")), "partial");
        assert!(!synced.summary.complete);
    }
}

#[tokio::test(start_paused = true)]
async fn whom_only_a_dropped_record_names_has_no_record() {
    let everyone = |name, rule, next| {
        let mut page = thing(name, rule, next);
        let guest = Resource::referenced(id("guest", "everyone"));
        page.resources.push(guest);
        page
    };
    for (first, named) in [(None, false), (Some("team"), true)] {
        let source = Scripted::new()
            .page(LIST, thing("before", first, Some("2")))
            .page(SECOND, everyone("after", Some("public"), None));
        let synced = run(&Arc::new(source)).await;
        let mut all = synced.resources.iter();
        let is_named = all.any(|one| one.id.resource_type == "guest");
        assert_eq!(is_named, named, "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_shown_twice_alike_is_no_conflict() {
    let source = Scripted::new()
        .page(LIST, thing("same", Some("team"), Some("2")))
        .page(SECOND, thing("same", Some("team"), None));
    let synced = run(&Arc::new(source)).await;
    assert_eq!(omissions(&synced), []);
    assert_eq!(rules(&synced), ["team"]);
    assert!(synced.summary.complete);
}

#[tokio::test(start_paused = true)]
async fn explicit_grants_of_both_records_stay() {
    let held = |slug| grant(id("thing", "a"), slug, id("user", "7"));
    let page = |name, slug, next| Page {
        grants: vec![held(slug).into()],
        ..thing(name, None, next)
    };
    let source = Scripted::new()
        .page(LIST, page("before", "viewer", Some("2")))
        .page(SECOND, page("after", "admin", None));
    let synced = run(&Arc::new(source)).await;
    let slugs: Vec<_> = synced.grants.iter().map(|it| &*it.entitlement).collect();
    assert_eq!(slugs, ["admin", "viewer"]);
}

/// A part that lies in two things, under each with access of its own, and called otherwise in one of them
/// where that is wanted.
fn shared(name: &str) -> Arc<Scripted> {
    let part = |parent: &str, name: &str, rule: &str| Page {
        grants: vec![
            Grant {
                implied_by: Some(rule.into()),
                ..grant(id("part", "p"), rule, id("guest", "everyone"))
            }
            .into(),
        ],
        ..page([called(listed("part", "p", parent), name)])
    };
    let things = ["a", "b"].map(|own| listed("thing", own, "team 1"));
    let source = Scripted::new()
        .page(LIST, page(things))
        .page("list part under thing a", part("thing a", "part", "from-a"))
        .page("list part under thing b", part("thing b", name, "from-b"));
    Arc::new(source)
}

#[tokio::test(start_paused = true)]
async fn a_second_parent_is_named_and_its_access_stays() {
    let mut digests = Vec::new();
    for concurrency in [1, 8] {
        let options = SyncOptions {
            concurrency,
            ..include(&["part"])
        };
        let synced = run_with(&shared("part"), options).await.unwrap();
        let said = omissions(&synced);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, "second-parent");
        assert!(said[0].1.contains("thing a") && said[0].1.contains("thing b"));
        assert_eq!(rules(&synced), ["from-a", "from-b"]);
        let ends = ["a", "b"].map(|own| ended(&synced, "part", &id("thing", own)));
        assert_eq!(ends, ["complete", "partial"]);
        assert!(!synced.summary.complete);
        digests.push(synced.summary.digest);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test(start_paused = true)]
async fn a_second_parent_that_differs_says_both() {
    let synced = run_with(&shared("other"), include(&["part"])).await;
    let synced = synced.unwrap();
    let codes: Vec<_> = omissions(&synced).iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["conflicting-record", "second-parent"]);
    assert_eq!(rules(&synced), ["from-a"]);
}
