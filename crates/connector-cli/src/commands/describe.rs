//! `describe`: what an operator should know before giving a connector a key.

use clap::ValueEnum;

use super::args::ComponentArgs;
use super::output::{print_json, print_text};
use super::{CliError, Exit, component, settings};
use crate::report::describe;
use connector_policy::ApprovedManifest;

/// Options of `describe`.
#[derive(Debug, clap::Args)]
pub(super) struct DescribeArgs {
    #[command(flatten)]
    component: ComponentArgs,
    /// For people, for programs, or to keep for --approved
    #[arg(long, value_enum, default_value_t = DescribeFormat::Text)]
    format: DescribeFormat,
}

/// The output of `describe`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum DescribeFormat {
    /// For people
    Text,
    /// The contract's record as one JSON object; with --approved, it holds any component to what it asks for
    Json,
    /// The requests that the component may send, and its digest; with --approved, only this very
    /// component is accepted
    #[value(alias = "pin")]
    ApprovedManifest,
}

pub(super) async fn run(args: DescribeArgs) -> Result<Exit, CliError> {
    let connector = component::load(&args.component).await?;
    let descriptor = connector.descriptor();
    match args.format {
        DescribeFormat::Json => print_json(descriptor)?,
        DescribeFormat::ApprovedManifest => {
            print_json(&ApprovedManifest::of(descriptor, connector.sha256()))?
        }
        DescribeFormat::Text => {
            let variables =
                |credential: &_, form| settings::shown_variables(descriptor, credential, form);
            print_text(&describe(descriptor, connector.sha256(), variables))?;
        }
    }
    Ok(Exit::Done)
}
