//! Serves `governance:connector/http-client` from `wasi:http`, so that any WASI host can run a
//! connector that was never built for it. Joined to a connector, it leaves only `wasi:*` imports.
//!
//! It knows no provider. The connector's description states the allowed requests: this component
//! imports `description`, which `component-join` fills from the connector that it is joined to. The
//! environment contains the base URL and the secrets, and a connector sees neither:
//!
//! - `CONNECTOR_BASE_URL`: scheme, authority and any path prefix; `http` to loopback only
//!
//! - `CONNECTOR_CREDENTIAL_<NAME>`: the whole header line, such as `X-API-Key: …`
//!
//! - `CONNECTOR_MAX_BODY`: the largest body in bytes, if 64 MiB is not suitable
//!
//! - `CONNECTOR_TIMEOUT_SECONDS`: the longest time of one request, if 90 seconds are not suitable
//!
//! `<NAME>` is the name of the credential in capitals, with `-` as `_`.
//!
//! In reading order: [`settings`] and [`base_url`] determine the destination of a request,
//! [`credential`] the header that is added to it, [`manifest`] the requests that a connector may
//! send, `send` and [`response`] perform the request, [`errors`] maps every failure to the
//! contract's terms, and `exports` is the entry point.

pub mod base_url;
#[expect(missing_docs, reason = "generated from the contract")]
pub mod bindings;
pub mod credential;
pub mod errors;
mod exports;
pub mod manifest;
pub mod response;
mod send;
pub mod settings;
