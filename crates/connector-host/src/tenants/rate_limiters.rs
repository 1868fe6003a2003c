//! Rate limiters of keys that several tenants have in common.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Secrets, TenantSync};
use connector_gateway::{BaseUrl, RateLimiter};
use connector_runtime::Connector;

/// One rate limiter for each key and provider: the provider counts tenants with one key as one. It
/// outlives a sync, so that the next one respects a wait that the provider asked for.
#[derive(Debug)]
pub struct SharedRateLimiters {
    connector: Connector,
    /// By provider, credential and digest of the secret.
    known: HashMap<(String, String, [u8; 32]), RateLimiter>,
    max_wait: Duration,
}

impl SharedRateLimiters {
    /// Returns rate limiters at which no request waits longer than `max_wait` for a permit.
    pub fn new(connector: &Connector, max_wait: Duration) -> Self {
        Self {
            connector: connector.clone(),
            known: HashMap::new(),
            max_wait,
        }
    }

    /// Gives a tenant its secrets and the rate limiters of its keys, and has secrets in files read again.
    pub fn equip_tenant(&mut self, tenant: &mut TenantSync, secrets: Secrets) {
        let rate_limiter = self.shared_limiter(
            &provider_key(&tenant.config.base_url, &self.connector),
            &secrets,
        );
        tenant.config.rate_limiter = if tenant.paced {
            rate_limiter
        } else {
            rate_limiter.without_limits()
        };
        tenant.config.credentials = secrets.credentials();
        if secrets.can_change() {
            tenant.config.renewal = Some(Arc::new(secrets));
        }
    }

    fn shared_limiter(&mut self, provider: &str, secrets: &Secrets) -> RateLimiter {
        let max_wait = self.max_wait;
        let mut rate_limiter = RateLimiter::new(max_wait);
        for (credential, digest) in secrets.secret_digests() {
            let key = (provider.to_owned(), credential.clone(), digest);
            let known = self.known.entry(key);
            let known = known.or_insert_with(|| RateLimiter::new(max_wait));
            rate_limiter = rate_limiter.share_with(&credential, known);
        }
        rate_limiter
    }
}

/// Returns the key of a tenant's provider. All base URLs that the description names belong to the
/// same provider.
fn provider_key(base_url: &BaseUrl, connector: &Connector) -> String {
    if base_url.is_described_by(connector.descriptor()) {
        String::new()
    } else {
        base_url.to_string()
    }
}
