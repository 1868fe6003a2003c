//! `explain`: why a principal has an entitlement.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::output::{OutputFormat, print_json, print_text};
use super::provenance::{Provenance, StoredSync};
use super::stored_sync::StoredSyncArgs;
use super::{CliError, Exit, record};
use crate::report::plain;
use connector_host::recording::{FieldLocation, Recording, locate_fields};
use connector_review::explain::{AccessPath, Explanation, PathStep, explain_access};
use connector_review::{EvidenceOrigin, find_principal, find_resource};
use connector_types::counted;

/// Options of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// The resource, the entitlement on it, and the principal that has it: each by its id, type:id,
    /// slug, e-mail or name
    #[arg(long, num_args = 3, required = true, value_names = ["RESOURCE", "ENTITLEMENT", "PRINCIPAL"])]
    grant: Vec<String>,
    /// Name the fields of this recording's answers in which it stands: what `sync --record` wrote
    /// beside the same sync
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, CliError> {
    let [resource, entitlement, principal] = args.grant.as_slice() else {
        let text = "--grant takes RESOURCE ENTITLEMENT PRINCIPAL";
        return Err(CliError::Usage(text.to_owned()));
    };
    let (store, run) = args.stored.open()?;
    let sync = StoredSync::read(&store, run)?;
    let on = find_resource(&store, run, resource)?;
    let principal = find_principal(&store, run, principal)?;
    let found = explain_access(&store, run, &on.id, entitlement, &principal.id)?;
    let recording = args.recording.as_deref();
    let recording = recording.map(|path| read(path, &sync)).transpose()?;
    let fields = recording.map_or_else(Vec::new, |one| located_fields(&found, &one));
    match args.format {
        OutputFormat::Json => print_json(&ExplanationView {
            run: &sync,
            explanation: &found,
            fields: &fields,
        })?,
        OutputFormat::Text => {
            let heading = Provenance::of_sync(&sync).heading;
            print_text(&format!("{heading}\n\n{}", in_words(&found, &fields)))?;
        }
    }
    Ok(Exit::Done)
}

/// An explanation, and where in a recording its steps stand.
#[derive(Serialize)]
struct ExplanationView<'a> {
    run: &'a StoredSync,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// For each access path and each of its steps; absent without a recording.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [Vec<Vec<FieldLocation>>],
}

/// Reads the recording of a sync.
fn read(path: &Path, sync: &StoredSync) -> Result<Recording, CliError> {
    let recording = record::open(path)?;
    match &recording.started_at {
        Some(recorded) if recorded == sync.started_at() => Ok(recording),
        _ => Err(CliError::Usage(format!(
            "{}: it is not the recording of {sync}: name the one that was made beside it",
            path.display(),
        ))),
    }
}

fn located_fields(found: &Explanation, recording: &Recording) -> Vec<Vec<Vec<FieldLocation>>> {
    let of_step = |step: &PathStep| match &step.origin {
        Some(origin) if origin.stated => {
            let (on, to) = (&step.resource.id.id, &step.principal.id.id);
            locate_fields(recording, &origin.requests, on, to)
        }
        _ => Vec::new(),
    };
    let of_path = |path: &AccessPath| path.steps.iter().map(of_step).collect();
    found.paths.iter().map(of_path).collect()
}

fn in_words(found: &Explanation, fields: &[Vec<Vec<FieldLocation>>]) -> String {
    let principal = plain(&found.principal.to_string());
    let entitlement = format!(
        "{} on {}",
        plain(&found.entitlement),
        plain(&found.resource.to_string())
    );
    if found.paths.is_empty() {
        return format!(
            "{principal} does not have {entitlement}, as far as this sync knows.\n{}",
            missing_evidence(found)
        );
    }
    let mut text = format!("{principal} holds {entitlement}:\n");
    for (number, path) in (1_usize..).zip(&found.paths) {
        let _ = writeln!(text, "\n  Access path {number}");
        let mut locations = fields.get(number - 1).into_iter().flatten();
        for step in &path.steps {
            text.push_str(&in_a_line(step));
            match locations.next().map(Vec::as_slice) {
                None => {}
                Some([]) => text.push_str("      in no answer of the recording\n"),
                Some(found) => text.extend(found.iter().map(field_text)),
            }
        }
        if path.through_everyone {
            text.push_str("    everyone: every account of the tenant is among them\n");
        }
        if path.more_steps > 0 {
            let _ = writeln!(text, "    … {}", counted(path.more_steps, "more step"));
        }
    }
    if found.has_more {
        text.push_str("\nnote: there are more access paths. The shortest ones are shown.\n");
    }
    text
}

fn missing_evidence(found: &Explanation) -> String {
    match &found.read_by {
        Some(origin) if origin.outcome == "complete" => {
            format!(
                "{} would show it, and was read whole.\n",
                plain(&origin.scope.to_string())
            )
        }
        Some(origin) => format!(
            "{} would show it, and ended {}: whether the grant exists is unknown.\n",
            plain(&origin.scope.to_string()),
            plain(&origin.outcome)
        ),
        None => {
            "No scope of this sync would show it: whether the grant exists is unknown.\n".to_owned()
        }
    }
}

fn in_a_line(step: &PathStep) -> String {
    let mut text = format!(
        "    {} holds {} on {}\n",
        plain(&step.principal.to_string()),
        plain(&step.entitlement),
        plain(&step.resource.to_string())
    );
    if let Some(rule) = &step.implied_by {
        let _ = writeln!(text, "      by a rule: {}", plain(rule));
    }
    if let Some(origin) = &step.origin {
        let _ = writeln!(text, "      read by {}", source_text(origin));
    }
    text
}

fn field_text(place: &FieldLocation) -> String {
    format!(
        "      in the answer on line {} of the recording, GET {}: {}\n",
        place.line,
        plain(&place.request),
        plain(&place.pointer)
    )
}

fn source_text(origin: &EvidenceOrigin) -> String {
    let mut text = plain(&origin.scope.to_string());
    if let Some(page) = origin.page {
        let _ = write!(text, ", page {page}");
    }
    for request in &origin.requests {
        let _ = write!(text, ", GET {}", plain(request));
    }
    if let Some(read_at) = &origin.read_at {
        let _ = write!(text, ", carried over from the sync of {}", plain(read_at));
    }
    text
}
