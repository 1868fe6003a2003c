//! Hosts sandboxed identity-governance connectors for many tenants.
//!
//! A connector is a WebAssembly component of the contract `governance:connector` (see `wit/`).
//! This crate is the one that an embedder depends on. The others are re-exported here, from the
//! innermost outward:
//!
//! - [`records`]: the contract's records as a host keeps and writes them
//! - [`manifest`]: manifest check and endpoint policy
//! - [`runtime`]: the sandbox, one fresh instance for each call
//! - [`gateway`]: policy, credentials, rate limiter and address checks in front of the network
//! - [`sync`]: one read of one tenant, with its output as NDJSON in [`output`]
//! - `store`, `review`, `export`, `tenants`: stored syncs, with the feature `store`
//! - `schedule`: when tenants are synced, with the feature `store`
//! - [`recording`]: recorded exchanges, and their replay
//! - [`service`]: a connector that runs elsewhere, read over HTTP
//!
//! A host of one's own needs four of its types:
//!
//! ```no_run
//! use std::sync::Arc;
//! use connector_host::{Connector, Credentials, Sandbox, SandboxOptions, Secret, TenantConfig, TenantConnector, sync};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new(&SandboxOptions::default())?;
//! let connector = Connector::load(&sandbox, &std::fs::read("connector.wasm")?).await?;
//! let credential = &connector.descriptor().credentials[0];
//! let secret = Secret::new(&std::env::var("CONNECTOR_KEY")?)?;
//! let credentials = Credentials::none().with(&credential.name, &credential.schemes[0], secret);
//! let base_url = connector.descriptor().base_urls[0].url.parse()?;
//! let tenant = TenantConnector::new(&connector, TenantConfig::new(base_url, credentials))?;
//! let options = sync::SyncOptions::default();
//! let synced = sync::run(Arc::new(tenant), &options, Arc::new(sync::NoProgress)).await?;
//! for grant in &synced.grants {
//!     println!("{} holds {} on {}", grant.principal, grant.entitlement, grant.resource);
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "store")]
mod accept_list;
pub mod recording;
#[cfg(feature = "store")]
pub mod schedule;
pub mod service;
mod tenant;
#[cfg(feature = "store")]
pub mod tenants;

#[cfg(feature = "store")]
pub use accept_list::parse_accept_list;
pub use connector_gateway as gateway;
pub use connector_gateway::{BaseUrl, Credentials, Secret};
pub use connector_policy as manifest;
#[cfg(feature = "store")]
pub use connector_review as review;
#[cfg(feature = "store")]
pub use connector_review::export;
pub use connector_runtime as runtime;
pub use connector_runtime::{CallLimits, Connector, Sandbox, SandboxOptions};
#[cfg(feature = "store")]
pub use connector_store as store;
pub use connector_sync as sync;
pub use connector_sync::output;
pub use connector_types as records;
pub use tenant::{Renewal, TenantConfig, TenantConnector};

/// The README's example, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
