//! Access tokens by OAuth: the locations of client id, client secret and parameters, which are read
//! again for each token.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::document::OAuthFields;
use super::place::{Lookup, SecretPlace};
use connector_gateway::{NamedSecret, TokenClient, TokenForm, TokenSource};
use connector_types::CredentialScheme;

/// The path of the token endpoint if the operator names none.
pub const TOKEN_PATH: &str = "/oauth2/token";

/// The locations of the texts that access tokens are requested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthSource {
    token_path: String,
    client_id: SecretPlace,
    client_secret: SecretPlace,
    parameters: Vec<(String, SecretPlace)>,
}

impl OAuthSource {
    pub(super) fn new(fields: &OAuthFields, beside: &Path) -> Result<Self, String> {
        let place = |field: &str, fields| {
            SecretPlace::new(fields, beside).map_err(|reason| format!("oauth.{field}: {reason}"))
        };
        let parameters = fields.parameters.iter().map(|(name, fields)| {
            let place = place(&format!("parameters.{name}"), fields)?;
            Ok::<_, String>((name.clone(), place))
        });
        if let Some(name) = fields.parameters.keys().find(|name| !is_parameter(name)) {
            return Err(format!(
                "oauth.parameters.{}: a parameter is named with letters, digits, - and _, and is not grant_type",
                name.escape_debug()
            ));
        }
        let token_path = fields.token_path.as_deref().unwrap_or(TOKEN_PATH);
        let checked = TokenSource::check_path(token_path);
        checked.map_err(|reason| format!("oauth.token-path: {reason}"))?;
        Ok(Self {
            token_path: token_path.to_owned(),
            client_id: place("client-id", &fields.client_id)?,
            client_secret: place("client-secret", &fields.client_secret)?,
            parameters: parameters.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn secret_places(&self) -> impl Iterator<Item = &SecretPlace> {
        let parameters = self.parameters.iter().map(|(_, place)| place);
        parameters.chain([&self.client_id, &self.client_secret])
    }

    /// Reads everything once, and returns the source of tokens and a digest of what was read.
    pub(super) fn connect_tokens(
        &self,
        variable: &Lookup<'_>,
    ) -> Result<(TokenSource, [u8; 32]), String> {
        let client = FileTokenClient {
            client_id: FormText::new(&self.client_id, variable).map_err(name_field("client-id"))?,
            client_secret: FormText::new(&self.client_secret, variable)
                .map_err(name_field("client-secret"))?,
            parameters: self
                .parameters
                .iter()
                .map(|(name, place)| {
                    let field = format!("parameters.{name}");
                    let piece = FormText::new(place, variable).map_err(name_field(&field))?;
                    Ok::<_, String>((name.clone(), piece))
                })
                .collect::<Result<_, _>>()?,
        };
        let digest = self.form_digest(variable)?;
        let source = TokenSource::new(&self.token_path, Arc::new(client));
        let source = source.map_err(|reason| format!("oauth.token-path: {reason}"))?;
        Ok((source, digest))
    }

    /// Tenants that ask for tokens with the same texts use the same client.
    fn form_digest(&self, variable: &Lookup<'_>) -> Result<[u8; 32], String> {
        let mut digest = Sha256::new();
        for place in self.secret_places() {
            let text = place.read_text(variable)?;
            digest.update(Sha256::digest(text.trim()));
        }
        Ok(digest.finalize().into())
    }
}

/// Returns the scheme of a credential in which an access token is sent, if the operator names none.
pub fn bearer_scheme(schemes: &[CredentialScheme]) -> Option<&CredentialScheme> {
    schemes.iter().find(|scheme| {
        scheme.header.eq_ignore_ascii_case("authorization")
            && scheme.prefix.trim().eq_ignore_ascii_case("bearer")
    })
}

fn name_field(field: &str) -> impl Fn(String) -> String {
    move |reason| format!("oauth.{field}: {reason}")
}

fn is_parameter(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain) && name != "grant_type"
}

/// One text of the form: a variable does not change while the process runs.
#[derive(Clone, Debug)]
enum FormText {
    Fixed(NamedSecret),
    File(SecretPlace),
}

impl FormText {
    fn new(place: &SecretPlace, variable: &Lookup<'_>) -> Result<Self, String> {
        let secret = place.read_secret(variable)?;
        Ok(match place {
            SecretPlace::Env(_) => Self::Fixed(secret),
            SecretPlace::File(_) => Self::File(place.clone()),
        })
    }

    fn read_text(&self) -> Result<NamedSecret, String> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::File(place) => place.read_secret(&|_| None::<Zeroizing<String>>),
        }
    }
}

#[derive(Debug)]
struct FileTokenClient {
    client_id: FormText,
    client_secret: FormText,
    parameters: Vec<(String, FormText)>,
}

impl TokenClient for FileTokenClient {
    fn read_form(&self) -> Result<TokenForm, String> {
        let parameters = self.parameters.iter().map(|(name, piece)| {
            let value = piece
                .read_text()
                .map_err(name_field(&format!("parameters.{name}")))?;
            Ok::<_, String>((name.clone(), value))
        });
        Ok(TokenForm {
            client_id: self
                .client_id
                .read_text()
                .map_err(name_field("client-id"))?,
            client_secret: self
                .client_secret
                .read_text()
                .map_err(name_field("client-secret"))?,
            parameters: parameters.collect::<Result<_, _>>()?,
        })
    }
}
