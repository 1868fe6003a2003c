//! `sync --tenants`: all tenants of a file at once.

use std::path::Path;

use zeroize::Zeroizing;

use super::args::{ReadArgs, Switch};
use super::output::{print, tell};
use super::signals::Listener;
use super::{CliError, Environment, Exit, settings};
use crate::report::{Destination, summarize_tenants, tenant_line};
use connector_gateway::{BaseUrl, Credentials, EgressOptions};
use connector_host::TenantConfig;
use connector_host::tenants::{
    Fleet, Secrets, TenantEnd, TenantEntry, TenantOutcome, TenantSync, TenantsFile,
};
use connector_runtime::Connector;
use connector_store::KeepOptions;
use connector_sync::SyncOptions;
use connector_sync::output::OutputClaims;
use connector_types::Descriptor;

/// Reads the file. Its tenants' outputs are claimed beside those of the options.
pub(super) fn read_file(path: &Path, mut claims: OutputClaims) -> Result<TenantsFile, CliError> {
    let fault = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    let beside = path.parent().unwrap_or_else(|| Path::new("."));
    let parsed = TenantsFile::parse_claiming(&text, beside, &mut claims);
    parsed.map_err(|e| fault(e.to_string()))
}

/// Reads every tenant of the file. What the file does not say is taken from `args` and `pacing`.
pub(super) async fn run(
    connector: &Connector,
    file: &TenantsFile,
    args: &ReadArgs,
    pacing: Switch,
    keep: KeepOptions,
    environment: &Environment,
) -> Result<Exit, CliError> {
    let mut fleet = Fleet::new(connector, args.options().max_wait);
    for entry in &file.tenants {
        match tenant(connector.descriptor(), entry, args, environment) {
            Ok((mut sync, secrets)) => {
                sync.paced = entry.pacing.unwrap_or(pacing == Switch::On);
                fleet.add(sync.kept(entry.db.clone(), keep), secrets);
            }
            Err(reason) => fleet.add_failed(&entry.name, reason),
        }
    }
    let _listener = Listener::new();
    let ends = tokio::select! {
        biased;
        stopped = super::signals::stopped() => return Err(left(stopped, file)),
        ends = fleet.run(|end| tell(&tenant_line(end))) => ends,
    };
    print(&summarize_tenants(&ends))?;
    exit(&ends)
}

/// What is left when the user stops it.
fn left(stopped: CliError, file: &TenantsFile) -> CliError {
    match file.tenants.iter().any(|tenant| tenant.db.is_some()) {
        false => stopped,
        true => CliError::Interrupted(
            "what was read of tenants with a db is in there. To go on from there, run the same again with --resume".to_owned(),
        ),
    }
}

fn tenant(
    descriptor: &Descriptor,
    entry: &TenantEntry,
    args: &ReadArgs,
    environment: &Environment,
) -> Result<(TenantSync, Secrets), String> {
    let variable = |name: &str| {
        let value = environment.get(name).ok().flatten();
        value.map(|text| Zeroizing::new(text.to_owned()))
    };
    let secrets = Secrets::read(descriptor, &entry.credentials, &variable);
    let secrets = secrets.map_err(|e| e.to_string())?;
    let place = entry.ndjson.clone().map(Destination::File);
    let output = place.map(|place| place.open()).transpose();
    let sync = TenantSync {
        config: config(descriptor, entry, args, environment)?,
        options: options(entry, args),
        paced: true,
        output: output.map_err(|e| e.to_string())?,
        db: None,
    };
    Ok((sync, secrets))
}

fn config(
    descriptor: &Descriptor,
    entry: &TenantEntry,
    args: &ReadArgs,
    environment: &Environment,
) -> Result<TenantConfig, String> {
    let mut config = TenantConfig::new(base_url(descriptor, entry)?, Credentials::none());
    config.name.clone_from(&entry.name);
    args.limits.set(&mut config.limits);
    for setting in &entry.limits {
        config.limits.set(*setting);
    }
    let proxy = entry.proxy.as_deref();
    let proxy = proxy.map(|text| settings::proxy_of(text, environment));
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
    match entry.trust_base_url || settings::is_trusted(&base_url, descriptor) {
        true => Ok(base_url),
        false => {
            let word = "trust-base-url = true beside it";
            Err(settings::untrusted(&base_url, descriptor, word))
        }
    }
}

fn options(entry: &TenantEntry, args: &ReadArgs) -> SyncOptions {
    let given = args.options();
    SyncOptions {
        include: entry.include.clone(),
        exclude: entry.exclude.clone(),
        concurrency: entry.concurrency.unwrap_or(given.concurrency),
        ..given
    }
}

fn exit(ends: &[TenantEnd]) -> Result<Exit, CliError> {
    let is_complete = |end: &TenantEnd| matches!(end.outcome, TenantOutcome::Complete(_));
    let has_failed = |end: &TenantEnd| matches!(end.outcome, TenantOutcome::Failed(_));
    match (ends.iter().all(is_complete), ends.iter().all(has_failed)) {
        (true, _) => Ok(Exit::Done),
        (_, true) => Err(CliError::failed("no tenant could be read")),
        _ => Ok(Exit::Incomplete),
    }
}
