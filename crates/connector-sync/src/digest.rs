//! The digest of a sync: equal for two syncs with equal records.

use std::io::{BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::close::Closed;
use connector_types::{Scope, hexadecimal};

/// SHA-256 of everything that was read and of how each scope ended, in hexadecimal. When it was
/// read, by how many requests, and in which order, makes no difference.
pub(super) fn digest(closed: &Closed, scopes: &[Scope]) -> String {
    let mut digest = SyncDigest::default();
    digest.add_list(&closed.resources);
    digest.add_list(&closed.entitlements);
    digest.add_list(&closed.grants);
    digest.finish(scopes)
}

/// The digest of a sync whose records come one at a time: resources, entitlements and grants, each
/// kind as one list.
#[derive(Debug)]
pub struct SyncDigest {
    hash: BufWriter<Sha256>,
    /// Records of the present list.
    records: u64,
}

impl Default for SyncDigest {
    fn default() -> Self {
        Self {
            hash: BufWriter::with_capacity(1 << 16, Sha256::new()),
            records: 0,
        }
    }
}

impl SyncDigest {
    fn add_list(&mut self, records: &[impl Serialize]) {
        for record in records {
            self.add(record);
        }
        self.end_list();
    }

    /// Adds a record to the list.
    pub fn add(&mut self, record: &impl Serialize) {
        self.write(if self.records == 0 { b"[" } else { b"," });
        self.records += 1;
        // Records are made of texts and numbers, and a hash takes every byte: writing does not fail.
        let _ = serde_json::to_writer(&mut self.hash, record);
    }

    /// Ends the list. What is added next is of the next kind.
    pub fn end_list(&mut self) {
        self.write(if self.records == 0 { b"[]\n" } else { b"]\n" });
        self.records = 0;
    }

    /// Adds the outcomes of the scopes, which are sorted by identity, and returns the digest in
    /// hexadecimal.
    pub fn finish(mut self, scopes: &[Scope]) -> String {
        for scope in scopes {
            let _ = serde_json::to_writer(&mut self.hash, &(scope.identity(), scope.outcome));
            self.write(b"\n");
        }
        let _ = self.hash.flush();
        hexadecimal(&self.hash.get_ref().clone().finalize())
    }

    fn write(&mut self, bytes: &[u8]) {
        let _ = self.hash.write_all(bytes);
    }
}
