//! Exports a stored sync in the formats that other programs import, everything in it or nothing.
//!
//! Reading order: `index` (a sync looked up by identity), `baton`, `scim`, `oaa` (one format each).

mod baton;
mod index;
mod oaa;
mod scim;

use std::io::{self, Write};

use connector_sync::SyncInventory;

/// A shape that others published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportShape {
    /// The output of `baton resources`, `baton entitlements` and `baton grants` with `-o json`,
    /// under one key each.
    Baton,
    /// A SCIM 2.0 list response of users and groups.
    Scim,
    /// The payload of an application of Veza's Open Authorization API.
    Oaa,
}

impl ExportShape {
    /// Writes a sync in this shape, as one JSON document.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn write(self, synced: &SyncInventory, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Baton => baton::write(synced, out)?,
            Self::Scim => scim::write(synced, out)?,
            Self::Oaa => oaa::write(synced, out)?,
        }
        out.write_all(b"\n")
    }
}
