//! The replacement of `--traces` in a command that is built without the feature `traces`: no option.

use super::CliError;
use super::log::LogArgs;

/// No collector.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TraceArgs {}

/// No traces.
pub(super) struct TraceExport;

impl TraceArgs {
    /// Starts the log.
    ///
    /// # Errors
    /// Returns an error if the log's file cannot be written to.
    pub(super) fn start(&self, log: &LogArgs) -> Result<TraceExport, CliError> {
        log.start_with(None).map(|()| TraceExport)
    }
}

impl TraceExport {
    /// Does nothing.
    pub(super) async fn finish(self) {}
}
