//! What tells whether two syncs say the same.

use std::io::{BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::close::Closed;
use connector_types::{Scope, hexadecimal};

/// SHA-256 of everything that was read and of how each scope ended, in hexadecimal. When it was
/// read, by how many requests, and in which order, makes no difference.
pub(super) fn digest(closed: &Closed, scopes: &[Scope]) -> String {
    let mut hash = Sha256::new();
    // Records are made of texts and numbers, and a hash takes every byte: writing does not fail.
    let _ = write(BufWriter::new(&mut hash), closed, scopes);
    hexadecimal(&hash.finalize())
}

fn write(mut to: impl Write, closed: &Closed, scopes: &[Scope]) -> std::io::Result<()> {
    line(&mut to, &closed.resources)?;
    line(&mut to, &closed.entitlements)?;
    line(&mut to, &closed.grants)?;
    for scope in scopes {
        line(&mut to, &(scope.identity(), scope.outcome))?;
    }
    to.flush()
}

fn line(to: &mut impl Write, records: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *to, records)?;
    to.write_all(b"\n")
}
