//! Reading of the provider's change log back to a former run, or to the reason why it is no proof.
//!
//! The log is read newest first until an event is older than the former run: only this proves that
//! the provider's log still has all events since.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Source;
use super::call::{CallExecutor, ScopeAttempts};
use super::ends::of_failure;
use connector_gateway::in_scope;
use connector_runtime::CallFailure;
use connector_types::{ChangeExtent, ChangeLog, Impact, Page, Resource, ResourceId, plain};

/// The time before a former run that the log is read for too: the clocks of host and provider may
/// differ, and an event may reach the log later.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// The most pages of a log that are read: a longer one costs as much as reading everything.
const MAX_PAGES: usize = 50;

/// The events of the log since a former run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoggedChanges {
    /// The start of the time that was read.
    pub(super) since: Timestamp,
    /// Events of that time.
    pub(super) events: u64,
    /// The resources that these events name.
    pub(super) changed: BTreeSet<ResourceId>,
}

/// Reads the log back to the beginning of a former run.
///
/// # Errors
/// Returns the reason if the log does not show every change since then.
pub(super) async fn read_changes<S: Source>(
    caller: &CallExecutor<S>,
    log: &ChangeLog,
    former: Timestamp,
) -> Result<LoggedChanges, String> {
    let since = former.checked_sub(OVERLAP);
    let since = since.map_err(|_| "the former sync began at no usable time".to_owned())?;
    let mut reading = LogReading::new(log, since, Timestamp::now());
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = in_scope(
            format!("list-resources {}", log.name),
            read_page(caller, log, token.as_deref()),
        );
        let page = page.await.map_err(unread_reason)?;
        if reading.absorb_page(&page)? {
            return Ok(reading.changes);
        }
        token = page.next_page_token;
        if token.is_none() {
            return Err(reading.too_short_reason());
        }
    }
    Err(format!(
        "the change log has more than {MAX_PAGES} pages since the sync of {former}"
    ))
}

fn unread_reason(failure: CallFailure) -> String {
    let (outcome, problem) = of_failure(failure);
    let (outcome, message) = (outcome.name(), plain(problem.message.trim_end_matches('.')));
    format!("the change log was not read ({outcome}): {message}")
}

async fn read_page<S: Source>(
    caller: &CallExecutor<S>,
    log: &ChangeLog,
    token: Option<&str>,
) -> Result<Page, CallFailure> {
    let credential = caller.types.credential(&log.name);
    let mut tries = ScopeAttempts::default();
    let list = || caller.source.list_resources(&log.name, None, token);
    let reading = caller.call(credential, &mut tries, list);
    caller.in_time(reading).await
}

/// A log that is being read. It is checked like any answer of a connector.
struct LogReading<'a> {
    log: &'a ChangeLog,
    /// The time of the event before.
    last: Timestamp,
    changes: LoggedChanges,
}

impl<'a> LogReading<'a> {
    fn new(log: &'a ChangeLog, since: Timestamp, now: Timestamp) -> Self {
        Self {
            log,
            last: now.checked_add(OVERLAP).unwrap_or(now),
            changes: LoggedChanges {
                since,
                events: 0,
                changed: BTreeSet::new(),
            },
        }
    }

    /// Adds the changes of a page, and returns whether it reaches back far enough.
    fn absorb_page(&mut self, page: &Page) -> Result<bool, String> {
        let is_gap = |impact| match impact {
            Impact::ItemOmitted | Impact::AccessUnknown => true,
            Impact::None | Impact::AttributeUnknown => false,
        };
        if let Some(gap) = page.notices.iter().find(|one| is_gap(one.impact)) {
            let message = plain(gap.message.trim_end_matches('.'));
            return Err(format!("the change log is incomplete: {message}"));
        }
        for event in &page.resources {
            if self.absorb_event(event)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the changes of an event, and returns whether it is older than the requested time.
    fn absorb_event(&mut self, event: &Resource) -> Result<bool, String> {
        let time = event.created_at.as_deref().map(str::parse::<Timestamp>);
        let Some(Ok(time)) = time else {
            return Err(format!(
                "{} has no readable time",
                self.describe_event(event)
            ));
        };
        if time > self.last {
            return Err(format!(
                "{} of {time} is out of order or in the future",
                self.describe_event(event)
            ));
        }
        self.last = time;
        if time < self.changes.since {
            return Ok(true);
        }
        self.changes.events += 1;
        match event.extent() {
            Some(ChangeExtent::None) => {}
            Some(ChangeExtent::Resources(ids)) if self.covers_all(ids) => {
                self.changes.changed.extend(ids.iter().cloned());
            }
            Some(ChangeExtent::Resources(_) | ChangeExtent::Unknown) | None => {
                return Err(format!(
                    "{} of {time} may have changed anything",
                    self.describe_event(event)
                ));
            }
        }
        Ok(false)
    }

    fn covers_all(&self, ids: &[ResourceId]) -> bool {
        let covers = |id: &ResourceId| self.log.covers.iter().any(|one| **one == *id.resource_type);
        !ids.is_empty() && ids.iter().all(covers)
    }

    fn describe_event(&self, event: &Resource) -> String {
        let name: String = event.display_name.chars().take(80).collect();
        format!("event {} of the change log", plain(&name))
    }

    fn too_short_reason(&self) -> String {
        let since = self.changes.since;
        match self.changes.events {
            0 => format!("the change log has no event before {since}"),
            _ => format!("the change log begins at {}, after {since}", self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_types::{Details, Notice};

    fn place_log() -> ChangeLog {
        ChangeLog {
            name: "event".to_owned(),
            description: String::new(),
            covers: vec!["place".to_owned()],
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn event(at: &str, extent: ChangeExtent) -> Resource {
        Resource {
            created_at: Some(at.to_owned()),
            details: Details::Change(extent),
            ..Resource::referenced(ResourceId::new("event", at))
        }
    }

    fn extent_of(ids: &[&str]) -> ChangeExtent {
        ChangeExtent::Resources(ids.iter().map(|id| ResourceId::new("place", *id)).collect())
    }

    fn absorb_events(events: Vec<Resource>) -> Result<(bool, u64, usize), String> {
        let log = place_log();
        let (since, now) = (time("2026-01-02T10:00:00Z"), time("2026-01-02T20:00:00Z"));
        let mut reading = LogReading::new(&log, since, now);
        let page = Page {
            resources: events,
            ..Page::default()
        };
        let reaches = reading.absorb_page(&page)?;
        Ok((
            reaches,
            reading.changes.events,
            reading.changes.changed.len(),
        ))
    }

    #[test]
    fn a_log_counts_back_to_an_event_before_the_run() {
        let older = event("2026-01-02T09:59:59Z", ChangeExtent::Unknown);
        let events = || {
            vec![
                event("2026-01-02T12:00:00Z", extent_of(&["a", "b"])),
                event("2026-01-02T12:00:00Z", extent_of(&["a"])),
                event("2026-01-02T10:00:00Z", ChangeExtent::None),
            ]
        };
        assert_eq!(absorb_events(events()), Ok((false, 3, 2)));
        let whole = events().into_iter().chain([older]).collect();
        assert_eq!(absorb_events(whole), Ok((true, 3, 2)));
    }

    #[test]
    fn a_log_that_proves_nothing_is_refused() {
        let at = "2026-01-02T12:00:00Z";
        let timeless = Resource {
            created_at: None,
            ..event(at, ChangeExtent::None)
        };
        let no_event = Resource {
            created_at: Some(at.to_owned()),
            ..Resource::referenced(ResourceId::new("event", "1"))
        };
        let other = ChangeExtent::Resources(vec![ResourceId::new("user", "1")]);
        for (events, reason) in [
            (vec![event(at, ChangeExtent::Unknown)], "anything"),
            (vec![event(at, extent_of(&[]))], "anything"),
            (vec![event(at, other)], "anything"),
            (vec![no_event], "anything"),
            (vec![timeless], "time"),
            (
                vec![
                    event(at, ChangeExtent::None),
                    event("2026-01-02T12:00:01Z", ChangeExtent::None),
                ],
                "order",
            ),
            (
                vec![event("2026-01-02T21:00:01Z", ChangeExtent::None)],
                "future",
            ),
        ] {
            let refused = absorb_events(events).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn a_log_with_an_omitted_event_is_refused() {
        let log = place_log();
        let since = time("2026-01-02T10:00:00Z");
        let mut reading = LogReading::new(&log, since, since);
        let page = Page {
            notices: vec![Notice {
                code: "no-id".to_owned(),
                about: None,
                impact: Impact::ItemOmitted,
                message: "event 3 has no id".to_owned(),
            }],
            ..Page::default()
        };
        let refused = reading.absorb_page(&page).unwrap_err();
        assert!(refused.contains("event 3 has no id"), "{refused}");
    }
}
