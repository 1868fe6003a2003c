//! The manifest of the connector that this adapter is joined to: what it may ask for.

use egress_policy::{EgressPolicy, EndpointRule, guest_headers};

use crate::bindings::description::{Credential, Descriptor, Endpoint};
use crate::bindings::http_client::{Error, Request};
use crate::credential::HeaderLine;
use crate::errors::denied;

/// A description, prepared for checking requests.
pub struct JoinedManifest {
    policy: EgressPolicy,
    credentials: Vec<Credential>,
}

/// Headers as `wasi:http` takes them.
pub type Headers = Vec<(String, Vec<u8>)>;

impl JoinedManifest {
    /// Takes over a connector's description.
    ///
    /// # Errors
    /// Returns `denied` if a path is not a template, so that nothing can be asked for.
    pub fn new(descriptor: Descriptor) -> Result<Self, Error> {
        let rule = |endpoint: Endpoint| EndpointRule {
            path: endpoint.path,
            query: endpoint.query,
            credential: endpoint.credential,
        };
        let policy = EgressPolicy::new(descriptor.endpoints.into_iter().map(rule));
        let unusable = |reason| {
            denied(format!(
                "the connector's description is not usable: {reason}"
            ))
        };
        Ok(Self {
            policy: policy.map_err(unusable)?,
            credentials: descriptor.credentials,
        })
    }

    /// Checks a request and returns its own headers as they are sent.
    ///
    /// # Errors
    /// Returns `denied` for a path, query, credential or header that the connector may not use; the text
    /// repeats no value of them.
    pub fn check(&self, request: &Request) -> Result<Headers, Error> {
        let checked = self
            .policy
            .check(&request.credential, &request.path_with_query);
        checked.map_err(|refusal| denied(refusal.to_string()))?;
        let headers = guest_headers(&request.headers);
        let headers = headers.map_err(|refusal| denied(refusal.to_string()))?;
        let entries = headers.iter();
        let entry = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Ok(entries.map(entry).collect())
    }

    /// Reads the header line of a credential, which must be one of its declared forms.
    ///
    /// # Errors
    /// As [`HeaderLine::read`]; `denied` for a credential that is not declared.
    pub fn credential(
        &self,
        variables: &[(String, String)],
        name: &str,
    ) -> Result<HeaderLine, Error> {
        let mut declared = self.credentials.iter();
        let credential = declared.find(|credential| credential.name == name);
        let credential = credential
            .ok_or_else(|| denied("the connector does not declare this credential".to_owned()))?;
        HeaderLine::read(variables, name, &credential.schemes)
    }

    /// Returns the header lines of all credentials that are set.
    pub fn all_credentials(&self, variables: &[(String, String)]) -> Vec<HeaderLine> {
        let names = self.credentials.iter().map(|credential| &credential.name);
        let lines = names.map(|name| self.credential(variables, name).ok());
        lines.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::description::CredentialScheme;

    fn manifest(path: &str) -> Result<JoinedManifest, Error> {
        let endpoint = |path: &str, credential: &str| Endpoint {
            path: path.to_owned(),
            query: vec!["limit".to_owned()],
            credential: credential.to_owned(),
            rate: None,
            purpose: String::new(),
        };
        let form = |header: &str, prefix: &str| CredentialScheme {
            name: "form".to_owned(),
            header: header.to_owned(),
            prefix: prefix.to_owned(),
            description: String::new(),
        };
        JoinedManifest::new(Descriptor {
            name: "test".to_owned(),
            version: "0".to_owned(),
            resource_types: Vec::new(),
            credentials: vec![Credential {
                name: "key".to_owned(),
                description: String::new(),
                required: true,
                schemes: vec![form("X-Key", ""), form("Authorization", "Bearer ")],
            }],
            base_urls: Vec::new(),
            endpoints: vec![endpoint(path, "key"), endpoint("/audit", "audit")],
            change_log: None,
        })
    }

    fn request(credential: &str, path: &str) -> Request {
        Request {
            credential: credential.to_owned(),
            path_with_query: path.to_owned(),
            headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        }
    }

    #[test]
    fn what_is_declared_passes_and_nothing_else() {
        let manifest = manifest("/things/{id}").unwrap();
        let headers = manifest
            .check(&request("key", "/things/1?limit=2"))
            .unwrap();
        assert_eq!(
            headers,
            [("accept".to_owned(), b"application/json".to_vec())]
        );
        for (credential, path) in [
            ("key", "/other"),
            ("key", "/audit"),
            ("audit", "/things/1"),
            ("other", "/things/1"),
            ("", "/things/1"),
            ("key", "/things/1?cursor=2"),
            ("key", "/things/..;"),
            ("key", "/things/%ef%bc%8e%ef%bc%8e"),
            ("key", "/things/1?limit=1;limit=2"),
        ] {
            let refused = manifest.check(&request(credential, path));
            assert!(
                matches!(refused, Err(Error::Denied(_))),
                "{credential} {path}"
            );
        }
    }

    #[test]
    fn a_header_of_the_host_is_denied() {
        let manifest = manifest("/me").unwrap();
        for name in ["Host", "authorization", "X-Key", "cookie", "accept "] {
            let mut request = request("key", "/me");
            request.headers.push((name.to_owned(), "v".to_owned()));
            let refused = manifest.check(&request);
            assert!(matches!(refused, Err(Error::Denied(_))), "{name}");
        }
    }

    #[test]
    fn an_unusable_manifest_allows_no_request() {
        assert!(matches!(manifest("things"), Err(Error::Denied(_))));
    }

    #[test]
    fn a_credential_that_is_not_declared_is_never_read() {
        let variables = ["KEY", "AUDIT"].map(|name| {
            (
                format!("CONNECTOR_CREDENTIAL_{name}"),
                "X-Key: s3cret".to_owned(),
            )
        });
        let manifest = manifest("/me").unwrap();
        assert!(manifest.credential(&variables, "key").is_ok());
        let refused = manifest.credential(&variables, "audit");
        assert!(matches!(refused, Err(Error::Denied(_))));
        assert_eq!(manifest.all_credentials(&variables).len(), 1);
    }
}
