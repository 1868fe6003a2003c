//! `report`: a kept sync as one page for a browser.

use super::kept::KeptArgs;
use super::output::{tell, unless_reader_left};
use super::{CliError, Exit};
use crate::report::{Destination, Review, write_page};

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    kept: KeptArgs,
    /// Where the page goes: a file that its owner alone can read, or - for standard output
    #[arg(short, long, value_name = "FILE|-")]
    output: Destination,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let (store, run) = args.kept.open()?;
    let output = args.output.open();
    let output = output.map_err(|e| CliError::Usage(e.to_string()))?;
    let synced = store.load(run)?;
    let review = Review { synced: &synced };
    let written = output.write(|mut out| write_page(&review, &mut out));
    unless_reader_left(written)?;
    if let Destination::File(path) = &args.output {
        tell(&format!("{}: open it in a browser\n", path.display()));
    }
    Ok(Exit::Done)
}
