//! The files that a command writes, compared before the first of them is opened.

use std::path::Path;

use super::CliError;
use super::args::ReadArgs;
use super::keep::KeepArgs;
use super::log::LogArgs;
use connector_sync::output::{OutputClaims, OutputConflict};

/// Claims the outputs of a sync.
///
/// # Errors
/// Returns an error that names both options and the file if two of them are one file, or one is a
/// sync database that it would replace.
pub(super) fn claim_outputs(
    log: &LogArgs,
    read: &ReadArgs,
    keep: &KeepArgs,
    record: Option<&Path>,
) -> Result<OutputClaims, CliError> {
    let mut claims = OutputClaims::default();
    if let Some(path) = &keep.db {
        claims.claim_database("--db", path)?;
    }
    if let Some(place) = &read.ndjson {
        claims.claim("--ndjson", place)?;
    }
    for (option, path) in [
        ("--report", keep.report.as_deref()),
        ("--record", record),
        ("--log", log.file()),
    ] {
        if let Some(path) = path {
            claims.claim_file(option, path)?;
        }
    }
    Ok(claims)
}

impl From<OutputConflict> for CliError {
    fn from(conflict: OutputConflict) -> Self {
        Self::Usage(conflict.to_string())
    }
}
