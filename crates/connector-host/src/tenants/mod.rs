//! Many tenants in one process: who they are, and reading all of them at once.
//!
//! Reading order: `document` (the file as it is written), `file` (what it says, checked), `secrets`
//! (where each key is read, and read again), `fleet` (all syncs at once, each with its share).

mod document;
mod file;
mod fleet;
mod secrets;

pub use document::TenantsFileError;
pub use file::{TenantEntry, TenantsFile};
pub use fleet::{Fleet, TenantEnd, TenantOutcome, TenantSync};
pub use secrets::{SecretSource, Secrets, SecretsError};
