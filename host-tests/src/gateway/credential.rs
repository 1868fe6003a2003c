//! A tenant's secrets. They are held here, put on a request last, and shown to nobody.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use reqwest::header::{HeaderName, HeaderValue};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::records::CredentialForm;

/// Why a text cannot be a secret. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// A space, a control character, or something beyond ASCII in the middle.
    #[error("it holds a space, a line break or another character that no key has: copy it again")]
    Character,
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
    /// It is empty, too long, or holds what cannot be in a header.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.len() > 16 << 10 {
            return Err(SecretError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretError::Character);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The secrets of one tenant, by the credential's name.
#[derive(Clone, Default)]
pub struct Credentials {
    held: BTreeMap<String, Held>,
}

#[derive(Clone)]
struct Held {
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
    pub fn with(mut self, name: &str, form: &CredentialForm, secret: Secret) -> Self {
        let held = Held {
            header: form.header.clone(),
            prefix: form.prefix.clone(),
            secret,
        };
        self.held.insert(name.to_owned(), held);
        self
    }

    /// Whether there is a secret of this name.
    pub fn has(&self, name: &str) -> bool {
        self.held.contains_key(name)
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
        let names = self.held.keys().map(|name| (name, "[redacted]"));
        f.debug_map().entries(names).finish()
    }
}
