//! The host's side of the connector's one import: everything between a guest's request and the
//! network.
//!
//! A request passes, in this order, the endpoint policy of [`connector_policy`], the `headers`
//! allow-list and the `rate_limiter`; only then the `credential`, or the `token` that the host obtained,
//! is added. The `client` sends it to the tenant's one origin (`base_url`), whose name `resolver`
//! looks up and whose every `address` (also one behind `nat64`) is checked, over a `proxy` if the
//! operator names one, and reads a bounded `body`; `failure` classifies the errors. Secrets that the
//! provider repeats are redacted. An embedding host may replace the client by a `transport` of its
//! own. `audit` records a line for each request.

mod address;
mod audit;
mod base_url;
mod body;
mod client;
mod credential;
mod failure;
mod headers;
mod nat64;
mod proxy;
mod rate_limiter;
mod resolver;
mod send;
mod token;
mod transport;

pub use address::{AddressKind, AllowedNetworks, Network, kind as address_kind};
pub use audit::{TARGET as AUDIT_TARGET, TRACE_TARGET, Traffic, current_scope, in_scope};
pub use base_url::{BaseUrl, BaseUrlError};
pub use body::DecodedBody;
pub use client::{ClientError, EgressOptions, build_collector_client};
pub use credential::{Credentials, Secret, SecretError};
pub use nat64::Nat64Prefix;
pub use proxy::{Proxy, ProxyError};
pub use rate_limiter::{Permit, RateLimiter, WaitTooLong};
pub use resolver::{NameService, SystemNames};
pub use send::Gateway;
pub use token::{NamedSecret, TokenClient, TokenFailure, TokenForm, TokenSource};
pub use transport::{HttpTransport, TransportResponse};
