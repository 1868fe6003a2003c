//! A connector's description taken as its manifest: what it may ask for, held to the letter.
//!
//! `check` says whether a description can be followed at all, `policy` whether a request is one of
//! those that it declares, `pin` whether it declares more than an operator has agreed to, and
//! `host_headers` which headers nobody but the host sets. Nothing here sends anything.

mod check;
mod host_headers;
mod percent;
mod pin;
mod policy;
mod template;

pub use check::check;
pub use pin::{Pin, PinnedBaseUrl, PinnedCredential, PinnedEndpoint, PinnedForm};
pub use policy::{Allowed, Policy, Refusal};
pub use template::Template;
