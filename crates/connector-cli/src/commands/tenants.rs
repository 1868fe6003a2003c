//! `sync --tenants`: all tenants of a file at once.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::args::{ReadArgs, Switch};
use super::component::MAX_FILE;
use super::output::{OutputFormat, print_json, print_note, print_tenant_end, print_text};
use super::result::Results;
use super::settings as provider_settings;
use super::signals::Listener;
use super::{CliError, Environment, Exit, exit, record, report, stored_sync};
use crate::report::{Destination, plain, summarize_tenants};
use connector_gateway::{BaseUrl, Credentials, EgressOptions};
use connector_host::TenantConfig;
use connector_host::recording::Recorder;
use connector_host::schedule::Shard;
use connector_host::tenants::{
    Fleet, SecretSource, Secrets, TenantEnd, TenantEntry, TenantSync, TenantsFile,
};
use connector_runtime::Connector;
use connector_store::{RecorderOptions, RunRow, Store};
use connector_sync::SyncOptions;
use connector_sync::output::OutputClaims;
use connector_types::bounded::read_text;
use connector_types::{Descriptor, counted};

/// Which tenants, and how their results are printed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Tenants")]
pub(super) struct TenantsArgs {
    /// Read all tenants of a TOML file at once
    #[arg(long, value_name = "FILE", conflicts_with_all = ["service", "base_url", "ca_file", "trust_base_url", "allow_network", "proxy", "include", "exclude", "ndjson", "db", "report"])]
    pub(super) tenants: Option<PathBuf>,
    /// Read only the tenants of one of N processes; I counts from 0
    #[arg(long, value_name = "I/N", requires = "tenants")]
    pub(super) shard: Option<Shard>,
    /// Leave out tenants whose db has a complete sync that began within this time, such as 12h
    #[arg(
        long,
        value_name = "DURATION",
        requires = "tenants",
        conflicts_with = "dry_run"
    )]
    pub(super) if_older: Option<SignedDuration>,
    /// Format of the result
    #[arg(long, value_enum, default_value_t = OutputFormat::Text, help_heading = "Output")]
    pub(super) format: OutputFormat,
}

/// Reads every tenant of the file. What the file does not say is taken from `args` and `pacing`.
pub(super) async fn run(
    connector: &Connector,
    file: &TenantsFile,
    args: &ReadArgs,
    (pacing, format): (Switch, OutputFormat),
    keep: RecorderOptions,
    environment: &Environment,
) -> Result<Exit, CliError> {
    let mut fleet = Fleet::new(connector, args.sync_options().max_wait);
    for entry in &file.tenants {
        match tenant_sync(connector, entry, args, environment) {
            Ok((mut sync, secrets)) => {
                sync.paced = entry.pacing.unwrap_or(pacing == Switch::On);
                fleet.add(
                    sync.keep_runs(entry.db.clone(), recorder_options(entry, keep)),
                    secrets,
                );
            }
            Err(reason) => fleet.add_failed(&entry.name, reason),
        }
    }
    let _listener = Listener::new();
    let ends = tokio::select! {
        biased;
        stopped = super::signals::stopped_error() => return Err(remaining_note(stopped, file)),
        ends = fleet.run(print_tenant_end) => ends,
    };
    write_reports(file, &ends)?;
    let results = Results::new(file, &ends);
    match format {
        OutputFormat::Text => print_text(&(summarize_tenants(&ends) + &results.describe_gaps()))?,
        OutputFormat::Json => print_json(&results)?,
    }
    let exit = results.exit_status();
    if exit == Exit::AllFailed {
        exit::report_failure(&CliError::for_error("no tenant could be read"), "sync");
    }
    Ok(exit)
}

/// Reads a tenants file, and keeps the tenants of a shard. Their outputs are claimed beside those of
/// the options.
pub(super) fn read_file(
    path: &Path,
    shard: Option<Shard>,
    mut claims: OutputClaims,
) -> Result<TenantsFile, CliError> {
    let fault = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    claims.claim_input("the tenants file", path)?;
    let text = read_text(path, MAX_FILE).map_err(|e| fault(e.to_string()))?;
    let beside = path.parent().unwrap_or_else(|| Path::new("."));
    let parsed = TenantsFile::parse_claiming(&text, beside, &mut claims);
    let mut file = parsed.map_err(|e| fault(e.to_string()))?;
    file.tenants
        .retain(|tenant| shard.is_none_or(|shard| shard.owns_tenant(&tenant.name)));
    Ok(file)
}

/// Says that a shard has no tenant, and warns of what the tenants have. The log has to be open by then.
pub(super) fn warn_of_tenants(file: &TenantsFile, shard: Option<Shard>) {
    if let (Some(shard), true) = (shard, file.tenants.is_empty()) {
        print_note(&format!("note: shard {shard} has no tenant of this file\n"));
    }
    file.tenants.iter().for_each(warn_of_tenant);
}

/// Leaves out the tenants that have a complete sync of the latest `time`, and says how many they are.
pub(super) fn retain_older(file: &mut TenantsFile, time: SignedDuration) {
    let (all, since) = (file.tenants.len(), Timestamp::now() - time);
    // A database that cannot be read has no such sync: the sync of its tenant then says why.
    let runs = |db: &PathBuf| Store::open_to_read(db).and_then(|store| store.runs());
    let is_recent = |db: &PathBuf| {
        let began = runs(db).ok().and_then(|runs| latest_complete(&runs));
        began.is_some_and(|began| began > since)
    };
    file.tenants
        .retain(|tenant| !tenant.db.as_ref().is_some_and(is_recent));
    let left_out = all - file.tenants.len();
    if left_out > 0 {
        print_note(&format!(
            "note: {} left out by --if-older: each has a complete sync that began within {time:#}\n",
            counted(left_out, "tenant")
        ));
    }
}

/// Returns the start of the latest complete sync of these, which are the newest first.
pub(super) fn latest_complete(runs: &[RunRow]) -> Option<Timestamp> {
    let complete = runs.iter().find(|run| run.complete)?;
    complete.started_at.parse().ok()
}

/// Warns of a tenant's keys that every user can read, and of known gaps whose last day is over.
fn warn_of_tenant(tenant: &TenantEntry) {
    let name = &tenant.name;
    let locations = tenant.credentials.values();
    let locations = locations.flat_map(SecretSource::secret_locations);
    for location in locations.filter(|location| location.is_open_to_others()) {
        let location = plain(&location.to_string());
        print_note(&format!(
            "warning: tenant {name}: {location} can be read or written by every user of this machine. Take that away, for example with chmod 600.\n"
        ));
    }
    let now = Timestamp::now();
    for gap in tenant.known_gaps.iter().filter(|gap| gap.has_expired(now)) {
        let (scope, until) = (plain(&gap.scope), gap.until);
        print_note(&format!(
            "warning: tenant {name}: the known gap {scope} expired after {until}: renew it, or remove it\n"
        ));
    }
}

/// Returns the options of a tenant's database. A recording of a resumed run would lack its beginning.
pub(super) fn recorder_options(entry: &TenantEntry, given: RecorderOptions) -> RecorderOptions {
    RecorderOptions {
        resume: given.resume && entry.record.is_none(),
        keep: entry.keep.unwrap_or(given.keep),
    }
}

/// Writes the HTML reports of tenants that were read.
fn write_reports(file: &TenantsFile, ends: &[TenantEnd]) -> Result<(), CliError> {
    for entry in &file.tenants {
        let is_read = ends
            .iter()
            .any(|end| end.name == entry.name && end.run.is_some());
        if is_read {
            write_report(entry)?;
        }
    }
    Ok(())
}

/// Writes the HTML report of a tenant's latest stored sync, where one is wanted.
pub(super) fn write_report(entry: &TenantEntry) -> Result<(), CliError> {
    let (Some(db), Some(page)) = (&entry.db, &entry.report) else {
        return Ok(());
    };
    let store = Store::open_to_read(db)?;
    let run = stored_sync::select_run(&store, db, None)?;
    let page = Destination::File(page.clone());
    report::write(&store, run, &page, entry.accept.as_deref())
}

/// Returns the error after the user stopped the command, with the data that remains.
fn remaining_note(stopped: CliError, file: &TenantsFile) -> CliError {
    if file.tenants.iter().any(|tenant| tenant.db.is_some()) {
        CliError::Interrupted(
            "what was read of tenants with a db is in there. To continue, run the same command with --resume".to_owned(),
        )
    } else {
        stopped
    }
}

/// Sets a tenant up: reads its keys and opens its files.
pub(super) fn tenant_sync(
    connector: &Connector,
    entry: &TenantEntry,
    args: &ReadArgs,
    environment: &Environment,
) -> Result<(TenantSync, Secrets), String> {
    let (mut sync, secrets) = read_settings(connector, entry, args, environment)?;
    let place = entry.ndjson.clone().map(Destination::File);
    let output = place.map(|place| place.open()).transpose();
    sync.output = output.map_err(|e| e.to_string())?;
    if let Some(folder) = &entry.record {
        let recorder = tenant_recorder(folder, connector, &sync.options, &sync.config)?;
        sync.config.recorder = Some(recorder);
    }
    Ok((sync, secrets))
}

/// Reads the settings and the keys of a tenant, and writes nothing.
pub(super) fn read_settings(
    connector: &Connector,
    entry: &TenantEntry,
    args: &ReadArgs,
    environment: &Environment,
) -> Result<(TenantSync, Secrets), String> {
    let descriptor = connector.descriptor();
    let variable = |name: &str| {
        let value = environment.get(name).ok().flatten();
        value.map(|text| Zeroizing::new(text.to_owned()))
    };
    let secrets = Secrets::read(descriptor, &entry.credentials, &variable);
    let secrets = secrets.map_err(|e| e.to_string())?;
    let mut config = tenant_config(descriptor, entry, args, environment)?;
    config.credentials = secrets.credentials();
    let sync = TenantSync {
        config,
        options: tenant_options(entry, args),
        paced: true,
        output: None,
        db: None,
    };
    Ok((sync, secrets))
}

/// Makes a new recording, named after tenant and time.
fn tenant_recorder(
    folder: &Path,
    connector: &Connector,
    options: &SyncOptions,
    config: &TenantConfig,
) -> Result<Arc<Recorder>, String> {
    let fault = |reason: String| format!("record {}: {reason}", folder.display());
    std::fs::create_dir_all(folder).map_err(|e| fault(e.to_string()))?;
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let path = folder.join(format!("{}-{time}.recording", config.name));
    let recorder =
        Recorder::create_file(&path, &record::recording_header(connector, options, config));
    recorder.map(Arc::new).map_err(|e| fault(e.to_string()))
}

fn tenant_config(
    descriptor: &Descriptor,
    entry: &TenantEntry,
    args: &ReadArgs,
    environment: &Environment,
) -> Result<TenantConfig, String> {
    let mut config = TenantConfig::new(base_url(descriptor, entry)?, Credentials::none());
    config.name.clone_from(&entry.name);
    args.limits.apply_limits(&mut config.limits);
    for setting in &entry.limits {
        config.limits.set_limit(*setting);
    }
    let proxy = entry.proxy.as_deref();
    let proxy = proxy.map(|text| provider_settings::proxy_of(text, environment));
    config.egress = EgressOptions {
        ca_file: entry.ca_file.clone(),
        allowed: entry.allowed,
        proxy: proxy.transpose().map_err(|e| e.to_string())?,
        ..EgressOptions::default()
    };
    Ok(config)
}

fn base_url(descriptor: &Descriptor, entry: &TenantEntry) -> Result<BaseUrl, String> {
    let usual = descriptor.base_urls.first().map(|place| place.url.parse());
    let base_url = match (&entry.base_url, usual) {
        (Some(url), _) => url.clone(),
        (None, Some(Ok(url))) => url,
        (None, _) => return Err("it has no base-url, and the connector names none".to_owned()),
    };
    if entry.trust_base_url || provider_settings::is_trusted(&base_url, descriptor) {
        Ok(base_url)
    } else {
        let word = "trust-base-url = true beside it";
        Err(provider_settings::untrusted_address(
            &base_url, descriptor, word,
        ))
    }
}

fn tenant_options(entry: &TenantEntry, args: &ReadArgs) -> SyncOptions {
    let given = args.sync_options();
    SyncOptions {
        include: entry.include.clone(),
        exclude: entry.exclude.clone(),
        concurrency: entry.concurrency.unwrap_or(given.concurrency),
        month_reserve: entry.month_reserve.unwrap_or(given.month_reserve),
        since_last: tenant_since_last(entry, given.since_last),
        ..given
    }
}

/// Returns the number of syncs of which one reads everything, if the others read only changes. A
/// recording contains everything.
fn tenant_since_last(entry: &TenantEntry, given: Option<NonZeroU32>) -> Option<NonZeroU32> {
    let carries = entry.since_last.unwrap_or(given.is_some());
    let full_every = entry.full_every.or(given);
    let full_every = full_every.unwrap_or(SyncOptions::FULL_EVERY);
    (carries && entry.record.is_none() && entry.db.is_some()).then_some(full_every)
}
