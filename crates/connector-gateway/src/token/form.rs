//! The request for a token.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::Secret;

/// Reads the texts that a token is requested with, as they are now.
pub trait TokenClient: fmt::Debug + Send + Sync {
    /// Returns client id, client secret and parameters. May read files.
    ///
    /// # Errors
    /// Returns an error that names the location, and no text of it, if one cannot be read or used.
    fn read_form(&self) -> Result<TokenForm, String>;
}

/// A secret, and its location.
#[derive(Clone, Debug)]
pub struct NamedSecret {
    /// The secret.
    pub secret: Secret,
    /// Its location in words, such as `the file /run/secrets/client`.
    pub location: String,
}

/// The texts that a token is requested with.
#[derive(Clone, Debug)]
pub struct TokenForm {
    /// The client's id, the user name of the Basic scheme.
    pub client_id: NamedSecret,
    /// The client's secret, its password.
    pub client_secret: NamedSecret,
    /// Parameters beside `grant_type`, by name.
    pub parameters: Vec<(String, NamedSecret)>,
}

/// A form that never changes.
impl TokenClient for TokenForm {
    fn read_form(&self) -> Result<TokenForm, String> {
        Ok(self.clone())
    }
}

impl TokenForm {
    /// Returns the texts to redact.
    pub(in crate::token) fn form_secrets(&self) -> impl Iterator<Item = &Secret> {
        let parameters = self.parameters.iter().map(|(_, value)| &value.secret);
        parameters.chain([&self.client_secret.secret])
    }

    /// Returns the locations of id and secret, in words.
    pub(in crate::token) fn client_locations(&self) -> String {
        format!(
            "client-id ({}) and client-secret ({})",
            self.client_id.location, self.client_secret.location
        )
    }

    /// Returns the parameters and their locations, in words.
    pub(in crate::token) fn parameter_locations(&self) -> String {
        let parameters = self.parameters.iter();
        let locations = parameters.map(|(name, value)| format!("{name} ({})", value.location));
        locations.collect::<Vec<_>>().join(", ")
    }

    /// Returns the headers of the request. No library prints the one with the secret.
    pub(crate) fn request_headers(&self) -> Option<HeaderMap> {
        let (id, secret) = (
            self.client_id.secret.text(),
            self.client_secret.secret.text(),
        );
        let pair = Zeroizing::new([id, ":", secret].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&*pair));
        let line = Zeroizing::new([b"Basic ", encoded.as_bytes()].concat());
        let line = Bytes::from_owner(line);
        let mut value = HeaderValue::from_maybe_shared(line).ok()?;
        value.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        Some(HeaderMap::from_iter([
            (AUTHORIZATION, value),
            (ACCEPT, json.clone()),
            (CONTENT_TYPE, json),
        ]))
    }

    /// Returns the body of the request, which is overwritten when its last copy is dropped.
    pub(crate) fn request_body(&self) -> Bytes {
        const START: &str = r#"{"grant_type":"client_credentials""#;
        let texts = self.parameters.iter();
        let longest = texts.map(|(name, value)| 2 * (name.len() + value.secret.text().len()) + 6);
        // Room for all of it at once: what grows leaves copies behind.
        let mut json = Zeroizing::new(String::with_capacity(longest.sum::<usize>() + 64));
        json.push_str(START);
        for (name, value) in &self.parameters {
            json.push(',');
            push_quoted(&mut json, name);
            json.push(':');
            push_quoted(&mut json, value.secret.text());
        }
        json.push('}');
        Bytes::from_owner(Zeroizing::new(json.as_bytes().to_vec()))
    }
}

/// Adds a text of printable ASCII as JSON: two characters of it need an escape.
fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            json.push('\\');
        }
        json.push(c);
    }
    json.push('"');
}
