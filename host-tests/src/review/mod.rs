//! Answers about kept syncs: what changed, what looks wrong, why somebody has a right.
//!
//! Reading order: `subject` (what answers are about, and the scopes that they rest on), `origin` (where
//! something was read), `diff` (two
//! syncs side by side), `findings` (one sync held to rules), `explain` (one right and its way).

pub mod diff;
mod error;
pub mod explain;
pub mod findings;
mod origin;
mod subject;

pub use error::ReviewError;
pub use origin::Origin;
pub use subject::{Named, ScopeName, Unread};

/// The notices that take a complete scope's word away on one resource: type, id, code, message.
const SILENT: &str = include_str!("silent.sql");
