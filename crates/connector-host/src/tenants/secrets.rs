//! The sources of a tenant's secrets: environment variables and files, never the tenants file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use thiserror::Error;
use zeroize::Zeroizing;

use super::document::{LocationFields, SecretFields};
use super::location::{SecretLocation, VariableLookup};
use super::oauth::{OAuthSource, bearer_scheme};
use crate::Renewal;
use connector_gateway::{Credentials, TokenSource};
use connector_types::lock;
use connector_types::{CredentialScheme, Descriptor};

/// The location of one secret, or of the texts that access tokens are requested with, and the
/// scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    /// Name of the form; `None` is the credential's first, or the first for access tokens.
    pub form: Option<String>,
    kind: SourceKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum SourceKind {
    Location(SecretLocation),
    OAuth(OAuthSource),
}

/// A secret that cannot be had. Never repeats what was found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("credential {credential}: {reason}")]
pub struct SecretsError {
    credential: String,
    reason: String,
}

impl SecretSource {
    pub(super) fn new(source: &SecretFields, beside: &Path) -> Result<Self, String> {
        let location = LocationFields {
            env: source.env.clone(),
            file: source.file.clone(),
        };
        let kind = match &source.oauth {
            None => SourceKind::Location(SecretLocation::new(&location, beside)?),
            Some(fields) if location.env.is_none() && location.file.is_none() => {
                SourceKind::OAuth(OAuthSource::new(fields, beside)?)
            }
            Some(_) => {
                return Err("oauth stands alone: leave out env and file beside it".to_owned());
            }
        };
        Ok(Self {
            form: source.form.clone(),
            kind,
        })
    }

    /// Returns every location that is read.
    pub fn secret_locations(&self) -> Vec<&SecretLocation> {
        match &self.kind {
            SourceKind::Location(location) => vec![location],
            SourceKind::OAuth(source) => source.secret_locations().collect(),
        }
    }
}

/// The secrets of one tenant and where they came from, so that those in files can be read again.
#[derive(Debug)]
pub struct Secrets {
    locations: Vec<TenantSecret>,
    /// The texts as they were read last.
    latest: Mutex<LatestTexts>,
}

#[derive(Debug)]
struct LatestTexts {
    digests: Digests,
    credentials: Credentials,
}

/// Digests of secrets, by credential.
type Digests = BTreeMap<String, [u8; 32]>;

#[derive(Debug)]
struct TenantSecret {
    credential: String,
    form: CredentialScheme,
    value: TenantSecretSource,
}

#[derive(Debug)]
enum TenantSecretSource {
    Location(SecretLocation),
    /// Reads its files itself, for each token.
    Tokens(TokenSource, [u8; 32]),
}

impl Secrets {
    /// Reads every secret that `sources` name.
    ///
    /// # Errors
    /// Returns an error if the connector has no such credential or scheme, a required one has no source, or a secret
    /// cannot be read or cannot be one.
    pub fn read(
        descriptor: &Descriptor,
        sources: &BTreeMap<String, SecretSource>,
        variable: &VariableLookup<'_>,
    ) -> Result<Self, SecretsError> {
        check_names(descriptor, sources)?;
        let locations = sources
            .iter()
            .map(|(name, source)| locate_secret(descriptor, name, source, variable));
        let locations = locations.collect::<Result<Vec<_>, _>>()?;
        let latest = Mutex::new(read_all(&locations, variable)?);
        Ok(Self { locations, latest })
    }

    /// Returns the secrets as they were read last, which redact those that were read before.
    pub fn credentials(&self) -> Credentials {
        lock(&self.latest).credentials.clone()
    }

    /// Returns a digest of each secret, by credential: two tenants that have one in common use the same key.
    pub(super) fn secret_digests(&self) -> Digests {
        lock(&self.latest).digests.clone()
    }

    /// Returns whether any secret can change while the process runs.
    pub(super) fn can_change(&self) -> bool {
        let is_file = |secret: &TenantSecret| {
            matches!(
                secret.value,
                TenantSecretSource::Location(SecretLocation::File(_))
            )
        };
        self.locations.iter().any(is_file)
    }
}

impl Renewal for Secrets {
    fn read_again(&self) -> Option<Credentials> {
        // A variable of this process does not change while it runs.
        let variable = |name: &str| std::env::var(name).ok().map(Zeroizing::new);
        let now = read_all(&self.locations, &variable).ok()?;
        let mut latest = lock(&self.latest);
        if latest.digests == now.digests {
            return None;
        }
        latest.digests = now.digests;
        latest.credentials = now.credentials.replace_secrets(&latest.credentials);
        Some(latest.credentials.clone())
    }
}

fn secret_fault(credential: &str, reason: impl Into<String>) -> SecretsError {
    SecretsError {
        credential: credential.to_owned(),
        reason: reason.into(),
    }
}

fn check_names(
    descriptor: &Descriptor,
    sources: &BTreeMap<String, SecretSource>,
) -> Result<(), SecretsError> {
    let known: Vec<&str> = descriptor
        .credentials
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    if let Some(name) = sources.keys().find(|name| !known.contains(&name.as_str())) {
        let reason = format!(
            "the connector has no such credential: it has {}",
            known.join(", ")
        );
        return Err(secret_fault(name, reason));
    }
    let mut required = descriptor.credentials.iter().filter(|one| one.required);
    match required.find(|one| !sources.contains_key(&one.name)) {
        Some(missing) => {
            let reason = "it is required: say where it is, with env, file or oauth";
            Err(secret_fault(&missing.name, reason))
        }
        None => Ok(()),
    }
}

fn locate_secret(
    descriptor: &Descriptor,
    name: &str,
    source: &SecretSource,
    variable: &VariableLookup<'_>,
) -> Result<TenantSecret, SecretsError> {
    let mut credentials = descriptor.credentials.iter();
    let credential = credentials.find(|one| one.name == name);
    let forms = credential
        .map(|one| one.schemes.as_slice())
        .unwrap_or_default();
    let form = match (&source.form, &source.kind) {
        (Some(wanted), _) => forms.iter().find(|form| form.name == *wanted),
        (None, SourceKind::Location(_)) => forms.first(),
        (None, SourceKind::OAuth(_)) => bearer_scheme(forms),
    };
    let names: Vec<&str> = forms.iter().map(|form| form.name.as_str()).collect();
    let names = names.join(", ");
    let reason = match source.form {
        Some(_) => format!("it has no such form: its forms are {names}"),
        None => format!("it has no form for access tokens: choose one with form, of {names}"),
    };
    let value = match &source.kind {
        SourceKind::Location(location) => TenantSecretSource::Location(location.clone()),
        SourceKind::OAuth(source) => {
            let connected = source.connect_tokens(variable);
            let (tokens, digest) = connected.map_err(|reason| secret_fault(name, reason))?;
            TenantSecretSource::Tokens(tokens, digest)
        }
    };
    Ok(TenantSecret {
        credential: name.to_owned(),
        form: form.ok_or_else(|| secret_fault(name, reason))?.clone(),
        value,
    })
}

fn read_all(
    locations: &[TenantSecret],
    variable: &VariableLookup<'_>,
) -> Result<LatestTexts, SecretsError> {
    let mut credentials = Credentials::none();
    let mut digests = Digests::new();
    for secret in locations {
        let (name, form) = (secret.credential.as_str(), &secret.form);
        let digest = match &secret.value {
            TenantSecretSource::Location(location) => {
                let read = location.read_digested(variable);
                let (named, digest) = read.map_err(|reason| secret_fault(name, reason))?;
                credentials = credentials.with(name, form, named.secret);
                digest
            }
            TenantSecretSource::Tokens(tokens, digest) => {
                credentials = credentials.with_tokens(name, form, tokens.clone());
                *digest
            }
        };
        digests.insert(name.to_owned(), digest);
    }
    Ok(LatestTexts {
        digests,
        credentials,
    })
}
