//! A tenant's settings from the environment: its provider's base URL, and its secrets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::CliError;
use super::oauth::{describe_variables, find_tokens};
use connector_gateway::{
    AllowedNetworks, BaseUrl, Credentials, EgressOptions, Proxy, RateLimiter, Secret,
};
use connector_host::TenantConfig;
use connector_types::{Credential, Descriptor};

/// Stands in for the first form of the first credential.
const ALIAS_TOKEN: &str = "BATON_API_TOKEN";
/// Stands in for the connector's own variable of the base URL.
const ALIAS_BASE_URL: &str = "BATON_BASE_URL";

/// Environment variables. An empty one is as good as none.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Returns the variables of this process.
    pub fn of_process() -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self(std::env::vars_os().filter_map(named).collect())
    }

    /// Returns the variables given.
    pub fn from_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), OsString::from(value));
        Self(variables.into_iter().map(owned).collect())
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, CliError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let text = value
            .to_str()
            .ok_or_else(|| CliError::Usage(format!("{name} is not UTF-8 text: set it again")))?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }
}

/// Returns the variable of a credential's form: connector and form in capitals.
pub fn variable_name(connector: &str, form: &str) -> String {
    format!("{connector}_{form}")
        .to_uppercase()
        .replace('-', "_")
}

/// A tenant's settings from options. The environment supplies those that are left out, but never
/// widens access: trust, networks and a proxy need an explicit option of the operator.
#[derive(Clone, Debug, Default)]
pub struct ProviderOptions {
    /// The base URL of the provider.
    pub base_url: Option<String>,
    /// A PEM file of root certificates, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// True if a key may go to a base URL that the description does not name.
    pub trust_base_url: bool,
    /// Networks beside the public one in which the provider may stand.
    pub allowed: AllowedNetworks,
    /// A proxy's URL, or `env` for `HTTPS_PROXY` and `NO_PROXY`.
    pub proxy: Option<String>,
}

/// The settings that were found, and remarks for the user on how they were chosen.
#[derive(Debug)]
pub struct ProviderSettings {
    /// The tenant, with default limits.
    pub tenant: TenantConfig,
    /// Remarks, such as which of two keys is used.
    pub remarks: Vec<String>,
}

impl ProviderSettings {
    /// Takes a tenant's settings from options and environment.
    ///
    /// # Errors
    /// Returns an error if a required secret is missing or a setting cannot be used; the text names the
    /// variable and what to do, and never a secret.
    pub fn find(
        descriptor: &Descriptor,
        options: ProviderOptions,
        environment: &Environment,
        rate_limiter: RateLimiter,
    ) -> Result<Self, CliError> {
        let base_url = base_url(descriptor, &options, environment)?;
        let proxy = options.proxy.as_deref();
        let proxy = proxy.map(|text| proxy_of(text, environment)).transpose()?;
        let (credentials, remarks) = find_credentials(descriptor, environment)?;
        let mut tenant = TenantConfig::new(base_url, credentials);
        tenant.rate_limiter = rate_limiter;
        tenant.egress = EgressOptions {
            ca_file: options.ca_file,
            allowed: options.allowed,
            proxy,
            ..EgressOptions::default()
        };
        Ok(Self { tenant, remarks })
    }
}

fn base_url(
    descriptor: &Descriptor,
    options: &ProviderOptions,
    environment: &Environment,
) -> Result<BaseUrl, CliError> {
    let own = variable_name(&descriptor.name, "base-url");
    let usual = descriptor.base_urls.first().map(|place| place.url.as_str());
    let (text, from) = if let Some(text) = &options.base_url {
        (text.as_str(), "--base-url")
    } else if let Some(text) = environment.get(&own)? {
        (text, own.as_str())
    } else if let Some(text) = environment.get(ALIAS_BASE_URL)? {
        (text, ALIAS_BASE_URL)
    } else if let Some(text) = usual {
        (text, "the connector's description")
    } else {
        let text = format!("no base URL: set --base-url or {own}");
        return Err(CliError::Usage(text));
    };
    let parsed: Result<BaseUrl, _> = text.parse();
    let parsed = parsed
        .map_err(|e| CliError::Usage(format!("the base URL of {from} cannot be used: {e}")))?;
    if options.trust_base_url || is_trusted(&parsed, descriptor) {
        Ok(parsed)
    } else {
        let text = untrusted_address(&parsed, descriptor, "--trust-base-url");
        Err(CliError::Usage(format!("the base URL of {from}: {text}")))
    }
}

/// Returns whether a key may go there without an option of the operator: to this machine, and to
/// base URLs that the description names.
pub(super) fn is_trusted(base_url: &BaseUrl, descriptor: &Descriptor) -> bool {
    base_url.is_loopback() || base_url.is_described_by(descriptor)
}

/// Returns the reason why a base URL is not used, and the option that is missing.
pub(super) fn untrusted_address(base_url: &BaseUrl, descriptor: &Descriptor, word: &str) -> String {
    let described = descriptor.base_urls.iter();
    let described: Vec<_> = described.map(|place| place.url.as_str()).collect();
    format!(
        "{base_url} is none of those that {} names ({}), and the key would be sent there.\nIf its operator may have the key, add {word}.",
        descriptor.name,
        described.join(", ")
    )
}

/// Returns the proxy that an option names. A password stands in the environment only: options can be seen
/// by every user of a machine.
pub(super) fn proxy_of(text: &str, environment: &Environment) -> Result<Proxy, CliError> {
    if text != "env" {
        let proxy: Proxy = parse_proxy(text, "--proxy")?;
        return if proxy.has_password() {
            Err(CliError::Usage(
                "--proxy cannot be used: it holds a user name or a password. Set HTTPS_PROXY, and say --proxy env.".to_owned(),
            ))
        } else {
            Ok(proxy)
        };
    }
    let first = |names: [&'static str; 2]| {
        let found = names.map(|name| environment.get(name).map(|text| (name, text)));
        found
            .into_iter()
            .find(|found| !matches!(found, Ok((_, None))))
    };
    let Some((name, Some(url))) = first(["HTTPS_PROXY", "https_proxy"]).transpose()? else {
        let text = "--proxy env: HTTPS_PROXY is not set. Set it, or say --proxy URL.";
        return Err(CliError::Usage(text.to_owned()));
    };
    let proxy = parse_proxy(url, name)?;
    Ok(match first(["NO_PROXY", "no_proxy"]).transpose()? {
        Some((_, Some(hosts))) => proxy.except_hosts(hosts),
        _ => proxy,
    })
}

fn parse_proxy(text: &str, from: &str) -> Result<Proxy, CliError> {
    let parsed = text.parse();
    parsed.map_err(|e| CliError::Usage(format!("the proxy of {from} cannot be used: {e}")))
}

/// Returns the secrets that are set, the first form of each credential that has one. Every required
/// credential must have one. The alias comes last: a variable of the connector's own is meant more
/// precisely.
fn find_credentials(
    descriptor: &Descriptor,
    environment: &Environment,
) -> Result<(Credentials, Vec<String>), CliError> {
    let mut credentials = Credentials::none();
    let mut remarks = Vec::new();
    for (place, credential) in descriptor.credentials.iter().enumerate() {
        let mut set = Vec::new();
        for (variable, form) in variable_names(&descriptor.name, credential, place == 0) {
            if let Some(text) = environment.get(&variable)? {
                set.push((variable, form, text));
            }
        }
        let tokens = match place {
            0 => find_tokens(descriptor, credential, environment)?,
            _ => None,
        };
        let mut set = set.into_iter();
        let Some((variable, form, text)) = set.next() else {
            match tokens {
                Some(found) => {
                    let name = &credential.name;
                    credentials = credentials.with_tokens(name, found.scheme, found.source);
                }
                None if credential.required => {
                    return Err(missing_credential(descriptor, credential, place == 0));
                }
                None => {}
            }
            continue;
        };
        let secret = Secret::new(text);
        let secret =
            secret.map_err(|e| CliError::Usage(format!("{variable} cannot be used: {e}")))?;
        if let Some(form) = credential.schemes.get(form) {
            credentials = credentials.with(&credential.name, form, secret);
        }
        let others = set.map(|(other, _, _)| other);
        remarks.extend(
            others
                .chain(tokens.map(|found| found.variable))
                .map(|other| format!("{variable} and {other} are both set: {variable} is used")),
        );
    }
    Ok((credentials, remarks))
}

/// Returns the variables of a credential in order of precedence, with the index of the scheme.
fn variable_names(connector: &str, credential: &Credential, first: bool) -> Vec<(String, usize)> {
    let forms = credential.schemes.iter().enumerate();
    let own = forms.map(|(place, form)| (variable_name(connector, &form.name), place));
    let alias = first.then(|| (ALIAS_TOKEN.to_owned(), 0));
    own.chain(alias).collect()
}

/// Returns the variables of one form, as they are shown.
pub(super) fn shown_variables(
    descriptor: &Descriptor,
    credential: &Credential,
    form: usize,
) -> String {
    let first = descriptor.credentials.first() == Some(credential);
    let all = variable_names(&descriptor.name, credential, first).into_iter();
    let of_form = all.filter(|(_, place)| *place == form);
    of_form
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(" or ")
}

fn missing_credential(descriptor: &Descriptor, credential: &Credential, first: bool) -> CliError {
    let mut text = format!(
        "no credential: the connector {} needs the credential {}. Set one of these environment variables:",
        descriptor.name, credential.name
    );
    for (variable, place) in variable_names(&descriptor.name, credential, first) {
        let form = credential.schemes.get(place);
        let what = form.map_or("", |form| form.description.as_str());
        text.push_str(&format!("\n  {variable}: {what}"));
    }
    text.push_str(&describe_variables(descriptor, credential));
    CliError::Usage(text)
}
