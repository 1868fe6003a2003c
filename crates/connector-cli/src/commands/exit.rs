//! How the command ends.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use thiserror::Error;

use super::log;
use super::output::tell;
use crate::report::{plain, styled};
use connector_types::Summary;

/// A way to end that is not an error of the command itself.
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
    /// The end of a sync.
    pub(super) fn of(summary: &Summary) -> Self {
        match summary.complete {
            true => Self::Done,
            false => Self::Incomplete,
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

/// Why the command did not do what it was asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CliError {
    /// 1: it failed; `detail` is for a log.
    #[error("{message}")]
    Failed {
        /// What to do about it.
        message: String,
        /// What happened in technical words.
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
    /// A failure that needs no further detail.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
            detail: None,
        }
    }

    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Failed { .. } => 1,
            Self::Usage(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

/// Writes an error of a subcommand to the log and to standard error, and returns its exit code.
pub(super) fn fail(error: &CliError, subcommand: &str) -> ExitCode {
    if log::record_error(error) {
        return ExitCode::from(error.code());
    }
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let word = match error {
        CliError::Interrupted(_) => "stopped",
        CliError::Failed { .. } | CliError::Usage(_) => "error",
    };
    let bold = Style::new().bold();
    let mut text = format!("{}: {}\n", styled(red, word), clean(&error.to_string()));
    if let CliError::Failed {
        detail: Some(detail),
        ..
    } = error
        && !detail.is_empty()
    {
        text.push_str(&format!("{}: {}\n", styled(bold, "note"), plain(detail)));
    }
    if let CliError::Usage(_) = error {
        let help = format!("see `connector-host {subcommand} --help`");
        text.push_str(&format!("{}: {help}\n", styled(bold, "help")));
    }
    tell(&text);
    ExitCode::from(error.code())
}

/// Our own messages have lines; what is in them is cleaned line by line.
fn clean(message: &str) -> String {
    message.lines().map(plain).collect::<Vec<_>>().join("\n")
}
