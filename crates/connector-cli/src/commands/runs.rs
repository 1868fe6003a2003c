//! `runs`: the syncs in a database, and holds on them.

use std::path::PathBuf;

use super::output::print_note;
use super::provenance::Provenance;
use super::rows::{FormatArgs, Report, TableRow, table};
use super::stored_sync;
use super::{CliError, Exit};
use connector_review::{MissingScope, SharedNames};
use connector_store::{RunEntry, RunName, Store};
use connector_types::SinceLast;

/// Options of `runs`.
#[derive(Debug, clap::Args)]
pub(super) struct RunsArgs {
    /// The database of `sync --db`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Retain this sync, regardless of --keep: a number, a date or time, latest, previous or
    /// last-complete
    #[arg(long, value_name = "RUN", conflicts_with = "release")]
    hold: Option<RunName>,
    /// Let --keep decide again whether this sync stays
    #[arg(long, value_name = "RUN")]
    release: Option<RunName>,
    #[command(flatten)]
    format: FormatArgs,
}

pub(super) fn run(args: &RunsArgs) -> Result<Exit, CliError> {
    for (name, on_hold) in [(&args.hold, true), (&args.release, false)] {
        if let Some(name) = name {
            return set_hold(args, name, on_hold);
        }
    }
    let runs = stored_sync::open(&args.file)?.list_runs()?;
    let report = Report {
        header: &[],
        provenance: Provenance {
            heading: format!("No sync is stored in {}.", args.file.display()),
            ..Provenance::default()
        },
        names: SharedNames::default(),
        rows: &runs,
        gaps: ("unread", &[] as &[MissingScope]),
    };
    report.write_or(&args.format, || table(&runs, &report.names).to_string())?;
    Ok(Exit::Done)
}

fn set_hold(args: &RunsArgs, name: &RunName, on_hold: bool) -> Result<Exit, CliError> {
    let run = stored_sync::select_run(&Store::open_to_read(&args.file)?, &args.file, Some(name))?;
    Store::open(&args.file)?.hold_run(run, on_hold)?;
    let number = run.0;
    print_note(&if on_hold {
        format!("note: sync {number} is on hold: it stays until it is released\n")
    } else {
        format!("note: sync {number} is no longer on hold\n")
    });
    Ok(Exit::Done)
}

impl TableRow for RunEntry {
    const NAME: &'static str = "run";
    const TABLE: &'static [&'static str] = &[
        "Sync",
        "began",
        "tenant",
        "outcome",
        "resources",
        "grants",
        "changes",
        "on hold",
    ];
    const CSV: &'static [&'static str] = &[
        "run",
        "state",
        "tenant_type",
        "tenant_id",
        "tenant_name",
        "started_at",
        "ended_at",
        "complete",
        "carried_from",
        "resources",
        "grants",
        "changes",
        "on_hold",
        "failure",
    ];

    fn table_cells(&self, _names: &SharedNames) -> Vec<String> {
        vec![
            self.run.0.to_string(),
            self.started_at.clone(),
            match self.tenant {
                Some(_) => self.tenant_name.clone(),
                None => "not known".to_owned(),
            },
            run_outcome(self),
            optional_cell(self.resources),
            optional_cell(self.grants),
            optional_cell(self.changes),
            if self.on_hold { "on hold" } else { "" }.to_owned(),
        ]
    }

    fn record_fields(&self, _names: &SharedNames) -> Vec<String> {
        vec![
            self.run.0.to_string(),
            self.state.clone(),
            optional_cell(self.tenant.as_ref().map(|tenant| &tenant.resource_type)),
            optional_cell(self.tenant.as_ref().map(|tenant| &tenant.id)),
            self.tenant_name.clone(),
            self.started_at.clone(),
            optional_cell(self.ended_at.as_ref()),
            optional_cell(self.complete),
            optional_cell(carried_from(self)),
            optional_cell(self.resources),
            optional_cell(self.grants),
            optional_cell(self.changes),
            self.on_hold.to_string(),
            optional_cell(self.failure.as_ref()),
        ]
    }
}

fn optional_cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Returns the start of the sync that parts of a run were carried over from.
fn carried_from(run: &RunEntry) -> Option<&str> {
    let reliance = run.since_last.as_ref().and_then(SinceLast::reliance);
    reliance.map(|reliance| &*reliance.from)
}

/// Returns the outcome of a run as text, with the run that parts of it were carried over from.
fn run_outcome(run: &RunEntry) -> String {
    let end = match (run.complete, &run.failure) {
        (Some(true), _) => "complete".to_owned(),
        (Some(false), _) => "not complete".to_owned(),
        (None, Some(failure)) => format!("failed: {failure}"),
        (None, None) => "no end: under way or interrupted".to_owned(),
    };
    match carried_from(run) {
        Some(from) => format!("{end}, in part carried over from {from}"),
        None => end,
    }
}
