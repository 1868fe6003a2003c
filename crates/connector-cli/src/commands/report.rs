//! `report`: a kept sync as one page for a browser.

use std::path::Path;

use super::accept::{AcceptArgs, accept};
use super::kept::KeptArgs;
use super::output::{tell, unless_reader_left};
use super::outputs::claim_output_of;
use super::{CliError, Exit};
use crate::report::{Destination, Review, write_page};
use connector_review::ReviewError;
use connector_review::diff::{Diff, DiffOptions, diff};
use connector_review::findings::{RULES, RuleLimits, judge};
use connector_store::{RunId, Store};

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    kept: KeptArgs,
    /// Where the page goes: a file that its owner alone can read, or - for standard output
    #[arg(short, long, value_name = "FILE|-")]
    output: Destination,
    #[command(flatten)]
    accept: AcceptArgs,
}

pub(super) fn run(args: &ReportArgs) -> Result<Exit, CliError> {
    let accepted = args.accept.accept.as_deref();
    claim_output_of(&args.kept.file, accepted, &args.output)?;
    let (store, run) = args.kept.open()?;
    write(&store, run, &args.output, accepted)?;
    if let Destination::File(path) = &args.output {
        tell(&format!("{}: open it in a browser\n", path.display()));
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
    let page = render(store, run, accepted)?;
    unless_reader_left(output.write(|out| out.write_all(&page)))
}

/// Returns the page of a sync; `accepted` is an accept list.
pub(super) fn render(
    store: &Store,
    run: RunId,
    accepted: Option<&Path>,
) -> Result<Vec<u8>, CliError> {
    let mut synced = store.load(run)?;
    let former = store.former_names(run)?;
    former.apply(&mut synced.resources);
    let rules: Vec<_> = RULES.iter().collect();
    let mut findings = judge(store, run, &rules, &RuleLimits::default())?;
    accept(accepted, &mut findings)?;
    let review = Review {
        synced: &synced,
        former: &former,
        findings: Some(findings),
        changes: changes(store, run)?,
    };
    let mut page = Vec::new();
    let written = write_page(&review, &mut page);
    written.map_err(|e| CliError::failed(format!("the page could not be made: {e}")))?;
    Ok(page)
}

/// What differs from the sync of the same tenant before this one, where the store has one that the
/// same connector read.
fn changes(store: &Store, run: RunId) -> Result<Option<Diff>, ReviewError> {
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
    match diff((store, before.run), (store, run), &DiffOptions::default()) {
        Ok(diff) => Ok(Some(diff)),
        Err(ReviewError::Unfit(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
