//! The files that a command writes, compared before the first of them is opened.

use std::path::Path;

use super::CliError;
use super::args::{ComponentArgs, ProviderArgs, ReadArgs};
use super::log::LogArgs;
use super::storage::StorageArgs;
use connector_sync::output::{Destination, OutputClaims, OutputConflict};

/// Claims the outputs of a sync.
///
/// # Errors
/// Returns an error that names both options and the file if two of them are one file, or one is a
/// sync database that it would replace.
pub(super) fn claim_outputs(
    log: &LogArgs,
    read: &ReadArgs,
    keep: &StorageArgs,
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
        ("--log", log.log_file()),
    ] {
        if let Some(path) = path {
            claims.claim_file(option, path)?;
        }
    }
    Ok(claims)
}

/// Claims the files that a sync reads.
///
/// # Errors
/// Returns an error that names both options and the file if one of them is an output.
pub(super) fn claim_inputs(
    claims: &mut OutputClaims,
    component: &ComponentArgs,
    provider: &ProviderArgs,
) -> Result<(), CliError> {
    for (option, path) in [
        ("--component", &component.component),
        ("--approved", &component.approved),
        ("--ca-file", &provider.ca_file),
    ] {
        if let Some(path) = path {
            claims.claim_input(option, path)?;
        }
    }
    Ok(())
}

/// Claims the output of a command that reads a file, and maybe an accept list.
///
/// # Errors
/// Returns an error if it is one of them, or a sync database that it would replace.
pub(super) fn claim_output_of(
    file: &Path,
    accepted: Option<&Path>,
    output: &Destination,
) -> Result<(), CliError> {
    let mut claims = OutputClaims::default();
    claims.claim_input("FILE", file)?;
    if let Some(path) = accepted {
        claims.claim_input("--accept", path)?;
    }
    Ok(claims.claim("--output", output)?)
}

impl From<OutputConflict> for CliError {
    fn from(conflict: OutputConflict) -> Self {
        Self::Usage(conflict.to_string())
    }
}
