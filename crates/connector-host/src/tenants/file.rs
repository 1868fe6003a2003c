//! The contents of a tenants file, checked as far as possible without the connector.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::KnownGap;
use super::document::{
    ConfigFileError, Defaults, KnownGapFields, RetentionField, SecretFields, TenantFields,
    TenantsDocument, line, parse,
};
use super::{SecretLocation, SecretSource};
use crate::schedule::{Schedule, ScheduleFields};
use connector_gateway::{AllowedNetworks, BaseUrl, Network};
use connector_runtime::LimitSetting;
use connector_store::{Retention, RetentionError};
use connector_sync::OptInRequest;
use connector_sync::output::OutputClaims;

/// A checked tenants file.
#[derive(Clone, Debug)]
pub struct TenantsFile {
    /// At least one tenant, no two of one name or with one output or database.
    pub tenants: Vec<TenantEntry>,
}

/// One tenant, the defaults merged in. What is `None` is for the command or the connector to say.
#[derive(Clone, Debug)]
pub struct TenantEntry {
    /// Its name: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// The base URL of its provider.
    pub base_url: Option<BaseUrl>,
    /// True if its key may go to a base URL that the description does not name: set beside the base
    /// URL.
    pub trust_base_url: bool,
    /// Networks beside the public one in which its provider may stand.
    pub allowed: AllowedNetworks,
    /// A proxy's URL, or `env` for `HTTPS_PROXY` and `NO_PROXY`.
    pub proxy: Option<String>,
    /// Root certificates in a PEM file, trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The locations of its secrets, by credential.
    pub credentials: BTreeMap<String, SecretSource>,
    /// Types and grants that are read only when asked for.
    pub include: BTreeSet<OptInRequest>,
    /// Types to leave out.
    pub exclude: BTreeSet<String>,
    /// The most concurrent calls.
    pub concurrency: Option<usize>,
    /// True if its requests are delayed so that the provider's limits are never exceeded.
    pub pacing: Option<bool>,
    /// Limits of the sandbox.
    pub limits: Vec<LimitSetting>,
    /// The output file of its records.
    pub ndjson: Option<PathBuf>,
    /// The database that stores its syncs.
    pub db: Option<PathBuf>,
    /// Which of its syncs the database keeps.
    pub keep: Option<Retention>,
    /// The HTML report that is written after each sync.
    pub report: Option<PathBuf>,
    /// The accept list of its findings.
    pub accept: Option<PathBuf>,
    /// The folder in which each sync writes a recording.
    pub record: Option<PathBuf>,
    /// Requests of the month's quota that are left to others.
    pub month_reserve: Option<u64>,
    /// The switch that carries over, from the last complete sync, the scopes that the provider's
    /// change log shows no change of.
    pub since_last: Option<bool>,
    /// Of so many syncs with the switch, one reads everything.
    pub full_every: Option<NonZeroU32>,
    /// The schedule of its syncs in `serve`.
    pub schedule: Option<Schedule>,
    /// Scopes that are expected to be missing.
    pub known_gaps: Vec<KnownGap>,
}

impl TenantsFile {
    /// Reads the text of a tenants file. Relative paths in it start from `beside`.
    ///
    /// # Errors
    /// Returns an error if it is not TOML, a field is unknown or cannot be used, an output is another one's file or a
    /// sync database; the error has the line.
    pub fn parse(text: &str, beside: &Path) -> Result<Self, ConfigFileError> {
        Self::parse_claiming(text, beside, &mut OutputClaims::default())
    }

    /// Reads a tenants file as [`parse`](Self::parse) does, and adds its outputs to `claims`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_claiming(
        text: &str,
        beside: &Path,
        claims: &mut OutputClaims,
    ) -> Result<Self, ConfigFileError> {
        let document: TenantsDocument = parse(text)?;
        let reader = TenantsReader { text, beside };
        let defaults = &document.defaults;
        let tenants = document.tenants.iter();
        let tenants = tenants.map(|tenant| reader.read_tenant(tenant.get_ref(), defaults));
        let tenants = tenants.collect::<Result<Vec<_>, _>>()?;
        if tenants.is_empty() {
            let reason = "there is no tenant: add a [[tenant]] with a name";
            return Err(reader.field_error(&(0..0), "tenant", reason));
        }
        reader.claim_accept(claims, "accept of the defaults", defaults.accept.as_ref())?;
        reader.check_apart(&document.tenants, claims)?;
        Ok(Self { tenants })
    }
}

pub(super) struct TenantsReader<'a> {
    text: &'a str,
    beside: &'a Path,
}

impl TenantsReader<'_> {
    pub(super) fn field_error(
        &self,
        span: &Range<usize>,
        field: &str,
        reason: impl Into<String>,
    ) -> ConfigFileError {
        ConfigFileError {
            line: line(self.text, span),
            field: Some(field.to_owned()),
            reason: reason.into(),
        }
    }

    fn read_tenant(
        &self,
        tenant: &TenantFields,
        defaults: &Defaults,
    ) -> Result<TenantEntry, ConfigFileError> {
        let include = tenant.include.as_ref().or(defaults.include.as_ref());
        let exclude = tenant.exclude.as_ref().or(defaults.exclude.as_ref());
        let (base_url, trusted) = match &tenant.base_url {
            Some(url) => (Some(url), tenant.trust_base_url.as_ref()),
            None => (defaults.base_url.as_ref(), defaults.trust_base_url.as_ref()),
        };
        self.check_effects(tenant, defaults)?;
        let networks = tenant.allow_network.as_ref();
        let networks = networks.or(defaults.allow_network.as_ref());
        let concurrency = tenant
            .concurrency
            .as_ref()
            .or(defaults.concurrency.as_ref());
        let pacing = tenant.pacing.as_ref().or(defaults.pacing.as_ref());
        let ca_file = tenant.ca_file.as_ref().or(defaults.ca_file.as_ref());
        let (ndjson, db) = (tenant.ndjson.as_ref(), tenant.db.as_ref());
        let keep = tenant.keep.as_ref().or(defaults.keep.as_ref());
        let (report, record) = (tenant.report.as_ref(), tenant.record.as_ref());
        let record = record.or(defaults.record.as_ref());
        let accept = tenant.accept.as_ref().or(defaults.accept.as_ref());
        let schedule = tenant.schedule.as_ref().or(defaults.schedule.as_ref());
        let full_every = tenant.full_every.as_ref().map(|number| *number.get_ref());
        let mut limits = self.read_limits(&defaults.limits)?;
        limits.extend(self.read_limits(&tenant.limits)?);
        Ok(TenantEntry {
            name: self.name(&tenant.name)?,
            base_url: base_url.map(|url| self.base_url(url)).transpose()?,
            trust_base_url: trusted.is_some_and(|word| *word.get_ref()),
            allowed: self.read_networks(networks.map(Vec::as_slice).unwrap_or_default())?,
            proxy: tenant.proxy.clone().or_else(|| defaults.proxy.clone()),
            ca_file: ca_file.map(|path| self.beside.join(path)),
            credentials: self.read_credentials(&tenant.credentials)?,
            include: self.read_inclusions(include.map(Vec::as_slice).unwrap_or_default())?,
            exclude: exclude.into_iter().flatten().cloned().collect(),
            concurrency: concurrency
                .map(|one| self.read_concurrency(one))
                .transpose()?,
            pacing: pacing.map(|one| self.read_pacing(one)).transpose()?,
            limits,
            ndjson: ndjson.map(|path| self.beside.join(path.get_ref())),
            db: db.map(|path| self.beside.join(path.get_ref())),
            keep: keep.map(|field| self.read_retention(field)).transpose()?,
            report: report.map(|path| self.beside.join(path.get_ref())),
            accept: accept.map(|path| self.beside.join(path.get_ref())),
            record: record.map(|path| self.beside.join(path.get_ref())),
            month_reserve: tenant.month_reserve.or(defaults.month_reserve),
            since_last: self.read_since_last(tenant, defaults)?,
            full_every: full_every.or(defaults.full_every),
            schedule: schedule.map(|one| self.read_schedule(one)).transpose()?,
            known_gaps: self.known_gaps(&tenant.known_gaps)?,
        })
    }

    fn name(&self, name: &Spanned<String>) -> Result<String, ConfigFileError> {
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(plain) {
            Ok(text.clone())
        } else {
            let reason = "a name has 1 to 64 letters, digits, dots, dashes and underscores";
            Err(self.field_error(&name.span(), "name", reason))
        }
    }

    fn base_url(&self, url: &Spanned<String>) -> Result<BaseUrl, ConfigFileError> {
        let parsed = url.get_ref().parse::<BaseUrl>();
        parsed.map_err(|error| self.field_error(&url.span(), "base-url", error.to_string()))
    }

    fn read_networks(
        &self,
        networks: &[Spanned<String>],
    ) -> Result<AllowedNetworks, ConfigFileError> {
        let mut allowed = AllowedNetworks::default();
        for network in networks {
            let parsed = network.get_ref().parse::<Network>();
            let fault = |reason| self.field_error(&network.span(), "allow-network", reason);
            allowed = allowed.with_network(parsed.map_err(fault)?);
        }
        Ok(allowed)
    }

    fn read_concurrency(&self, number: &Spanned<usize>) -> Result<usize, ConfigFileError> {
        if (1..=256).contains(number.get_ref()) {
            Ok(*number.get_ref())
        } else {
            Err(self.field_error(&number.span(), "concurrency", "it goes from 1 to 256"))
        }
    }

    fn read_retention(
        &self,
        field: &Spanned<RetentionField>,
    ) -> Result<Retention, ConfigFileError> {
        let parsed = match field.get_ref() {
            RetentionField::Runs(number) => number.to_string().parse(),
            RetentionField::Policy(text) => text.parse(),
        };
        let fault =
            |error: RetentionError| self.field_error(&field.span(), "keep", error.to_string());
        parsed.map_err(fault)
    }

    fn read_schedule(&self, fields: &Spanned<ScheduleFields>) -> Result<Schedule, ConfigFileError> {
        let schedule = Schedule::new(fields.get_ref());
        schedule.map_err(|error| self.field_error(&fields.span(), "schedule", error.to_string()))
    }

    fn known_gaps(
        &self,
        gaps: &[Spanned<KnownGapFields>],
    ) -> Result<Vec<KnownGap>, ConfigFileError> {
        let check = |gap: &Spanned<KnownGapFields>| {
            let checked = KnownGap::new(gap.get_ref());
            checked.map_err(|reason| self.field_error(&gap.span(), "known-gaps", reason))
        };
        gaps.iter().map(check).collect()
    }

    fn read_pacing(&self, switch: &Spanned<String>) -> Result<bool, ConfigFileError> {
        match switch.get_ref().as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(self.field_error(&switch.span(), "pacing", "it is \"on\" or \"off\"")),
        }
    }

    fn read_inclusions(
        &self,
        all: &[Spanned<String>],
    ) -> Result<BTreeSet<OptInRequest>, ConfigFileError> {
        let parse = |one: &Spanned<String>| {
            let parsed = one.get_ref().parse::<OptInRequest>();
            parsed.map_err(|error| self.field_error(&one.span(), "include", error.to_string()))
        };
        all.iter().map(parse).collect()
    }

    fn read_limits(
        &self,
        limits: &BTreeMap<String, Spanned<u64>>,
    ) -> Result<Vec<LimitSetting>, ConfigFileError> {
        let set = |(name, value): (&String, &Spanned<u64>)| {
            let setting = LimitSetting::new(name, *value.get_ref());
            let field = || format!("limits.{name}");
            setting.map_err(|error| self.field_error(&value.span(), &field(), error.to_string()))
        };
        limits.iter().map(set).collect()
    }

    fn read_credentials(
        &self,
        sources: &BTreeMap<String, Spanned<SecretFields>>,
    ) -> Result<BTreeMap<String, SecretSource>, ConfigFileError> {
        let read = |(name, source): (&String, &Spanned<SecretFields>)| {
            let field = format!("credentials.{name}");
            let checked = SecretSource::new(source.get_ref(), self.beside);
            let checked =
                checked.map_err(|reason| self.field_error(&source.span(), &field, reason))?;
            Ok((name.clone(), checked))
        };
        sources.iter().map(read).collect()
    }

    /// Claims an accept list, so that no output replaces it.
    fn claim_accept(
        &self,
        claims: &mut OutputClaims,
        option: &str,
        path: Option<&Spanned<PathBuf>>,
    ) -> Result<(), ConfigFileError> {
        let Some(path) = path else { return Ok(()) };
        let claimed = claims.claim_input(option, &self.beside.join(path.get_ref()));
        claimed.map_err(|e| self.field_error(&path.span(), "accept", e.to_string()))
    }

    /// Checks that no two tenants have the same name or write to the same files.
    fn check_apart(
        &self,
        tenants: &[Spanned<TenantFields>],
        claims: &mut OutputClaims,
    ) -> Result<(), ConfigFileError> {
        let mut names = BTreeSet::new();
        for tenant in tenants {
            let TenantFields {
                name,
                credentials,
                ndjson,
                db,
                report,
                accept,
                ..
            } = tenant.get_ref();
            if !names.insert(name.get_ref()) {
                let reason = "another tenant has this name";
                return Err(self.field_error(&name.span(), "name", reason));
            }
            let option = |field: &str| format!("{field} of tenant {}", name.get_ref());
            for (credential, source) in credentials {
                let fault =
                    |reason: String| self.field_error(&source.span(), "credentials", reason);
                let source = SecretSource::new(source.get_ref(), self.beside).map_err(fault)?;
                let option = option(&format!("a key file of credentials.{credential}"));
                let locations = source.secret_locations().into_iter();
                for path in locations.filter_map(SecretLocation::secret_file) {
                    let claimed = claims.claim_input(&option, path);
                    claimed.map_err(|e| fault(e.to_string()))?;
                }
            }
            self.claim_accept(claims, &option("accept"), accept.as_ref())?;
            if let Some(path) = db {
                let location = self.beside.join(path.get_ref());
                let claimed = claims.claim_database(&option("db"), &location);
                claimed.map_err(|e| self.field_error(&path.span(), "db", e.to_string()))?;
            }
            for (field, path) in [("ndjson", ndjson), ("report", report)] {
                if let Some(path) = path {
                    let location = self.beside.join(path.get_ref());
                    let claimed = claims.claim_file(&option(field), &location);
                    claimed.map_err(|e| self.field_error(&path.span(), field, e.to_string()))?;
                }
            }
        }
        Ok(())
    }
}
