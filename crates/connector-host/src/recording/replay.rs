//! A sync without a network: the connector asks, and a recording answers.
//!
//! A request is matched by scope, credential, path and query, in the order in which it occurred. The
//! order of scopes among each other may differ, as it does from sync to sync; so the recording, and not
//! the clock, says whether a call is made again, and which calls were not made any more. Two scopes that
//! make the same request each have their own answers: one that tries again uses up none of the other's.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::format::{Exchange, RecordedResult, Recording, RecordingHeader};
use connector_gateway::{RateLimiter, current_scope};
use connector_runtime::{
    BoxFuture, CallClock, CallFailure, CallLimits, CallOutput, Connector, HttpClient, HttpError,
    HttpRequest, Response, Sent, Usage,
};
use connector_sync::{RecordedAnswers, Source};
use connector_types::lock;
use connector_types::{Descriptor, EntitlementList, ErrorCase, Page, ResourceId, Tenant};

/// The time that a call without a recorded request waits for the reason.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connector that reads a recording.
#[derive(Debug)]
pub struct Replay {
    connector: Connector,
    limits: CallLimits,
    head: RecordingHeader,
    player: Arc<ReplayPlayer>,
    rate_limiter: RateLimiter,
    /// Failures that end more than their own call, by credential.
    ended: watch::Sender<BTreeMap<String, CallFailure>>,
}

/// Credential and path.
type Key = (String, String);

/// A recorded answer, and the scope that it was given to.
#[derive(Debug)]
struct ScopedAnswer {
    scope: Option<String>,
    heard: RecordedResult,
}

#[derive(Debug, Default)]
struct ReplayPlayer {
    left: Mutex<HashMap<Key, VecDeque<ScopedAnswer>>>,
    missing: Mutex<BTreeSet<Key>>,
}

impl Replay {
    /// Has a connector read a recording, within the usual limits.
    pub fn new(connector: &Connector, recording: Recording) -> Self {
        let player = ReplayPlayer::default();
        for Exchange {
            scope,
            credential,
            path,
            heard,
        } in recording.exchanges
        {
            lock(&player.left)
                .entry((credential, path))
                .or_default()
                .push_back(ScopedAnswer { scope, heard });
        }
        Self {
            connector: connector.clone(),
            limits: CallLimits::default(),
            head: recording.head,
            player: Arc::new(player),
            rate_limiter: RateLimiter::unlimited(),
            ended: watch::Sender::default(),
        }
    }

    /// Requests that were made and that the recording does not have: credential, path and query.
    pub fn missing_requests(&self) -> Vec<(String, String)> {
        lock(&self.player.missing).iter().cloned().collect()
    }

    /// Returns the number of exchanges of the recording that were never requested.
    pub fn unused_answers(&self) -> usize {
        lock(&self.player.left).values().map(VecDeque::len).sum()
    }

    async fn call<T, F: Future<Output = CallOutput<T>>>(
        &self,
        call: impl Fn(Arc<dyn HttpClient>) -> F,
    ) -> CallOutput<T> {
        let (called, asking) = self.replay_once(&call).await;
        let is_refused = matches!(&called.result, Err(failure) if ends_more(failure) == Some(ErrorCase::Unauthenticated));
        let first = lock(&asking.asked).first().cloned();
        // The host had found another secret, and made the call again.
        if is_refused && first.is_some_and(|key| self.player.has_answer(&key)) {
            let (again, _) = self.replay_once(&call).await;
            return CallOutput {
                usage: again.usage.after_call(&called.usage),
                result: again.result,
            };
        }
        let missing = lock(&asking.missing).clone();
        if let Some(key) = missing {
            return match self.missing_reason(&key.0).await {
                Some(failure) => CallOutput {
                    result: Err(failure),
                    usage: Usage::default(),
                },
                None => {
                    lock(&self.player.missing).insert(key);
                    called
                }
            };
        }
        self.note_call(&called);
        called
    }

    async fn replay_once<T, F: Future<Output = CallOutput<T>>>(
        &self,
        call: &impl Fn(Arc<dyn HttpClient>) -> F,
    ) -> (CallOutput<T>, Arc<CallRequests>) {
        let asking = Arc::new(CallRequests {
            player: Arc::clone(&self.player),
            asked: Mutex::default(),
            missing: Mutex::default(),
        });
        let called = call(Arc::clone(&asking) as Arc<dyn HttpClient>).await;
        (called, asking)
    }

    /// Returns the reason why no more calls with this credential were made, once it is known.
    async fn missing_reason(&self, credential: &str) -> Option<CallFailure> {
        let mut ended = self.ended.subscribe();
        let known = ended.wait_for(|ended| ended.contains_key(credential));
        // If one answer is missing for good, the replay has failed: waiting longer has no use.
        let patience = if lock(&self.player.missing).is_empty() {
            PATIENCE
        } else {
            Duration::ZERO
        };
        let known = timeout(patience, known).await.ok()?.ok()?;
        known.get(credential).cloned()
    }

    fn note_call<T>(&self, called: &CallOutput<T>) {
        if let Err(failure) = &called.result
            && ends_more(failure).is_some()
            && let CallFailure::Reported { problem, .. } = failure
        {
            let sent = called.usage.sent.last().map(|sent| &sent.credential);
            if let Some(name) = problem.credential.as_ref().or(sent) {
                self.ended.send_modify(|ended| {
                    ended.entry(name.clone()).or_insert_with(|| failure.clone());
                });
            }
        }
    }
}

/// Returns the case of a failure after which a sync makes no more calls with its credential.
fn ends_more(failure: &CallFailure) -> Option<ErrorCase> {
    match failure {
        CallFailure::Reported {
            case: case @ (ErrorCase::QuotaExhausted | ErrorCase::Unauthenticated),
            ..
        } => Some(*case),
        CallFailure::Reported { .. }
        | CallFailure::TimedOut(_)
        | CallFailure::Limited(_)
        | CallFailure::Trapped(_) => None,
    }
}

impl ReplayPlayer {
    fn has_answer(&self, key: &Key) -> bool {
        lock(&self.left)
            .get(key)
            .is_some_and(|left| next_position(left).is_some())
    }

    fn take_answer(&self, key: &Key) -> Option<RecordedResult> {
        let mut left = lock(&self.left);
        let answers = left.get_mut(key)?;
        let next = answers.remove(next_position(answers)?)?;
        Some(next.heard)
    }
}

impl RecordedAnswers for ReplayPlayer {
    fn has_next(&self, sent: &Sent) -> bool {
        self.has_answer(&(sent.credential.clone(), sent.path.clone()))
    }
}

/// Returns the position of the next answer for the present scope. In a recording without scopes, each
/// answer is for any.
fn next_position(answers: &VecDeque<ScopedAnswer>) -> Option<usize> {
    let scope = current_scope();
    let mut answers = answers.iter();
    answers.position(|one| one.scope.is_none() || one.scope == scope)
}

/// The requests of one call.
struct CallRequests {
    player: Arc<ReplayPlayer>,
    asked: Mutex<Vec<Key>>,
    missing: Mutex<Option<Key>>,
}

impl HttpClient for CallRequests {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            let key = (request.credential, request.path_with_query);
            lock(&self.asked).push(key.clone());
            match self.player.take_answer(&key) {
                Some(heard) => heard.repeat_answer(),
                None => {
                    lock(&self.missing).get_or_insert(key);
                    Err(HttpError::Other(
                        "the recording does not have this request".to_owned(),
                    ))
                }
            }
        })
    }
}

impl Source for Replay {
    fn descriptor(&self) -> &Descriptor {
        self.connector.descriptor()
    }

    fn component_sha256(&self) -> &str {
        self.connector.sha256()
    }

    fn base_url(&self) -> String {
        self.head.base_url.clone()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.head.credentials.iter().any(|known| known == name)
    }

    fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    fn recorded_answers(&self) -> Option<Arc<dyn RecordedAnswers>> {
        Some(Arc::clone(&self.player) as Arc<dyn RecordedAnswers>)
    }

    fn validate(&self) -> impl Future<Output = CallOutput<Tenant>> + Send {
        self.call(|http| self.connector.validate(http, &self.limits))
    }

    fn list_entitlements(
        &self,
        resource_type: &str,
    ) -> impl Future<Output = CallOutput<EntitlementList>> + Send {
        self.call(move |http| {
            self.connector
                .list_entitlements(http, &self.limits, resource_type)
        })
    }

    fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        self.call(move |http| {
            self.connector
                .list_resources(http, &self.limits, resource_type, parent, page_token)
        })
    }

    fn list_grants(
        &self,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        self.call(move |http| {
            self.connector
                .list_grants(http, &self.limits, resource, page_token)
        })
    }
}
