//! The audit trail as the operator reads it: nothing unless asked for, else one line a request on
//! standard error or in a file.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::ValueEnum;
use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, fmt};

use super::CliError;
use crate::report::{open_private_log, outcome_word, plain};
use connector_gateway::AUDIT_TARGET;
use connector_host::tenants::{TenantEnd, TenantOutcome};
use connector_sync::output::CleanWriter;

/// A layer of the subscriber.
pub(super) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The options of the log.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Logs and traces")]
pub(super) struct LogArgs {
    /// Write a line for each request (tenant, scope, endpoint, outcome, status, bytes, milliseconds; no key, body, query or name) at the end of a file that its owner alone can read, or with - to standard error [default: none]
    #[arg(long, value_name = "FILE|-")]
    log: Option<LogDestination>,
    /// Format of the log
    #[arg(long, value_enum, default_value_t = LogFormat::Text, requires = "log")]
    log_format: LogFormat,
}

#[derive(Clone, Debug)]
enum LogDestination {
    Stderr,
    File(PathBuf),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// Time, level, and name=value
    Text,
    /// One JSON object a line
    Json,
}

impl FromStr for LogDestination {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "-" => Self::Stderr,
            path => Self::File(path.into()),
        })
    }
}

/// True if the log goes to standard error, where it also determines the format of errors.
static IS_STDERR: AtomicBool = AtomicBool::new(false);
/// True if the log goes to standard error as JSON, which no other text may interrupt.
static IS_JSON_STDERR: AtomicBool = AtomicBool::new(false);

/// Writes the error that ends the command to the log, and returns whether that is standard error.
pub(super) fn record_error(error: &CliError) -> bool {
    let (code, message) = (error.exit_code(), plain(&error.to_string()));
    let detail = match error {
        CliError::Failed { detail, .. } => detail.as_deref().map(plain),
        CliError::Usage(_) | CliError::Interrupted(_) => None,
    };
    tracing::error!(target: AUDIT_TARGET, code, detail, "{message}");
    IS_STDERR.load(Relaxed)
}

/// Writes a message for people to the log if that goes to standard error as JSON, and returns whether
/// it does.
pub(super) fn record_message(text: &str) -> bool {
    if !IS_JSON_STDERR.load(Relaxed) {
        return false;
    }
    let text = anstream::adapter::strip_str(text).to_string();
    match text.trim().split_once(": ") {
        Some(("warning", rest)) => tracing::warn!(target: AUDIT_TARGET, "{rest}"),
        Some(("note", rest)) => tracing::info!(target: AUDIT_TARGET, "{rest}"),
        _ => tracing::info!(target: AUDIT_TARGET, "{}", text.trim()),
    }
    true
}

/// Writes the end of a tenant's sync to the log, and returns whether that is standard error.
pub(super) fn record_tenant_end(end: &TenantEnd) -> bool {
    let tenant = end.name.as_str();
    let (outcome, seconds) = (outcome_word(&end.outcome), end.time.as_secs_f64());
    match &end.outcome {
        TenantOutcome::Failed(reason) => {
            let error = plain(reason);
            tracing::error!(target: AUDIT_TARGET, tenant, outcome, seconds, error, "tenant");
        }
        TenantOutcome::Complete(_) | TenantOutcome::Incomplete(_) => {
            tracing::info!(target: AUDIT_TARGET, tenant, outcome, seconds, "tenant");
        }
    }
    IS_STDERR.load(Relaxed)
}

impl LogArgs {
    /// Returns the file, where the trail goes to one.
    pub(super) fn log_file(&self) -> Option<&Path> {
        match &self.log {
            Some(LogDestination::File(path)) => Some(path),
            Some(LogDestination::Stderr) | None => None,
        }
    }

    /// Starts the trail, for the rest of the process.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(super) fn start(&self) -> Result<(), CliError> {
        self.start_with(None)
    }

    /// Starts the audit trail and another layer, for the rest of the process.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written to.
    pub(super) fn start_with(&self, other: Option<BoxedLayer>) -> Result<(), CliError> {
        let layers: Vec<_> = self.build_log_layer()?.into_iter().chain(other).collect();
        if layers.is_empty() {
            return Ok(());
        }
        let subscriber = Registry::default().with(layers);
        let set = tracing::subscriber::set_global_default(subscriber);
        let is_stderr = matches!(self.log, Some(LogDestination::Stderr));
        IS_STDERR.store(is_stderr, Relaxed);
        let is_json = matches!(self.log_format, LogFormat::Json);
        IS_JSON_STDERR.store(is_stderr && is_json, Relaxed);
        set.map_err(|e| CliError::for_error(e.to_string()))
    }

    /// Builds the layer that writes the audit trail; `None` without `--log`.
    fn build_log_layer(&self) -> Result<Option<BoxedLayer>, CliError> {
        let layer = match &self.log {
            None => return Ok(None),
            Some(LogDestination::Stderr) => self.log_layer(|| CleanWriter::text(io::stderr())),
            Some(LogDestination::File(path)) => {
                let file = open_private_log(path);
                let file = file.map_err(|e| CliError::Usage(format!("--log: {e}")))?;
                self.log_layer(Mutex::new(file))
            }
        };
        // Ours alone: a library's lines could hold what must not be logged.
        let ours = Targets::new().with_target(AUDIT_TARGET, tracing::Level::INFO);
        Ok(Some(layer.with_filter(ours).boxed()))
    }

    fn log_layer<S, W>(&self, writer: W) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        let lines = fmt::layer().with_writer(writer).with_ansi(false);
        match self.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        }
    }
}
