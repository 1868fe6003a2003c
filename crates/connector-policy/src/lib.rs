//! A connector's description taken as its manifest: what it may ask for, held to the letter.
//!
//! `check` says whether a description can be followed at all, `size` whether it is small enough to be
//! read, `policy` whether a request is one of those that it declares, and `pin` whether it declares more
//! than an operator has agreed to. Paths and headers are judged by `egress-policy`. Nothing here sends
//! anything.

mod check;
mod pin;
mod policy;
mod size;

pub use check::check;
pub use egress_policy::{PolicyRefusal, Template};
pub use pin::{Pin, PinnedBaseUrl, PinnedCredential, PinnedEndpoint, PinnedScheme};
pub use policy::{Allowed, EndpointPolicy};
