//! A tenant's secrets. They are held here, put on a request last, and shown to nobody.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use egress_policy::{REDACTED, Redactor};
use reqwest::header::{HeaderName, HeaderValue};
use thiserror::Error;
use zeroize::Zeroizing;

use connector_types::CredentialScheme;

/// Why a text cannot be a secret. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// A space, a control character, or something beyond ASCII in the middle.
    #[error("it holds a space or another character that no key has: copy it again")]
    Character,
    /// More than one line, or a line end that is written out.
    #[error("it holds a line end: leave the key alone on one line, without \\n or \\r")]
    LineEnd,
    /// A quotation mark at both ends.
    #[error("it is in quotes: leave them out")]
    Quotes,
    /// What some editors put at the beginning of a file.
    #[error("it begins with a byte order mark: save it as plain UTF-8, without one")]
    ByteOrderMark,
    /// Longer than any key.
    #[error("it is longer than 16 KiB, which no key is")]
    TooLong,
}

/// One secret. It is overwritten when it is dropped, and prints as `[redacted]`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over. White space around it, such as the line break of a file, is dropped.
    ///
    /// # Errors
    /// It is empty, too long, or holds what cannot be in a header or was not meant to be in it.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        match fault(text) {
            Some(fault) => Err(fault),
            None => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }
}

/// Marks that a shell, a file of variables or a text program puts around a key.
const QUOTES: [char; 9] = [
    '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}',
];

fn fault(text: &str) -> Option<SecretError> {
    let is_quoted = text.starts_with(QUOTES) && text.ends_with(QUOTES);
    Some(match text {
        "" => SecretError::Empty,
        _ if text.len() > 16 << 10 => SecretError::TooLong,
        _ if text.starts_with('\u{feff}') => SecretError::ByteOrderMark,
        _ if is_quoted => SecretError::Quotes,
        _ if text.contains(['\n', '\r']) || text.ends_with("\\n") || text.ends_with("\\r") => {
            SecretError::LineEnd
        }
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => SecretError::Character,
        _ => return None,
    })
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// The most former secrets that are redacted: a search looks at each place for all of them.
const MAX_FORMER: usize = 16;

/// The secrets of one tenant, by the credential's name.
#[derive(Clone, Default)]
pub struct Credentials {
    held: BTreeMap<String, CredentialSecret>,
    /// Secrets that these took the place of, the newest first.
    former: Vec<Secret>,
}

#[derive(Clone)]
struct CredentialSecret {
    header: String,
    prefix: String,
    secret: Secret,
}

impl Credentials {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a secret under a credential's name, in one of the forms that `describe` lists for it.
    #[must_use]
    pub fn with(mut self, name: &str, form: &CredentialScheme, secret: Secret) -> Self {
        let held = CredentialSecret {
            header: form.header.clone(),
            prefix: form.prefix.clone(),
            secret,
        };
        self.held.insert(name.to_owned(), held);
        self
    }

    /// Redacts the secrets of `former` too, the newest 16 that are no longer used: a provider may repeat
    /// a key that was rotated, and may still take it.
    #[must_use]
    pub fn replacing(mut self, former: &Self) -> Self {
        let before = former.held.values().map(|held| &held.secret);
        let before = before.chain(&former.former);
        for secret in before.cloned().chain(std::mem::take(&mut self.former)) {
            let mut known = self.held.values().map(|held| &held.secret);
            if !known.any(|one| one.0 == secret.0)
                && !self.former.iter().any(|one| one.0 == secret.0)
            {
                self.former.push(secret);
            }
        }
        self.former.truncate(MAX_FORMER);
        self
    }

    /// Whether there is a secret of this name.
    pub fn has(&self, name: &str) -> bool {
        self.held.contains_key(name)
    }

    /// What finds these secrets, and those before them, in what a provider sends.
    pub(super) fn redactor(&self) -> Redactor {
        let held = self.held.values().map(|held| &held.secret);
        let all = held.chain(&self.former);
        Redactor::new(all.map(|secret| secret.0.as_str()))
    }

    /// The header line of a credential, marked so that no library prints it. The line's bytes are
    /// overwritten when the last copy of the header is dropped.
    pub(super) fn header(&self, name: &str) -> Option<(HeaderName, HeaderValue)> {
        let held = self.held.get(name)?;
        let header = HeaderName::from_bytes(held.header.as_bytes()).ok()?;
        let line = Zeroizing::new([held.prefix.as_bytes(), held.secret.0.as_bytes()].concat());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(line)).ok()?;
        value.set_sensitive(true);
        Some((header, value))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.held.keys().map(|name| (name, REDACTED));
        f.debug_map().entries(names).finish()
    }
}
