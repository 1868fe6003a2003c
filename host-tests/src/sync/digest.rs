//! What tells whether two syncs say the same.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::close::Closed;
use crate::records::{Scope, hexadecimal};

/// SHA-256 of everything that was read and of how each scope ended, in hexadecimal. When it was
/// read, by how many requests, and in which order, makes no difference.
pub(super) fn digest(closed: &Closed, scopes: &[Scope]) -> String {
    let mut hash = Sha256::new();
    add(&mut hash, &closed.resources);
    add(&mut hash, &closed.entitlements);
    add(&mut hash, &closed.grants);
    for scope in scopes {
        add(&mut hash, &(scope.identity(), scope.outcome));
    }
    hexadecimal(&hash.finalize())
}

fn add(hash: &mut Sha256, records: &impl Serialize) {
    // Records are made of texts and numbers, so that writing them as JSON does not fail.
    if let Ok(bytes) = serde_json::to_vec(records) {
        hash.update(bytes);
    }
    hash.update(b"\n");
}
