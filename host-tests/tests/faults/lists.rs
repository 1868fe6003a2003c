//! Lists that lead astray end, and say so where something may be missing.

use postman_simulator::{Fault, FaultRule, FaultTiming, Options};

use crate::harness::{name, outcome};
use crate::reading::{Reading, read, small};

const LISTS: [(&str, &str); 2] = [
    ("/workspaces", "list workspace"),
    ("/collection-access-keys", "list collection-access-key"),
];

/// A team whose lists have several pages.
async fn read_long(rule: FaultRule) -> Reading {
    let reading = read(Options {
        users: 80,
        workspaces: 330,
        ..small(vec![rule.clone()])
    })
    .await;
    assert!(reading.times() > 0, "{rule} never fired");
    assert_eq!(reading.wrongs(), Vec::<String>::new(), "{rule}");
    reading
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_page_tokens_end_a_list() {
    for (path, scope) in LISTS {
        for (fault, wanted) in [
            (Fault::SameCursor, "complete"),
            (Fault::Circle(1), "complete"),
            (Fault::Circle(2), "unexpected-response"),
        ] {
            let rule = FaultRule::at_path(path, fault);
            let reading = read_long(rule.clone()).await;
            assert_eq!(outcome(reading.synced(), scope), wanted, "{rule}");
            let mut notices = reading.synced().notices.iter();
            let says_so = notices.any(|notice| notice.code == "repeated-cursor");
            assert_eq!(says_so, wanted == "complete", "{rule}");
            assert!(
                reading.times() < 20,
                "{rule} fired {} times",
                reading.times()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_page_ends_its_list() {
    for (path, scope) in LISTS {
        for count in [1, 2, 3] {
            let rule = FaultRule::at_path(path, Fault::SamePages(count));
            let reading = read_long(rule.clone()).await;
            let ended = outcome(reading.synced(), scope);
            assert_eq!(ended, "unexpected-response", "{rule}");
            let asked = u64::try_from(count).unwrap() + 1;
            assert_eq!(reading.times(), asked, "{rule}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_does_not_count_ends_too() {
    for (path, scope) in [
        ("/scim/v2/Users", "list scim-account"),
        ("/collections", "list collection under"),
    ] {
        for count in [1, 2] {
            let rule = FaultRule::at_path(path, Fault::SamePages(count));
            let reading = read(Options {
                users: 80,
                page: 2,
                ..small(vec![rule.clone()])
            })
            .await;
            assert!(reading.times() > 0, "{rule} never fired");
            assert_eq!(reading.wrongs(), Vec::<String>::new(), "{rule}");
            let scopes = reading.synced().scopes.iter();
            let outcomes: Vec<_> = scopes
                .filter(|one| name(one).starts_with(scope))
                .map(|one| one.outcome.name())
                .collect();
            assert!(
                outcomes.contains(&"unexpected-response"),
                "{rule}: {outcomes:?}"
            );
            assert!(
                reading.requests < 200,
                "{rule}: {} requests",
                reading.requests
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_overlap_lose_nothing() {
    for (path, scope) in LISTS {
        for items in [1, 7, 24] {
            let reading = read_long(FaultRule::at_path(path, Fault::Overlap(items))).await;
            assert_eq!(outcome(reading.synced(), scope), "complete");
            let mut notices = reading.synced().notices.iter();
            let says_so = notices.any(|notice| notice.code == "list-moved");
            assert_eq!(says_so, items > 1, "{path} {items}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_page_token_restarts_a_list_twice() {
    for (path, scope) in LISTS {
        for (most, wanted) in [(1, "complete"), (2, "complete"), (3, "expired")] {
            let rule = FaultRule::at_path(path, Fault::ExpiredCursor).at_most(most);
            let reading = read_long(rule).await;
            assert_eq!(outcome(reading.synced(), scope), wanted, "{path} {most}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_page_failure_keeps_the_pages_before() {
    for (path, scope) in LISTS {
        for fault in [Fault::MonthSpent, Fault::DeepJson, Fault::Reset] {
            let rule = FaultRule {
                when: FaultTiming::Every(2),
                ..FaultRule::at_path(path, fault)
            };
            let reading = read_long(rule.clone()).await;
            let ended = outcome(reading.synced(), scope);
            // A connection that is reset is made again. Lists within lists are an item that is none of
            // the list's, with nothing after it.
            assert_eq!(
                ended == "complete",
                rule.fault == Fault::Reset,
                "{rule}: {ended}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lowered_page_size_loses_nothing() {
    for path in ["/workspaces", "/collections", "/scim/v2/Users"] {
        for most in [3, 40, 98] {
            let reading = read(Options {
                users: 130,
                workspaces: 110,
                ..small(vec![FaultRule::at_path(path, Fault::PageLimit(most))])
            })
            .await;
            assert!(reading.times() > 0, "{path} {most}");
            assert_eq!(reading.wrongs(), Vec::<String>::new(), "{path} {most}");
            assert!(reading.synced().summary.complete, "{path} {most}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_size_lowered_within_a_list_loses_nothing() {
    let rule = FaultRule {
        when: FaultTiming::Nth(3),
        ..FaultRule::at_path("/workspaces", Fault::PageLimit(20))
    };
    let reading = read_long(rule).await;
    assert_eq!(outcome(reading.synced(), "list workspace"), "complete");
}
