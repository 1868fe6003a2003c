//! The API of a service as a description, so that the gateway's policy applies to it too.

use url::form_urlencoded::Serializer;

use connector_types::{Credential, CredentialScheme, Descriptor, Endpoint, ResourceId};

/// The credential under which the gateway knows the service's token.
pub(super) const CREDENTIAL: &str = "service";
/// The description, which every sync asks for first.
pub(super) const DESCRIBE: &str = "/v1/describe";
/// Which of the connector's credentials the service has.
pub(super) const CREDENTIALS: &str = "/v1/credentials";
/// The path of the credential check.
pub(super) const VALIDATE: &str = "/v1/validate";
const ENTITLEMENTS: &str = "/v1/entitlements";
const RESOURCES: &str = "/v1/resources";
const GRANTS: &str = "/v1/grants";

/// Headers of an answer: who answered, of which contract, after how many requests.
pub(super) const CONNECTOR: &str = "connector";
pub(super) const CONTRACT: &str = "connector-contract";
pub(super) const REQUESTS: &str = "connector-requests";
/// All three.
pub(super) const HEADERS: &[&str] = &[CONNECTOR, CONTRACT, REQUESTS];

/// Returns the service's paths, as the description of a connector that asks for them.
pub(super) fn service_manifest() -> Descriptor {
    let endpoint = |path: &str, query: &[&str]| Endpoint {
        path: path.to_owned(),
        query: query.iter().map(|key| (*key).to_owned()).collect(),
        credential: CREDENTIAL.to_owned(),
        rate: None,
        purpose: String::new(),
    };
    let of_page = ["resource_type", "parent_type", "parent_id", "page_token"];
    Descriptor {
        name: "service".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        resource_types: Vec::new(),
        credentials: vec![Credential {
            name: CREDENTIAL.to_owned(),
            description: String::new(),
            required: true,
            schemes: vec![token_scheme()],
        }],
        base_urls: Vec::new(),
        endpoints: vec![
            endpoint(DESCRIBE, &[]),
            endpoint(CREDENTIALS, &[]),
            endpoint(VALIDATE, &[]),
            endpoint(ENTITLEMENTS, &["resource_type"]),
            endpoint(RESOURCES, &of_page),
            endpoint(GRANTS, &["resource_type", "id", "page_token"]),
        ],
        change_log: None,
    }
}

/// Returns the scheme by which the token is sent.
pub(super) fn token_scheme() -> CredentialScheme {
    CredentialScheme {
        name: "token".to_owned(),
        header: "Authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
        description: String::new(),
    }
}

/// Returns the path and query of `list-entitlements`.
pub(super) fn entitlements_path(resource_type: &str) -> String {
    path(ENTITLEMENTS, &[("resource_type", Some(resource_type))])
}

/// Returns the path and query of `list-resources`.
pub(super) fn resources_path(
    resource_type: &str,
    parent: Option<&ResourceId>,
    page_token: Option<&str>,
) -> String {
    let parent_type = parent.map(|id| id.resource_type.as_str());
    let pairs = [
        ("resource_type", Some(resource_type)),
        ("parent_type", parent_type),
        ("parent_id", parent.map(|id| id.id.as_str())),
        ("page_token", page_token),
    ];
    path(RESOURCES, &pairs)
}

/// Returns the path and query of `list-grants`.
pub(super) fn grants_path(resource: &ResourceId, page_token: Option<&str>) -> String {
    let pairs = [
        ("resource_type", Some(resource.resource_type.as_str())),
        ("id", Some(resource.id.as_str())),
        ("page_token", page_token),
    ];
    path(GRANTS, &pairs)
}

fn path(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (key, value) in pairs {
        if let Some(value) = value {
            query.append_pair(key, value);
        }
    }
    format!("{path}?{}", query.finish())
}
