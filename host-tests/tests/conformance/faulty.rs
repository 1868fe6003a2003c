//! A connector with one fault: the real one's calls, spoilt on their way out or in.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use connector_conformance::{CallResult, CheckedConnector, ContractCall};
use connector_host::records::{
    ChangeExtent, Descriptor, Details, ErrorCase, Evidence, Page, Problem, Resource, ResourceId,
};
use connector_host::runtime::{
    BoxFuture, CallClock, CallLimits, HttpClient, HttpError, HttpRequest, Response,
};
use connector_host::{Connector, runtime::CallFailure};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    RemembersEarlierCalls,
    TakesUnknownTypes,
    TakesAlteredCursors,
    GivesCursorsThatNeedQuoting,
    IsEmptyWhereRefused,
    SaysOtherForWaiting,
    IgnoresRetryAfter,
    RepeatsBodies,
    TrapsOnOddJson,
    TakesNoJsonForEmpty,
    MakesThingsUp,
    HidesLosses,
    DoesNotReadGroups,
    NamesUndescribedTypes,
    NamesUndescribedEntitlements,
    ListsOneTwice,
    DoublesGrants,
    GivesLocalTime,
    HasMoreThanItSays,
    AsksForUndeclaredPaths,
    LogsOldestFirst,
    LogsNoExtent,
    LogsEmptyExtents,
    LogsUncoveredTypes,
}

use Fault::*;

const OF_LOG: &str = "change-log-is-newest-first";

impl Fault {
    /// Each with the checks that find it.
    pub const ALL: [(Self, &'static [&'static str]); 24] = [
        (RemembersEarlierCalls, &["same-answers-same-page"]),
        (TakesUnknownTypes, &["arguments-are-refused"]),
        // A connector that takes any cursor takes made-up ones and other lists' too.
        (
            TakesAlteredCursors,
            &[
                "altered-page-tokens-are-refused",
                "arguments-are-refused",
                "page-tokens-are-bound",
            ],
        ),
        (GivesCursorsThatNeedQuoting, &["page-tokens-are-small"]),
        (IsEmptyWhereRefused, &["refused-is-not-empty"]),
        (SaysOtherForWaiting, &["errors-say-what-to-do"]),
        (IgnoresRetryAfter, &["waits-are-read"]),
        (RepeatsBodies, &["bodies-stay-inside"]),
        (TrapsOnOddJson, &["bodies-never-break-it"]),
        (TakesNoJsonForEmpty, &["no-json-is-an-error"]),
        (MakesThingsUp, &["nothing-is-made-up"]),
        (HidesLosses, &["losses-are-reported"]),
        (DoesNotReadGroups, &["good-answers-are-read"]),
        (NamesUndescribedTypes, &["types-are-described"]),
        (
            NamesUndescribedEntitlements,
            &["entitlements-are-described"],
        ),
        // An event that comes again at the end of a page is out of order, too.
        (ListsOneTwice, &["lists-give-what-was-asked-for", OF_LOG]),
        (DoublesGrants, &["grants-come-once"]),
        (GivesLocalTime, &["values-have-the-contracts-form"]),
        (HasMoreThanItSays, &["grants-are-where-they-are-said-to-be"]),
        (AsksForUndeclaredPaths, &["requests-are-declared"]),
        (LogsOldestFirst, &[OF_LOG]),
        (LogsNoExtent, &[OF_LOG]),
        (LogsEmptyExtents, &[OF_LOG]),
        (LogsUncoveredTypes, &[OF_LOG]),
    ];
}

pub struct Faulty {
    inner: Connector,
    fault: Fault,
    calls: AtomicUsize,
}

impl Faulty {
    pub fn new(inner: Connector, fault: Fault) -> Self {
        let calls = AtomicUsize::new(0);
        Self {
            inner,
            fault,
            calls,
        }
    }

    /// Changes the arguments.
    fn given(&self, call: &ContractCall) -> ContractCall {
        let strip = |cursor: &Option<String>| {
            let cursor = cursor.as_deref()?;
            Some(cursor.strip_suffix('=').unwrap_or("x").to_owned())
        };
        match (self.fault, call) {
            (GivesCursorsThatNeedQuoting, ContractCall::Resources(of, parent, cursor)) => {
                ContractCall::Resources(of.clone(), parent.clone(), strip(cursor))
            }
            (GivesCursorsThatNeedQuoting, ContractCall::Grants(of, cursor)) => {
                ContractCall::Grants(of.clone(), strip(cursor))
            }
            _ => call.clone(),
        }
    }

    fn spoil_page(&self, call: &ContractCall, page: &mut Page) {
        let earlier = self.calls.fetch_add(1, SeqCst);
        match self.fault {
            RemembersEarlierCalls => {
                page.rate_limit.get_or_insert_default().remaining = Some(earlier as u64)
            }
            GivesCursorsThatNeedQuoting => page
                .next_page_token
                .iter_mut()
                .for_each(|next| next.push('=')),
            MakesThingsUp => {
                let made_up = page.resources.last().cloned().map(|mut one| {
                    one.id.id = format!("made-up-{}", page.resources.len()).into();
                    one
                });
                page.resources.extend(made_up);
            }
            HidesLosses => page.notices.clear(),
            NamesUndescribedTypes => {
                for resource in &mut page.resources {
                    let id = resource.id.clone();
                    let stranger = ResourceId {
                        resource_type: "stranger".into(),
                        ..id
                    };
                    if resource.evidence == Evidence::Referenced {
                        resource.parent = Some(stranger);
                    }
                }
                for set in &mut page.grants {
                    set.principal_type = "stranger".into();
                    set.expands = None;
                }
            }
            NamesUndescribedEntitlements => {
                for slug in page.grants.iter_mut().flat_map(|set| &mut set.entitlements) {
                    *slug = format!("{slug}-of-old").into();
                }
            }
            ListsOneTwice => page.resources.extend(page.resources.first().cloned()),
            DoublesGrants => {
                for set in &mut page.grants {
                    set.principal_ids.extend_from_within(..1);
                }
            }
            GivesLocalTime => {
                for time in page
                    .resources
                    .iter_mut()
                    .flat_map(|one| &mut one.created_at)
                {
                    *time = time.replace('Z', "+02:00");
                }
            }
            LogsOldestFirst | LogsNoExtent | LogsEmptyExtents | LogsUncoveredTypes
                if self.is_log(call) =>
            {
                self.spoil_events(&mut page.resources);
            }
            HasMoreThanItSays
                if matches!(call, ContractCall::Grants(..)) && *page == Page::default() =>
            {
                page.next_page_token = Some("more".into());
            }
            TakesUnknownTypes
            | TakesAlteredCursors
            | IsEmptyWhereRefused
            | SaysOtherForWaiting
            | IgnoresRetryAfter
            | RepeatsBodies
            | TrapsOnOddJson
            | TakesNoJsonForEmpty
            | DoesNotReadGroups
            | HasMoreThanItSays
            | AsksForUndeclaredPaths
            | LogsOldestFirst
            | LogsNoExtent
            | LogsEmptyExtents
            | LogsUncoveredTypes => {}
        }
    }

    fn is_log(&self, call: &ContractCall) -> bool {
        let log = self.inner.descriptor().change_log.as_ref();
        let name = log.map(|log| log.name.as_str());
        matches!(call, ContractCall::Resources(of, ..) if Some(of.as_str()) == name)
    }

    fn spoil_events(&self, events: &mut [Resource]) {
        let details = if self.fault == LogsOldestFirst {
            return events.reverse();
        } else if self.fault == LogsNoExtent {
            Details::Other
        } else {
            let uncovered =
                (self.fault == LogsUncoveredTypes).then(|| ResourceId::new("user", "7"));
            Details::Change(ChangeExtent::Resources(Vec::from_iter(uncovered)))
        };
        let last = events.last_mut();
        last.into_iter()
            .for_each(|one| one.details = details.clone());
    }

    fn spoil(
        &self,
        call: &ContractCall,
        result: Result<CallResult, CallFailure>,
        heard: &[Response],
    ) -> Result<CallResult, CallFailure> {
        let empty = || Ok(CallResult::Page(Page::default()));
        let (case, mut problem) = match result {
            Ok(CallResult::Page(_)) if self.fault == DoesNotReadGroups && is_groups(call) => {
                return Err(reported(ErrorCase::Other, Problem::new("odd", "odd")));
            }
            Ok(CallResult::Page(mut page)) => {
                self.spoil_page(call, &mut page);
                return Ok(CallResult::Page(page));
            }
            Err(CallFailure::Reported { case, problem }) => (case, problem),
            other => return other,
        };
        let has_cursor = matches!(
            call,
            ContractCall::Resources(_, _, Some(_)) | ContractCall::Grants(_, Some(_))
        );
        match (self.fault, case) {
            (TakesUnknownTypes, ErrorCase::InvalidArgument)
                if matches!(call, ContractCall::Entitlements(_)) =>
            {
                return empty();
            }
            (TakesAlteredCursors, ErrorCase::InvalidArgument) if has_cursor => return empty(),
            (IsEmptyWhereRefused, ErrorCase::Forbidden) => return empty(),
            (SaysOtherForWaiting, ErrorCase::RateLimited) => {
                return Err(reported(ErrorCase::Other, problem));
            }
            (TrapsOnOddJson, ErrorCase::UnexpectedResponse)
                if heard.iter().any(|one| one.status == 200) =>
            {
                return Err(CallFailure::Trapped("unreachable".into()));
            }
            (TakesNoJsonForEmpty, ErrorCase::Unavailable)
                if heard
                    .last()
                    .is_some_and(|one| one.status == 200 && !is_json(&one.body)) =>
            {
                return empty();
            }
            (IgnoresRetryAfter, _) => problem.retry_after = None,
            (RepeatsBodies, _) => {
                for one in heard {
                    problem.detail += &String::from_utf8_lossy(&one.body);
                }
            }
            _ => {}
        }
        Err(reported(case, problem))
    }
}

fn is_groups(call: &ContractCall) -> bool {
    matches!(call, ContractCall::Resources(of, _, _) if of == "group")
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok()
}

fn reported(case: ErrorCase, problem: Problem) -> CallFailure {
    CallFailure::Reported { case, problem }
}

impl CheckedConnector for Faulty {
    fn descriptor(&self) -> &Descriptor {
        self.inner.descriptor()
    }

    fn sha256(&self) -> &str {
        self.inner.sha256()
    }

    fn call<'a>(
        &'a self,
        call: &'a ContractCall,
        http: Arc<dyn HttpClient>,
        limits: &'a CallLimits,
    ) -> BoxFuture<'a, Result<CallResult, CallFailure>> {
        Box::pin(async move {
            let between = Arc::new(Between {
                http,
                strays: self.fault == AsksForUndeclaredPaths,
                heard: Mutex::default(),
            });
            let given = self.given(call);
            let result = CheckedConnector::call(&self.inner, &given, between.clone(), limits).await;
            let heard = between.heard.lock().unwrap().clone();
            self.spoil(call, result, &heard)
        })
    }
}

/// Hears what the connector hears, and asks for more where it is to.
struct Between {
    http: Arc<dyn HttpClient>,
    strays: bool,
    heard: Mutex<Vec<Response>>,
}

impl HttpClient for Between {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async move {
            if self.strays {
                let mut stray = request.clone();
                stray.path_with_query = "/elsewhere".into();
                let _ = self.http.get(stray, clock).await;
            }
            let answer = self.http.get(request, clock).await;
            self.heard.lock().unwrap().extend(answer.iter().cloned());
            answer
        })
    }
}
