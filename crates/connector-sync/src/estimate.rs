//! The requests that a sync sends, before it is made.
//!
//! A list is as long as the provider says, so an estimate reads lists: those of resources, because the
//! resources decide what else is read. Of the grants on resources of one type it reads those of one
//! resource, which shows how many requests they take and which limit holds for them. `tally` counts
//! requests, `limits` has the time that they take.

mod limits;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::run::Sync;
use super::{Progress, ScopeKey, Source, SyncError, SyncOptions};
use connector_types::{Descriptor, Operation, Outcome, RateLimit, Tenant};
use limits::estimate_credentials;
use tally::Tally;

/// The most lists of one type that are read. Of more, the rest is taken to be like these.
const MAX_LISTS: usize = 100;

/// Requests by credential and by the endpoint's index in the manifest, if it is known.
pub type EndpointRequests = BTreeMap<(String, Option<usize>), u64>;

/// The requests that a sync is expected to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestEstimate {
    /// The requests of a whole sync.
    pub requests: u64,
    /// Requests that it sends in any case, as long as the tenant does not change.
    pub requests_at_least: u64,
    /// Seconds that it takes at least, by the limits that the manifest declares and the provider states.
    pub seconds_at_least: u64,
    /// Requests by kind of scope, in the order in which a sync sends them.
    pub scopes: Vec<ScopeEstimate>,
    /// Requests by credential.
    pub credentials: Vec<CredentialEstimate>,
}

/// The requests of all scopes of one call and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeEstimate {
    /// The call; `None` is `validate`.
    pub call: Option<Operation>,
    /// The resource type.
    pub resource_type: Option<String>,
    /// The number of scopes.
    pub scopes: u64,
    /// Scopes that were read: the requests of the others are taken to be as many on average.
    pub read: u64,
    /// The requests of all of them.
    pub requests: u64,
    /// Requests of those that were read, and one for each other.
    pub requests_at_least: u64,
    /// Scopes that could not be read, with their outcome: a sync may be able to, and then sends more.
    pub unread: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    endpoints: EndpointRequests,
}

/// The requests that go with one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialEstimate {
    /// Its name.
    pub credential: String,
    /// Its requests.
    pub requests: u64,
    /// Requests allowed in a month, where the provider states it.
    pub monthly_limit: Option<u64>,
    /// Requests left this month, where the provider states it.
    pub monthly_remaining: Option<u64>,
    /// Hundredths of a percent of the monthly limit that the requests are, rounded up.
    #[serde(rename = "share_of_month", serialize_with = "write_fraction")]
    pub share: Option<u64>,
}

fn write_fraction<S: serde::Serializer>(
    share: &Option<u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let parts = share.map(|parts| u32::try_from(parts).unwrap_or(u32::MAX));
    parts
        .map(|parts| f64::from(parts) / 10_000.0)
        .serialize(serializer)
}

/// An estimate, and what making it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimated {
    /// The tenant, as `validate` returned it.
    pub tenant: Tenant,
    /// The estimate.
    pub estimate: RequestEstimate,
    /// Requests that were sent to make it.
    pub sent: u64,
}

impl RequestEstimate {
    /// Adds up kinds of scopes. `stated` are the limits that the provider stated, by credential and endpoint.
    pub fn new(
        descriptor: &Descriptor,
        scopes: Vec<ScopeEstimate>,
        stated: &BTreeMap<(String, Option<usize>), RateLimit>,
    ) -> Self {
        let sum = |count: fn(&ScopeEstimate) -> u64| scopes.iter().map(count).sum();
        let (seconds_at_least, credentials) = estimate_credentials(descriptor, &scopes, stated);
        Self {
            requests: sum(|one| one.requests),
            requests_at_least: sum(|one| one.requests_at_least),
            seconds_at_least,
            credentials,
            scopes,
        }
    }

    /// Returns whether every request is of a scope that was read.
    pub fn is_counted(&self) -> bool {
        self.scopes
            .iter()
            .all(|kind| kind.read == kind.scopes && kind.unread.is_empty())
    }
}

impl ScopeEstimate {
    /// Returns the requests of `scopes` scopes, of which `read` sent these.
    pub fn new(
        (call, resource_type): (Option<Operation>, Option<&str>),
        (scopes, read): (u64, u64),
        endpoints: EndpointRequests,
    ) -> Self {
        let counted: u64 = endpoints.values().sum();
        let scaled = endpoints
            .into_iter()
            .map(|(endpoint, requests)| (endpoint, scale_count(requests, scopes, read)));
        let others = scopes.saturating_sub(read);
        Self {
            call,
            resource_type: resource_type.map(str::to_owned),
            scopes,
            read,
            requests: scale_count(counted, scopes, read),
            requests_at_least: counted.saturating_add(others),
            unread: BTreeMap::new(),
            endpoints: scaled.collect(),
        }
    }
}

/// Returns `count` times `scopes` by `read`, rounded up.
fn scale_count(count: u64, scopes: u64, read: u64) -> u64 {
    let product = u128::from(count) * u128::from(scopes);
    let scaled = product.div_ceil(u128::from(read.max(1)));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// Estimates the requests of a sync with these options, with few requests of its own. Stores nothing.
///
/// # Errors
/// Returns an error if the options do not fit, the credential does not work, or the operator has to help.
pub async fn estimate_sync<S: Source>(
    source: Arc<S>,
    options: &SyncOptions,
    progress: Arc<dyn Progress>,
) -> Result<Estimated, SyncError> {
    let tally = Arc::new(Tally::new(source.descriptor()));
    let checkpoints = Arc::clone(&tally) as Arc<dyn super::CheckpointStore>;
    let mut sync = Sync::prepare(Arc::clone(&source), options, progress, checkpoints).await?;
    let validated = sync.caller.sent_requests();
    let mut scopes = vec![validate_scope(source.descriptor(), validated)];
    scopes.extend(read_sample(&mut sync, &tally).await?);
    let mut stated = tally.stated_limits();
    if let Some(said) = &sync.run.tenant.rate_limit {
        stated.insert((said.credential.clone(), None), said.clone());
    }
    Ok(Estimated {
        estimate: RequestEstimate::new(source.descriptor(), scopes, &stated),
        sent: sync.caller.sent_requests(),
        tenant: sync.run.tenant,
    })
}

/// Returns the requests of `validate`, which go with the required credential for the most part.
pub fn validate_scope(descriptor: &Descriptor, requests: u64) -> ScopeEstimate {
    let required = descriptor.credentials.iter().find(|one| one.required);
    let name = required.map(|one| one.name.clone()).unwrap_or_default();
    let endpoints = EndpointRequests::from([((name, None), requests)]);
    ScopeEstimate::new((None, None), (1, 1), endpoints)
}

/// The number of lists of a type, and of those that were read.
#[derive(Clone, Copy)]
struct ListCount {
    all: u64,
    read: u64,
}

/// Reads the lists that decide what a sync reads, level by level, and the grants on one resource of each
/// type.
async fn read_sample<S: Source>(
    sync: &mut Sync<S>,
    tally: &Tally,
) -> Result<Vec<ScopeEstimate>, SyncError> {
    let entitlements = sync.entitlement_scopes();
    sync.walk_all(entitlements.clone()).await?;
    let mut kinds = count_all(entitlements, tally);
    let mut known: BTreeMap<String, ListCount> = BTreeMap::new();
    for (level, types) in sync.plan.levels.clone().iter().enumerate() {
        let lists = group_by_type(sync.list_scopes(level, types)?);
        let sample = lists
            .values()
            .flat_map(|keys| spread_sample(keys, MAX_LISTS));
        sync.walk_all(sample.collect()).await?;
        for (resource_type, keys) in lists {
            let parent = types.iter().find(|one| one.id == resource_type);
            let parent = parent.and_then(|one| one.parent.as_ref());
            let parent = parent.and_then(|parent| known.get(parent)).copied();
            let kind = count_sample(&keys, parent, MAX_LISTS, tally);
            let counted = ListCount {
                all: kind.scopes,
                read: kind.read,
            };
            known.insert(resource_type, counted);
            kinds.push(kind);
        }
    }
    let grants = group_by_type(sync.grants_to_read());
    let sample = grants.values().flat_map(|keys| spread_sample(keys, 1));
    sync.walk_all(sample.collect()).await?;
    let grants = grants.iter().map(|(resource_type, keys)| {
        let lists = known.get(resource_type).copied();
        count_sample(keys, lists, 1, tally)
    });
    kinds.extend(grants);
    Ok(kinds)
}

fn group_by_type(keys: Vec<ScopeKey>) -> BTreeMap<String, Vec<ScopeKey>> {
    let mut of_type: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for key in keys {
        let known = of_type.entry(key.resource_type.clone()).or_default();
        known.push(key);
    }
    of_type
}

fn count_all(keys: Vec<ScopeKey>, tally: &Tally) -> Vec<ScopeEstimate> {
    let of_types = group_by_type(keys);
    let count = |keys: &Vec<ScopeKey>| count_sample(keys, None, keys.len(), tally);
    of_types.values().map(count).collect()
}

/// Counts the requests of a kind of scope. `named_by` are the lists that name their resources: where not
/// all of them were read, there are more scopes than these.
fn count_sample(
    keys: &[ScopeKey],
    named_by: Option<ListCount>,
    most: usize,
    tally: &Tally,
) -> ScopeEstimate {
    let known = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    let scopes = named_by.map_or(known, |lists| scale_count(known, lists.all, lists.read));
    let sample = spread_sample(keys, most);
    let read = u64::try_from(sample.len()).unwrap_or(u64::MAX);
    let (mut endpoints, mut unread) = (EndpointRequests::new(), BTreeMap::new());
    for key in &sample {
        let counted = tally.scope_tally(key);
        for (endpoint, requests) in counted.endpoints {
            *endpoints.entry(endpoint).or_default() += requests;
        }
        if let Some(outcome) = counted
            .outcome
            .filter(|outcome| may_end_otherwise(*outcome))
        {
            *unread.entry(outcome.name()).or_default() += 1;
        }
    }
    let kind = keys.first();
    let kind = (
        kind.map(|key| key.call),
        kind.map(|key| key.resource_type.as_str()),
    );
    ScopeEstimate {
        unread,
        requests_at_least: endpoints
            .values()
            .sum::<u64>()
            .saturating_add(known - read.min(known)),
        ..ScopeEstimate::new(kind, (scopes, read), endpoints)
    }
}

/// Returns whether a scope that ended so may have another outcome when it is read again.
fn may_end_otherwise(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Trapped | Outcome::TimedOut => true,
        Outcome::Error(case) => tally::may_pass(case),
        Outcome::Complete | Outcome::Partial | Outcome::NotAsked => false,
    }
}

/// Returns at most so many of them, at equal distances.
fn spread_sample(keys: &[ScopeKey], most: usize) -> Vec<ScopeKey> {
    let count = keys.len().min(most);
    let at = |index: usize| index * keys.len() / count.max(1);
    (0..count)
        .filter_map(|index| keys.get(at(index)).cloned())
        .collect()
}
