//! Access tokens by OAuth, from environment variables.

use std::sync::Arc;

use super::{CliError, Environment, variable_name};
use connector_gateway::{NamedSecret, Secret, TokenForm, TokenSource};
use connector_host::tenants::{SecretLocation, TOKEN_PATH, bearer_scheme};
use connector_types::{Credential, CredentialScheme, Descriptor};

/// The parameters that a token may be asked for with, by the end of the variable's name.
const PARAMETERS: [(&str, &str); 2] = [
    ("oauth-installation-auth-id", "installationAuthId"),
    ("oauth-jwt", "jwt"),
];
const CLIENT_ID: &str = "oauth-client-id";
const CLIENT_SECRET: &str = "oauth-client-secret";

/// The source of a credential's access tokens that the environment describes.
pub(super) struct FoundTokens<'a> {
    pub(super) variable: String,
    pub(super) scheme: &'a CredentialScheme,
    pub(super) source: TokenSource,
}

/// Returns the source of access tokens that is set, if there is one.
///
/// # Errors
/// Returns an error that names the variable if one is missing or cannot be used.
pub(super) fn find_tokens<'a>(
    descriptor: &Descriptor,
    credential: &'a Credential,
    environment: &Environment,
) -> Result<Option<FoundTokens<'a>>, CliError> {
    let variable = |end: &str| variable_name(&descriptor.name, end);
    let (id, secret) = (variable(CLIENT_ID), variable(CLIENT_SECRET));
    let is_set = |name: &str| environment.get(name).map(|value| value.is_some());
    if !is_set(&id)? && !is_set(&secret)? {
        return Ok(None);
    }
    let required = |name: &str| {
        let missing =
            || CliError::Usage(format!("{name} is not set: OAuth needs {id} and {secret}"));
        read_secret(name, environment)?.ok_or_else(missing)
    };
    let (client_id, client_secret) = (required(&id)?, required(&secret)?);
    let mut parameters = Vec::new();
    for (end, parameter) in PARAMETERS {
        if let Some(value) = read_secret(&variable(end), environment)? {
            parameters.push((parameter.to_owned(), value));
        }
    }
    let form = TokenForm {
        client_id,
        client_secret,
        parameters,
    };
    let path_variable = variable("oauth-token-path");
    let path = environment.get(&path_variable)?.unwrap_or(TOKEN_PATH);
    let source = TokenSource::new(path.trim(), Arc::new(form));
    let unusable = |reason| CliError::Usage(format!("{path_variable} cannot be used: {reason}"));
    let unsendable = || {
        CliError::Usage(format!(
            "{id}: the credential {} of {} has no form for access tokens",
            credential.name, descriptor.name
        ))
    };
    Ok(Some(FoundTokens {
        scheme: bearer_scheme(&credential.schemes).ok_or_else(unsendable)?,
        source: source.map_err(unusable)?,
        variable: id,
    }))
}

fn read_secret(name: &str, environment: &Environment) -> Result<Option<NamedSecret>, CliError> {
    let Some(text) = environment.get(name)? else {
        return Ok(None);
    };
    let secret = Secret::new(text);
    let secret = secret.map_err(|e| CliError::Usage(format!("{name} cannot be used: {e}")))?;
    Ok(Some(NamedSecret {
        secret,
        location: SecretLocation::Env(name.to_owned()).to_string(),
    }))
}

/// Describes the variables by which access tokens are obtained, if the credential has a form for them.
pub(super) fn describe_variables(descriptor: &Descriptor, credential: &Credential) -> String {
    if bearer_scheme(&credential.schemes).is_none() {
        return String::new();
    }
    let variable = |end: &str| variable_name(&descriptor.name, end);
    format!(
        "\nor, for access tokens by OAuth, {} and {}.",
        variable(CLIENT_ID),
        variable(CLIENT_SECRET)
    )
}
