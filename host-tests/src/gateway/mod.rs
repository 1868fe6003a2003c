//! The host's side of the connector's one import: everything between a guest's request and the
//! network.
//!
//! A request passes, in this order, the endpoint policy of [`crate::manifest`], the `headers` allow-list, the `pacing`, and only then meets the `credential`. The
//! `client` sends it to the tenant's one origin (`base_url`) and reads a bounded `body`; `failure`
//! sorts what can go wrong.

mod base_url;
mod body;
mod client;
mod credential;
mod failure;
mod headers;
mod pacing;
mod resolver;
mod send;
mod window;

pub use base_url::{BaseUrl, BaseUrlError};
pub use client::{ClientError, EgressOptions};
pub use credential::{Credentials, Secret, SecretError};
pub use pacing::{Pacer, TooLong};
pub use send::Gateway;
