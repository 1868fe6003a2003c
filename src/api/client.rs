//! One GET: send, classify, parse.

use crate::api::classify::{classify, classify_unreadable};
use crate::api::endpoints::{PostmanRequest, SCIM};
use crate::api::page_size;
use crate::api::problem::ProviderProblem;
use crate::api::remedy;
use crate::api::remedy::Reply;
use crate::api::wire::{Continuation, ListAnswer};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::json::{BodyError, JsonRecord, JsonText};
use connector_sdk::model::{CredentialStatus, Page, RateLimit};
use connector_sdk::page::PageBuilder;
use connector_sdk::rate_limit::{rate_limit, wait};
use connector_sdk::transport;
use connector_sdk::transport::{Transport, TransportError};
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderMap, Response, StatusCode};

/// A plan without a monthly limit shows this one (inferred).
pub const UNLIMITED: u64 = 99_999_999;

/// A good answer that is not yet read.
pub struct AcceptedResponse<'e> {
    endpoint: &'e PostmanRequest<'e>,
    /// The body, which may be any text.
    pub body: JsonText<'static>,
    media_type: Option<String>,
    has_next_link: bool,
    /// The number of items that were asked for, if it can be chosen.
    pub asked: u64,
    /// The provider's limits, where it stated any.
    pub rate_limit: Option<RateLimit>,
}

/// Asks for `endpoint`. Every answer but a 200 is an error.
pub fn get<'e>(
    transport: &impl Transport,
    endpoint: &'e PostmanRequest<'e>,
) -> Result<AcceptedResponse<'e>, Error> {
    let asked = endpoint.page_size();
    let response = send(transport, endpoint, asked)?;
    accept(endpoint, asked, response).map_err(|error| confirm(transport, endpoint, error))
}

/// Asks for a page of at most `asked` items and, where Postman takes fewer by now, once for a smaller one.
pub fn get_page<'e>(
    transport: &impl Transport,
    endpoint: &'e PostmanRequest<'e>,
    asked: u64,
) -> Result<AcceptedResponse<'e>, Error> {
    let response = send(transport, endpoint, asked)?;
    let accepted = match smaller_page(&response, asked) {
        None => accept(endpoint, asked, response),
        Some(fewer) => accept(endpoint, fewer, send(transport, endpoint, fewer)?),
    };
    accepted.map_err(|error| confirm(transport, endpoint, error))
}

/// Returns the error of a request after one that is known to need its credential alone: a credential that is
/// taken there was not revoked, so that its refusal passes, or is of this request.
fn confirm(transport: &impl Transport, endpoint: &PostmanRequest<'_>, mut error: Error) -> Error {
    let proof = match endpoint.template().credential {
        SCIM => PostmanRequest::ScimUsers { before: 0 },
        _ => PostmanRequest::Me,
    };
    let is_doubted =
        error.kind == ErrorKind::Unauthenticated && *endpoint != PostmanRequest::Validate;
    let taken = |response: Response<Vec<u8>>| response.status() == StatusCode::OK;
    if is_doubted && ask(transport, &proof, 1).is_ok_and(taken) {
        error.kind = ErrorKind::Unavailable;
        error.problem.message = format!(
            "Postman refused the key for {}, and took it again after that.",
            endpoint.template().what
        );
    }
    error
}

/// Returns whether Postman takes the credential of `endpoint`, and the seconds that it asks to wait with it:
/// asks for a page of one item.
pub fn check_credential(
    transport: &impl Transport,
    endpoint: &PostmanRequest<'_>,
) -> (CredentialStatus, Option<u64>) {
    let response = match ask(transport, endpoint, 1) {
        Ok(response) => response,
        Err(TransportError::NoCredential) => return (CredentialStatus::NotConfigured, None),
        Err(_) => return (CredentialStatus::NotChecked, None),
    };
    match accept(endpoint, 1, response).map_err(|error| (error.kind, error.problem)) {
        Ok(_) => (CredentialStatus::Accepted, None),
        Err((
            ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::NotOffered,
            problem,
        )) => (CredentialStatus::Rejected(problem), None),
        Err((ErrorKind::RateLimited, problem)) => {
            (CredentialStatus::NotChecked, problem.retry_after)
        }
        Err(_) => (CredentialStatus::NotChecked, None),
    }
}

/// Returns the number of items to ask for instead, if the answer states that there were too many.
fn smaller_page(response: &Response<Vec<u8>>, asked: u64) -> Option<u64> {
    let is_refused = response.status() == StatusCode::BAD_REQUEST;
    let problem = is_refused.then(|| ProviderProblem::read(response.body()))?;
    page_size::smaller(&problem.words, asked)
}

fn send(
    transport: &impl Transport,
    endpoint: &PostmanRequest<'_>,
    asked: u64,
) -> Result<Response<Vec<u8>>, Error> {
    ask(transport, endpoint, asked).map_err(|failure| no_answer(endpoint, &failure))
}

fn ask(
    transport: &impl Transport,
    endpoint: &PostmanRequest<'_>,
    asked: u64,
) -> Result<Response<Vec<u8>>, TransportError> {
    let (template, path) = (endpoint.template(), endpoint.path_of_page(asked));
    transport::get(transport, template, path, "application/json")
}

fn accept<'e>(
    endpoint: &'e PostmanRequest<'e>,
    asked: u64,
    response: Response<Vec<u8>>,
) -> Result<AcceptedResponse<'e>, Error> {
    if response.status() != StatusCode::OK {
        return Err(bad_answer(endpoint, &response));
    }
    Ok(AcceptedResponse {
        endpoint,
        asked,
        rate_limit: limits(endpoint, response.headers()),
        media_type: media_type(response.headers()),
        has_next_link: has_next_link(response.headers()),
        body: JsonText::new(response.into_body()),
    })
}

fn limits(endpoint: &PostmanRequest<'_>, headers: &HeaderMap) -> Option<RateLimit> {
    let mut limit = rate_limit(endpoint.template().credential, headers)?;
    limit.monthly_limit = limit.monthly_limit.filter(|month| *month < UNLIMITED);
    limit.stated()
}

impl AcceptedResponse<'_> {
    /// Returns the body as a record of this kind.
    pub fn read<'b, T: JsonRecord<'b> + Default>(&'b self) -> Result<T, Error> {
        self.body.record().map_err(|error| self.not_read(error))
    }

    /// Adds each object of the list in `field` to a page as it is read, `what` being its name for people. Returns
    /// what is stated on the rest of the list, and the number of items.
    pub fn read_objects<'b, T: JsonRecord<'b> + Default>(
        &'b self,
        page: &mut PageBuilder,
        (what, field): (&str, &str),
        add: impl FnMut(&mut PageBuilder, usize, &mut T),
    ) -> Result<(Continuation<'b>, usize), Error> {
        let mut rest = Continuation::default();
        rest.has_link = self.has_next_link;
        let items = page.read_objects(what, (&self.body, field), &mut rest, add);
        let items = items.map_err(|error| self.not_read(error))?;
        let items = items.ok_or_else(|| self.lacks(&format!("no list in `{field}`")))?;
        Ok((rest, items))
    }

    fn not_read(&self, error: BodyError) -> Error {
        match error {
            BodyError::NotJson(why) => self.unreadable(&ProviderProblem::default(), &why),
            BodyError::NotObject => self.lacks("no JSON object"),
        }
    }

    /// Returns the body as a list of this kind, with what is stated on the rest of the list.
    pub fn read_list<'b, T: JsonRecord<'b> + Default>(
        &'b self,
    ) -> Result<ListAnswer<'b, T>, Error> {
        let mut answer: ListAnswer<'b, T> = self.read()?;
        answer.rest.has_link = self.has_next_link;
        Ok(answer)
    }

    /// Returns the page of this answer, each resource and each grant once.
    pub fn finish(&self, page: PageBuilder) -> Page {
        page.finish(&self.body, self.rate_limit)
    }

    /// Returns the error for a body that lacks what was asked for; `why` goes to the log.
    pub fn lacks(&self, why: &str) -> Error {
        self.unreadable(&ProviderProblem::read(self.body.bytes()), why)
    }

    fn unreadable(&self, problem: &ProviderProblem, why: &str) -> Error {
        let kind = classify_unreadable(self.endpoint, problem);
        let reply = Reply {
            status: 200,
            media_type: self.media_type.as_deref(),
            problem,
            wait: None,
        };
        let message = remedy::for_answer(self.endpoint, kind, reply);
        let detail = format_args!("200, {why}");
        let mut error = Error::of_request(self.endpoint.template(), kind, message, detail);
        error.problem.status = Some(200);
        error
    }
}

fn bad_answer(endpoint: &PostmanRequest<'_>, response: &Response<Vec<u8>>) -> Error {
    let problem = ProviderProblem::read(response.body());
    let status = response.status().as_u16();
    let limit = limits(endpoint, response.headers()).unwrap_or_default();
    let is_month_spent = limit.monthly_remaining == Some(0);
    let kind = classify(endpoint, status, &problem, is_month_spent);
    let wait = wait(kind, response.headers());
    let code = match (&problem.code, problem.is_json) {
        (Some(code), _) => code.as_str(),
        (None, true) => "without a code",
        (None, false) => "not JSON",
    };
    let media_type = media_type(response.headers());
    let reply = Reply {
        status,
        media_type: media_type.as_deref(),
        problem: &problem,
        wait,
    };
    let message = remedy::for_answer(endpoint, kind, reply);
    let detail = format_args!("{status} {code}");
    let mut error = Error::of_request(endpoint.template(), kind, message, detail);
    error.problem.status = Some(status);
    error.problem.retry_after = wait;
    error.rate_limit = limit.stated().map(Box::new);
    error
}

/// Returns whether the header `Link` leads to a next page (RFC 8288).
fn has_next_link(headers: &HeaderMap) -> bool {
    let links = headers.get_all(LINK).iter();
    let mut links = links.filter_map(|value| value.to_str().ok());
    links.any(|value| {
        let relations = value.split([';', ',']).filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then_some(value)
        });
        let mut names = relations.flat_map(|names| names.trim().trim_matches('"').split(' '));
        names.any(|name| name.eq_ignore_ascii_case("next"))
    })
}

/// The longest media type that is shown.
const MAX_MEDIA_TYPE: usize = 64;

/// Returns the media type without its parameters. Any program may have sent it, so that only a text
/// that reads as one is shown.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let name = value.split(';').next()?.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-.".contains(&b);
    let fits = (1..=MAX_MEDIA_TYPE).contains(&name.len()) && name.bytes().all(plain);
    Some(if fits { name } else { "an odd content type" }.to_owned())
}

fn no_answer(endpoint: &PostmanRequest<'_>, failure: &TransportError) -> Error {
    let message = remedy::for_failure(endpoint, failure);
    Error::of_failure(endpoint.template(), failure, message)
}

#[cfg(test)]
mod tests;
