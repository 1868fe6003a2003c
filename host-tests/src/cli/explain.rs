//! `explain`: why somebody has a right.

use std::fmt::Write;

use super::kept::KeptArgs;
use super::output::{Format, print, print_json};
use super::{CliError, Exit};
use crate::records::ResourceId;
use crate::report::plain;
use crate::review::Origin;
use crate::review::explain::{Explanation, Step, explain};

/// Options of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    kept: KeptArgs,
    /// What the right is on, the right, and who has it: TYPE:ID SLUG TYPE:ID
    #[arg(long, num_args = 3, required = true, value_names = ["RESOURCE", "ENTITLEMENT", "PRINCIPAL"])]
    grant: Vec<String>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let [resource, entitlement, principal] = args.grant.as_slice() else {
        let text = "--grant takes RESOURCE ENTITLEMENT PRINCIPAL";
        return Err(CliError::Usage(text.to_owned()));
    };
    let (resource, principal) = (id(resource)?, id(principal)?);
    let (store, run) = args.kept.open()?;
    let found = explain(&store, run, &resource, entitlement, &principal)?;
    match args.format {
        Format::Json => print_json(&found)?,
        Format::Text => print(&in_words(&found))?,
    }
    Ok(Exit::Done)
}

/// Reads `type:id`; an id may have colons of its own.
fn id(text: &str) -> Result<ResourceId, CliError> {
    let (resource_type, id) = text.split_once(':').ok_or_else(|| {
        let text = format!("{text:?} is no TYPE:ID, such as user:12345678");
        CliError::Usage(text)
    })?;
    Ok(ResourceId {
        resource_type: resource_type.to_owned(),
        id: id.to_owned(),
    })
}

fn in_words(found: &Explanation) -> String {
    let holder = plain(&found.principal.to_string());
    let right = format!(
        "{} on {}",
        plain(&found.entitlement),
        plain(&found.resource.to_string())
    );
    if found.ways.is_empty() {
        return format!(
            "{holder} does not hold {right}, as far as this sync knows.\n{}",
            doubt(found)
        );
    }
    let mut text = format!("{holder} holds {right}:\n");
    for (number, way) in (1..).zip(&found.ways) {
        let _ = writeln!(text, "\n  Way {number}");
        for step in &way.steps {
            text.push_str(&in_a_line(step));
        }
        if way.through_everyone {
            text.push_str("    everyone: every account of the tenant is among them\n");
        }
    }
    text
}

fn doubt(found: &Explanation) -> String {
    match &found.read_by {
        Some(origin) if origin.outcome == "complete" => {
            format!(
                "{} would show it, and was read whole.\n",
                plain(&origin.scope.to_string())
            )
        }
        Some(origin) => format!(
            "{} would show it, and ended {}: whether it is held cannot be told.\n",
            plain(&origin.scope.to_string()),
            plain(&origin.outcome)
        ),
        None => {
            "No scope of this sync would show it: whether it is held cannot be told.\n".to_owned()
        }
    }
}

fn in_a_line(step: &Step) -> String {
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
        let _ = writeln!(text, "      read by {}", source(origin));
    }
    text
}

fn source(origin: &Origin) -> String {
    let mut text = plain(&origin.scope.to_string());
    if let Some(page) = origin.page {
        let _ = write!(text, ", page {page}");
    }
    for request in &origin.requests {
        let _ = write!(text, ", GET {}", plain(request));
    }
    text
}
