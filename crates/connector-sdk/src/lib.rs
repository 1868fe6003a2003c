//! Everything that a connector of the `governance:connector` contract needs, for any provider.
//!
//! A connector implements [`Connector`] for one type and exports it with [`export!`]; the one to
//! copy is `examples/connectors/pagerduty`. In reading order:
//!
//! 1. [`connector`]: the trait of a connector, and the checks of a call's arguments.
//! 2. [`kind`] and [`manifest`]: kinds of resource, and everything else that a connector declares.
//! 3. [`model`] and [`error`]: the contract's records and error cases, without generated code.
//! 4. [`transport`], [`urls`] and [`rate_limit`]: requests, and the limits that answers state.
//! 5. [`json`] and [`lenient`]: answers, in which every field may be odd.
//! 6. [`page`], [`page_token`] and [`timestamps`]: from an answer to a page, and to the page after it.
//! 7. [`bindings`]: the code that is generated from the contract.

pub mod bindings;
pub mod connector;
mod convert;
mod describe;
pub mod error;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod http_client;
pub mod json;
pub mod kind;
pub mod lenient;
pub mod manifest;
pub mod model;
pub mod page;
pub mod page_token;
pub mod rate_limit;
mod scan;
pub mod timestamps;
pub mod transport;
pub mod unique;
pub mod urls;

pub use connector::Connector;
