//! A manifest that an operator has read and approved, stored in a file: a component that asks for
//! more than that is not used.

use serde::{Deserialize, Serialize};

use super::Template;
use connector_types::{Credential, CredentialScheme, Descriptor, Endpoint};

/// The permissions that an operator approved for a component. Read from the output of `describe
/// --format approved-manifest` or `describe --format json`: fields that decide nothing are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedManifest {
    /// SHA-256 of the component in lower-case hexadecimal. If present, no other component is used,
    /// regardless of its requests.
    #[serde(default)]
    pub component_sha256: Option<String>,
    /// Name of the connector.
    pub name: String,
    /// The secrets that it may use, and the headers that carry them.
    pub credentials: Vec<ApprovedCredential>,
    /// The base URLs that it describes for the provider.
    pub base_urls: Vec<ApprovedBaseUrl>,
    /// The requests that it may send.
    pub endpoints: Vec<ApprovedEndpoint>,
}

/// One secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedCredential {
    /// Its name.
    pub name: String,
    /// Its schemes.
    pub schemes: Vec<ApprovedScheme>,
}

/// One scheme for sending a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedScheme {
    /// Its name.
    pub name: String,
    /// The header that carries it.
    pub header: String,
    /// The text before the value.
    pub prefix: String,
}

/// One base URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedBaseUrl {
    /// Scheme and authority.
    pub url: String,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedEndpoint {
    /// Path with `{name}` for each variable segment.
    pub path: String,
    /// The keys that its query may have.
    pub query: Vec<String>,
    /// The credential that goes along.
    pub credential: String,
}

impl ApprovedManifest {
    /// Returns the approved manifest of a component: the digest of its bytes and all that it declares.
    pub fn of(descriptor: &Descriptor, component_sha256: &str) -> Self {
        let endpoint = |one: &Endpoint| ApprovedEndpoint {
            path: one.path.clone(),
            query: one.query.clone(),
            credential: one.credential.clone(),
        };
        let place = |url: &String| ApprovedBaseUrl { url: url.clone() };
        let urls = descriptor.base_urls.iter().map(|one| &one.url);
        Self {
            component_sha256: Some(component_sha256.to_owned()),
            name: descriptor.name.clone(),
            credentials: descriptor.credentials.iter().map(credential).collect(),
            base_urls: urls.map(place).collect(),
            endpoints: descriptor.endpoints.iter().map(endpoint).collect(),
        }
    }

    /// Compares a component's bytes with those that were agreed to, before anything of it is compiled or
    /// run. An approved manifest without a digest lets all through to [`ApprovedManifest::check`].
    ///
    /// # Errors
    /// Returns an error with both digests, on one line.
    pub fn check_digest(&self, component_sha256: &str) -> Result<(), String> {
        match &self.component_sha256 {
            Some(approved) if !approved.eq_ignore_ascii_case(component_sha256) => Err(format!(
                "component sha256 is {component_sha256}, approved is {approved}"
            )),
            _ => Ok(()),
        }
    }

    /// Compares a component with what was agreed to. Asking for less is no difference.
    ///
    /// # Errors
    /// Returns an error with one line for each addition to the approved manifest.
    pub fn check(
        &self,
        descriptor: &Descriptor,
        component_sha256: &str,
    ) -> Result<(), Vec<String>> {
        let mut beyond: Vec<_> = self
            .check_digest(component_sha256)
            .err()
            .into_iter()
            .collect();
        if self.name != descriptor.name {
            let (is, approved) = (&descriptor.name, &self.name);
            beyond.push(format!("connector is {is}, approved is {approved}"));
        }
        for credential in &descriptor.credentials {
            self.check_credential(credential, &mut beyond);
        }
        for place in &descriptor.base_urls {
            if !self
                .base_urls
                .iter()
                .any(|approved| approved.url == place.url)
            {
                beyond.push(format!("base URL {}", place.url));
            }
        }
        let approved = self.endpoints.iter();
        let approved: Vec<_> = approved
            .map(|one| (Template::parse(&one.path), one))
            .collect();
        for endpoint in &descriptor.endpoints {
            check_endpoint(endpoint, &approved, &mut beyond);
        }
        if beyond.is_empty() {
            Ok(())
        } else {
            Err(beyond)
        }
    }

    fn check_credential(&self, asked: &Credential, beyond: &mut Vec<String>) {
        let mut approved = self.credentials.iter();
        let Some(approved) = approved.find(|approved| approved.name == asked.name) else {
            beyond.push(format!("credential {}", asked.name));
            return;
        };
        for scheme in asked.schemes.iter().map(scheme) {
            if !approved.schemes.contains(&scheme) {
                let ApprovedScheme {
                    name,
                    header,
                    prefix,
                } = scheme;
                beyond.push(format!(
                    "credential {} as {name}, in the header {header:?} after {prefix:?}",
                    asked.name
                ));
            }
        }
    }
}

/// Compares endpoints without the names of variable segments.
fn check_endpoint(
    asked: &Endpoint,
    approved: &[(Result<Template, String>, &ApprovedEndpoint)],
    beyond: &mut Vec<String>,
) {
    let Endpoint {
        path, credential, ..
    } = asked;
    let template = Template::parse(path);
    let same = approved.iter().filter(|(one, _)| *one == template);
    let same = same.filter(|(_, one)| one.credential == *credential);
    let approved: Vec<_> = same.map(|(_, one)| one).collect();
    if approved.is_empty() {
        beyond.push(format!("GET {path} with the credential {credential}"));
        return;
    }
    let known = |key: &&String| approved.iter().any(|one| one.query.contains(key));
    let unknown = asked.query.iter().filter(|key| !known(key));
    beyond.extend(unknown.map(|key| format!("GET {path} with the query key {key:?}")));
}

fn credential(one: &Credential) -> ApprovedCredential {
    ApprovedCredential {
        name: one.name.clone(),
        schemes: one.schemes.iter().map(scheme).collect(),
    }
}

fn scheme(one: &CredentialScheme) -> ApprovedScheme {
    ApprovedScheme {
        name: one.name.clone(),
        header: one.header.clone(),
        prefix: one.prefix.clone(),
    }
}
