//! The one header that carries the secret.

use egress_policy::is_host_header;
use http::{HeaderName, HeaderValue};

use crate::bindings::description::CredentialScheme;
use crate::bindings::http_client::Error;
use crate::errors::denied;
use crate::settings::{CREDENTIAL, variable};

/// A credential's header line. It prints nothing: there is no `Debug` that could.
pub struct HeaderLine {
    name: HeaderName,
    value: HeaderValue,
    /// The start of the secret in the value.
    secret_at: usize,
}

impl HeaderLine {
    /// Reads the line of a credential, by its name in `describe`, from the environment.
    ///
    /// # Errors
    /// Returns `no-credential` if the variable is missing or empty, and `denied` if the name is not one,
    /// or where the variable holds a secret in quotes or no header line of one of the forms, with a
    /// text that names the variable and repeats nothing of its value.
    pub fn read(
        variables: &[(String, String)],
        credential: &str,
        forms: &[CredentialScheme],
    ) -> Result<Self, Error> {
        let name = variable_name(credential)?;
        let line = variable(variables, &name).ok_or(Error::NoCredential)?;
        if is_quoted(line) {
            return Err(denied(format!(
                "{name} has quotation marks: leave them out"
            )));
        }
        Self::parse(line, forms).ok_or_else(|| {
            let lines = forms
                .iter()
                .map(|form| format!("`{}: {}…`", form.header, form.prefix));
            let lines: Vec<_> = lines.collect();
            denied(format!(
                "{name} is not a header line that the connector declares: set it to {}",
                lines.join(" or ")
            ))
        })
    }

    /// Returns true if the variable of a credential is set, rightly or not.
    pub fn is_set(variables: &[(String, String)], credential: &str) -> bool {
        let name = variable_name(credential).ok();
        name.is_some_and(|name| variable(variables, &name).is_some())
    }

    /// Returns the secret alone.
    pub fn secret(&self) -> &str {
        let value = self.value.to_str().ok();
        value
            .and_then(|value| value.get(self.secret_at..))
            .unwrap_or_default()
    }

    /// Returns the header as `wasi:http` takes it.
    pub fn into_entry(self) -> (String, Vec<u8>) {
        (
            self.name.as_str().to_owned(),
            self.value.as_bytes().to_vec(),
        )
    }

    fn parse(line: &str, forms: &[CredentialScheme]) -> Option<Self> {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        let value = value.trim();
        let forms = forms
            .iter()
            .filter(|form| form.header.eq_ignore_ascii_case(name.as_str()));
        let secrets = forms.filter_map(|form| value.strip_prefix(&form.prefix));
        // Of two prefixes that fit, the longer one is meant; a scheme that is no prefix ends with a space.
        let secret = secrets
            .min_by_key(|secret| secret.len())?
            .rsplit(' ')
            .next()?;
        if secret.is_empty() || is_host_header(name.as_str()) {
            return None;
        }
        Some(Self {
            secret_at: value.len().checked_sub(secret.len())?,
            value: HeaderValue::from_str(value).ok()?,
            name,
        })
    }
}

/// Returns whether the line or its secret is in quotes, which some shells and environment files
/// preserve.
fn is_quoted(line: &str) -> bool {
    let is_quoted = |text: &str| text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']);
    let secret = line.split_once(':').map(|(_, secret)| secret.trim());
    is_quoted(line) || secret.is_some_and(is_quoted)
}

/// Returns the variable of a credential, such as `CONNECTOR_CREDENTIAL_COLLECTION_KEYS` for `collection-keys`.
fn variable_name(credential: &str) -> Result<String, Error> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if credential.is_empty() || credential.len() > 64 || !credential.bytes().all(plain) {
        return Err(denied(
            "the name of a credential is 1 to 64 lower-case letters, digits and hyphens".to_owned(),
        ));
    }
    let name = credential.to_ascii_uppercase().replace('-', "_");
    Ok(format!("{CREDENTIAL}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Vec<CredentialScheme> {
        let form = |(header, prefix): (&str, &str)| CredentialScheme {
            name: "form".to_owned(),
            header: header.to_owned(),
            prefix: prefix.to_owned(),
            description: String::new(),
        };
        let forms = [
            ("X-API-Key", ""),
            ("Authorization", "Bearer "),
            ("K", ""),
            ("Host", ""),
            ("Authorization", "Token token="),
        ];
        forms.map(form).to_vec()
    }

    fn line(name: &str, value: &str, credential: &str) -> Result<HeaderLine, Error> {
        let variables = [(name.to_owned(), value.to_owned())];
        HeaderLine::read(&variables, credential, &forms())
    }

    fn read(name: &str, value: &str, credential: &str) -> Result<(String, Vec<u8>), Error> {
        line(name, value, credential).map(HeaderLine::into_entry)
    }

    fn entry(name: &str, value: &str) -> Result<(String, Vec<u8>), Error> {
        Ok((name.to_owned(), value.as_bytes().to_vec()))
    }

    #[test]
    fn the_line_becomes_the_header() {
        let name = "CONNECTOR_CREDENTIAL_POSTMAN";
        assert_eq!(
            read(name, "X-API-Key: k", "postman"),
            entry("x-api-key", "k")
        );
        assert_eq!(
            read(name, " x-api-key:k\n", "postman"),
            entry("x-api-key", "k")
        );
        let bearer = read(name, "Authorization: Bearer a:b", "postman");
        assert_eq!(bearer, entry("authorization", "Bearer a:b"));
    }

    #[test]
    fn the_secret_is_what_comes_behind_the_prefix() {
        let name = "CONNECTOR_CREDENTIAL_POSTMAN";
        for (value, secret) in [
            ("X-API-Key: a:b", "a:b"),
            ("authorization: Bearer a.b", "a.b"),
            ("Authorization: Token token=y+=", "y+="),
            ("K: Bearer a.b", "a.b"),
        ] {
            assert_eq!(line(name, value, "postman").ok().unwrap().secret(), secret);
        }
    }

    #[test]
    fn a_hyphen_is_an_underscore_in_the_variable() {
        let name = "CONNECTOR_CREDENTIAL_AUDIT_LOG2";
        assert_eq!(read(name, "K: v", "audit-log2"), entry("k", "v"));
    }

    #[test]
    fn a_missing_or_empty_variable_is_no_credential() {
        assert_eq!(read("OTHER", "K: v", "postman"), Err(Error::NoCredential));
        let name = "CONNECTOR_CREDENTIAL_POSTMAN";
        assert_eq!(read(name, " \n", "postman"), Err(Error::NoCredential));
    }

    #[test]
    fn a_malformed_header_is_denied_and_not_shown() {
        for line in [
            "s3cret",
            ": s3cret",
            "X-API-Key:",
            "X API Key: s3cret",
            "K: s3c\r\nret",
            "K: s3crét\u{0}",
            "\"X-API-Key: s3cret\"",
            "X-API-Key: 's3cret'",
            "\u{feff}X-API-Key: s3cret",
            "Host: s3cret",
            "content-length: s3cret",
            "Cookie: s3cret",
            "Connection: s3cret",
            "Authorization: s3cret",
            "Authorization: Bearer",
            "X-Other-Key: s3cret",
        ] {
            let refused = read("CONNECTOR_CREDENTIAL_POSTMAN", line, "postman");
            let Err(Error::Denied(text)) = refused else {
                panic!("{line:?} was taken");
            };
            assert!(text.starts_with("CONNECTOR_CREDENTIAL_POSTMAN "));
            assert!(!text.contains("s3c"), "{text}");
        }
    }

    #[test]
    fn a_name_that_describe_cannot_hold_is_denied() {
        let long = "a".repeat(65);
        for name in ["", "Postman", "a_b", "a=b", "a b", "../a", &long] {
            assert!(
                matches!(read("X", "K: v", name), Err(Error::Denied(_))),
                "{name}"
            );
            assert!(!HeaderLine::is_set(
                &[("X".to_owned(), "K: v".to_owned())],
                name
            ));
        }
    }
}
