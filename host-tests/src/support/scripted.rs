//! A source that answers from a script, for tests of the sync itself: no sandbox, no network.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::{Future, ready};
use std::sync::Mutex;
use std::time::Duration;

use connector_host::gateway::RateLimiter;
use connector_host::records::*;
use connector_host::runtime::{CallFailure, CallOutput, LimitHit, Sent, Usage};
use connector_host::sync::Source;
use tokio::time::Instant;

/// Answers calls by their name, such as `list user under team 1` or `grants workspace 1 @2`.
pub struct Scripted {
    pub descriptor: Descriptor,
    pub rate_limiter: RateLimiter,
    pub credentials: Vec<&'static str>,
    /// Answers that come first, in their order; then [`Scripted::always`].
    pub first: Mutex<HashMap<String, VecDeque<Result<Page, CallFailure>>>>,
    pub always: BTreeMap<String, Result<Page, CallFailure>>,
    pub validate: Mutex<VecDeque<CallFailure>>,
    /// The time limit of a sync.
    pub longest_sync: Duration,
    /// Bytes of failures that may be stored.
    pub room: Mutex<usize>,
    /// Every call with the time at which it was made.
    pub calls: Mutex<Vec<(String, Instant)>>,
}

impl Default for Scripted {
    fn default() -> Self {
        Self::new()
    }
}

impl Scripted {
    /// A tenant of types `team`, `user` and `thing` (both under team), `part` (opt-in, under
    /// thing) and `account` (needs a credential), with one empty page for whatever is not scripted.
    pub fn new() -> Self {
        Self {
            descriptor: descriptor(),
            rate_limiter: RateLimiter::unlimited(),
            credentials: vec!["key"],
            first: Mutex::default(),
            always: BTreeMap::new(),
            validate: Mutex::default(),
            longest_sync: Duration::MAX,
            room: Mutex::new(usize::MAX),
            calls: Mutex::default(),
        }
        .page("list team", page([listed("team", "1", "")]))
    }

    pub fn page(mut self, call: &str, page: Page) -> Self {
        self.always.insert(call.to_owned(), Ok(page));
        self
    }

    pub fn fails(mut self, call: &str, failure: CallFailure) -> Self {
        self.always.insert(call.to_owned(), Err(failure));
        self
    }

    pub fn first(
        self,
        call: &str,
        answers: impl IntoIterator<Item = Result<Page, CallFailure>>,
    ) -> Self {
        let queue = answers.into_iter().collect();
        self.first.lock().unwrap().insert(call.to_owned(), queue);
        self
    }

    pub fn times(&self, call: &str) -> usize {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|(made, _)| made == call)
            .count()
    }

    fn answer(&self, call: &str) -> CallOutput<Page> {
        self.calls
            .lock()
            .unwrap()
            .push((call.to_owned(), Instant::now()));
        let scripted = self
            .first
            .lock()
            .unwrap()
            .get_mut(call)
            .and_then(VecDeque::pop_front);
        let result = scripted
            .or_else(|| self.always.get(call).cloned())
            .unwrap_or_else(|| Ok(Page::default()));
        let credential = if call.contains("account") {
            "extra"
        } else {
            "key"
        };
        called(result, credential)
    }
}

fn called<T>(result: Result<T, CallFailure>, credential: &str) -> CallOutput<T> {
    let usage = Usage {
        requests: 1,
        sent: vec![Sent {
            credential: credential.to_owned(),
            endpoint: Some(0),
            path: "/scripted".to_owned(),
            status: Some(200),
            error: None,
        }],
        ..Usage::default()
    };
    CallOutput { result, usage }
}

impl Source for Scripted {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn component_sha256(&self) -> &str {
        "00"
    }

    fn base_url(&self) -> String {
        "https://provider.example".to_owned()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.credentials.contains(&name)
    }

    fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    fn longest_sync(&self) -> Duration {
        self.longest_sync
    }

    fn hold(&self, bytes: usize) -> Result<(), LimitHit> {
        let mut room = self.room.lock().unwrap();
        *room = room.checked_sub(bytes).ok_or(LimitHit::TenantMemory(0))?;
        Ok(())
    }

    fn validate(&self) -> impl Future<Output = CallOutput<Tenant>> + Send {
        self.calls
            .lock()
            .unwrap()
            .push(("validate".to_owned(), Instant::now()));
        let failure = self.validate.lock().unwrap().pop_front();
        ready(called(failure.map_or_else(|| Ok(tenant()), Err), "key"))
    }

    fn list_entitlements(
        &self,
        resource_type: &str,
    ) -> impl Future<Output = CallOutput<EntitlementList>> + Send {
        let CallOutput { result, usage } = self.answer(&format!("entitlements {resource_type}"));
        let result = result.map(|page| EntitlementList {
            entitlements: page.entitlements,
            notices: page.notices,
            rate_limit: page.rate_limit,
        });
        ready(CallOutput { result, usage })
    }

    fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        cursor: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        let under = parent.map_or(String::new(), |id| format!(" under {id}"));
        let at = cursor.map_or(String::new(), |cursor| format!(" @{cursor}"));
        let answer = self.answer(&format!("list {resource_type}{under}{at}"));
        async {
            tokio::task::yield_now().await;
            answer
        }
    }

    fn list_grants(
        &self,
        resource: &ResourceId,
        cursor: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        let at = cursor.map_or(String::new(), |cursor| format!(" @{cursor}"));
        ready(self.answer(&format!("grants {resource}{at}")))
    }
}

fn descriptor() -> Descriptor {
    let one = |id: &str, parent: Option<&str>| ResourceType {
        id: id.into(),
        display_name: id.into(),
        description: String::new(),
        parent: parent.map(Into::into),
        reference_only: false,
        opt_in: false,
        kind: TypeKind::Other,
        needs: None,
    };
    let credential = |name: &str, required| Credential {
        name: name.into(),
        description: String::new(),
        required,
        schemes: vec![],
    };
    Descriptor {
        name: "test".into(),
        version: "1.2.3".into(),
        resource_types: vec![
            one("team", None),
            one("user", Some("team")),
            one("thing", Some("team")),
            ResourceType {
                opt_in: true,
                ..one("part", Some("thing"))
            },
            ResourceType {
                needs: Some("extra".into()),
                ..one("account", Some("team"))
            },
            ResourceType {
                reference_only: true,
                ..one("guest", None)
            },
        ],
        credentials: vec![credential("key", true), credential("extra", false)],
        base_urls: vec![],
        endpoints: vec![],
        change_log: None,
    }
}

pub fn tenant() -> Tenant {
    Tenant {
        id: id("team", "1"),
        display_name: "Northwind".into(),
        credential_owner: id("user", "1"),
        credential_owner_name: "Ada".into(),
        notices: vec![],
        credentials: vec![],
        rate_limit: None,
    }
}

pub fn id(resource_type: &str, id: &str) -> ResourceId {
    ResourceId::new(resource_type, id)
}

/// A listed resource; `parent` is `type id` or nothing.
pub fn listed(resource_type: &str, own: &str, parent: &str) -> Resource {
    Resource {
        parent: parent
            .split_once(' ')
            .map(|(resource_type, own)| id(resource_type, own)),
        evidence: Evidence::Listed,
        status: Status::Enabled,
        ..Resource::referenced(id(resource_type, own))
    }
}

/// A listed resource whose grants are read by a call of their own.
pub fn asked(resource_type: &str, own: &str, parent: &str) -> Resource {
    Resource {
        grants: GrantListing::ListGrantsRequired,
        ..listed(resource_type, own, parent)
    }
}

pub fn grant(resource: ResourceId, entitlement: &str, principal: ResourceId) -> Grant {
    Grant {
        resource,
        entitlement: entitlement.into(),
        principal,
        implied_by: None,
        expands: None,
    }
}

pub fn page(resources: impl IntoIterator<Item = Resource>) -> Page {
    Page {
        resources: resources.into_iter().collect(),
        ..Page::default()
    }
}

pub fn grants(grants: impl IntoIterator<Item = Grant>) -> Page {
    Page {
        grants: grants.into_iter().map(Into::into).collect(),
        ..Page::default()
    }
}

pub fn error(case: ErrorCase) -> CallFailure {
    CallFailure::Reported {
        case,
        problem: Problem::new("what to do", "what happened"),
    }
}

pub fn wait(case: ErrorCase, seconds: u64) -> CallFailure {
    let mut problem = Problem::new("what to do", "what happened");
    problem.retry_after = Some(seconds);
    CallFailure::Reported { case, problem }
}
