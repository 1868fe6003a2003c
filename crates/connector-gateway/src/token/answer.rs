//! The answer of a token endpoint, or the reason why there is no token.

use std::time::Duration;

use egress_policy::Redactor;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::form::TokenForm;
use super::{AccessToken, TokenFailure as Failure};
use crate::{Secret, TransportResponse};
use connector_runtime::HttpError;
use connector_types::{ErrorCase, Problem};

/// A lifetime above a day is one in milliseconds: providers use both units under one name.
const LONGEST_IN_SECONDS: u64 = 86_400;

/// The reason why no access token was obtained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFailure {
    /// The way in which a call fails for it.
    pub case: ErrorCase,
    /// The reason, and what to do. Holds no secret.
    pub problem: Problem,
}

impl TokenFailure {
    pub(crate) fn new(case: ErrorCase, message: String) -> Self {
        let problem = Problem::new(message, "no access token was obtained").cut();
        Self { case, problem }
    }

    /// Returns the failure of a request that had no answer.
    pub(crate) fn from_http_error(error: &HttpError, path: &str) -> Self {
        let case = match error {
            HttpError::Denied(_) | HttpError::NoCredential => ErrorCase::Misconfigured,
            HttpError::Timeout | HttpError::Connection(_) => ErrorCase::Unavailable,
            HttpError::HeldBack(_) => ErrorCase::RateLimited,
            HttpError::BodyTooLarge(_) => ErrorCase::UnexpectedResponse,
            HttpError::Other(_) => ErrorCase::Other,
        };
        let message = format!(
            "The token endpoint {path} gave no access token: {error}. Check base-url and oauth.token-path, and run it again."
        );
        Self::new(case, message)
    }

    /// Returns the failure as the guest's request meets it.
    pub(crate) fn http_error(&self) -> HttpError {
        let text = self.problem.message.clone();
        match self.case {
            ErrorCase::RateLimited => HttpError::HeldBack(self.problem.retry_after.unwrap_or(60)),
            ErrorCase::Unavailable => HttpError::Connection(text),
            // Not `Denied`: a denied request is missing in the usage of the call, which names the credential.
            ErrorCase::Misconfigured
            | ErrorCase::Unauthenticated
            | ErrorCase::InvalidArgument
            | ErrorCase::Expired
            | ErrorCase::Forbidden
            | ErrorCase::NotOffered
            | ErrorCase::NotFound
            | ErrorCase::QuotaExhausted
            | ErrorCase::UnexpectedResponse
            | ErrorCase::Other => HttpError::Other(text),
        }
    }
}

/// Reads the answer of the token endpoint at `path` to this form.
///
/// # Errors
/// Returns an error if it refuses the form, or has no token that can be used.
pub(crate) fn read_answer(
    path: &str,
    form: &TokenForm,
    answer: &TransportResponse,
) -> Result<AccessToken, TokenFailure> {
    let endpoint = format!("The token endpoint {path}");
    let body = serde_json::from_slice(&answer.body).ok();
    let body: Option<Map<String, Value>> = body;
    match (answer.status, body) {
        (200..=299, Some(body)) => parse_token(&endpoint, body),
        (300..=399, _) => Err(Failure::new(
            ErrorCase::Misconfigured,
            format!(
                "{endpoint} answered with a redirect, which is not followed. Set base-url or oauth.token-path to the place that it leads to."
            ),
        )),
        (429, _) => Err(rate_limited(&endpoint, answer)),
        (500..=599, _) => Err(Failure::new(
            ErrorCase::Unavailable,
            format!(
                "{endpoint} answered with status {}. Run it again later.",
                answer.status
            ),
        )),
        (_, Some(body)) => Err(refused_form(&endpoint, form, answer.status, &body)),
        (status, None) => Err(Failure::new(
            ErrorCase::Misconfigured,
            format!(
                "{endpoint} answered with status {status} and {}, which is not JSON: something between host and provider may have answered. Check proxy, base-url and oauth.token-path.",
                content_type(answer)
            ),
        )),
    }
}

fn parse_token(endpoint: &str, mut body: Map<String, Value>) -> Result<AccessToken, TokenFailure> {
    let odd = |reason: &str| {
        let message = format!(
            "{endpoint} answered without a token that can be used: {reason}. Check oauth.token-path, or report it."
        );
        Failure::new(ErrorCase::UnexpectedResponse, message)
    };
    let is_bearer = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
    };
    match body.get("token_type") {
        None | Some(Value::Null) => {}
        Some(kind) if is_bearer(kind) => {}
        Some(_) => return Err(odd("token_type is not Bearer")),
    }
    let Some(Value::String(text)) = body.remove("access_token") else {
        return Err(odd("access_token is not a text"));
    };
    let secret =
        Secret::new(&Zeroizing::new(text)).map_err(|e| odd(&format!("access_token: {e}")))?;
    let lifetime = match body.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(stated) => {
            let time = parse_lifetime(stated);
            Some(time.ok_or_else(|| odd("expires_in is not a number above 0"))?)
        }
    };
    Ok(AccessToken { secret, lifetime })
}

fn parse_lifetime(stated: &Value) -> Option<Duration> {
    let number = match stated {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let time = Duration::try_from_secs_f64(number).ok()?;
    let time = if time.as_secs() > LONGEST_IN_SECONDS {
        time / 1_000
    } else {
        time
    };
    (!time.is_zero()).then_some(time)
}

fn refused_form(
    endpoint: &str,
    form: &TokenForm,
    status: u16,
    body: &Map<String, Value>,
) -> TokenFailure {
    let reason = error_code(form, body).map_or_else(String::new, |code| format!(", {code}"));
    let is_of_client = status == 401 || reason.ends_with("invalid_client");
    let (case, locations) = match (is_of_client, status) {
        (true, _) => (ErrorCase::Unauthenticated, form.client_locations()),
        (false, 404) => {
            let locations = format!("oauth.token-path and {}", form.parameter_locations());
            (ErrorCase::Misconfigured, locations)
        }
        (false, _) => {
            let locations = format!(
                "{}, {}",
                form.parameter_locations(),
                form.client_locations()
            );
            (ErrorCase::Unauthenticated, locations)
        }
    };
    let message = format!(
        "{endpoint} refused the request (status {status}{reason}). Check {locations}: renew what is wrong, expired or revoked."
    );
    let mut failure = Failure::new(case, message);
    failure.problem.status = Some(status);
    failure
}

/// Returns the error's code, if it is a plain word that repeats no secret.
fn error_code(form: &TokenForm, body: &Map<String, Value>) -> Option<String> {
    let error = body.get("error")?;
    let code = error.get("name").unwrap_or(error).as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_code = (1..=40).contains(&code.len()) && code.chars().all(plain);
    let redactor = Redactor::new(form.form_secrets().map(Secret::text));
    is_code.then(|| redactor.clean_text(code.to_owned()))
}

fn rate_limited(endpoint: &str, answer: &TransportResponse) -> TokenFailure {
    let wait = answer.headers.get(RETRY_AFTER);
    let wait = wait.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let message = format!("{endpoint} answers too many requests (status 429). Run it again later.");
    let mut failure = Failure::new(ErrorCase::RateLimited, message);
    failure.problem.status = Some(429);
    failure.problem.retry_after = wait;
    failure
}

fn content_type(answer: &TransportResponse) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "/+-.".contains(*c);
    let value = answer.headers.get(CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let shown: String = value.chars().take_while(plain).take(40).collect();
    match shown.as_str() {
        "" => "no content type".to_owned(),
        _ => format!("content type {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lifetime_is_read_in_both_of_its_units() {
        for (stated, seconds) in [
            (json!(3600), Some(3_600.0)),
            (json!("3600"), Some(3_600.0)),
            (json!(" 60 "), Some(60.0)),
            (json!(0.5), Some(0.5)),
            (json!(86_400), Some(86_400.0)),
            (json!(86_401), Some(86.401)),
            (json!(3_600_000), Some(3_600.0)),
            (json!(0), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!(true), None),
            (json!([3600]), None),
        ] {
            let seconds = seconds.map(Duration::from_secs_f64);
            assert_eq!(parse_lifetime(&stated), seconds, "{stated}");
        }
    }
}
