//! The location of a secret: an environment variable or a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::document::LocationFields;
use connector_gateway::{NamedSecret, Secret};

/// No key is longer; a longer file is something else.
const MAX_FILE: usize = 64 << 10;

/// Looks an environment variable up.
pub(super) type VariableLookup<'a> = dyn Fn(&str) -> Option<Zeroizing<String>> + 'a;

/// The location of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretLocation {
    /// The environment variable of this name.
    Env(String),
    /// The content of this file.
    File(PathBuf),
}

impl SecretLocation {
    /// Returns the location. A key in place of a variable's name must not get into a message, so that
    /// only what is certainly a name is taken for one.
    pub(super) fn new(fields: &LocationFields, beside: &Path) -> Result<Self, &'static str> {
        match (&fields.env, &fields.file) {
            (Some(name), None) if is_variable(name) => Ok(Self::Env(name.clone())),
            (Some(_), None) => Err(
                "env is the name of an environment variable, in capitals, digits and underscores, not the key itself",
            ),
            (None, Some(path)) => Ok(Self::File(beside.join(path))),
            (None, None) => Err("say where the key is, with env or with file"),
            (Some(_), Some(_)) => Err("env and file are both there: keep one"),
        }
    }

    /// Returns the file that holds the secret, if it is one.
    pub fn secret_file(&self) -> Option<&Path> {
        match self {
            Self::Env(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// Reports whether every user of the machine may read or write the file that holds the secret.
    #[cfg(unix)]
    pub fn is_open_to_others(&self) -> bool {
        use std::os::unix::fs::PermissionsExt;
        let found = self
            .secret_file()
            .and_then(|path| std::fs::metadata(path).ok());
        found.is_some_and(|found| found.permissions().mode() & 0o006 != 0)
    }

    /// Reports whether every user of the machine may read the file, which this system does not
    /// provide.
    #[cfg(not(unix))]
    pub fn is_open_to_others(&self) -> bool {
        false
    }

    /// Reads the text, which may be no secret.
    fn read_text(&self, variable: &VariableLookup<'_>) -> Result<Zeroizing<String>, String> {
        match self {
            Self::Env(name) => variable(name).ok_or_else(|| format!("{self} is not set, or empty")),
            Self::File(path) => read_file(path).map_err(|e| format!("{self} cannot be read: {e}")),
        }
    }

    /// Reads the secret.
    pub(super) fn read_secret(&self, variable: &VariableLookup<'_>) -> Result<NamedSecret, String> {
        Ok(self.read_digested(variable)?.0)
    }

    /// Reads the secret, and returns a digest of its text too.
    pub(super) fn read_digested(
        &self,
        variable: &VariableLookup<'_>,
    ) -> Result<(NamedSecret, [u8; 32]), String> {
        let text = self.read_text(variable)?;
        let secret = Secret::new(&text).map_err(|e| format!("{self}: {e}"))?;
        let named = NamedSecret {
            secret,
            location: self.to_string(),
        };
        Ok((named, Sha256::digest(text.trim()).into()))
    }
}

impl fmt::Display for SecretLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

fn is_variable(name: &str) -> bool {
    let first = name.bytes().next();
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 128 && name.bytes().all(plain) && first.is_some_and(|byte| !byte.is_ascii_digit())
}

fn read_file(path: &Path) -> io::Result<Zeroizing<String>> {
    let fault = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidData, text.to_owned()));
    // Checked before it is opened: opening a pipe blocks until a writer opens it.
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
