//! The time that requests take under rate limits, and their share of the month.

use std::collections::{BTreeMap, BTreeSet};

use super::{CredentialEstimate, EndpointRequests, ScopeEstimate};
use connector_types::{Descriptor, Operation, RateLimit};

/// So many requests within so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RequestLimit {
    requests: u64,
    seconds: u64,
}

impl RequestLimit {
    fn from_stated(said: &RateLimit) -> Option<Self> {
        Some(Self {
            requests: said.limit.filter(|limit| *limit > 0)?,
            seconds: said.window?,
        })
    }

    /// Returns the time of whole windows that pass before the last request can be sent.
    fn time_of(self, requests: u64) -> u64 {
        let windows = requests.saturating_sub(1) / self.requests;
        self.seconds.saturating_mul(windows)
    }
}

/// Returns the seconds that the requests take at least, and what they are for each credential.
///
/// A sync begins a level of lists when the one before has ended, so the times of levels add up. Within a
/// level, limits hold side by side.
pub(super) fn estimate_credentials(
    descriptor: &Descriptor,
    scopes: &[ScopeEstimate],
    stated: &BTreeMap<(String, Option<usize>), RateLimit>,
) -> (u64, Vec<CredentialEstimate>) {
    let mut levels: BTreeMap<usize, EndpointRequests> = BTreeMap::new();
    let mut whole = EndpointRequests::new();
    for kind in scopes {
        let level = levels.entry(level_of(descriptor, kind)).or_default();
        for (endpoint, requests) in &kind.endpoints {
            *level.entry(endpoint.clone()).or_default() += requests;
            *whole.entry(endpoint.clone()).or_default() += requests;
        }
    }
    let time_of = |requests: &EndpointRequests| time_needed(descriptor, requests, stated);
    let in_levels: u64 = levels.values().map(time_of).sum();
    let credentials = descriptor.credentials.iter();
    let credentials = credentials.map(|one| estimate_credential(&one.name, &whole, stated));
    let used = credentials.filter(|one| one.requests > 0).collect();
    (in_levels.max(time_of(&whole)), used)
}

/// Returns the position of a kind of scope in the order of a sync, as `Sync::read` has it.
fn level_of(descriptor: &Descriptor, kind: &ScopeEstimate) -> usize {
    match kind.call {
        None => 0,
        Some(Operation::ListEntitlements) => 1,
        Some(Operation::ListResources) => {
            2 + count_ancestors(descriptor, kind.resource_type.as_deref())
        }
        Some(Operation::ListGrants) => usize::MAX,
    }
}

/// Returns the number of types above a type.
fn count_ancestors(descriptor: &Descriptor, resource_type: Option<&str>) -> usize {
    let parent = |id: &str| descriptor.resource_type(id)?.parent.as_deref();
    let mut next = resource_type.and_then(parent);
    let mut count = 0;
    while let Some(id) = next.filter(|_| count < descriptor.resource_types.len()) {
        count += 1;
        next = parent(id);
    }
    count
}

fn time_needed(
    descriptor: &Descriptor,
    requests: &EndpointRequests,
    stated: &BTreeMap<(String, Option<usize>), RateLimit>,
) -> u64 {
    let names: BTreeSet<&str> = requests.keys().map(|(name, _)| name.as_str()).collect();
    let of_credentials = names.iter().filter_map(|name| {
        let all = sum_requests(requests, name);
        Some(general_limit(name, stated)?.time_of(all))
    });
    let of_endpoints = requests.iter().filter_map(|((_, endpoint), requests)| {
        let declared = descriptor.endpoints.get((*endpoint)?)?.rate?;
        let limit = RequestLimit {
            requests: u64::from(declared.requests.max(1)),
            seconds: declared.window_seconds.into(),
        };
        Some(limit.time_of(*requests))
    });
    of_credentials.chain(of_endpoints).max().unwrap_or_default()
}

fn sum_requests(requests: &EndpointRequests, credential: &str) -> u64 {
    let own = requests.iter().filter(|((name, _), _)| name == credential);
    own.map(|(_, requests)| requests).sum()
}

/// Returns the widest limit that was stated for a credential: a narrower one is of a single endpoint.
fn general_limit(
    credential: &str,
    stated: &BTreeMap<(String, Option<usize>), RateLimit>,
) -> Option<RequestLimit> {
    let own = stated.iter().filter(|((name, _), _)| name == credential);
    own.filter_map(|(_, said)| RequestLimit::from_stated(said))
        .max()
}

fn estimate_credential(
    credential: &str,
    requests: &EndpointRequests,
    stated: &BTreeMap<(String, Option<usize>), RateLimit>,
) -> CredentialEstimate {
    let own = || stated.iter().filter(|((name, _), _)| name == credential);
    let requests = sum_requests(requests, credential);
    let monthly_limit = own().filter_map(|(_, said)| said.monthly_limit).max();
    let share = monthly_limit.filter(|limit| *limit > 0);
    CredentialEstimate {
        credential: credential.to_owned(),
        requests,
        monthly_limit,
        monthly_remaining: own().filter_map(|(_, said)| said.monthly_remaining).min(),
        share: share.map(|limit| requests.saturating_mul(10_000).div_ceil(limit)),
    }
}
