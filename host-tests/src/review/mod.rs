//! Answers about kept syncs: who can do what, and what of it could not be read.
//!
//! Reading order: `subject` (what answers are about, and the scopes that they rest on), `account`
//! (what a reader must see at a glance), `find` (a resource or right by what people call it),
//! `coverage` (the scopes that an answer lacks), `access` (rights in the end, with their paths),
//! `lists` (resources and grants as they were read).

mod access;
mod account;
mod coverage;
mod error;
mod find;
mod lists;
mod subject;

pub use access::{Access, Path, Question, Right, access};
pub use account::{Mark, Subject};
pub use coverage::{Bearing, unread};
pub use error::ReviewError;
pub use find::{find_account, find_resource, find_rights};
pub use lists::{GrantFilter, GrantRow, ResourceFilter, ResourceRow, list_grants, list_resources};
pub use subject::{Named, ScopeName, Unread};
