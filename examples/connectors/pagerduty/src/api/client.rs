//! One GET: send, classify, parse.

use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::json::{BodyError, JsonRecord, JsonText};
use connector_sdk::lenient::LenientObject;
use connector_sdk::model::{Page, RateLimit};
use connector_sdk::page::PageBuilder;
use connector_sdk::rate_limit::{rate_limit, wait};
use connector_sdk::transport;
use connector_sdk::transport::{Transport, TransportError};
use http::{HeaderMap, Response, StatusCode};

use crate::api::access::CREDENTIAL;
use crate::api::classify;
use crate::api::endpoints::PagerDutyRequest;
use crate::api::wire::Refusal;

/// The media type of version 2.
const ACCEPT: &str = "application/vnd.pagerduty+json;version=2";

/// A good answer that is not yet read.
pub struct PagerDutyResponse<'e> {
    /// The request that it answers.
    pub endpoint: &'e PagerDutyRequest<'e>,
    /// The body, which may be any text.
    pub body: JsonText<'static>,
    /// PagerDuty's limits, where it stated any.
    pub rate_limit: Option<RateLimit>,
}

/// Asks for an endpoint.
///
/// # Errors
/// Returns an error if the answer is no 200, or there is none.
pub fn get<'e>(
    transport: &impl Transport,
    endpoint: &'e PagerDutyRequest<'e>,
) -> Result<PagerDutyResponse<'e>, Error> {
    let (template, path) = (endpoint.template(), endpoint.path());
    let response = transport::get(transport, template, path, ACCEPT)
        .map_err(|failure| no_answer(endpoint, &failure))?;
    if response.status() != StatusCode::OK {
        return Err(refused(endpoint, &response));
    }
    Ok(PagerDutyResponse {
        endpoint,
        rate_limit: limits(response.headers()),
        body: JsonText::new(response.into_body()),
    })
}

impl PagerDutyResponse<'_> {
    /// Returns the body as a record.
    ///
    /// # Errors
    /// Returns an error if the body is no JSON, or no object.
    pub fn read<'b, T: JsonRecord<'b> + Default>(&'b self) -> Result<T, Error> {
        self.body.record().map_err(|error| match error {
            BodyError::NotJson(why) => self.foreign(&why),
            BodyError::NotObject => self.lacks("no JSON object"),
        })
    }

    /// Returns the page of this answer, each resource and each grant once.
    pub fn finish(&self, page: PageBuilder) -> Page {
        page.finish(&self.body, self.rate_limit)
    }

    /// Returns the error for an answer without what was asked for; `why` goes to the log.
    pub fn lacks(&self, why: &str) -> Error {
        let message = "PagerDuty answered something that this connector cannot read. Report it.";
        self.unreadable(ErrorKind::UnexpectedResponse, message, why)
    }

    fn foreign(&self, why: &str) -> Error {
        let message =
            "What answered is not PagerDuty's API. Check the base URL, and what stands before it.";
        self.unreadable(classify::foreign(self.endpoint), message, why)
    }

    fn unreadable(&self, kind: ErrorKind, message: &str, why: &str) -> Error {
        let mut error = Error::of_request(self.endpoint.template(), kind, message, why);
        error.problem.status = Some(200);
        error
    }
}

fn no_answer(endpoint: &PagerDutyRequest<'_>, failure: &TransportError) -> Error {
    let message = classify::no_answer(failure);
    Error::of_failure(endpoint.template(), failure, message)
}

/// Returns the error of a refusal, with the error number of the body and no text.
fn refused(endpoint: &PagerDutyRequest<'_>, response: &Response<Vec<u8>>) -> Error {
    let status = response.status().as_u16();
    let (kind, message) = classify::refusal(endpoint, status);
    let code = code(response.body()).map_or(String::new(), |code| format!(", code {code}"));
    let detail = format!("{status}{code}");
    let mut error = Error::of_request(endpoint.template(), kind, message, detail);
    error.problem.status = Some(status);
    error.problem.retry_after = wait(kind, response.headers());
    error
}

fn code(body: &[u8]) -> Option<u64> {
    let body = JsonText::new(body);
    let refusal: Refusal<'_> = body.record().ok()?;
    match refusal.error {
        LenientObject::Here(error) => error.code.count(),
        LenientObject::Absent | LenientObject::Null | LenientObject::Other => None,
    }
}

/// Returns the limits, which PagerDuty counts by the minute: <https://support.pagerduty.com/main/docs/rest-api-rate-limits>.
fn limits(headers: &HeaderMap) -> Option<RateLimit> {
    let mut limit = rate_limit(CREDENTIAL, headers)?;
    limit.window = limit.window.or(limit.limit.and(Some(60)));
    Some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const LIMITS: [(&str, &str); 3] = [
        ("ratelimit-limit", "960"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "17"),
    ];

    fn ask(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<RateLimit, Error> {
        let transport = |_: &'static str, _: Request<()>| {
            let mut response = Response::new(body.as_bytes().to_vec());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            Ok(response)
        };
        let answer = get(&transport, &PagerDutyRequest::Users { offset: 0 })?;
        answer.read::<Refusal<'_>>()?;
        Ok(answer.rate_limit.unwrap_or_default())
    }

    #[test]
    fn waits_and_limits_are_read_from_pagerdutys_headers() {
        let wait =
            |status, headers: &[_]| ask(status, headers, "{}").unwrap_err().problem.retry_after;
        assert_eq!(wait(429, &LIMITS), Some(17));
        assert_eq!(wait(503, &LIMITS), None);
        let both = [("ratelimit-reset", "17"), ("retry-after", "5")];
        assert_eq!(wait(429, &both), Some(5));
        let limit = ask(200, &LIMITS, "{}").unwrap();
        assert_eq!((limit.limit, limit.remaining), (Some(960), Some(0)));
        assert_eq!((limit.window, limit.reset_after), (Some(60), Some(17)));
        let odd = ask(200, &[("ratelimit-limit", "many")], "{}").unwrap();
        assert_eq!(odd, RateLimit::default());
    }

    #[test]
    fn a_refusal_gives_its_number_and_no_word() {
        let body = r#"{"error":{"message":"secret","code":2010,"errors":["secret"]}}"#;
        let error = ask(403, &[], body).unwrap_err();
        assert_eq!(error.problem.detail, "GET /users: 403, code 2010");
        assert_eq!(error.problem.credential, Some("pagerduty"));
        for body in [r#"{"error":"secret"}"#, "secret", "[]"] {
            let error = ask(400, &[], body).unwrap_err();
            assert_eq!(error.problem.detail, "GET /users: 400");
        }
    }

    #[test]
    fn a_body_of_another_kind_is_an_error() {
        for (body, wanted) in [
            ("<html>", ErrorKind::Unavailable),
            ("", ErrorKind::Unavailable),
            ("[]", ErrorKind::UnexpectedResponse),
        ] {
            let error = ask(200, &[], body).unwrap_err();
            assert_eq!(
                (error.kind, error.problem.status),
                (wanted, Some(200)),
                "{body}"
            );
        }
    }
}
