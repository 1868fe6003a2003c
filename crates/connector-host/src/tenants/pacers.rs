//! Rate limiters of keys that several tenants have in common.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Secrets, TenantSync};
use connector_gateway::{BaseUrl, Pacer};
use connector_runtime::Connector;

/// One pacer for each key and provider: the provider counts tenants with one key as one. It outlives
/// a sync, so that the next one knows of a wait that the provider asked for.
#[derive(Debug)]
pub struct SharedPacers {
    connector: Connector,
    /// By place, credential and digest of the secret.
    known: HashMap<(String, String, [u8; 32]), Pacer>,
    max_wait: Duration,
}

impl SharedPacers {
    /// Returns pacers with which nobody waits longer than `max_wait` for a permit.
    pub fn new(connector: &Connector, max_wait: Duration) -> Self {
        Self {
            connector: connector.clone(),
            known: HashMap::new(),
            max_wait,
        }
    }

    /// Gives a tenant its secrets and the pacers of its keys, and has secrets in files read again.
    pub fn equip(&mut self, tenant: &mut TenantSync, secrets: Secrets) {
        let pacer = self.pacer(&place(&tenant.config.base_url, &self.connector), &secrets);
        tenant.config.pacer = match tenant.paced {
            true => pacer,
            false => pacer.without_limits(),
        };
        tenant.config.credentials = secrets.credentials();
        if secrets.can_change() {
            tenant.config.renewal = Some(Arc::new(secrets));
        }
    }

    fn pacer(&mut self, place: &str, secrets: &Secrets) -> Pacer {
        let max_wait = self.max_wait;
        let mut pacer = Pacer::new(max_wait);
        for (credential, digest) in secrets.digests() {
            let key = (place.to_owned(), credential.clone(), digest);
            let known = self.known.entry(key);
            let known = known.or_insert_with(|| Pacer::new(max_wait));
            pacer = pacer.sharing(&credential, known);
        }
        pacer
    }
}

/// Where a tenant's provider is. All places that the description names are the same provider's.
fn place(base_url: &BaseUrl, connector: &Connector) -> String {
    match base_url.is_described_by(connector.descriptor()) {
        true => String::new(),
        false => base_url.to_string(),
    }
}
