//! Serves a connector over HTTP: one page a request, on any engine that runs `wasi:http`
//! components. Joined to a connector and to the adapter `wasi-http-client`, it leaves only `wasi:*`
//! imports. `openapi.json` beside this package describes what it serves.
//!
//! It knows no provider and keeps nothing between requests, so that any number of replicas serve
//! one sync. Two variables are its own; where the provider is, and its key, are those of
//! `wasi-http-client`:
//!
//! | variable | holds |
//! |---|---|
//! | `CONNECTOR_SERVICE_TOKEN` | what callers send as `Authorization: Bearer …`; at least 16 characters |
//! | `CONNECTOR_SERVICE_OPEN` | `yes`, instead of a token, where something before it keeps strangers out |
//!
//! In reading order: [`settings`] says who is served, [`route`] and [`query`] what is asked, [`call`]
//! asks the connector, [`json`] and [`page`] write its records, [`answer`] and [`problem`] are what goes back,
//! and [`exports`] is the door.

pub mod answer;
#[expect(missing_docs, reason = "generated from the contract")]
pub mod bindings;
pub mod call;
pub mod exports;
pub mod json;
pub mod page;
pub mod problem;
pub mod query;
pub mod route;
pub mod settings;
