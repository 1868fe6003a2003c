//! `conformance`: whether a component keeps the contract.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::ComponentArgs;
use super::output::{print_json, print_text};
use super::{CliError, Exit, component, record};
use crate::report::{describe_verdict, junit_report};
use connector_conformance::{self as conformance, Answers};

/// Options of `conformance`.
#[derive(Debug, clap::Args)]
pub(super) struct ConformanceArgs {
    #[command(flatten)]
    component: ComponentArgs,
    /// Answers of the connector's provider: a recording of `sync --record`. Without one, what needs answers is not checked
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ConformanceFormat::Text)]
    format: ConformanceFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConformanceFormat {
    /// People.
    Text,
    /// Programs.
    Json,
    /// Build servers.
    Junit,
}

pub(super) async fn run(args: ConformanceArgs) -> Result<Exit, CliError> {
    let connector = component::load(&args.component).await?;
    let answers = args.recording.as_deref().map(read_answers).transpose()?;
    let verdict = conformance::run(&connector, answers).await;
    match args.format {
        ConformanceFormat::Text => print_text(&describe_verdict(&verdict))?,
        ConformanceFormat::Json => print_json(&verdict)?,
        ConformanceFormat::Junit => print_text(&junit_report(&verdict))?,
    }
    if verdict.has_passed() {
        Ok(Exit::Done)
    } else {
        Err(CliError::for_error(
            "the component does not fulfill the contract",
        ))
    }
}

fn read_answers(path: &Path) -> Result<Answers, CliError> {
    Ok(record::open(path)?.into())
}
