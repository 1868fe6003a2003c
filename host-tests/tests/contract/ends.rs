//! The host's handling of each error, seen from outside: a sync in which one list always ends with it.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use connector_host::records::{ErrorCase, ResourceType, Scope};
use connector_host::runtime::{CallFailure, LimitHit};
use connector_host::sync::{self, NoProgress, SyncError, SyncOptions};

use crate::document::Contract;
use crate::support::scripted::{Scripted, error};

/// Every case, by the name that the contract gives it.
const CASES: [ErrorCase; 12] = [
    ErrorCase::Misconfigured,
    ErrorCase::InvalidArgument,
    ErrorCase::Expired,
    ErrorCase::Unauthenticated,
    ErrorCase::Forbidden,
    ErrorCase::NotOffered,
    ErrorCase::NotFound,
    ErrorCase::RateLimited,
    ErrorCase::QuotaExhausted,
    ErrorCase::Unavailable,
    ErrorCase::UnexpectedResponse,
    ErrorCase::Other,
];

/// The observed behavior.
#[derive(Debug, PartialEq, Eq)]
struct End {
    call: String,
    list: String,
    others: &'static str,
    sync: &'static str,
}

/// The table, a row for each of the contract's cases.
pub async fn table(contract: &Contract) -> String {
    let mut text = "## Errors and what the host does\n\n\
        What `connector-host` was seen to do when one list always ended so (5 tries again, its default). An error of \
        `validate` ends the sync, after the same tries. The number is the exit code of `sync`. A wait that is longer \
        than `--max-wait` is not waited for. A list that is not offered lacks nothing, unless something refers to a \
        resource that would be in it: then the sync is not complete.\n\n\
        | error | what it asks for | the call is made | its list ends as | other lists of the credential | the sync |\n\
        |---|---|---|---|---|---|\n"
        .to_owned();
    for (name, docs) in contract.error_cases() {
        let case = CASES.into_iter().find(|case| case.name() == name);
        let case = case.unwrap_or_else(|| panic!("the host has no case {name}"));
        assert!(validate_ends_with(case).await, "{name}");
        row(&format!("`{name}`"), &docs, &error(case), &mut text).await;
    }
    let time = LimitHit::WallClock(Duration::from_secs(120));
    let beyond = [
        (
            "a trap",
            "Report a fault of the connector.",
            CallFailure::Trapped("unreachable".to_owned()),
        ),
        (
            "the end of a call's time",
            "Raise the limit, or report a fault.",
            CallFailure::TimedOut(time),
        ),
        (
            "another limit of the sandbox",
            "Raise the limit, or report a fault.",
            CallFailure::Limited(LimitHit::Requests(64)),
        ),
    ];
    for (name, docs, failure) in beyond {
        row(name, docs, &failure, &mut text).await;
    }
    text
}

/// Adds what was seen where lists end with this failure, with a credential that is required and with another.
async fn row(name: &str, docs: &str, failure: &CallFailure, text: &mut String) {
    let needed = seen(failure, "thing", "zone").await;
    let other = seen(failure, "account", "token").await;
    let reported = |of: fn(&End) -> &str| {
        if of(&needed) == of(&other) {
            of(&needed).to_owned()
        } else {
            format!("{}; of an optional credential: {}", of(&needed), of(&other))
        }
    };
    let _ = writeln!(
        text,
        "| {name} | {docs} | {} | {} | {} | {} |",
        reported(|end| &end.call),
        reported(|end| &end.list),
        reported(|end| end.others),
        reported(|end| end.sync)
    );
}

/// One list at a time, so that what comes after the one that fails is known.
fn options() -> SyncOptions {
    SyncOptions {
        concurrency: 1,
        jitter_seed: Some(1),
        ..SyncOptions::default()
    }
}

/// A tenant with two credentials, and two types for each.
fn tenant() -> Scripted {
    let mut source = Scripted::new();
    source.credentials = vec!["key", "extra"];
    let types = &mut source.descriptor.resource_types;
    for (first, later) in [("thing", "zone"), ("account", "token")] {
        let first = types.iter().find(|one| one.id == first).unwrap();
        let later = ResourceType {
            id: later.to_owned(),
            ..first.clone()
        };
        types.push(later);
    }
    source
}

/// The list of one type ends with this case. That of a later type goes with the same credential.
async fn seen(failure: &CallFailure, failing: &str, later: &str) -> End {
    let call = format!("list {failing} under team 1");
    let source = Arc::new(tenant().fails(&call, failure.clone()));
    let ended = sync::run(Arc::clone(&source), &options(), Arc::new(NoProgress)).await;
    let calls = source.calls.lock().unwrap().clone();
    let made: Vec<_> = calls.iter().filter(|(made, _)| *made == call).collect();
    let asked = format!("list {later} under team 1");
    let asked = calls.iter().any(|(made, _)| *made == asked);
    let waited = made.last().unwrap().1 > made[0].1;
    End {
        call: match (made.len(), waited) {
            (1, _) => "once".to_owned(),
            (times, true) => format!("{times} times, with pauses"),
            (times, false) => format!("{times} times, each from the first page"),
        },
        list: match &ended {
            Ok(synced) => format!("`{}`", outcome(&synced.scopes, failing)),
            Err(_) => "–".to_owned(),
        },
        others: match (asked, &ended) {
            (true, _) => "are read",
            (false, Ok(synced)) => {
                let same = outcome(&synced.scopes, failing);
                assert_eq!(outcome(&synced.scopes, later), same);
                "end the same, unasked"
            }
            (false, Err(_)) => "are not read",
        },
        sync: match &ended {
            Ok(synced) if synced.summary.complete => "goes on; 0, complete",
            Ok(_) => "goes on; 3, not complete",
            Err(SyncError::Failed { .. }) => "ends at once; 1",
            Err(other) => panic!("{other}"),
        },
    }
}

fn outcome<'a>(scopes: &'a [Scope], resource_type: &str) -> &'a str {
    let mut lists = scopes.iter();
    let list = lists.find(|scope| scope.resource_type == resource_type && scope.parent.is_some());
    list.unwrap().outcome.name()
}

/// Returns whether a sync whose credential cannot be checked for this reason reads nothing.
async fn validate_ends_with(case: ErrorCase) -> bool {
    let source = tenant();
    let failures = std::iter::repeat_n(error(case), 100);
    source.validate.lock().unwrap().extend(failures);
    let source = Arc::new(source);
    let ended = sync::run(Arc::clone(&source), &options(), Arc::new(NoProgress)).await;
    ended.is_err() && source.times("list team") == 0
}
