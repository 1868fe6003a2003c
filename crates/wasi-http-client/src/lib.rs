//! Serves `governance:connector/http-client` from `wasi:http`, so that any WASI host can run a
//! connector that was never built for it. Joined to a connector, it leaves only `wasi:*` imports.
//!
//! It knows no provider. What may be asked for is what the connector describes: it imports
//! `description`, which `component-join` fills from the connector that it is joined to. Where to ask and
//! with which secret stands in the environment, and a connector sees neither:
//!
//! | variable | holds |
//! |---|---|
//! | `CONNECTOR_BASE_URL` | scheme and authority, and a path prefix where a company has one; `http` to loopback only |
//! | `CONNECTOR_CREDENTIAL_<NAME>` | the whole header line of the credential, such as `X-API-Key: …`; the name in capitals, `-` as `_` |
//! | `CONNECTOR_MAX_BODY` | the largest body in bytes, where 64 MiB does not fit |
//! | `CONNECTOR_TIMEOUT_SECONDS` | the longest time of one request, where 90 seconds do not fit |
//!
//! In reading order: [`settings`] and [`base_url`] say where a request may go, [`credential`] what
//! is put on it, [`manifest`] what a connector may ask for, `send` and [`response`] do the asking,
//! [`errors`] turns every way to fail into the contract's words, and `exports` is the door.

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
