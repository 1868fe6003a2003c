//! The lines of NDJSON that the contract's README gives.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::records::Record;
use crate::sync::Synced;

/// Writes a sync: the run, then every kind in its order, then the summary.
///
/// # Errors
/// Writing failed.
pub fn write_ndjson(synced: &Synced, out: &mut impl Write) -> io::Result<()> {
    line(out, &Record::Run(Cow::Borrowed(&synced.run)))?;
    for resource in &synced.resources {
        line(out, &Record::Resource(Cow::Borrowed(resource)))?;
    }
    for entitlement in &synced.entitlements {
        line(out, &Record::Entitlement(Cow::Borrowed(entitlement)))?;
    }
    for grant in &synced.grants {
        line(out, &Record::Grant(Cow::Borrowed(grant)))?;
    }
    for notice in &synced.notices {
        line(out, &Record::Notice(Cow::Borrowed(notice)))?;
    }
    for scope in &synced.scopes {
        line(out, &Record::Scope(Cow::Borrowed(scope)))?;
    }
    line(out, &Record::Summary(Cow::Borrowed(&synced.summary)))?;
    out.flush()
}

fn line(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}
