//! `describe`: what an operator should know before giving a connector a key.

use super::args::ComponentArgs;
use super::output::{Format, print, print_json};
use super::{CliError, Exit, component, settings};
use crate::report::describe;

/// Options of `describe`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    component: ComponentArgs,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) async fn run(args: Args) -> Result<Exit, CliError> {
    let connector = component::load(&args.component).await?;
    let descriptor = connector.descriptor();
    match args.format {
        Format::Json => print_json(descriptor)?,
        Format::Text => {
            let variables =
                |credential: &_, form| settings::shown_variables(descriptor, credential, form);
            print(&describe(descriptor, connector.sha256(), variables))?;
        }
    }
    Ok(Exit::Done)
}
