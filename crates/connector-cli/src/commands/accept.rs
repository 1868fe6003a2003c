//! `--accept`: findings that an operator accepts.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::CliError;
use super::output::tell;
use crate::report::plain;
use connector_host::parse_accept_list;
use connector_review::findings::{AcceptNote, Findings};

/// Which findings are accepted.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct AcceptArgs {
    /// Accept the findings that a TOML file lists, each with a reason and a last day
    #[arg(long, value_name = "FILE")]
    pub(super) accept: Option<PathBuf>,
}

/// Marks the findings that the accept list of a file accepts today. Tells of entries to look at, and
/// returns them.
pub(super) fn accept(
    path: Option<&Path>,
    findings: &mut Findings,
) -> Result<Vec<AcceptNote>, CliError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let fault = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let text = fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    let list = parse_accept_list(&text).map_err(|e| fault(e.to_string()))?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let notes = list.apply(findings, today);
    for note in &notes {
        let text = plain(&format!("{}: {note}", path.display()));
        tell(&format!("note: {text}\n"));
    }
    Ok(notes)
}
