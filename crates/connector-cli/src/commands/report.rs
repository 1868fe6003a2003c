//! `report`: a stored sync as one page for a browser.

use std::path::Path;

use super::accept::{AcceptArgs, apply_accept_list};
use super::output::{print_note, unless_reader_left};
use super::outputs::claim_output_of;
use super::stored_sync::StoredSyncArgs;
use super::{CliError, Exit};
use crate::report::{Destination, Review, write_page};
use connector_review::ReviewError;
use connector_review::diff::{Diff, DiffOptions, compare_runs};
use connector_review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_store::{RunId, Store};

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// Output file of the page, readable by its owner alone, or - for standard output
    #[arg(short, long, value_name = "FILE|-")]
    output: Destination,
    #[command(flatten)]
    accept: AcceptArgs,
}

pub(super) fn run(args: &ReportArgs) -> Result<Exit, CliError> {
    let accepted = args.accept.accept.as_deref();
    claim_output_of(&args.stored.file, accepted, &args.output)?;
    let (store, run) = args.stored.open()?;
    write(&store, run, &args.output, accepted)?;
    if let Destination::File(path) = &args.output {
        print_note(&format!("{}: open it in a browser\n", path.display()));
    }
    Ok(Exit::Done)
}

/// Writes the page of a sync; `accepted` is an accept list.
pub(super) fn write(
    store: &Store,
    run: RunId,
    output: &Destination,
    accepted: Option<&Path>,
) -> Result<(), CliError> {
    let output = output.open();
    let output = output.map_err(|e| CliError::Usage(e.to_string()))?;
    let page = render_report(store, run, accepted)?;
    unless_reader_left(output.write(|out| out.write_all(&page)))
}

/// Returns the page of a sync; `accepted` is an accept list.
pub(super) fn render_report(
    store: &Store,
    run: RunId,
    accepted: Option<&Path>,
) -> Result<Vec<u8>, CliError> {
    let mut synced = store.load(run)?;
    let former = store.former_names(run)?;
    former.apply(&mut synced.resources);
    let rules: Vec<_> = RULES.iter().collect();
    let mut findings = evaluate_rules(store, run, &rules, &RuleLimits::default())?;
    apply_accept_list(accepted, &mut findings)?;
    let review = Review {
        synced: &synced,
        former: &former,
        findings: Some(findings),
        changes: changes_since_previous(store, run)?,
    };
    let mut page = Vec::new();
    let written = write_page(&review, &mut page);
    written.map_err(|e| CliError::for_error(format!("the page could not be made: {e}")))?;
    Ok(page)
}

/// Returns the differences from the previous sync of the same tenant, if the store has one that the
/// same connector read.
fn changes_since_previous(store: &Store, run: RunId) -> Result<Option<Diff>, ReviewError> {
    let runs = store.runs()?;
    let tenant = runs
        .iter()
        .find(|one| one.run == run)
        .map(|one| &one.tenant);
    let before = runs
        .iter()
        .find(|one| one.run < run && Some(&one.tenant) == tenant);
    let Some(before) = before else {
        return Ok(None);
    };
    match compare_runs((store, before.run), (store, run), &DiffOptions::default()) {
        Ok(diff) => Ok(Some(diff)),
        Err(ReviewError::Unfit(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
