//! Options that several subcommands have.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::output::print_note;
use super::{CliError, Environment, ProviderOptions, ProviderSettings};
use crate::report::Destination;
use connector_gateway::{AllowedNetworks, Network, RateLimiter};
use connector_host::TenantConfig;
use connector_runtime::{CallLimits, Limit, LimitSetting};
use connector_sync::{LowQuota, OptInRequest, SyncOptions};
use connector_types::Descriptor;

/// Which connector.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Connector")]
pub(super) struct ComponentArgs {
    /// Component of governance:connector@0.2.0 to run [default: the built-in connector]
    #[arg(long, value_name = "FILE")]
    pub(super) component: Option<PathBuf>,
    /// Refuse a connector that is not the approved one: a file that `describe --format approved-manifest` or `--format json` printed
    #[arg(long, alias = "pin", value_name = "FILE")]
    pub(super) approved: Option<PathBuf>,
    /// Store compiled connectors in a directory that only you can read, and load them from there [env: CONNECTOR_CACHE]
    #[arg(long, value_name = "DIR")]
    pub(super) cache: Option<PathBuf>,
    /// Limit computing by counted instructions (fuel) instead of time: the same on every machine
    #[arg(long)]
    pub(super) deterministic: bool,
}

/// The limits of each call.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// The limits to change.
    #[arg(long, value_name = "NAME=NUMBER", help = limit_help())]
    pub(super) limit: Vec<LimitSetting>,
}

impl LimitArgs {
    pub(super) fn apply_limits(&self, limits: &mut CallLimits) {
        for setting in &self.limit {
            limits.set_limit(*setting);
        }
    }
}

fn limit_help() -> String {
    let rows = Limit::ALL.iter().map(|limit| limit.row());
    let defaults: Vec<_> = rows
        .map(|row| format!("{}={}", row.name, row.default))
        .collect();
    format!(
        "Set a limit of the sandbox or of the sync; may be given more than once [defaults: {}]",
        defaults.join(" ")
    )
}

/// Which provider.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
pub(super) struct ProviderArgs {
    /// Base URL of the provider's API [default: {CONNECTOR}_BASE_URL, BATON_BASE_URL, else the
    /// first one of `describe`]
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// Root certificates in a PEM file, trusted beside the system's
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// Send the key to a base URL that `describe` does not name. Check the URL first: the server
    /// behind it gets the key
    #[arg(long)]
    pub(super) trust_base_url: bool,
    /// Allow provider addresses in another network than the public one; may be given more than once
    #[arg(long, value_name = "private|loopback|nat64|nat64=PREFIX/LENGTH")]
    pub(super) allow_network: Vec<Network>,
    /// Use a proxy: its URL, or `env` for HTTPS_PROXY and NO_PROXY, which have no effect otherwise
    #[arg(long, value_name = "URL|env")]
    pub(super) proxy: Option<String>,
}

impl ProviderArgs {
    /// Returns the tenant by these options and the environment, with a note of what is worth knowing.
    pub(super) fn tenant_config(
        self,
        descriptor: &Descriptor,
        environment: &Environment,
        rate_limiter: RateLimiter,
    ) -> Result<TenantConfig, CliError> {
        let allowed = self.allow_network.into_iter();
        let options = ProviderOptions {
            base_url: self.base_url,
            ca_file: self.ca_file,
            trust_base_url: self.trust_base_url,
            allowed: allowed.fold(AllowedNetworks::default(), AllowedNetworks::with_network),
            proxy: self.proxy,
        };
        let settings = ProviderSettings::find(descriptor, options, environment, rate_limiter)?;
        for remark in &settings.remarks {
            print_note(&format!("note: {remark}\n"));
        }
        Ok(settings.tenant)
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// The reaction to a low monthly quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LowQuotaArg {
    /// Skip and name the scopes that need more requests than there are.
    Refuse,
    /// Read them, with a warning.
    Warn,
}

impl From<LowQuotaArg> for LowQuota {
    fn from(arg: LowQuotaArg) -> Self {
        match arg {
            LowQuotaArg::Refuse => Self::Refuse,
            LowQuotaArg::Warn => Self::Warn,
        }
    }
}

/// The types to read, the speed, and the output.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Content")]
pub(super) struct ReadArgs {
    /// Read an opt-in type too, or with TYPE:grants the grants on it that are read on request; may be given more than once
    #[arg(long, value_name = "TYPE[:grants]")]
    pub(super) include: Vec<OptInRequest>,
    /// Leave out a type and the types below it; may be given more than once
    #[arg(long, value_name = "TYPE")]
    pub(super) exclude: Vec<String>,
    /// Write what was read as NDJSON to a file, or with - to standard output
    #[arg(long, value_name = "FILE|-", help_heading = "Output")]
    pub(super) ndjson: Option<Destination>,
    /// Calls at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Requests")]
    pub(super) concurrency: u16,
    /// Longest single wait that the provider may ask for
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 300,
        help_heading = "Requests"
    )]
    pub(super) max_wait: u64,
    /// Requests of the monthly quota that stay unused, if the provider states what is left
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Requests")]
    pub(super) month_reserve: u64,
    /// Reaction if fewer requests than the reserve would be left
    #[arg(long, value_enum, default_value_t = LowQuotaArg::Refuse, help_heading = "Requests")]
    pub(super) low_quota: LowQuotaArg,
    /// Of so many syncs, one reads everything, and the others carry over scopes without changes.
    /// `sync` and the tenants file set it.
    #[arg(skip)]
    pub(super) since_last: Option<NonZeroU32>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

impl ReadArgs {
    pub(super) fn sync_options(&self) -> SyncOptions {
        SyncOptions {
            include: self.include.iter().cloned().collect(),
            exclude: self.exclude.iter().cloned().collect::<BTreeSet<_>>(),
            concurrency: usize::from(self.concurrency),
            max_wait: self.max_wait(),
            month_reserve: self.month_reserve,
            low_quota: self.low_quota.into(),
            since_last: self.since_last,
            ..SyncOptions::default()
        }
    }

    pub(super) fn rate_limiter(&self, pacing: Switch) -> RateLimiter {
        let rate_limiter = RateLimiter::new(self.max_wait());
        match pacing {
            Switch::On => rate_limiter,
            Switch::Off => rate_limiter.without_limits(),
        }
    }

    /// Returns the longest wait, at most a day: no caller waits longer, and sums of times cannot overflow.
    fn max_wait(&self) -> Duration {
        Duration::from_secs(self.max_wait.min(86_400))
    }
}
