//! Access tokens by OAuth: the locations of client id, client secret and parameters, which are read
//! again for each token.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::document::OAuthFields;
use super::location::{SecretLocation, VariableLookup};
use connector_gateway::{NamedSecret, TokenClient, TokenForm, TokenSource};
use connector_types::CredentialScheme;

/// The path of the token endpoint if the operator names none.
pub const TOKEN_PATH: &str = "/oauth2/token";

/// The texts that access tokens are requested with, or what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OAuthTexts<T> {
    client_id: T,
    client_secret: T,
    parameters: Vec<(String, T)>,
}

impl<T> OAuthTexts<T> {
    /// Replaces each text.
    ///
    /// # Errors
    /// Returns the first error, with the field that it is of.
    fn try_map<'a, U>(
        &'a self,
        mut replace: impl FnMut(&'a T) -> Result<U, String>,
    ) -> Result<OAuthTexts<U>, String> {
        let mut replaced =
            |field: &str, text| replace(text).map_err(|reason| format!("oauth.{field}: {reason}"));
        let client_id = replaced("client-id", &self.client_id)?;
        let client_secret = replaced("client-secret", &self.client_secret)?;
        let parameters = self.parameters.iter().map(|(name, text)| {
            let text = replaced(&format!("parameters.{name}"), text)?;
            Ok::<_, String>((name.clone(), text))
        });
        Ok(OAuthTexts {
            parameters: parameters.collect::<Result<_, _>>()?,
            client_id,
            client_secret,
        })
    }
}

/// The locations of the texts that access tokens are requested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthSource {
    token_path: String,
    locations: OAuthTexts<SecretLocation>,
}

impl OAuthSource {
    pub(super) fn new(fields: &OAuthFields, beside: &Path) -> Result<Self, String> {
        if let Some(name) = fields.parameters.keys().find(|name| !is_parameter(name)) {
            return Err(format!(
                "oauth.parameters.{}: a parameter is named with letters, digits, - and _, and is not grant_type",
                name.escape_debug()
            ));
        }
        let token_path = fields.token_path.as_deref().unwrap_or(TOKEN_PATH);
        let checked = TokenSource::check_path(token_path);
        checked.map_err(|reason| format!("oauth.token-path: {reason}"))?;
        let parameters = fields.parameters.iter();
        let texts = OAuthTexts {
            client_id: &fields.client_id,
            client_secret: &fields.client_secret,
            parameters: parameters
                .map(|(name, text)| (name.clone(), text))
                .collect(),
        };
        Ok(Self {
            token_path: token_path.to_owned(),
            locations: texts.try_map(|fields| Ok(SecretLocation::new(fields, beside)?))?,
        })
    }

    pub(super) fn secret_locations(&self) -> impl Iterator<Item = &SecretLocation> {
        let parameters = self
            .locations
            .parameters
            .iter()
            .map(|(_, location)| location);
        parameters.chain([&self.locations.client_id, &self.locations.client_secret])
    }

    /// Reads everything once, and returns the source of tokens and a digest of what was read: tenants
    /// that ask for tokens with the same texts use the same client.
    pub(super) fn connect_tokens(
        &self,
        variable: &VariableLookup<'_>,
    ) -> Result<(TokenSource, [u8; 32]), String> {
        let mut digest = Sha256::new();
        let texts = self.locations.try_map(|location| {
            let (secret, of_text) = location.read_digested(variable)?;
            digest.update(of_text);
            Ok(match location {
                SecretLocation::Env(_) => FormText::Fixed(secret),
                SecretLocation::File(_) => FormText::File(location.clone()),
            })
        })?;
        let source = TokenSource::new(&self.token_path, Arc::new(FileTokenClient(texts)));
        let source = source.map_err(|reason| format!("oauth.token-path: {reason}"))?;
        Ok((source, digest.finalize().into()))
    }
}

/// Returns the scheme of a credential in which an access token is sent, if the operator names none.
pub fn bearer_scheme(schemes: &[CredentialScheme]) -> Option<&CredentialScheme> {
    schemes.iter().find(|scheme| {
        scheme.header.eq_ignore_ascii_case("authorization")
            && scheme.prefix.trim().eq_ignore_ascii_case("bearer")
    })
}

fn is_parameter(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain) && name != "grant_type"
}

/// One text of the form: a variable does not change while the process runs.
#[derive(Clone, Debug)]
enum FormText {
    Fixed(NamedSecret),
    File(SecretLocation),
}

#[derive(Debug)]
struct FileTokenClient(OAuthTexts<FormText>);

impl TokenClient for FileTokenClient {
    fn read_form(&self) -> Result<TokenForm, String> {
        let texts = self.0.try_map(|text| match text {
            FormText::Fixed(secret) => Ok(secret.clone()),
            FormText::File(location) => location.read_secret(&|_| None::<Zeroizing<String>>),
        })?;
        Ok(TokenForm {
            client_id: texts.client_id,
            client_secret: texts.client_secret,
            parameters: texts.parameters,
        })
    }
}
