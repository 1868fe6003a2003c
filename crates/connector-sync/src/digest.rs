//! The digest of a sync: equal for two syncs with equal records.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::close::SortedRecords;
use connector_types::{Grant, Scope, append_grant_json, hexadecimal};

/// Returns the SHA-256 of everything that was read and of how each scope ended, in hexadecimal. When it was
/// read, by how many requests, and in which order, makes no difference.
pub(super) fn digest(closed: &SortedRecords, scopes: &[Scope]) -> String {
    let mut digest = SyncDigest::default();
    digest.add_list(&closed.resources);
    digest.add_list(&closed.entitlements);
    closed
        .grants
        .iter()
        .for_each(|grant| digest.add_grant(grant));
    digest.end_list();
    digest.finish(scopes)
}

/// The digest of a sync whose records come one at a time: resources, entitlements and grants, each
/// kind as one list.
#[derive(Debug, Default)]
pub struct SyncDigest {
    hash: Sha256,
    /// Bytes that are not in the hash yet.
    pending: Vec<u8>,
    /// Records of the present list.
    records: u64,
}

/// The number of bytes that are hashed at once.
const HASHED_AT_ONCE: usize = 1 << 16;

impl SyncDigest {
    fn add_list(&mut self, records: &[impl Serialize]) {
        for record in records {
            self.add(record);
        }
        self.end_list();
    }

    /// Adds a record to the list.
    pub fn add(&mut self, record: &impl Serialize) {
        self.begin_record();
        // Records are made of texts and numbers, and a vector takes every byte: writing does not fail.
        let _ = serde_json::to_writer(&mut self.pending, record);
    }

    /// Adds a grant to the list, faster than [`add`](Self::add) does.
    pub fn add_grant(&mut self, grant: &Grant) {
        self.begin_record();
        append_grant_json(&mut self.pending, grant);
    }

    fn begin_record(&mut self) {
        self.write(if self.records == 0 { b"[" } else { b"," });
        self.records += 1;
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
            let _ = serde_json::to_writer(&mut self.pending, &(scope.identity(), scope.outcome));
            self.write(b"\n");
        }
        self.hash.update(&self.pending);
        hexadecimal(&self.hash.finalize())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= HASHED_AT_ONCE {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }
}
