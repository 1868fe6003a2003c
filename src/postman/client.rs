//! One GET: send, classify, parse.

use super::classify::{classify, classify_failure, classify_unreadable};
use super::endpoints::Endpoint;
use super::json::{self, Record};
use super::lenient::Object;
use super::problem::ProviderProblem;
use super::rate_limit::{rate_limit, retry_after};
use super::remedy;
use crate::error::{Error, Kind};
use crate::model::RateLimit;
use crate::transport::{Failure, Transport};
use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::ACCEPT,
    uri::{InvalidUri, PathAndQuery},
};

/// A good answer that is not yet read.
pub struct Answer<'e> {
    endpoint: &'e Endpoint<'e>,
    body: Vec<u8>,
    /// The provider's limits, where it stated any.
    pub rate_limit: Option<RateLimit>,
}

/// Asks for `endpoint`. Every answer but a 200 is an error.
pub fn get<'e>(
    transport: &impl Transport,
    endpoint: &'e Endpoint<'e>,
) -> Result<Answer<'e>, Error> {
    let request = request(endpoint).map_err(|error| {
        about(
            endpoint,
            Error::new(Kind::Other, error.to_string(), "request"),
        )
    })?;
    let response = transport
        .send(endpoint.template().credential, request)
        .map_err(|failure| no_answer(endpoint, &failure))?;
    if response.status() != StatusCode::OK {
        return Err(bad_answer(endpoint, &response));
    }
    Ok(Answer {
        endpoint,
        rate_limit: rate_limit(response.headers()),
        body: response.into_body(),
    })
}

/// The URI is made from its one part: a parser of whole URIs would be most of the component's code
/// that asks for something.
fn request(endpoint: &Endpoint<'_>) -> Result<Request<()>, InvalidUri> {
    let path = PathAndQuery::try_from(endpoint.path_with_query())?;
    let mut request = Request::new(());
    *request.uri_mut() = Uri::from(path);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(ACCEPT, json);
    Ok(request)
}

impl Answer<'_> {
    /// The body as a record of this kind.
    pub fn read<'b, T: Record<'b> + Default>(&'b self) -> Result<T, Error> {
        let body = self
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.body);
        let mut record = Object::Absent;
        json::read(body, &mut record).map_err(|error| {
            // The parser's own words could repeat what it read.
            let (line, column) = (error.line(), error.column());
            let length = body.len();
            let why = format!("no JSON from line {line}, column {column} on, of {length} bytes");
            self.unreadable(false, &why)
        })?;
        record.here().ok_or_else(|| self.lacks("no JSON object"))
    }

    /// The error for a body that lacks what was asked for; `why` goes to the log.
    pub fn lacks(&self, why: &str) -> Error {
        self.unreadable(true, why)
    }

    fn unreadable(&self, is_json: bool, why: &str) -> Error {
        let kind = classify_unreadable(self.endpoint, is_json);
        let message = remedy::for_answer(self.endpoint, kind);
        let detail = format!("GET {}: 200, {why}", self.endpoint.template().path);
        let mut error = about(self.endpoint, Error::new(kind, message, detail));
        error.problem.status = Some(200);
        error
    }
}

fn bad_answer(endpoint: &Endpoint<'_>, response: &Response<Vec<u8>>) -> Error {
    let problem = ProviderProblem::read(response.body());
    let status = response.status().as_u16();
    let limit = rate_limit(response.headers()).unwrap_or_default();
    let kind = classify(endpoint, status, &problem, limit.month_remaining == Some(0));
    let code = match (&problem.code, problem.is_json) {
        (Some(code), _) => code.as_str(),
        (None, true) => "without a code",
        (None, false) => "not JSON",
    };
    let detail = format!("GET {}: {status} {code}", endpoint.template().path);
    let message = remedy::for_answer(endpoint, kind);
    let mut error = about(endpoint, Error::new(kind, message, detail));
    error.problem.status = Some(status);
    error.problem.retry_after = match kind {
        Kind::RateLimited => retry_after(response.headers()).or(limit.reset_after),
        Kind::Unavailable => retry_after(response.headers()),
        _ => None,
    };
    error
}

fn no_answer(endpoint: &Endpoint<'_>, failure: &Failure) -> Error {
    let what = match failure {
        Failure::Denied(why) => format!("denied: {why}"),
        Failure::NoCredential => "no credential".to_owned(),
        Failure::Timeout => "time-out".to_owned(),
        Failure::Connection(why) => format!("connection: {why}"),
        Failure::BodyTooLarge(limit) => format!("body larger than {limit} bytes"),
        Failure::Other(why) => why.clone(),
    };
    let detail = format!("GET {}: {what}", endpoint.template().path);
    let message = remedy::for_failure(endpoint, failure);
    about(
        endpoint,
        Error::new(classify_failure(failure), message, detail),
    )
}

/// Names the credential where the error is about one.
fn about(endpoint: &Endpoint<'_>, mut error: Error) -> Error {
    if matches!(
        error.kind,
        Kind::Misconfigured
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotOffered
            | Kind::RateLimited
            | Kind::QuotaExhausted
    ) {
        error.problem.credential = Some(endpoint.template().credential);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::super::wire::Meta;
    use super::*;

    fn ask(response: Result<Response<Vec<u8>>, Failure>) -> Result<(), Error> {
        let transport = |_: &'static str, _: Request<()>| response.clone();
        get(&transport, &Endpoint::Users)?
            .read::<Meta<'_>>()
            .map(drop)
    }

    fn answer(status: u16, header: (&str, &str), body: &str) -> Result<Response<Vec<u8>>, Failure> {
        let builder = Response::builder()
            .status(status)
            .header(header.0, header.1);
        Ok(builder.body(body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn neither_body_nor_its_words_are_handed_on() {
        let secret = "PMAK-0secret";
        for body in [
            format!("{{\"error\":{{\"name\":\"{secret}\",\"message\":\"{secret}\"}}}}"),
            format!("{{\"{secret}"),
            secret.to_owned(),
        ] {
            for status in [204, 400, 401, 403, 404, 429, 500] {
                let error = ask(answer(status, ("a", "b"), &body)).unwrap_err();
                assert!(!format!("{error:?}").contains("secret"), "{error:?}");
            }
        }
        let error = ask(answer(200, ("a", "b"), "{\"PMAK-0secret")).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }

    #[test]
    fn waits_are_handed_on() {
        for (status, header, wanted) in [
            (429, ("retry-after", "7"), Some(7)),
            (429, ("x-ratelimit-reset", "9"), Some(9)),
            (503, ("retry-after", "7"), Some(7)),
            (503, ("x-ratelimit-reset", "9"), None),
            (403, ("retry-after", "7"), None),
        ] {
            let error = ask(answer(status, header, "{}")).unwrap_err();
            assert_eq!(error.problem.retry_after, wanted, "{status} {header:?}");
        }
    }

    #[test]
    fn a_spent_month_is_told_from_a_full_minute_by_its_header() {
        for (left, wanted) in [("0", Kind::QuotaExhausted), ("5", Kind::RateLimited)] {
            let header = ("ratelimit-remaining-month", left);
            let error = ask(answer(429, header, "{}")).unwrap_err();
            assert_eq!(error.kind, wanted);
            assert_eq!(error.problem.credential, Some("postman"));
            assert_eq!(error.problem.status, Some(429));
        }
    }

    #[test]
    fn a_page_that_is_no_json_tells_of_the_base_url() {
        let error = ask(answer(200, ("content-type", "text/html"), "<html>")).unwrap_err();
        assert_eq!(error.kind, Kind::Misconfigured);
        assert!(error.problem.message.contains("base URL"));
        let error = ask(answer(404, ("content-type", "text/html"), "<html>")).unwrap_err();
        assert_eq!(error.kind, Kind::Misconfigured);
    }

    #[test]
    fn a_byte_order_mark_is_no_fault() {
        assert!(ask(answer(200, ("a", "b"), "\u{feff}{}")).is_ok());
    }
}
