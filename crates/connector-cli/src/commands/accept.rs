//! `--accept`: findings that an operator accepts.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::CliError;
use super::component::MAX_FILE;
use super::output::print_note;
use crate::report::plain;
use connector_host::parse_accept_list;
use connector_review::findings::{AcceptNote, Findings};
use connector_types::bounded::read_text;

/// Which findings are accepted.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct AcceptArgs {
    /// Accept the findings that a TOML file lists, each with a reason and a last day
    #[arg(long, value_name = "FILE")]
    pub(super) accept: Option<PathBuf>,
}

/// Marks the findings that the accept list of a file accepts today. Prints a note for each entry that
/// needs attention, and returns these notes.
pub(super) fn apply_accept_list(
    path: Option<&Path>,
    findings: &mut Findings,
) -> Result<Vec<AcceptNote>, CliError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let fault = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let text = read_text(path, MAX_FILE).map_err(|e| fault(e.to_string()))?;
    let list = parse_accept_list(&text).map_err(|e| fault(e.to_string()))?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let notes = list.apply_list(findings, today);
    for note in &notes {
        let text = plain(&format!("{}: {note}", path.display()));
        print_note(&format!("note: {text}\n"));
    }
    Ok(notes)
}
