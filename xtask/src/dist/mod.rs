//! Packs what was built, for people who were not there when it was.
//!
//! - [`stamp`]: version, licence and source revision, written into a component and read out again
//! - [`materials`]: what it is made of, as a CycloneDX bill of materials bound to the file's digest
//! - [`layout`]: an OCI layout in the form that the CNCF gives for Wasm artifacts
//! - [`image`]: a container image of a command, as an OCI layout

pub mod command;
pub mod image;
pub mod layout;
pub mod materials;
mod oci;
mod root_files;
pub mod stamp;

use sha2::{Digest, Sha256};

/// Returns the SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
