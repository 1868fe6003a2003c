//! Runs sandboxed identity-governance connectors: a library, and the command `connector-host`.
//!
//! A connector is a WebAssembly component of the contract `governance:connector` (see `wit/`). The
//! rooms, in reading order:
//!
//! - [`records`]: the contract's records as the host keeps and writes them
//! - [`manifest`]: what a connector's description lets it ask for
//! - [`runtime`]: the sandbox; one fresh instance a call, limited in time, memory and requests
//! - [`gateway`]: what a request of the guest passes before it reaches the network
//! - [`sync`]: the walk over everything that a connector reads, and how it ends
//! - [`service`]: a connector that runs elsewhere, read over HTTP
//! - [`recording`]: the exchange of a sync in a file, and a sync of that file
//! - [`store`]: syncs in a SQLite file
//! - [`output`]: files that are whole or not there, records as lines, text for terminals
//! - [`review`]: answers about kept syncs: who can do what, what changed, what looks wrong, and why
//! - [`export`]: a kept sync in the shapes that others import
//! - [`tenants`]: many tenants at once, from a file
//! - [`report`]: what was read, as NDJSON and for people
//! - [`simulator`]: a provider that is not there, and the truth about it
//! - [`conformance`]: whether any component keeps the contract
//! - [`cli`]: the command, one file for each subcommand
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
//! let credentials = Credentials::none().with(&credential.name, &credential.forms[0], secret);
//! let base_url = connector.descriptor().base_urls[0].url.parse()?;
//! let tenant = TenantConnector::new(&connector, TenantConfig::new(base_url, credentials))?;
//! let options = sync::SyncOptions::default();
//! let synced = sync::run(Arc::new(tenant), &options, Arc::new(sync::Quiet)).await?;
//! for grant in &synced.grants {
//!     println!("{} holds {} on {}", grant.principal, grant.entitlement, grant.resource);
//! }
//! # Ok(())
//! # }
//! ```

pub mod cli;
pub mod conformance;
pub mod export;
pub mod gateway;
mod lock;
pub mod manifest;
pub mod output;
pub mod recording;
pub mod records;
pub mod report;
pub mod review;
pub mod runtime;
pub mod service;
pub mod simulator;
pub mod store;
pub mod sync;
mod tenant;
pub mod tenants;

pub use gateway::{BaseUrl, Credentials, Secret};
pub use runtime::{CallLimits, Connector, Sandbox, SandboxOptions};
pub use tenant::{Renewal, TenantConfig, TenantConnector};

/// The README's example, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
