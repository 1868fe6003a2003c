//! Every error as `application/problem+json` (RFC 9457) with a status of its own.

use serde::Serialize;

use crate::answer::ServiceResponse;
use crate::bindings::types::{Error, Problem};
use crate::query::BadQuery;
use crate::route::RouteError;

/// The body. What is absent is left out.
#[derive(Serialize)]
struct ProblemDetails<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// Returns an error of the contract: its case, its record and, where it is known when another try is of
/// use, `Retry-After`.
pub fn of_error(error: &Error) -> ServiceResponse {
    let (case, status, problem) = sort(error);
    let answer = answer(&ProblemDetails {
        case: Some(case),
        problem: Some(problem),
        ..body(status, &problem.message)
    });
    match problem.retry_after {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// Returns the name and status of each of the contract's errors. 401 and 404 of a path are the
/// service's own; `case` distinguishes them.
fn sort(error: &Error) -> (&'static str, u16, &Problem) {
    match error {
        Error::Misconfigured(problem) => ("misconfigured", 500, problem),
        Error::InvalidArgument(problem) => ("invalid-argument", 400, problem),
        Error::Expired(problem) => ("expired", 410, problem),
        // The caller's token is good: it is the service's own key that the provider refuses.
        Error::Unauthenticated(problem) => ("unauthenticated", 424, problem),
        Error::Forbidden(problem) => ("forbidden", 403, problem),
        Error::NotOffered(problem) => ("not-offered", 403, problem),
        Error::NotFound(problem) => ("not-found", 404, problem),
        Error::RateLimited(problem) => ("rate-limited", 429, problem),
        Error::QuotaExhausted(problem) => ("quota-exhausted", 429, problem),
        Error::Unavailable(problem) => ("unavailable", 503, problem),
        Error::UnexpectedResponse(problem) => ("unexpected-response", 502, problem),
        Error::Other(problem) => ("other", 500, problem),
    }
}

/// Returns the problem for a service without a valid configuration.
pub fn of_settings(reason: &str) -> ServiceResponse {
    answer(&body(503, reason))
}

/// Returns the problem for a missing or wrong token.
pub fn of_stranger() -> ServiceResponse {
    let detail = "Send the service's token as `Authorization: Bearer …`.";
    answer(&body(401, detail)).with("www-authenticate", "Bearer realm=\"connector\"")
}

/// Returns the answer to a request for something that does not exist.
pub fn of_refusal(refusal: &RouteError) -> ServiceResponse {
    match refusal {
        RouteError::Path => {
            let detail = "There is nothing under this path: there are /v1/health, /v1/describe, /v1/credentials, /v1/validate, /v1/entitlements, /v1/resources and /v1/grants.";
            answer(&body(404, detail))
        }
        RouteError::Method(methods) => {
            let detail = format!("This path takes {methods}.");
            answer(&body(405, &detail)).with("allow", *methods)
        }
        RouteError::Query(bad) => of_query(bad),
    }
}

fn of_query(bad: &BadQuery) -> ServiceResponse {
    let detail = format!("Parameter {:?}: {}.", bad.field, bad.reason);
    answer(&ProblemDetails {
        field: Some(&bad.field),
        ..body(400, &detail)
    })
}

fn body(status: u16, detail: &str) -> ProblemDetails<'_> {
    ProblemDetails {
        kind: "about:blank",
        title: title(status),
        status,
        detail,
        case: None,
        problem: None,
        field: None,
    }
}

fn answer(body: &ProblemDetails<'_>) -> ServiceResponse {
    ServiceResponse::json(body.status, "application/problem+json", body)
}

/// Returns the phrase of the status, which RFC 9457 requires if `type` is `about:blank`.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        424 => "Failed Dependency",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn problem(retry_after: Option<u64>) -> Problem {
        Problem {
            message: "what to do".to_owned(),
            detail: "what happened".to_owned(),
            credential: Some("key".to_owned()),
            status: Some(429),
            retry_after,
        }
    }

    fn read(answer: &ServiceResponse) -> Json {
        serde_json::from_slice(&answer.body).unwrap()
    }

    #[test]
    fn each_error_of_the_contract_has_its_case_and_status() {
        let one = || problem(None);
        for (error, case, status) in [
            (Error::Misconfigured(one()), "misconfigured", 500),
            (Error::InvalidArgument(one()), "invalid-argument", 400),
            (Error::Expired(one()), "expired", 410),
            (Error::Unauthenticated(one()), "unauthenticated", 424),
            (Error::Forbidden(one()), "forbidden", 403),
            (Error::NotOffered(one()), "not-offered", 403),
            (Error::NotFound(one()), "not-found", 404),
            (Error::RateLimited(one()), "rate-limited", 429),
            (Error::QuotaExhausted(one()), "quota-exhausted", 429),
            (Error::Unavailable(one()), "unavailable", 503),
            (Error::UnexpectedResponse(one()), "unexpected-response", 502),
            (Error::Other(one()), "other", 500),
        ] {
            let answer = of_error(&error);
            let body = read(&answer);
            assert_eq!(answer.status, status, "{case}");
            assert_eq!(
                (&body["status"], &body["case"]),
                (&json!(status), &json!(case))
            );
            assert_eq!(body["problem"]["detail"], "what happened");
            assert!(answer.headers.is_empty());
        }
    }

    #[test]
    fn a_known_wait_is_in_the_header_too() {
        let answer = of_error(&Error::RateLimited(problem(Some(7))));
        assert_eq!(answer.headers, [("retry-after", "7".to_owned())]);
        assert_eq!(read(&answer)["problem"]["retry_after"], 7);
    }

    #[test]
    fn a_field_is_named_and_what_is_absent_is_left_out() {
        let bad = BadQuery {
            field: "page_token".to_owned(),
            reason: "it is there twice".to_owned(),
        };
        let body = read(&of_refusal(&RouteError::Query(bad)));
        let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        assert_eq!(body["field"], "page_token");
        assert_eq!(keys, ["detail", "field", "status", "title", "type"]);
    }
}
