//! The component under test, a provider that says what a check wants, and every call that the
//! answers allow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::{Answers, CallResult, CheckedConnector, ContractCall};
use connector_policy::EndpointPolicy;
use connector_runtime::{
    BoxFuture, CallClock, CallFailure, CallLimits, HttpClient, HttpError, HttpRequest, Response,
};
use connector_types::lock;
use connector_types::{Descriptor, GrantListing, Page};

/// The most calls of one traversal: a larger provider is tried in part.
const MOST_CALLS: usize = 400;

/// A call that was made, what it answered and what it asked for.
#[derive(Clone, Debug)]
pub(super) struct CompletedCall {
    pub(super) call: ContractCall,
    pub(super) result: Result<CallResult, CallFailure>,
    pub(super) asked: Vec<(String, String)>,
}

/// Every call that the answers allow, as far as it was made.
pub(super) struct ConnectorWalk {
    pub(super) made: Vec<CompletedCall>,
    /// Calls for whose requests there is no good answer.
    pub(super) unanswered: usize,
    /// Calls that were known and not made, because [`MOST_CALLS`] were.
    pub(super) waiting: usize,
}

/// A replacement for the provider's answer; it gets the original answer, if there is one.
pub(super) type AnswerReplacement =
    Arc<dyn Fn(Option<&Response>) -> Result<Response, HttpError> + Send + Sync>;

/// The calls of one conformance run: see the module documentation.
pub(super) struct ConformanceRun<'a> {
    subject: &'a dyn CheckedConnector,
    policy: Result<EndpointPolicy, String>,
    answers: Option<Arc<Answers>>,
    limits: CallLimits,
    book: Arc<Mutex<AnswerBook>>,
}

#[derive(Default)]
struct AnswerBook {
    requests: usize,
    undeclared: Vec<String>,
}

impl<'a> ConformanceRun<'a> {
    pub(super) fn new(subject: &'a dyn CheckedConnector, answers: Option<Answers>) -> Self {
        Self {
            subject,
            policy: EndpointPolicy::new(subject.descriptor()),
            answers: answers.map(Arc::new),
            limits: CallLimits::default(),
            book: Arc::default(),
        }
    }

    pub(super) fn descriptor(&self) -> &Descriptor {
        self.subject.descriptor()
    }

    /// Makes a call; the provider says what it says, or `instead`.
    pub(super) async fn make_call(
        &self,
        call: &ContractCall,
        instead: Option<AnswerReplacement>,
    ) -> CompletedCall {
        let provider = Arc::new(Provider {
            answers: self.answers.clone(),
            instead,
            asked: Mutex::default(),
        });
        let http: Arc<dyn HttpClient> = provider.clone();
        let result = self.subject.call(call, http, &self.limits).await;
        let asked = std::mem::take(&mut *lock(&provider.asked));
        self.note_requests(call, &asked);
        CompletedCall {
            call: call.clone(),
            result,
            asked,
        }
    }

    fn note_requests(&self, call: &ContractCall, asked: &[(String, String)]) {
        let mut book = lock(&self.book);
        book.requests += asked.len();
        for (credential, path) in asked {
            if let Some(refusal) = self.refused_reason(credential, path) {
                book.undeclared.push(format!("{}: {refusal}", call.name()));
            }
        }
    }

    /// Returns the reason why a request is not declared; `None` if it is.
    fn refused_reason(&self, credential: &str, path: &str) -> Option<String> {
        match &self.policy {
            Ok(policy) => policy.check(credential, path).err().map(|e| e.to_string()),
            Err(reason) => Some(reason.clone()),
        }
    }

    /// Returns the number of requests that were made, and those that are not declared.
    pub(super) fn request_list(&self) -> (usize, Vec<String>) {
        let book = lock(&self.book);
        (book.requests, book.undeclared.clone())
    }

    /// Makes every call that the answers allow, list by list to its end; `None` without answers.
    pub(super) async fn walk_calls(&self) -> Option<ConnectorWalk> {
        self.answers.as_ref()?;
        let types = &self.descriptor().resource_types;
        let mut waiting = VecDeque::from([ContractCall::Validate]);
        waiting.extend(
            types
                .iter()
                .map(|one| ContractCall::Entitlements(one.id.clone())),
        );
        let roots = types
            .iter()
            .filter(|one| one.parent.is_none() && !one.reference_only);
        waiting.extend(roots.map(|one| ContractCall::Resources(one.id.clone(), None, None)));
        let mut walked: Vec<CompletedCall> = Vec::new();
        let mut unanswered = 0;
        while walked.len() < MOST_CALLS
            && let Some(call) = waiting.pop_front()
        {
            let made = self.make_call(&call, None).await;
            // What is not declared is a fault of its own, and hides no other.
            let mut unknown = made.asked.iter().filter(|(credential, path)| {
                self.refused_reason(credential, path).is_none()
                    && !self.has_answer(credential, path)
            });
            if unknown.next().is_some() || self.is_refused(&made) {
                unanswered += 1;
                continue;
            }
            if let Ok(CallResult::Page(page)) = &made.result {
                waiting.extend(self.follow_page(&call, page));
            }
            walked.push(made);
        }
        Some(ConnectorWalk {
            made: walked,
            unanswered,
            waiting: waiting.len(),
        })
    }

    /// Returns whether a call failed because the provider refuses what it asks for.
    fn is_refused(&self, made: &CompletedCall) -> bool {
        let answers = self.answers.as_ref();
        let mut asked = made.asked.iter();
        made.result.is_err()
            && answers.is_some_and(|answers| {
                asked.any(|(credential, path)| answers.refuses_request(credential, path))
            })
    }

    fn has_answer(&self, credential: &str, path: &str) -> bool {
        let answers = self.answers.as_ref();
        answers.is_some_and(|answers| answers.recorded_answer(credential, path).is_some())
    }

    /// Returns the calls that follow from a page: the next page, and the resources and grants under
    /// its resources.
    fn follow_page(&self, call: &ContractCall, page: &Page) -> Vec<ContractCall> {
        let mut calls = Vec::new();
        calls.extend(
            page.next_page_token
                .as_deref()
                .map(|next| call.with_page_token(next)),
        );
        for resource in &page.resources {
            let id = &resource.id;
            for child in &self.descriptor().resource_types {
                if child.parent.as_deref() == Some(&id.resource_type) {
                    calls.push(ContractCall::Resources(
                        child.id.clone(),
                        Some(id.clone()),
                        None,
                    ));
                }
            }
            if resource.grants != GrantListing::Complete {
                calls.push(ContractCall::Grants(id.clone(), None));
            }
        }
        calls
    }
}

/// Returns whether a call was refused for its arguments, without a request.
pub(super) fn is_refused(made: &CompletedCall) -> bool {
    made.asked.is_empty()
        && matches!(
            &made.result,
            Err(CallFailure::Reported {
                case: connector_types::ErrorCase::InvalidArgument,
                ..
            })
        )
}

struct Provider {
    answers: Option<Arc<Answers>>,
    instead: Option<AnswerReplacement>,
    asked: Mutex<Vec<(String, String)>>,
}

impl HttpClient for Provider {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        let HttpRequest {
            credential,
            path_with_query,
            ..
        } = request;
        let answers = self.answers.as_ref();
        let known =
            answers.and_then(|answers| answers.recorded_answer(&credential, &path_with_query));
        let answer = match &self.instead {
            Some(instead) => instead(known),
            None => known.cloned().ok_or(HttpError::Timeout),
        };
        lock(&self.asked).push((credential, path_with_query));
        Box::pin(async { answer })
    }
}
