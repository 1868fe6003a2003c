//! The outcomes of a command.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use thiserror::Error;

use super::log;
use super::output::print_note;
use crate::report::{plain, styled_text};
use connector_types::Summary;

/// An outcome that is not an error of the command itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; a sync is complete.
    Done,
    /// 3: a sync ended with scopes missing.
    Incomplete,
    /// 1: every one of several tenants failed, as the summary says.
    AllFailed,
    /// 4: of several tenants, some failed.
    SomeFailed,
    /// 3 as well: a review found something, and was asked to end so.
    Different,
}

impl Exit {
    /// Returns the end of a sync.
    pub(super) fn for_summary(summary: &Summary) -> Self {
        if summary.complete {
            Self::Done
        } else {
            Self::Incomplete
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Incomplete | Exit::Different => Self::from(3),
            Exit::AllFailed => Self::from(1),
            Exit::SomeFailed => Self::from(4),
        }
    }
}

/// The reason why the command did not complete its task.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CliError {
    /// 1: it failed; `detail` is for a log.
    #[error("{message}")]
    Failed {
        /// The message, with the action to take.
        message: String,
        /// The case of the call failure that it is.
        case: Option<&'static str>,
        /// The technical description of the failure.
        detail: Option<String>,
    },
    /// 2: an option, a variable or a file is wrong.
    #[error("{0}")]
    Usage(String),
    /// 130: stopped by the user.
    #[error("{0}")]
    Interrupted(String),
}

impl CliError {
    /// Returns a failure that needs no further detail.
    pub fn for_error(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
            case: None,
            detail: None,
        }
    }

    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { .. } => 1,
            Self::Usage(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

/// Writes an error of a subcommand to the log and to standard error, and returns its exit code.
pub(super) fn report_failure(error: &CliError, subcommand: &str) -> ExitCode {
    if log::record_error(error) {
        return ExitCode::from(error.exit_code());
    }
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let word = match error {
        CliError::Interrupted(_) => "stopped",
        CliError::Failed { .. } | CliError::Usage(_) => "error",
    };
    let bold = Style::new().bold();
    let mut text = format!(
        "{}: {}\n",
        styled_text(red, word),
        clean_message(&error.to_string())
    );
    if let CliError::Failed {
        detail: Some(detail),
        ..
    } = error
        && !detail.is_empty()
    {
        text.push_str(&format!(
            "{}: {}\n",
            styled_text(bold, "note"),
            plain(detail)
        ));
    }
    if let CliError::Usage(_) = error {
        let help = format!("see `connector-host {subcommand} --help`");
        text.push_str(&format!("{}: {help}\n", styled_text(bold, "help")));
    }
    print_note(&text);
    ExitCode::from(error.exit_code())
}

/// Cleans a message line by line. Lines after the first are indented, so that none which a file or provider
/// put there looks like a message of this program.
fn clean_message(message: &str) -> String {
    let lines = message.lines().map(plain);
    lines.collect::<Vec<_>>().join("\n  ")
}
