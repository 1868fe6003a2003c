//! A connector's description used as its manifest: the exact list of requests that it may send.
//!
//! `check` validates that a description can be followed at all, `size` that it is small enough to
//! be read, `policy` that a request is one of those that it declares, and `approved_manifest` that it declares no
//! more than an operator has approved. `egress-policy` evaluates paths and headers. Nothing here
//! sends anything.

mod approved_manifest;
mod check;
mod policy;
mod size;

pub use approved_manifest::{
    ApprovedBaseUrl, ApprovedCredential, ApprovedEndpoint, ApprovedManifest, ApprovedScheme,
};
pub use check::check;
pub use egress_policy::{PolicyRefusal, Template};
pub use policy::{Allowed, EndpointPolicy};
