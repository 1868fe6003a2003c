//! Answers about kept syncs: who can do what, what changed, what looks wrong, why somebody has a
//! right, and what of it could not be read.
//!
//! Reading order: `subject` (what answers are about, and the scopes that they rest on), `account`
//! (what a reader must see at a glance), `find` (a resource or right by what people call it),
//! `namesakes` (names that several resources share), `coverage` (the scopes that an answer lacks), `expansion` (who is behind sets of people), `facts` and `access` (rights in the end, with their paths),
//! `lists` (resources and grants as they were read), `origin` (where something was read), `diff` (two
//! syncs side by side), `findings` (one sync held to rules), `explain` (one right and its way).

mod access;
mod account;
mod coverage;
pub mod diff;
mod error;
mod expansion;
pub mod explain;
pub mod export;
mod facts;
mod find;
pub mod findings;
mod lists;
mod namesakes;
mod origin;
mod subject;

pub use access::{EffectiveAccess, MorePaths, Path, Question, Right, access};
pub use account::{Mark, NamedResource};
pub use coverage::{Bearing, unread};
pub use error::ReviewError;
pub use find::{find_account, find_holder, find_resource, find_right, find_rights};
pub use lists::{
    GrantFilter, GrantRow, HeldRight, ResourceFilter, ResourceRow, find_highest_rights,
    list_grants, list_resources,
};
pub use namesakes::Namesakes;
pub use origin::EvidenceOrigin;
pub use subject::{Named, ScopeName, Unread};

/// The notices that take a complete scope's word away on one resource: type, id, code, message.
const SILENT: &str = include_str!("silent.sql");
