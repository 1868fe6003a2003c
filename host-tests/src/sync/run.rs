//! The whole sync: the credential, the rights, the lists level by level, the grants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;
use tokio::task::JoinSet;

use super::call::{Caller, Tries};
use super::close::{Closed, close};
use super::digest::digest;
use super::plan::Plan;
use super::walk::{Walk, Walked, scope};
use super::{Ledger, Progress, Quiet, ScopeKey, Source, SyncOptions, UsageError};
use crate::gateway::in_scope;
use crate::records::{
    Call, Entitlement, ErrorCase, Evidence, Grant, Notice, Outcome, Problem, Resource, ResourceId,
    Run, Scope, Summary, Tenant,
};
use crate::runtime::Failure;

/// What a sync has read, each kind sorted by identity: the same whatever the timing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// How it began.
    pub run: Run,
    /// Resources, by id.
    pub resources: Vec<Resource>,
    /// Entitlements, by type and slug.
    pub entitlements: Vec<Entitlement>,
    /// Grants, by resource, entitlement and principal.
    pub grants: Vec<Grant>,
    /// Notices, by code, subject and text.
    pub notices: Vec<Notice>,
    /// Scopes, by call, type and place.
    pub scopes: Vec<Scope>,
    /// The counts, and whether it is complete.
    pub summary: Summary,
}

/// Why a sync gives no result at all: nothing may be concluded from what it read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyncError {
    /// The options do not fit the connector.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A call ended in a way that only the operator can mend.
    #[error("{}: {}", outcome.name(), problem.message)]
    Failed {
        /// How the call ended.
        outcome: Outcome,
        /// What it says.
        problem: Problem,
        /// What was being read, in words; `None` where nothing had been read yet.
        during: Option<String>,
    },
}

/// Reads a whole tenant. Dropping the future ends it, and every call that is under way.
///
/// # Errors
/// The options do not fit, the credential does not work, or the operator has to help.
pub async fn run<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
) -> Result<Synced, SyncError> {
    let descriptor = source.descriptor();
    let plan = Plan::new(descriptor, options, |name| source.has_credential(name))?;
    let started_at = now();
    let caller = Arc::new(Caller::new(Arc::clone(&source), options, progress));
    let tenant = check_credential(&caller).await?;
    caller.progress.validated(&tenant);
    let mut sync = Sync {
        concurrency: options.concurrency.max(1),
        ledger: Arc::default(),
        caller,
        plan,
    };
    sync.read().await?;
    Ok(sync.finish(tenant, started_at))
}

/// Checks that the credential works, waiting and trying again as a sync does.
///
/// # Errors
/// It does not work, or the operator has to help.
pub async fn validate<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
) -> Result<Tenant, SyncError> {
    check_credential(&Caller::new(source, options, Arc::new(Quiet))).await
}

async fn check_credential<S: Source>(caller: &Caller<S>) -> Result<Tenant, SyncError> {
    let descriptor = caller.source.descriptor();
    let required = descriptor.credentials.iter().find(|one| one.required);
    let credential = required.map(|one| one.name.as_str());
    let mut tries = Tries::default();
    let tenant = caller.in_time(async {
        loop {
            caller.ready(credential).await?;
            let validating = caller.source.validate();
            let called = in_scope("validate".to_owned(), validating).await;
            if let Some(tenant) = caller.settle(called, credential, &mut tries).await? {
                return Ok(tenant);
            }
        }
    });
    tenant.await.map_err(|failure| {
        let (outcome, problem) = super::walk::of_failure(failure);
        SyncError::Failed {
            outcome,
            problem,
            during: None,
        }
    })
}

/// A sync that is under way.
struct Sync<S> {
    concurrency: usize,
    ledger: Arc<Mutex<Ledger>>,
    caller: Arc<Caller<S>>,
    plan: Plan,
}

impl<S: Source> Sync<S> {
    /// Grants come last: by then it is known how many calls they will take.
    async fn read(&mut self) -> Result<(), SyncError> {
        let described = self.plan.described.clone();
        let rights = described
            .iter()
            .map(|id| self.key(Call::ListEntitlements, id, None));
        self.walk_all(rights.collect()).await?;
        for level in self.plan.levels.clone() {
            let mut keys = Vec::new();
            for resource_type in &level {
                keys.extend(self.lists_of(&resource_type.id, resource_type.parent.as_deref()));
            }
            self.walk_all(keys).await?;
        }
        let grants = self.grants_to_read();
        self.walk_all(grants).await
    }

    /// One list, or one for each parent that was listed.
    fn lists_of(&self, id: &str, parent: Option<&str>) -> Vec<ScopeKey> {
        let Some(parent) = parent else {
            return vec![self.key(Call::ListResources, id, None)];
        };
        let ledger = self.ledger();
        let listed = ledger.listed().into_iter();
        let parents = listed.filter(|one| one.id.resource_type == parent);
        parents
            .map(|one| self.key(Call::ListResources, id, Some(one.id.clone())))
            .collect()
    }

    fn grants_to_read(&self) -> Vec<ScopeKey> {
        let ledger = self.ledger();
        let listed = ledger.listed().into_iter();
        let asked = listed.filter(|resource| self.plan.reads_grants(resource));
        let key = |one: &Resource| {
            let id = Some(one.id.clone());
            self.key(Call::ListGrants, &one.id.resource_type, id)
        };
        asked.map(key).collect()
    }

    /// Walks scopes, some at a time. The first fatal end drops the others.
    async fn walk_all(&self, keys: Vec<ScopeKey>) -> Result<(), SyncError> {
        let planned = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        self.caller.progress.planned(planned);
        let mut waiting = self.allowed(keys)?;
        let mut running = JoinSet::new();
        loop {
            while running.len() < self.concurrency
                && let Some(key) = waiting.pop_front()
            {
                running.spawn(Walk::new(&self.caller, &self.ledger, key).run());
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(Ok(walked)) => self.end(walked)?,
                Some(Err(lost)) => return Err(lost_task(&lost)),
            }
        }
    }

    /// Ends those walks that the month's quota does not allow for, and gives back the others.
    fn allowed(&self, keys: Vec<ScopeKey>) -> Result<VecDeque<ScopeKey>, SyncError> {
        let mut by_credential: BTreeMap<Option<&str>, Vec<ScopeKey>> = BTreeMap::new();
        let descriptor = self.caller.source.descriptor();
        for key in keys {
            let credential = descriptor.credential_for(&key.resource_type);
            by_credential.entry(credential).or_default().push(key);
        }
        let mut allowed = VecDeque::new();
        for (credential, keys) in by_credential {
            match credential.and_then(|name| self.refusal(name, keys.len())) {
                None => allowed.extend(keys),
                Some(refusal) => {
                    for key in keys {
                        let walk = Walk::new(&self.caller, &self.ledger, key);
                        self.end(walk.refused(refusal.clone()))?;
                    }
                }
            }
        }
        Ok(allowed)
    }

    fn refusal(&self, credential: &str, requests: usize) -> Option<Failure> {
        let requests = u64::try_from(requests).unwrap_or(u64::MAX);
        let outlook = self.caller.quota.look(credential, requests);
        self.caller.progress.outlook(&outlook);
        self.caller.quota.refusal(&outlook)
    }

    fn end(&self, walked: Walked) -> Result<(), SyncError> {
        self.caller.progress.ended(&walked.scope);
        if let Some((case, problem)) = walked.fatal {
            return Err(SyncError::Failed {
                outcome: Outcome::Error(case),
                problem,
                during: Some(in_words(&walked.scope)),
            });
        }
        self.ledger().end(walked.key, walked.scope);
        Ok(())
    }

    fn key(&self, call: Call, resource_type: &str, at: Option<ResourceId>) -> ScopeKey {
        ScopeKey {
            call,
            type_order: self.caller.source.descriptor().type_order(resource_type),
            resource_type: resource_type.to_owned(),
            at,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(self, tenant: Tenant, started_at: String) -> Synced {
        for id in &self.plan.not_asked {
            let key = self.key(Call::ListResources, id, None);
            let left_out = scope(&key, Outcome::NotAsked, 0, 0, None);
            self.ledger().end(key, left_out);
        }
        let ledger = std::mem::take(&mut *self.ledger());
        let (contents, mut scopes) = ledger.into_parts();
        scopes.sort_by(|a, b| a.identity().cmp(&b.identity()));
        let closed = close(contents, tenant.notices.clone());
        let owner = &tenant.credential_owner.resource_type;
        let summary = summary(&closed, &scopes, owner, self.caller.requests.load(Relaxed));
        let source = &self.caller.source;
        let descriptor = source.descriptor();
        Synced {
            run: Run {
                contract: Run::contract(),
                connector: descriptor.name.clone(),
                version: descriptor.version.clone(),
                component_sha256: source.component_sha256().to_owned(),
                manifest_sha256: descriptor.sha256(),
                base_url: source.base_url(),
                started_at,
                tenant,
            },
            resources: closed.resources,
            entitlements: closed.entitlements,
            grants: closed.grants,
            notices: closed.notices,
            scopes,
            summary,
        }
    }
}

fn summary(closed: &Closed, scopes: &[Scope], owner: &str, requests: u64) -> Summary {
    let mut by_outcome = BTreeMap::new();
    for scope in scopes {
        *by_outcome
            .entry(scope.outcome.name().to_owned())
            .or_insert(0) += 1;
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Summary {
        resources: count(closed.resources.len()),
        entitlements: count(closed.entitlements.len()),
        grants: count(closed.grants.len()),
        notices: count(closed.notices.len()),
        scopes: by_outcome,
        requests,
        digest: digest(closed, scopes),
        complete: scopes.iter().all(|one| {
            one.outcome.lets_run_be_complete() && !lacks_what_is_referred_to(one, closed, owner)
        }),
    }
}

/// A list that is not offered is nothing missing, unless the run knows of something that would stand
/// in it: a review without its users is not whole, whatever the plan.
fn lacks_what_is_referred_to(scope: &Scope, closed: &Closed, owner: &str) -> bool {
    let listed = scope.resource_type.as_str();
    scope.call == Call::ListResources
        && scope.outcome == Outcome::Error(ErrorCase::NotOffered)
        && (listed == owner
            || closed.resources.iter().any(|found| {
                found.evidence == Evidence::Mentioned && found.id.resource_type == listed
            }))
}

fn in_words(scope: &Scope) -> String {
    let Scope {
        call,
        resource_type,
        id,
        ..
    } = scope;
    match (call, id) {
        (Call::ListEntitlements, _) => format!("reading the rights on {resource_type}"),
        (_, Some(id)) => format!("reading the grants on {resource_type} {id}"),
        (_, None) => format!("listing {resource_type}"),
    }
}

fn lost_task(lost: &tokio::task::JoinError) -> SyncError {
    SyncError::Failed {
        outcome: Outcome::Error(ErrorCase::Other),
        problem: Problem::new("A part of the host broke off: report it.", lost.to_string()),
        during: Some("reading".to_owned()),
    }
}

fn now() -> String {
    let now = jiff::Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
