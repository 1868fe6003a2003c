//! Where a tenant's secrets are read: environment variables and files, never the tenants file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::document::SecretFields;
use crate::Renewal;
use connector_gateway::{Credentials, Secret};
use connector_types::lock;
use connector_types::{CredentialScheme, Descriptor};

/// No key is longer; a longer file is something else.
const MAX_FILE: usize = 64 << 10;

/// Where one secret is, and the form that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    /// Name of the form; `None` is the credential's first.
    pub form: Option<String>,
    place: SecretLocation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum SecretLocation {
    Env(String),
    File(PathBuf),
}

/// A secret that cannot be had. Never repeats what was found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("credential {credential}: {reason}")]
pub struct SecretsError {
    credential: String,
    reason: String,
}

impl SecretSource {
    /// A key that was put where the name of a variable belongs must not get into a message, so that
    /// only what is certainly a name is taken for one.
    pub(super) fn new(source: &SecretFields, beside: &Path) -> Result<Self, &'static str> {
        let place = match (&source.env, &source.file) {
            (Some(name), None) if is_variable(name) => SecretLocation::Env(name.clone()),
            (Some(_), None) => {
                return Err(
                    "env is the name of an environment variable, in capitals, digits and underscores, not the key itself",
                );
            }
            (None, Some(path)) => SecretLocation::File(beside.join(path)),
            (None, None) => return Err("say where the key is, with env or with file"),
            (Some(_), Some(_)) => return Err("env and file are both there: keep one"),
        };
        Ok(Self {
            form: source.form.clone(),
            place,
        })
    }

    /// Returns the file that holds the secret, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            SecretLocation::Env(_) => None,
            SecretLocation::File(path) => Some(path),
        }
    }

    /// Reports whether every user of the machine may read or write the file that holds the secret.
    #[cfg(unix)]
    pub fn is_open_to_others(&self) -> bool {
        use std::os::unix::fs::PermissionsExt;
        let found = self.file().and_then(|path| std::fs::metadata(path).ok());
        found.is_some_and(|found| found.permissions().mode() & 0o006 != 0)
    }

    /// Reports whether every user of the machine may read the file, which this system does not tell.
    #[cfg(not(unix))]
    pub fn is_open_to_others(&self) -> bool {
        false
    }

    fn read(&self, variable: &Lookup<'_>) -> Result<Zeroizing<String>, String> {
        match &self.place {
            SecretLocation::Env(name) => {
                variable(name).ok_or_else(|| format!("{self} is not set, or empty"))
            }
            SecretLocation::File(path) => {
                read_file(path).map_err(|e| format!("{self} cannot be read: {e}"))
            }
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            SecretLocation::Env(name) => write!(f, "the environment variable {name}"),
            SecretLocation::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// Looks an environment variable up.
type Lookup<'a> = dyn Fn(&str) -> Option<Zeroizing<String>> + 'a;

fn is_variable(name: &str) -> bool {
    let first = name.bytes().next();
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 128 && name.bytes().all(plain) && first.is_some_and(|byte| !byte.is_ascii_digit())
}

fn read_file(path: &Path) -> io::Result<Zeroizing<String>> {
    let fault = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidData, text.to_owned()));
    // Looked at before it is opened: opening a pipe waits for whoever writes to it.
    if !std::fs::metadata(path)?.is_file() {
        return fault("it is not a regular file");
    }
    // Room for all of it at once: what grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE));
    File::open(path)?
        .take(u64::try_from(MAX_FILE).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)?;
    match str::from_utf8(&bytes) {
        _ if bytes.len() >= MAX_FILE => fault("it is longer than any key"),
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
            fault("it is UTF-16 text: save it as plain UTF-8, without a byte order mark")
        }
        Err(_) => fault("it is not UTF-8 text"),
    }
}

/// The secrets of one tenant and where they came from, so that those in files can be read again.
#[derive(Debug)]
pub struct Secrets {
    places: Vec<TenantSecret>,
    /// The texts as they were read last.
    latest: Mutex<Latest>,
}

#[derive(Debug)]
struct Latest {
    digests: Digests,
    credentials: Credentials,
}

/// Digests of secrets, by credential.
type Digests = BTreeMap<String, [u8; 32]>;

#[derive(Debug)]
struct TenantSecret {
    credential: String,
    form: CredentialScheme,
    source: SecretSource,
}

impl Secrets {
    /// Reads every secret that `sources` name.
    ///
    /// # Errors
    /// The connector has no such credential or form, a required one has no source, or a secret
    /// cannot be read or cannot be one.
    pub fn read(
        descriptor: &Descriptor,
        sources: &BTreeMap<String, SecretSource>,
        variable: &Lookup<'_>,
    ) -> Result<Self, SecretsError> {
        check_names(descriptor, sources)?;
        let places = sources
            .iter()
            .map(|(name, source)| place(descriptor, name, source));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let latest = Mutex::new(read_all(&places, variable)?);
        Ok(Self { places, latest })
    }

    /// Returns the secrets as they were read last, which redact those that were read before.
    pub fn credentials(&self) -> Credentials {
        lock(&self.latest).credentials.clone()
    }

    /// A digest of each secret, by credential: two tenants that have one in common use the same key.
    pub(super) fn digests(&self) -> Digests {
        lock(&self.latest).digests.clone()
    }

    /// Whether there is anything that can change while the process runs.
    pub(super) fn can_change(&self) -> bool {
        let is_file = |held: &TenantSecret| matches!(held.source.place, SecretLocation::File(_));
        self.places.iter().any(is_file)
    }
}

impl Renewal for Secrets {
    fn read_again(&self) -> Option<Credentials> {
        // A variable of this process does not change while it runs.
        let variable = |name: &str| std::env::var(name).ok().map(Zeroizing::new);
        let now = read_all(&self.places, &variable).ok()?;
        let mut latest = lock(&self.latest);
        if latest.digests == now.digests {
            return None;
        }
        latest.digests = now.digests;
        latest.credentials = now.credentials.replacing(&latest.credentials);
        Some(latest.credentials.clone())
    }
}

fn fault(credential: &str, reason: impl Into<String>) -> SecretsError {
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
        return Err(fault(name, reason));
    }
    let mut required = descriptor.credentials.iter().filter(|one| one.required);
    match required.find(|one| !sources.contains_key(&one.name)) {
        Some(missing) => {
            let reason = "it is required: say where it is, with env or file";
            Err(fault(&missing.name, reason))
        }
        None => Ok(()),
    }
}

fn place(
    descriptor: &Descriptor,
    name: &str,
    source: &SecretSource,
) -> Result<TenantSecret, SecretsError> {
    let mut credentials = descriptor.credentials.iter();
    let credential = credentials.find(|one| one.name == name);
    let forms = credential
        .map(|one| one.schemes.as_slice())
        .unwrap_or_default();
    let mut all = forms.iter();
    let form = match &source.form {
        Some(wanted) => all.find(|form| form.name == *wanted),
        None => all.next(),
    };
    let names: Vec<&str> = forms.iter().map(|form| form.name.as_str()).collect();
    let reason = || format!("it has no such form: its forms are {}", names.join(", "));
    Ok(TenantSecret {
        credential: name.to_owned(),
        form: form.ok_or_else(|| fault(name, reason()))?.clone(),
        source: source.clone(),
    })
}

fn read_all(places: &[TenantSecret], variable: &Lookup<'_>) -> Result<Latest, SecretsError> {
    let mut credentials = Credentials::none();
    let mut digests = Digests::new();
    for held in places {
        let name = held.credential.as_str();
        let text = held.source.read(variable);
        let text = text.map_err(|reason| fault(name, reason))?;
        let secret = Secret::new(&text);
        let secret = secret.map_err(|e| fault(name, format!("{}: {e}", held.source)))?;
        credentials = credentials.with(name, &held.form, secret);
        digests.insert(name.to_owned(), Sha256::digest(text.trim()).into());
    }
    Ok(Latest {
        digests,
        credentials,
    })
}
