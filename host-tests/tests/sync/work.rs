//! The host's own work on an answer: large ones are processed in other threads with the same result, and
//! what would take too long or too much is refused before it is begun.

use std::sync::Arc;

use connector_host::records::{
    Details, ErrorCase, Outcome, Page, Problem, Resource, ResourceType, TypeKind,
};
use connector_host::runtime::CallFailure;
use connector_host::sync::{self, NoProgress, SyncError, SyncOptions};

use crate::support::scripted::{Scripted, asked, listed, page};

const USERS: usize = 4_000;

fn users(of: std::ops::Range<usize>) -> impl Iterator<Item = Resource> {
    of.map(|n| Resource {
        description: Some("d".repeat(300)),
        ..listed("user", &n.to_string(), "team 1")
    })
}

fn next(page: Page, cursor: &str) -> Page {
    Page {
        next_page_token: Some(cursor.to_owned()),
        ..page
    }
}

#[tokio::test]
async fn a_large_page_gives_what_small_ones_give() {
    let large = Scripted::new().page("list user under team 1", page(users(0..USERS)));
    let mut small = Scripted::new();
    for at in (0..USERS).step_by(100) {
        let call = match at {
            0 => "list user under team 1".to_owned(),
            at => format!("list user under team 1 @{at}"),
        };
        let of = page(users(at..at + 100));
        small = small.page(
            &call,
            match at + 100 {
                USERS => of,
                after => next(of, &after.to_string()),
            },
        );
    }
    let options = SyncOptions::default();
    let large = sync::run(Arc::new(large), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    let small = sync::run(Arc::new(small), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    assert_eq!(large.resources, small.resources);
    assert_eq!(large.summary.digest, small.summary.digest);
    assert!(large.summary.complete);
}

#[tokio::test]
async fn a_large_list_that_moves_is_read_again() {
    let first = || next(page(users(0..USERS)), "a");
    let scripted = Scripted::new()
        .page("list user under team 1", first())
        .first("list user under team 1 @a", [Ok(page(users(0..USERS)))])
        .page("list user under team 1 @a", page(users(USERS..USERS + 2)));
    let scripted = Arc::new(scripted);
    let options = SyncOptions::default();
    let synced = sync::run(Arc::clone(&scripted), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    assert_eq!(scripted.times("list user under team 1"), 2);
    let users = synced
        .resources
        .iter()
        .filter(|one| one.id.resource_type == "user");
    assert_eq!(users.count(), USERS + 2);
}

#[tokio::test]
async fn a_large_page_that_breaks_the_contract_is_refused() {
    let mut broken = page(users(0..USERS));
    broken.resources.push(listed("unheard-of", "1", "team 1"));
    let scripted = Scripted::new().page("list user under team 1", broken);
    let options = SyncOptions::default();
    let synced = sync::run(Arc::new(scripted), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    let scope = synced
        .scopes
        .iter()
        .find(|one| one.resource_type == "user" && one.parent.is_some());
    let problem = scope.unwrap().problem.as_ref().unwrap();
    assert!(
        problem
            .message
            .contains("a resource type that its description does not list")
    );
    assert!(!synced.summary.complete);
}

#[tokio::test]
async fn details_that_do_not_fit_the_kind_are_refused() {
    let group = Resource {
        details: Details::Group,
        ..listed("user", "1", "team 1")
    };
    for (kind, outcome) in [
        (TypeKind::Other, Outcome::Complete),
        (TypeKind::Group, Outcome::Complete),
        (TypeKind::Tenant, Outcome::Complete),
        (
            TypeKind::Account,
            Outcome::Error(ErrorCase::UnexpectedResponse),
        ),
        (
            TypeKind::Container,
            Outcome::Error(ErrorCase::UnexpectedResponse),
        ),
    ] {
        let mut scripted = Scripted::new().page("list user under team 1", page([group.clone()]));
        let mut types = scripted.descriptor.resource_types.iter_mut();
        types.find(|one| one.id == "user").unwrap().kind = kind;
        let options = SyncOptions::default();
        let synced = sync::run(Arc::new(scripted), &options, Arc::new(NoProgress));
        let scopes = synced.await.unwrap().scopes;
        let mut lists = scopes.iter().filter(|one| one.parent.is_some());
        let list = lists.find(|one| one.resource_type == "user").unwrap();
        assert_eq!(list.outcome, outcome, "{kind:?}");
    }
}

/// A thousand types under each of a thousand things.
#[tokio::test]
async fn too_many_lists_are_rejected_before_reading() {
    let mut scripted = Scripted::new().page(
        "list thing under team 1",
        page((0..1_001).map(|n| listed("thing", &n.to_string(), "team 1"))),
    );
    for n in 0..1_000 {
        scripted.descriptor.resource_types.push(ResourceType {
            id: format!("under-{n}"),
            parent: Some("thing".to_owned()),
            ..scripted.descriptor.resource_types[0].clone()
        });
    }
    let scripted = Arc::new(scripted);
    let options = SyncOptions::default();
    let ended = sync::run(Arc::clone(&scripted), &options, Arc::new(NoProgress)).await;
    let Err(SyncError::Failed { problem, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert!(
        problem.message.contains("the 1000000 that a sync reads"),
        "{}",
        problem.message
    );
    let calls = scripted.calls.lock().unwrap();
    assert!(
        !calls
            .iter()
            .any(|(call, _)| call.starts_with("list under-"))
    );
}

#[tokio::test]
async fn failures_are_stored_as_far_as_there_is_room() {
    let words = |n: usize| Problem::new("m".repeat(n), "d");
    let mut scripted = Scripted::new().page(
        "list thing under team 1",
        page((0..4).map(|n| asked("thing", &n.to_string(), "team 1"))),
    );
    for n in 0..4 {
        let failure = CallFailure::Reported {
            case: ErrorCase::Forbidden,
            problem: words(1_000),
        };
        scripted = scripted.fails(&format!("grants thing {n}"), failure);
    }
    *scripted.room.lock().unwrap() = 3_000;
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let synced = sync::run(Arc::new(scripted), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    let of_grants = synced.scopes.iter().filter(|one| one.id.is_some());
    let ends: Vec<_> = of_grants.map(|one| one.outcome).collect();
    let limited = ends.iter().filter(|end| **end == Outcome::Trapped).count();
    assert_eq!((ends.len(), limited), (4, 2), "{ends:?}");
}
