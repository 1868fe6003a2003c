//! `export`: a stored sync in a format that other programs import.

use clap::ValueEnum;

use super::output::{print_note, unless_reader_left};
use super::outputs::claim_output_of;
use super::provenance::{Provenance, StoredSync};
use super::stored_sync::StoredSyncArgs;
use super::{CliError, Exit};
use crate::report::Destination;
use connector_review::export::ExportShape;

/// Options of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    stored: StoredSyncArgs,
    /// Format of the output
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    shape: ShapeArg,
    /// Output file, readable by its owner alone, or - for standard output
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: Destination,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShapeArg {
    /// The output of `baton resources`, `baton entitlements` and `baton grants` with -o json, under
    /// one key each
    Baton,
    /// SCIM 2.0: a list response of users and groups
    Scim,
    /// An application of Veza's Open Authorization API
    Oaa,
}

impl From<ShapeArg> for ExportShape {
    fn from(arg: ShapeArg) -> Self {
        match arg {
            ShapeArg::Baton => Self::Baton,
            ShapeArg::Scim => Self::Scim,
            ShapeArg::Oaa => Self::Oaa,
        }
    }
}

pub(super) fn run(args: &ExportArgs) -> Result<Exit, CliError> {
    claim_output_of(&args.stored.file, None, &args.output)?;
    let output = args.output.open();
    let output = output.map_err(|e| CliError::Usage(e.to_string()))?;
    let (store, run) = args.stored.open()?;
    let synced = store.load(run)?;
    let shape = ExportShape::from(args.shape);
    unless_reader_left(output.write(|out| shape.write(&synced, out)))?;
    let sync = StoredSync::read(&store, run)?;
    let mut note = format!("note: exported {}", Provenance::of_sync(&sync).heading);
    if !sync.is_complete() {
        note.push_str("; as the export says of the tenant, what is absent there may still exist");
    }
    print_note(&format!("{note}\n"));
    Ok(Exit::Done)
}
