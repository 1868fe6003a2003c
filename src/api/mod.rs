//! The provider: what can be asked of Postman, how it answers and how it fails.
//!
//! Facts are from Postman's published API description unless a comment says that they were seen live.

pub mod access;
pub mod analytics;
pub mod classify;
pub mod client;
pub mod endpoints;
pub mod page_size;
pub mod problem;
pub mod remedy;
pub mod role_principals;
mod templates;
pub mod tree;
pub mod wire;

/// Name of the provider in messages.
pub const PROVIDER: &str = "Postman";
