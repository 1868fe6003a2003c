//! Many tenants in one process: who they are, and reading all of them at once.
//!
//! Reading order: `document` (the file as it is written), `file` and `effects` (what it says, checked), `secrets`,
//! `location` and `oauth` (the locations of each key, which are read again), `rate_limiters` (limits of shared keys), `fleet` (all syncs at once, each
//! with its share), `meter` (waits and quota of a sync), `known_gap` (scopes that are expected to be missing).

pub(crate) mod document;
mod effects;
mod file;
mod fleet;
mod known_gap;
mod location;
mod meter;
mod oauth;
mod rate_limiters;
mod secrets;

pub use document::ConfigFileError;
pub use file::{TenantEntry, TenantsFile};
pub use fleet::{FailureCause, Fleet, TenantEnd, TenantOutcome, TenantSync, sync_tenant};
pub use known_gap::{KnownGap, scope_name};
pub use location::SecretLocation;
pub use meter::SyncMeter;
pub use oauth::{TOKEN_PATH, bearer_scheme};
pub use rate_limiters::SharedRateLimiters;
pub use secrets::{SecretSource, Secrets, SecretsError};
