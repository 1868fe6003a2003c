//! A connector that runs elsewhere: a second [`Source`](connector_sync::Source), whose pages are read
//! over HTTP from the adapter `http-service`, on whatever engine runs it.
//!
//! Reading order: `config` (where it is), `api` (what can be asked), `answer` (what comes back, and
//! what it means for a sync), `ask` (one request), `replicas` (which versions answered), `connector` (the source itself). Requests pass the
//! same [`gateway`](connector_gateway) as those to a provider.

mod answer;
mod api;
mod ask;
mod config;
mod connector;
mod replicas;

pub use config::{ConnectError, ServiceConfig};
pub use connector::ServiceConnector;
pub use replicas::{Replica, Replicas};
