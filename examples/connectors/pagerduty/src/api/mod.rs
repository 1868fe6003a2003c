//! The provider: what can be asked of PagerDuty, how it answers and how it fails.

pub mod access;
pub mod classify;
pub mod client;
pub mod endpoints;
pub mod wire;

/// Name of the provider in messages.
pub const PROVIDER: &str = "PagerDuty";
