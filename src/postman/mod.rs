//! The provider: what can be asked of Postman, how it answers and how it fails.
//!
//! Facts are from Postman's published API description unless a comment says that they were seen live.

pub mod access;
pub mod classify;
pub mod client;
pub mod endpoints;
pub mod holders;
pub mod json;
pub mod lenient;
pub mod page_size;
pub mod problem;
pub mod rate_limit;
pub mod remedy;
pub mod repair;
mod templates;
pub mod wire;
