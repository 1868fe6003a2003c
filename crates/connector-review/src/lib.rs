//! Answers questions about stored syncs: effective access, changes, findings, explanations, and the
//! scopes that an answer lacks.
//!
//! Reading order: `subject` (subjects of answers, and the scopes that they rest on), `account`
//! (marks of a resource), `find` (a resource or entitlement by its display name), `shared_names`
//! (names that several resources share), `coverage` (the scopes that an answer lacks), `expansion`
//! (members of groups), `facts` and `access` (effective access, with its paths), `lists` (resources
//! and grants as they were read), `origin` (the page that a record was read from), `diff` (two
//! syncs compared), `findings` (rules evaluated on one sync), `explain` (one entitlement and its
//! access paths).

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
mod origin;
mod shared_names;
mod subject;

pub use access::{
    AccessFilters, EffectiveAccess, MorePaths, NamedEntitlement, Path, effective_access,
};
pub use account::{AccessMark, NamedResource};
pub use coverage::{AnswerSubject, unread_scopes};
pub use error::ReviewError;
pub use find::{
    check_slug, check_type, find_account, find_entitlement, find_entitlements, find_principal,
    find_resource,
};
pub use lists::{
    GrantFilter, GrantRow, HighestGrant, ResourceFilter, ResourceRow, find_highest_grants,
    list_grants, list_resources,
};
pub use origin::EvidenceOrigin;
pub use shared_names::SharedNames;
pub use subject::{MissingScope, Named, ScopeName};

/// The notices that make a complete scope prove nothing about one resource: type, id, code,
/// message.
const SILENT: &str = include_str!("silent.sql");
