//! Request routing: a method, a path and a query become one call, or a refusal.

use crate::query::{BadQuery, Query};

/// The call that a request makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceRequest {
    /// The description.
    Describe,
    /// Which secrets are set.
    Credentials,
    /// A check of the credential.
    Validate,
    /// The entitlements on one type.
    Entitlements {
        /// The type.
        resource_type: String,
    },
    /// One page of the resources of one type.
    Resources {
        /// The type.
        resource_type: String,
        /// Type and id of the parent.
        parent: Option<(String, String)>,
        /// The page token.
        page_token: Option<String>,
    },
    /// One page of the grants on one resource.
    Grants {
        /// The resource's type.
        resource_type: String,
        /// The resource's id.
        id: String,
        /// The page token.
        page_token: Option<String>,
    },
}

/// The reason why a request matches no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No such path.
    Path,
    /// The path has other methods: these.
    Method(&'static str),
    /// A parameter does not fit.
    Query(BadQuery),
}

impl From<BadQuery> for RouteError {
    fn from(bad: BadQuery) -> Self {
        Self::Query(bad)
    }
}

/// The path that answers without a token.
pub const HEALTH: &str = "/v1/health";

/// Reads a request other than that for health.
///
/// # Errors
/// Returns an error for the first part that is not valid, the path before the parameters.
pub fn route(method: &str, path: &str, query: &str) -> Result<ServiceRequest, RouteError> {
    let (methods, known): (&'static str, &[&str]) = match path {
        "/v1/describe" | "/v1/credentials" => ("GET", &[]),
        "/v1/validate" => ("GET, POST", &[]),
        "/v1/entitlements" => ("GET", &["resource_type"]),
        "/v1/resources" => (
            "GET",
            &["resource_type", "parent_type", "parent_id", "page_token"],
        ),
        "/v1/grants" => ("GET", &["resource_type", "id", "page_token"]),
        _ => return Err(RouteError::Path),
    };
    if !methods.split(", ").any(|known| known == method) {
        return Err(RouteError::Method(methods));
    }
    let mut query = Query::parse(query, known)?;
    Ok(match path {
        "/v1/describe" => ServiceRequest::Describe,
        "/v1/credentials" => ServiceRequest::Credentials,
        "/v1/validate" => ServiceRequest::Validate,
        "/v1/entitlements" => ServiceRequest::Entitlements {
            resource_type: query.need("resource_type")?,
        },
        "/v1/resources" => ServiceRequest::Resources {
            resource_type: query.need("resource_type")?,
            parent: parent(&mut query)?,
            page_token: query.take("page_token"),
        },
        _ => ServiceRequest::Grants {
            resource_type: query.need("resource_type")?,
            id: query.need("id")?,
            page_token: query.take("page_token"),
        },
    })
}

/// Returns both parts of a parent, or neither.
fn parent(query: &mut Query) -> Result<Option<(String, String)>, BadQuery> {
    match (query.take("parent_type"), query.take("parent_id")) {
        (None, None) => Ok(None),
        (Some(resource_type), Some(id)) => Ok(Some((resource_type, id))),
        (Some(_), None) => Err(one_of_two("parent_id", "parent_type")),
        (None, Some(_)) => Err(one_of_two("parent_type", "parent_id")),
    }
}

fn one_of_two(missing: &str, there: &str) -> BadQuery {
    BadQuery {
        field: missing.to_owned(),
        reason: format!("it is missing, and {there} is there: a parent has both"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, query: &str) -> Result<ServiceRequest, RouteError> {
        route("GET", path, query)
    }

    fn bad_field(path: &str, query: &str) -> String {
        match get(path, query) {
            Err(RouteError::Query(bad)) => bad.field,
            other => panic!("{path}?{query}: {other:?}"),
        }
    }

    #[test]
    fn a_page_is_asked_for_with_its_parent_and_token() {
        let query = "resource_type=user&parent_type=team&parent_id=1&page_token=c";
        let asked = get("/v1/resources", query).unwrap();
        let expected = ServiceRequest::Resources {
            resource_type: "user".to_owned(),
            parent: Some(("team".to_owned(), "1".to_owned())),
            page_token: Some("c".to_owned()),
        };
        assert_eq!(asked, expected);
    }

    #[test]
    fn a_parameter_that_is_missing_or_not_known_is_named() {
        assert_eq!(bad_field("/v1/entitlements", ""), "resource_type");
        assert_eq!(bad_field("/v1/grants", "resource_type=team"), "id");
        let half = "resource_type=user&parent_id=1";
        assert_eq!(bad_field("/v1/resources", half), "parent_type");
        let half = "resource_type=user&parent_type=team";
        assert_eq!(bad_field("/v1/resources", half), "parent_id");
        assert_eq!(bad_field("/v1/describe", "page_token=1"), "page_token");
    }

    #[test]
    fn path_comes_before_method_and_method_before_query() {
        assert_eq!(route("PUT", "/v2/describe", "?"), Err(RouteError::Path));
        assert_eq!(get("/v1/describe/", ""), Err(RouteError::Path));
        let method = route("POST", "/v1/grants", "x=1");
        assert_eq!(method, Err(RouteError::Method("GET")));
        assert_eq!(
            route("POST", "/v1/validate", ""),
            Ok(ServiceRequest::Validate)
        );
        let method = route("DELETE", "/v1/validate", "");
        assert_eq!(method, Err(RouteError::Method("GET, POST")));
    }
}
