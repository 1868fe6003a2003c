//! One function says what an answer that is no success means for the host; its table is the test.

use crate::api::endpoints::PostmanRequest;
use crate::api::problem::ProviderProblem;
use connector_sdk::error::ErrorKind;

/// Returns the error that an answer with another status than 200 means. `month_spent`: a header
/// states that nothing is left this month.
pub fn classify(
    endpoint: &PostmanRequest<'_>,
    status: u16,
    problem: &ProviderProblem,
    month_spent: bool,
) -> ErrorKind {
    match status {
        429 if month_spent => ErrorKind::QuotaExhausted,
        // By its name, since a gateway may state it with another status.
        403 | 429 if problem.says("servicelimitexhausted") => ErrorKind::QuotaExhausted,
        429 => ErrorKind::RateLimited,
        _ if is_of_intermediary(status, problem) => not_postman(endpoint),
        401 if endpoint.is_extra() => ErrorKind::Forbidden,
        402 | 404 if endpoint.is_of_feature() => ErrorKind::NotOffered,
        // A run begins with `validate`: whatever follows it, the key was taken once.
        401 if *endpoint != PostmanRequest::Validate && speaks_of_permission(problem) => {
            ErrorKind::Forbidden
        }
        401 => ErrorKind::Unauthenticated,
        400 | 403 if speaks_of_plan(problem) => ErrorKind::NotOffered,
        403 => ErrorKind::Forbidden,
        422 if endpoint.names_one() => ErrorKind::Forbidden,
        404 if endpoint.names_one() => ErrorKind::NotFound,
        404 if *endpoint == PostmanRequest::Validate => ErrorKind::Misconfigured,
        400 if endpoint.has_cursor() && problem.says("cursor") => ErrorKind::Expired,
        // A passing fault of Postman's, seen live as a 400.
        400 if problem.says("syncerror") => ErrorKind::Unavailable,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        // No content where there should be some.
        200..=299 if !problem.is_json => not_postman(endpoint),
        _ => ErrorKind::UnexpectedResponse,
    }
}

/// Returns whether something between the host and Postman answered, such as a proxy or a firewall:
/// Postman refuses in JSON, and has none of 407, 451 and 511.
pub fn is_of_intermediary(status: u16, problem: &ProviderProblem) -> bool {
    match status {
        401 | 403 => !problem.is_json,
        407 | 451 | 511 => true,
        _ => false,
    }
}

/// Returns the meaning of a 200 whose body is not what was asked for. One with an error in it comes from
/// a gateway whose own request failed, and passes.
pub fn classify_unreadable(endpoint: &PostmanRequest<'_>, problem: &ProviderProblem) -> ErrorKind {
    match problem {
        ProviderProblem { is_json: false, .. } => not_postman(endpoint),
        ProviderProblem { is_error: true, .. } if endpoint.is_extra() => absence(problem),
        ProviderProblem { is_error: true, .. } => ErrorKind::Unavailable,
        _ => ErrorKind::UnexpectedResponse,
    }
}

/// Returns the error for an answer that is not Postman's. The base URL is wrong only if Postman
/// never answered there: a run begins with `validate`, so that any later odd answer is temporary.
fn not_postman(endpoint: &PostmanRequest<'_>) -> ErrorKind {
    if matches!(endpoint, PostmanRequest::Validate) {
        ErrorKind::Misconfigured
    } else {
        ErrorKind::Unavailable
    }
}

/// Returns the case of an error in a 200 for an optional part of a team, by the words of its text.
fn absence(problem: &ProviderProblem) -> ErrorKind {
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| problem.says(phrase));
    if speaks_of_plan(problem) || says(&["not found", "notfound", "disabled", "upgrade", "plan"]) {
        ErrorKind::NotOffered
    } else if speaks_of_permission(problem) || says(&["api key", "unauthorized", "authentication"])
    {
        ErrorKind::Forbidden
    } else {
        ErrorKind::Unavailable
    }
}

/// Returns whether the text is one of Postman's variants for a missing feature of the plan or the region.
fn speaks_of_plan(problem: &ProviderProblem) -> bool {
    [
        "feature isn't available",
        "feature isn\u{2019}t available",
        "feature is not available",
    ]
    .iter()
    .any(|phrase| problem.says(phrase))
}

/// Returns whether a 401 is about the request and not about the key.
fn speaks_of_permission(problem: &ProviderProblem) -> bool {
    let speaks = [
        "not authorized to",
        "permission",
        "not have access",
        "cannot be accessed",
        "forbidden",
    ]
    .iter()
    .any(|phrase| problem.says(phrase));
    speaks && !problem.says("api key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;
    use connector_sdk::model::ResourceId;

    const SHAPES: [(&str, &str); 12] = [
        ("plain", r#"{"error":{"name":"someError","message":"m"}}"#),
        (
            "key",
            r#"{"error":{"name":"AuthenticationError","message":"Invalid API Key. Every request requires a valid API Key to be sent."}}"#,
        ),
        (
            "permission",
            r#"{"type":"https://api.postman.com/problems/unauthorized","title":"Unauthorized","detail":"You are not authorized to perform this action."}"#,
        ),
        (
            "permission of the key",
            r#"{"error":{"name":"AuthenticationError","message":"This API key does not have access to the team."}}"#,
        ),
        (
            "no key",
            r#"{"title":"Unauthorized","detail":"A valid API key must be provided in the request header."}"#,
        ),
        (
            "feature",
            r#"{"title":"Forbidden","detail":"This feature isn't available in your region."}"#,
        ),
        (
            "organization",
            r#"{"title":"Bad Request","detail":{"error":{"name":"BadRequest","message":"Team feature is not available for your organization."}}}"#,
        ),
        (
            "cursor",
            r#"{"title":"Malformed request","detail":"Invalid cursor","status":400}"#,
        ),
        ("sync", r#"{"error":{"name":"syncError","message":"m"}}"#),
        (
            "month",
            r#"{"error":{"name":"serviceLimitExhausted","message":"m"}}"#,
        ),
        ("html", "<html><body>504</body></html>"),
        ("empty", ""),
    ];

    fn endpoints() -> [(&'static str, PostmanRequest<'static>); 9] {
        let id = Box::leak(Box::new(ResourceId::fixed(ResourceKind::Workspace, "1")));
        [
            ("validate", PostmanRequest::Validate),
            ("me", PostmanRequest::Me),
            ("first page", PostmanRequest::Workspaces { cursor: "" }),
            ("later page", PostmanRequest::Workspaces { cursor: "c" }),
            ("groups", PostmanRequest::Groups),
            ("scim", PostmanRequest::ScimGroups { before: 0 }),
            ("keys page", PostmanRequest::AccessKeys { cursor: "c" }),
            ("roles", PostmanRequest::WorkspaceRoles(id)),
            ("extra", PostmanRequest::Accounts),
        ]
    }

    /// The contract's table, written down a second time as rules over names.
    fn wanted(endpoint: &str, status: u16, shape: &str, spent: bool) -> ErrorKind {
        let one = endpoint == "roles";
        let feature = ["groups", "scim", "extra"].contains(&endpoint);
        let not_postman = match endpoint {
            "validate" => ErrorKind::Misconfigured,
            _ => ErrorKind::Unavailable,
        };
        match (status, shape) {
            (403 | 429, "month") => ErrorKind::QuotaExhausted,
            (429, _) if spent => ErrorKind::QuotaExhausted,
            (429, _) => ErrorKind::RateLimited,
            (407 | 451 | 511, _) => not_postman,
            (401 | 403 | 201..=299, "html" | "empty") => not_postman,
            (401, _) if endpoint == "extra" => ErrorKind::Forbidden,
            (402 | 404, _) if feature => ErrorKind::NotOffered,
            (401, "permission" | "feature") if endpoint != "validate" => ErrorKind::Forbidden,
            (401, _) => ErrorKind::Unauthenticated,
            (400 | 403, "feature" | "organization") => ErrorKind::NotOffered,
            (403, _) => ErrorKind::Forbidden,
            (422, _) if one => ErrorKind::Forbidden,
            (404, _) if one => ErrorKind::NotFound,
            (404, _) if endpoint == "validate" => ErrorKind::Misconfigured,
            (400, "cursor") if endpoint.ends_with("page") && endpoint != "first page" => {
                ErrorKind::Expired
            }
            (400, "sync") => ErrorKind::Unavailable,
            (408 | 425 | 500..=599, _) => ErrorKind::Unavailable,
            _ => ErrorKind::UnexpectedResponse,
        }
    }

    #[test]
    fn every_status_body_and_endpoint_has_one_case() {
        let mut rows = 0;
        for (name, endpoint) in endpoints() {
            for (shape, body) in SHAPES {
                let problem = ProviderProblem::read(body.as_bytes());
                for status in (100..600).filter(|status| *status != 200) {
                    for spent in [false, true] {
                        assert_eq!(
                            classify(&endpoint, status, &problem, spent),
                            wanted(name, status, shape, spent),
                            "{name} {status} {shape} {spent}"
                        );
                        rows += 1;
                    }
                }
            }
        }
        assert_eq!(rows, 9 * 12 * 499 * 2);
    }

    #[test]
    fn a_401_about_permission_is_forbidden() {
        for words in [
            "You are not authorized to perform this action.",
            "You do not have enough permissions to perform this action.",
            "Inadequate permissions. Resource access forbidden.",
            "You do not have access to this workspace.",
            "You do not have access to the requested resource.",
            "Permission denied",
            "Resource cannot be accessed",
        ] {
            let body = format!(r#"{{"title":"Unauthorized","detail":"{words}","status":401}}"#);
            let problem = ProviderProblem::read(body.as_bytes());
            let kind = |endpoint| classify(&endpoint, 401, &problem, false);
            assert_eq!(
                kind(PostmanRequest::Groups),
                ErrorKind::Forbidden,
                "{words}"
            );
            assert_eq!(kind(PostmanRequest::Me), ErrorKind::Forbidden, "{words}");
            assert_eq!(
                kind(PostmanRequest::Validate),
                ErrorKind::Unauthenticated,
                "{words}"
            );
        }
    }

    #[test]
    fn an_odd_200_is_misconfigured_in_validate_alone() {
        for (name, endpoint) in endpoints() {
            let wanted = match name {
                "validate" => ErrorKind::Misconfigured,
                _ => ErrorKind::Unavailable,
            };
            for (body, wanted) in [
                ("<html>", wanted),
                ("", wanted),
                (
                    r#"{"error":{"name":"serverError","message":"m"}}"#,
                    ErrorKind::Unavailable,
                ),
                (
                    r#"{"message":"Endpoint request timed out"}"#,
                    ErrorKind::Unavailable,
                ),
                (
                    r#"{"title":"Bad Gateway","detail":"m"}"#,
                    ErrorKind::Unavailable,
                ),
                ("{}", ErrorKind::UnexpectedResponse),
                ("null", ErrorKind::UnexpectedResponse),
                (
                    r#"{"name":"a","status":"ok"}"#,
                    ErrorKind::UnexpectedResponse,
                ),
            ] {
                let problem = ProviderProblem::read(body.as_bytes());
                let kind = classify_unreadable(&endpoint, &problem);
                assert_eq!(kind, wanted, "{name} {body}");
            }
        }
    }
}
