//! `runs`: the syncs in a database, and holds on them.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::kept;
use super::output::{print_note, print_text, print_to};
use super::{CliError, Exit};
use crate::report::{Table, plain, terminal_width};
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
    /// Format of the list
    #[arg(long, value_enum, default_value_t = RunsFormat::Table)]
    format: RunsFormat,
}

/// The output formats of the list.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RunsFormat {
    /// People.
    Table,
    /// Programs: one object a line.
    Ndjson,
}

pub(super) fn run(args: &RunsArgs) -> Result<Exit, CliError> {
    for (name, held) in [(&args.hold, true), (&args.release, false)] {
        if let Some(name) = name {
            return set_hold(args, name, held);
        }
    }
    let runs = kept::open(&args.file)?.list_runs()?;
    match args.format {
        RunsFormat::Table => print_text(&run_table(&runs).to_string())?,
        RunsFormat::Ndjson => print_to(|out| {
            for run in &runs {
                serde_json::to_writer(&mut *out, &run_record(run))?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?,
    }
    Ok(Exit::Done)
}

fn set_hold(args: &RunsArgs, name: &RunName, held: bool) -> Result<Exit, CliError> {
    let run = kept::pick_run(&Store::open_to_read(&args.file)?, &args.file, Some(name))?;
    Store::open(&args.file)?.hold_run(run, held)?;
    let number = run.0;
    print_note(&if held {
        format!("note: sync {number} is on hold: it stays until it is released\n")
    } else {
        format!("note: sync {number} is no longer on hold\n")
    });
    Ok(Exit::Done)
}

fn run_table(runs: &[RunEntry]) -> Table {
    let header = [
        "Sync",
        "began",
        "tenant",
        "outcome",
        "resources",
        "grants",
        "changes",
        "held",
    ];
    let mut table = Table::new(header).within_width(terminal_width());
    for run in runs {
        let count = |count: Option<i64>| count.map(|n| n.to_string()).unwrap_or_default();
        table.add_row([
            run.run.0.to_string(),
            plain(&run.started_at),
            match run.tenant {
                Some(_) => plain(&run.tenant_name),
                None => "not known".to_owned(),
            },
            run_outcome(run),
            count(run.resources),
            count(run.grants),
            count(run.changes),
            if run.held { "held" } else { "" }.to_owned(),
        ]);
    }
    table
}

/// Returns the outcome of a run as text, with the run that parts of it were carried over from.
fn run_outcome(run: &RunEntry) -> String {
    let end = run_end(run);
    match run.since_last.as_ref().and_then(SinceLast::reliance) {
        Some(reliance) => format!("{end}, in part carried over from {}", plain(&reliance.from)),
        None => end,
    }
}

fn run_end(run: &RunEntry) -> String {
    match (run.complete, &run.failure) {
        (Some(true), _) => "complete".to_owned(),
        (Some(false), _) => "not complete".to_owned(),
        (None, Some(failure)) => format!("failed: {}", plain(failure)),
        (None, None) => "no end: under way or interrupted".to_owned(),
    }
}

fn run_record(run: &RunEntry) -> serde_json::Value {
    json!({"run": {
        "run": run.run.0,
        "state": run.state,
        "tenant": run.tenant,
        "tenant_name": run.tenant_name,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "complete": run.complete,
        "resources": run.resources,
        "grants": run.grants,
        "changes": run.changes,
        "held": run.held,
        "failure": run.failure,
        "since_last": run.since_last,
    }})
}
