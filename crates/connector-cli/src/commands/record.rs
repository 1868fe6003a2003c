//! `sync --record`, `replay` and `sanitize`: an exchange in a file, and a sync of that file.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{ComponentArgs, ReadArgs};
use super::log::LogArgs;
use super::output::{print_note, print_text, unless_reader_left};
use super::outputs::claim_output_of;
use super::{CliError, Exit, component};
use crate::report::{Destination, plain, summarize_sync, write_ndjson};
use connector_host::TenantConfig;
use connector_host::recording::{
    RecordedOptions, Recorder, Recording, RecordingError, RecordingHeader, Replay,
    sanitize_recording,
};
use connector_runtime::Connector;
use connector_sync::output::OutputClaims;
use connector_sync::{self as sync, LowQuota, NoProgress, SyncEnd, SyncOptions};
use connector_types::Descriptor;

/// The options for recording.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct RecordArgs {
    /// Write every request and answer, without keys, into a new file that `replay` reads
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tenants", "service"])]
    record: Option<PathBuf>,
    /// Replace names, addresses and ids in the recording, for bug reports
    #[arg(long, requires = "record")]
    sanitize: bool,
}

impl RecordArgs {
    /// Returns the file to record into.
    pub(super) fn recording_file(&self) -> Option<&Path> {
        self.record.as_deref()
    }

    /// Has the tenant's exchange written down, if that is asked for.
    pub(super) fn attach_recorder(
        &self,
        connector: &Connector,
        read: &ReadArgs,
        tenant: &mut TenantConfig,
    ) -> Result<(), CliError> {
        if let Some(path) = &self.record {
            let mut head = recording_header(connector, &read.sync_options(), tenant);
            head.sanitized = self.sanitize;
            let recorder = Recorder::create_file(path, &head).map_err(|e| usage_error(path, &e))?;
            tenant.recorder = Some(Arc::new(recorder));
        }
        Ok(())
    }
}

/// Ends the recording, where there is one.
pub(super) fn finish_recording(recorder: Option<&Recorder>, end: &SyncEnd) -> Result<(), CliError> {
    let ended = recorder.map_or(Ok(()), |recorder| {
        recorder.finish_recording(&end.run.started_at)
    });
    ended.map_err(|e| CliError::for_error(format!("the recording could not be written whole: {e}")))
}

/// Returns the first line of a recording.
pub(super) fn recording_header(
    connector: &Connector,
    options: &SyncOptions,
    tenant: &TenantConfig,
) -> RecordingHeader {
    let descriptor = connector.descriptor();
    let named = |descriptor: &Descriptor| {
        let all = descriptor.credentials.iter().map(|it| it.name.clone());
        all.filter(|name| tenant.credentials.has_credential(name))
            .collect()
    };
    let include = options.include.iter().map(ToString::to_string);
    RecordingHeader {
        format: RecordingHeader::format_version(),
        connector: descriptor.name.clone(),
        version: descriptor.version.clone(),
        component_sha256: connector.sha256().to_owned(),
        manifest_sha256: descriptor.sha256(),
        base_url: tenant.base_url.to_string(),
        asked: RecordedOptions {
            include: include.collect(),
            exclude: options.exclude.iter().cloned().collect(),
            month_reserve: options.month_reserve,
            low_quota_warns: options.low_quota == LowQuota::Warn,
        },
        credentials: named(descriptor),
        paths: descriptor
            .endpoints
            .iter()
            .map(|it| it.path.clone())
            .collect(),
        places: descriptor
            .base_urls
            .iter()
            .map(|it| it.url.clone())
            .collect(),
        sanitized: false,
    }
}

/// Options of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct ReplayArgs {
    /// File that `sync --record` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Write what was read as NDJSON to a file, or with - to standard output
    #[arg(long, value_name = "FILE|-")]
    ndjson: Option<Destination>,
}

/// Runs the connector on a recording.
pub(super) async fn replay_recording(args: ReplayArgs) -> Result<Exit, CliError> {
    let mut claims = OutputClaims::default();
    claims.claim_input("FILE", &args.file)?;
    if let Some(place) = &args.ndjson {
        claims.claim("--ndjson", place)?;
    }
    if let Some(path) = args.log.log_file() {
        claims.claim_file("--log", path)?;
    }
    args.log.start()?;
    let connector = component::load(&args.component).await?;
    let recording = open(&args.file)?;
    let output = args.ndjson.as_ref().map(Destination::open).transpose();
    let output = output.map_err(|e| CliError::Usage(e.to_string()))?;
    component_remark(&recording, &connector);
    let options = recorded_options(&recording.head.asked)?;
    let (started_at, is_cut) = (recording.started_at.clone(), recording.started_at.is_none());
    let replay = Arc::new(Replay::new(&connector, recording));
    let ended = sync::run(Arc::clone(&replay), &options, Arc::new(NoProgress)).await;
    if let Some((credential, path)) = replay.missing_requests().first() {
        let why = if is_cut {
            "It was stopped or cut off before its end."
        } else {
            "The connector asks for something else than the one that was recorded."
        };
        return Err(CliError::for_error(format!(
            "{}: the recording does not have the request {path} with the credential {credential}. {why}",
            args.file.display()
        )));
    }
    let mut synced = ended?;
    if let Some(started_at) = started_at {
        synced.run.started_at = started_at;
    }
    if replay.unused_answers() > 0 {
        let text = format!(
            "note: {} recorded answers were not asked for\n",
            replay.unused_answers()
        );
        print_note(&text);
    }
    if let Some(output) = output {
        unless_reader_left(output.write(|mut out| write_ndjson(&synced, &mut out)))?;
    }
    let summary = summarize_sync(&synced, connector.descriptor());
    match &args.ndjson {
        Some(Destination::Stdout) => print_note(&summary),
        _ => print_text(&summary)?,
    }
    Ok(Exit::for_summary(&synced.summary))
}

pub(super) fn open(path: &Path) -> Result<Recording, CliError> {
    let file = File::open(path).map_err(|e| usage_error(path, &e.into()))?;
    Recording::read(BufReader::new(file)).map_err(|e| usage_error(path, &e))
}

fn component_remark(recording: &Recording, connector: &Connector) {
    let head = &recording.head;
    if head.component_sha256 != connector.sha256() {
        print_note(&format!(
            "note: it was recorded with another component, {} {} ({})\n",
            plain(&head.connector),
            plain(&head.version),
            plain(&head.component_sha256)
        ));
    }
    if recording.cut {
        print_note("note: its last line was cut off, and is left out\n");
    }
}

fn recorded_options(asked: &RecordedOptions) -> Result<SyncOptions, CliError> {
    let include: Result<_, _> = asked.include.iter().map(|name| name.parse()).collect();
    Ok(SyncOptions {
        include: include.map_err(|e: sync::UsageError| CliError::Usage(e.0))?,
        exclude: asked.exclude.iter().cloned().collect(),
        month_reserve: asked.month_reserve,
        low_quota: if asked.low_quota_warns {
            LowQuota::Warn
        } else {
            LowQuota::Refuse
        },
        ..SyncOptions::default()
    })
}

/// Options of `sanitize`.
#[derive(Debug, clap::Args)]
pub(super) struct SanitizeArgs {
    /// File that `sync --record` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Output file of the sanitized recording, or - for standard output
    #[arg(short, long, value_name = "FILE|-")]
    output: Destination,
}

/// Writes a recording again without names, addresses and ids.
pub(super) fn run_sanitize(args: &SanitizeArgs) -> Result<Exit, CliError> {
    claim_output_of(&args.file, None, &args.output)?;
    let mut clean = Vec::new();
    let file = File::open(&args.file).map_err(|e| usage_error(&args.file, &e.into()))?;
    sanitize_recording(BufReader::new(file), &mut clean)
        .map_err(|e| usage_error(&args.file, &e))?;
    let output = args
        .output
        .open()
        .map_err(|e| CliError::Usage(e.to_string()))?;
    unless_reader_left(output.write(|out| out.write_all(&clean)))?;
    Ok(Exit::Done)
}

fn usage_error(path: &Path, error: &RecordingError) -> CliError {
    let text = error.to_string();
    let shown = path.display().to_string();
    CliError::Usage(if text.contains(&shown) {
        text
    } else {
        format!("{shown}: {text}")
    })
}
