//! A key that Postman refuses for one request and takes for others.

use super::*;

/// Answers 401 to `refused` and a team's key to the rest.
fn refusing(refused: &'static [&'static str]) -> impl Transport {
    move |_: &'static str, request: Request<()>| {
        let refusal = r#"{"error":{"name":"AuthenticationError","message":"Invalid API Key. Every request requires a valid API Key to be sent."}}"#;
        let (status, body) = match request.uri().path() {
            path if refused.contains(&path) => (401, refusal),
            _ => (200, SERVICE_ACCOUNT),
        };
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

#[test]
fn a_refusal_of_a_key_that_is_taken_after_it_passes() {
    const ROLES: &str = "/workspaces/w1/roles";
    let workspace = ("workspace", "w1");
    for (refused, wanted) in [
        (&[ROLES] as &[&str], ErrorKind::Unavailable),
        (&[ROLES, "/me"], ErrorKind::Unauthenticated),
    ] {
        let read = PostmanConnector::list_grants(&refusing(refused), workspace, None);
        assert_eq!(read.unwrap_err().kind, wanted, "{refused:?}");
    }
}

#[test]
fn a_refused_key_is_refused_by_validate() {
    let read = PostmanConnector::validate(&refusing(&["/me"]));
    assert_eq!(read.unwrap_err().kind, ErrorKind::Unauthenticated);
}

#[test]
fn a_refused_scim_key_is_tried_with_scim_alone() {
    let list = |refused| {
        PostmanConnector::list_resources(&refusing(refused), "scim-group", Some(TEAM), None)
    };
    let refused = list(&["/scim/v2/Groups", "/scim/v2/Users"]);
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Unauthenticated);
    let passing = list(&["/scim/v2/Groups"]);
    assert_eq!(passing.unwrap_err().kind, ErrorKind::Unavailable);
}
