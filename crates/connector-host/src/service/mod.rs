//! A connector that runs elsewhere: a second [`Source`](connector_sync::Source), whose pages are
//! read over HTTP from the adapter `http-service`, on any engine that runs it.
//!
//! Reading order: `config` (its address), `api` (its endpoints), `answer` (the answers, and their
//! meaning for a sync), `ask` (one request), `replicas` (the versions that answered), `connector`
//! (the source itself). Requests pass the same [`gateway`](connector_gateway) as those to a
//! provider.

mod answer;
mod api;
mod ask;
mod config;
mod connector;
mod replicas;

pub use config::{ConnectError, ServiceConfig};
pub use connector::ServiceConnector;
pub use replicas::{Replica, Replicas};
