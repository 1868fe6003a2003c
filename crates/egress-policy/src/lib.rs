//! The rules for what leaves for a provider and for what comes back.
//!
//! The host's gateway and the adapter for WASI hosts both apply them, so that neither sends a request
//! that the other refuses. Nothing here sends anything.
//!
//! [`EgressPolicy`] decides on path, query and credential, [`guest_headers`] on the headers of a guest, and
//! [`Redactor`] removes secrets from an answer before the guest reads it.

mod headers;
mod percent;
mod policy;
mod redact;
mod segment;
mod template;

pub use headers::{HeaderRefusal, guest_headers, is_host_header};
pub use policy::{EgressPolicy, EndpointRule, PolicyRefusal};
pub use redact::{REDACTED, Redactor};
pub use template::Template;
