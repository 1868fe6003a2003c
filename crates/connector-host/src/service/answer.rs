//! The answers of a service, in the terms of the contract: a record, an error of the connector, or
//! an error from between, such as an unavailable replica.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IntoDeserializer, value};

use connector_runtime::{CallFailure, HttpError, Response};
use connector_types::{ErrorCase, Problem};

/// The longest problem that is read, in bytes.
const MAX_PROBLEM: usize = 64 << 10;
/// Characters of a foreign text that are repeated.
const SHOWN: usize = 300;

/// `application/problem+json`, as far as it counts here.
#[derive(Deserialize)]
struct ProblemBody {
    detail: Option<String>,
    case: Option<String>,
    problem: Option<Problem>,
}

/// Reads an answer.
pub(super) fn read<T: DeserializeOwned>(
    answer: Result<Response, HttpError>,
) -> Result<T, CallFailure> {
    let answer = answer.map_err(unanswered_failure)?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map_err(|e| unreadable_failure(&e)),
        _ => Err(refused_failure(&answer)),
    }
}

/// Returns a header's value, where it is text.
pub(super) fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|(key, _)| key == name);
    found.and_then(|(_, value)| str::from_utf8(value).ok())
}

fn unanswered_failure(error: HttpError) -> CallFailure {
    let detail = format!("the service: {error}");
    match error {
        HttpError::Timeout | HttpError::HeldBack(_) => reported_failure(
            ErrorCase::Unavailable,
            "The connector's service did not answer in time.",
            detail,
        ),
        HttpError::Connection(reason) => reported_failure(
            ErrorCase::Unavailable,
            format!(
                "The connector's service cannot be reached, or closed the connection: {reason}."
            ),
            detail,
        ),
        HttpError::Denied(reason) => misconfigured_failure(
            format!("The connector's service cannot be asked: {reason}."),
            detail,
        ),
        HttpError::NoCredential => {
            misconfigured_failure("There is no token for the service.", detail)
        }
        HttpError::BodyTooLarge(_) | HttpError::Other(_) => reported_failure(
            ErrorCase::UnexpectedResponse,
            "The connector's service gave an answer that cannot be read. Where pages are that large, raise the limit returned-mib.",
            detail,
        ),
    }
}

fn unreadable_failure(error: &serde_json::Error) -> CallFailure {
    // Position and kind alone: the text may repeat what was read.
    let detail = format!(
        "the service: no such record at line {} column {} ({:?})",
        error.line(),
        error.column(),
        error.classify()
    );
    reported_failure(
        ErrorCase::UnexpectedResponse,
        "The connector's service answered something that is no record of the contract: it is of another version, or is no such service.",
        detail,
    )
}

/// Returns an answer with a status other than 200.
fn refused_failure(answer: &Response) -> CallFailure {
    let body = problem_body(answer);
    let Some(body) = body else {
        return of_status(answer, None);
    };
    match (body.case, body.problem) {
        (Some(case), Some(problem)) => CallFailure::Reported {
            case: case_of(&case),
            problem,
        },
        _ => of_status(answer, body.detail.as_deref()),
    }
}

/// Returns the problem of an answer; `None` if it is longer than a problem can be.
fn problem_body(answer: &Response) -> Option<ProblemBody> {
    if answer.body.len() > MAX_PROBLEM {
        return None;
    }
    let media_type = header(answer, "content-type")?;
    let is_problem = media_type.split(';').next()?.trim() == "application/problem+json";
    is_problem.then(|| serde_json::from_slice(&answer.body).ok())?
}

/// Returns the case of this name, and `other` for an unknown one.
fn case_of(name: &str) -> ErrorCase {
    let name: value::StrDeserializer<'_, value::Error> = name.into_deserializer();
    ErrorCase::deserialize(name).unwrap_or(ErrorCase::Other)
}

/// Returns the failure for an answer that is not from the connector itself: from the service, or
/// from a component in front of it.
fn of_status(answer: &Response, said: Option<&str>) -> CallFailure {
    let status = answer.status;
    let said = said.map(|text| text.chars().take(SHOWN).collect::<String>());
    let said = said.map_or(String::new(), |text| format!(" It says: {text}"));
    let detail = format!("the service answered HTTP {status}");
    match status {
        401 | 403 => misconfigured_failure(
            format!(
                "The connector's service does not take the token: set CONNECTOR_SERVICE_TOKEN to the one that the service has.{said}"
            ),
            detail,
        ),
        300..=399 => misconfigured_failure(
            "The connector's service sends its callers elsewhere, and no redirect is followed: name the address that it leads to with --service.",
            detail,
        ),
        404 | 405 => misconfigured_failure(
            format!("There is no connector's service of this version under this URL.{said}"),
            detail,
        ),
        // A gateway's, or an engine's whose instance was lost: what the service itself answers has a case.
        408 | 425 | 429 | 500 | 502..=504 | 520..=530 => {
            let message = format!("The connector's service is not available now.{said}");
            let mut problem = Problem::new(message, detail);
            problem.status = Some(status);
            problem.retry_after =
                header(answer, "retry-after").and_then(|text| text.trim().parse().ok());
            CallFailure::Reported {
                case: ErrorCase::Unavailable,
                problem,
            }
        }
        _ => reported_failure(
            ErrorCase::UnexpectedResponse,
            format!("The connector's service trapped or sent an unexpected answer.{said}"),
            detail,
        ),
    }
}

/// Returns a failure that the operator must fix.
pub(super) fn misconfigured_failure(
    message: impl Into<String>,
    detail: impl Into<String>,
) -> CallFailure {
    reported_failure(ErrorCase::Misconfigured, message, detail)
}

fn reported_failure(
    case: ErrorCase,
    message: impl Into<String>,
    detail: impl Into<String>,
) -> CallFailure {
    CallFailure::Reported {
        case,
        problem: Problem::new(message, detail),
    }
}
