//! A tenant's secrets. They are stored here, added to a request last, and never shown.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use egress_policy::{REDACTED, Redactor};
use reqwest::header::{HeaderName, HeaderValue};
use thiserror::Error;
use zeroize::Zeroizing;

use super::TokenSource;
use connector_types::CredentialScheme;

/// The reason why a text cannot be a secret. Never repeats the text.
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
    /// A mark that some editors put at the beginning of a file.
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
    /// Returns an error if it is empty, too long, or has characters that a header or a secret cannot have.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        match secret_fault(text) {
            Some(fault) => Err(fault),
            None => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }
}

impl Secret {
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Returns whether both are the same text.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// Marks that a shell, a file of variables or a text program puts around a key.
const QUOTES: [char; 9] = [
    '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}',
];

fn secret_fault(text: &str) -> Option<SecretError> {
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

/// The most former secrets that are redacted: a search compares each position with all of them.
pub(super) const MAX_FORMER: usize = 16;

/// The secrets of one tenant, by the credential's name.
#[derive(Clone, Default)]
pub struct Credentials {
    current: BTreeMap<String, CredentialSecret>,
    /// Secrets that these replaced, the newest first.
    former: Vec<Secret>,
}

#[derive(Clone)]
struct CredentialSecret {
    header: String,
    prefix: String,
    value: CredentialValue,
}

/// The text after the prefix.
#[derive(Clone)]
enum CredentialValue {
    Secret(Secret),
    Token(TokenSource),
}

impl CredentialSecret {
    /// Returns the secrets to redact.
    fn redacted_secrets(&self) -> Vec<Secret> {
        match &self.value {
            CredentialValue::Secret(secret) => vec![secret.clone()],
            CredentialValue::Token(source) => source.known_secrets(),
        }
    }
}

impl Credentials {
    /// Returns an empty set.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a secret under a credential's name, in one of the forms that `describe` lists for it.
    #[must_use]
    pub fn with(self, name: &str, form: &CredentialScheme, secret: Secret) -> Self {
        self.with_value(name, form, CredentialValue::Secret(secret))
    }

    /// Adds access tokens under a credential's name, in one of the forms that `describe` lists for it.
    #[must_use]
    pub fn with_tokens(self, name: &str, form: &CredentialScheme, source: TokenSource) -> Self {
        self.with_value(name, form, CredentialValue::Token(source))
    }

    fn with_value(mut self, name: &str, form: &CredentialScheme, value: CredentialValue) -> Self {
        let current = CredentialSecret {
            header: form.header.clone(),
            prefix: form.prefix.clone(),
            value,
        };
        self.current.insert(name.to_owned(), current);
        self
    }

    /// Redacts the secrets of `former` too, the newest 16 that are no longer used: a provider may repeat
    /// a key that was rotated, and may still take it.
    #[must_use]
    pub fn replace_secrets(mut self, former: &Self) -> Self {
        let before = former
            .current
            .values()
            .flat_map(CredentialSecret::redacted_secrets);
        let before = before.chain(former.former.iter().cloned());
        let current = self.current.values();
        let known: Vec<_> = current
            .flat_map(CredentialSecret::redacted_secrets)
            .collect();
        for secret in before.chain(std::mem::take(&mut self.former)) {
            let mut all = known.iter().chain(&self.former);
            if !all.any(|one| one.is_same(&secret)) {
                self.former.push(secret);
            }
        }
        self.former.truncate(MAX_FORMER);
        self
    }

    /// Returns whether there is a secret of this name.
    pub fn has_credential(&self, name: &str) -> bool {
        self.current.contains_key(name)
    }

    /// Returns the redactor that finds these secrets, and the former ones, in a provider's answers.
    pub(super) fn redactor(&self) -> Redactor {
        let current: Vec<_> = self
            .current
            .values()
            .flat_map(CredentialSecret::redacted_secrets)
            .collect();
        let all = current.iter().chain(&self.former);
        Redactor::new(all.map(Secret::text))
    }

    /// Returns a number that changes with the secrets to redact.
    pub(super) fn secrets_version(&self) -> u64 {
        let sources = self
            .current
            .values()
            .filter_map(|current| match &current.value {
                CredentialValue::Secret(_) => None,
                CredentialValue::Token(source) => Some(source.secrets_version()),
            });
        sources.sum()
    }

    /// Returns the source of a credential's access tokens, if it has one.
    pub(super) fn token_source(&self, name: &str) -> Option<&TokenSource> {
        match &self.current.get(name)?.value {
            CredentialValue::Secret(_) => None,
            CredentialValue::Token(source) => Some(source),
        }
    }

    /// Returns the header line of a credential, marked so that no library prints it; `token` is its
    /// secret if it has access tokens. The line's bytes are overwritten when the last copy is dropped.
    pub(super) fn header(
        &self,
        name: &str,
        token: Option<&Secret>,
    ) -> Option<(HeaderName, HeaderValue)> {
        let current = self.current.get(name)?;
        let secret = match &current.value {
            CredentialValue::Secret(secret) => secret,
            CredentialValue::Token(_) => token?,
        };
        let header = HeaderName::from_bytes(current.header.as_bytes()).ok()?;
        let line = Zeroizing::new([current.prefix.as_bytes(), secret.0.as_bytes()].concat());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(line)).ok()?;
        value.set_sensitive(true);
        Some((header, value))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.current.keys().map(|name| (name, REDACTED));
        f.debug_map().entries(names).finish()
    }
}
