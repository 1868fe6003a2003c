//! The host's side of the connector's one import: everything between a guest's request and the
//! network.
//!
//! A request passes, in this order, the endpoint `policy` (path and query against what `describe`
//! declares), the `headers` allow-list, the `pacing`, and only then meets the `credential`. The
//! `client` sends it to the tenant's one origin (`base_url`) and reads a bounded `body`; `failure`
//! sorts what can go wrong.

mod base_url;
mod body;
mod client;
mod credential;
mod failure;
mod headers;
mod pacing;
mod percent;
mod policy;
mod resolver;
mod send;
mod template;

pub use base_url::{BaseUrl, BaseUrlError};
pub use client::{ClientError, EgressOptions};
pub use credential::{Credentials, Secret, SecretError};
pub use headers::is_host_header;
pub use pacing::{Pacer, TooLong};
pub use policy::{Allowed, Policy, Refusal};
pub use send::Gateway;
pub use template::Template;
