//! Checks of the change log: a host relies on it only if its events have an extent and come newest
//! first.

use super::bench::ConformanceRun;
use super::{CallResult, Check, ConformanceReport, ContractCall};
use connector_types::{ChangeExtent, ChangeLog, Page, Resource};

const NEWEST_FIRST: Check = Check {
    name: "change-log-is-newest-first",
    rule: "The items of the change log are events, newest first, and their extents name resources of the types that it covers.",
};

pub(super) const CHECKS: [Check; 1] = [NEWEST_FIRST];

/// The most pages of a log that are checked.
const MOST_PAGES: usize = 20;

/// Reads the log, as far as the answers have it.
pub(super) async fn check_change_log(bench: &ConformanceRun<'_>, verdict: &mut ConformanceReport) {
    let log = bench.descriptor().change_log.as_ref();
    let events = match log {
        Some(log) => read_events(bench, log).await,
        None => Vec::new(),
    };
    let mut broken: Vec<_> = log
        .iter()
        .flat_map(|log| events.iter().filter_map(|event| event_fault(log, event)))
        .collect();
    let times: Vec<_> = events
        .iter()
        .filter_map(|one| one.created_at.as_ref())
        .collect();
    let misplaced = times.windows(2).filter(|two| two.first() < two.last());
    broken.extend(misplaced.map(|two| format!("an event of {two:?} is not before the next")));
    verdict.add(NEWEST_FIRST, events.len(), broken);
}

async fn read_events(bench: &ConformanceRun<'_>, log: &ChangeLog) -> Vec<Resource> {
    let mut call = ContractCall::Resources(log.name.clone(), None, None);
    let mut events = Vec::new();
    for _ in 0..MOST_PAGES {
        let made = bench.make_call(&call, None).await;
        let Ok(CallResult::Page(page)) = made.result else {
            break;
        };
        let Page {
            resources,
            next_page_token,
            ..
        } = page;
        events.extend(resources);
        let Some(next) = next_page_token else {
            break;
        };
        call = call.with_page_token(&next);
    }
    events
}

/// Returns the fault of an event.
fn event_fault(log: &ChangeLog, event: &Resource) -> Option<String> {
    let id = &event.id;
    let covers = |kind: &str| log.covers.iter().any(|one| one == kind);
    match event.extent() {
        None => Some(format!("{id} is no event")),
        Some(ChangeExtent::Resources(ids)) if ids.is_empty() => {
            Some(format!("{id} has an extent without a resource"))
        }
        Some(extent) => {
            let mut others = extent.resources().iter();
            let other = others.find(|one| !covers(&one.resource_type))?;
            Some(format!("{id} names {other}, which the log does not cover"))
        }
    }
}
