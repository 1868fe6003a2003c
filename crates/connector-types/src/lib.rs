//! The contract's records as the host keeps, writes and reads them: `snake_case` fields, the
//! contract's own case names, `null` for what is absent.
//!
//! The runtime converts the generated types of the contract into these, and nothing else sees
//! the generated ones.

mod access;
mod account;
pub mod bounded;
mod descriptor;
mod disabled;
mod failure;
mod fold;
mod grant_json;
mod last_login;
mod lock;
mod page;
mod plain;
mod resource;
mod run;
mod since_last;
mod text;
mod weight;

use std::fmt;

pub use access::{Entitlement, Grant, GrantSet, Impact, Notice, Purpose};
pub use account::AccountRecord;
pub use descriptor::{
    BaseUrlOption, ChangeLog, Credential, CredentialScheme, Descriptor, Endpoint, Rate,
    ResourceType, TypeIndex, TypeKind,
};
pub use disabled::{DisabledResources, find_disabled};
pub use failure::{ErrorCase, Problem};
pub use fold::fold;
pub use grant_json::append_grant_json;
pub use last_login::{LastLogins, find_last_logins};
pub use lock::lock;
pub use page::{CredentialState, CredentialStatus, EntitlementList, Page, RateLimit, Tenant};
pub use plain::{is_unsafe, plain, unsafe_class};
pub use resource::AUDIENCES;
pub use resource::{
    AccountType, Attributes, Audience, ChangeExtent, Details, Evidence, GrantListing, LastUse,
    Resource, ResourceId, SecretDetails, Status, UserDetails,
};
pub use run::{Operation, Outcome, OutputRecord, Run, RunType, Scope, Summary};
pub use since_last::{CarryEvidence, SinceLast};
pub use text::{Text, Texts};
pub use weight::{CountRecords, Weigh};

/// Returns the present time, RFC 3339 in UTC with whole seconds.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns a number with its noun, in the plural where it is not one.
pub fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Bytes in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Version of the contract that these records are of.
pub const CONTRACT_VERSION: &str = "0.2.0";
