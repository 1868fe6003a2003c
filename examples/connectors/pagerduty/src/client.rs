//! One GET: what can be asked, how it is asked, and what a refusal means for the host.

use serde_json::Value;

use crate::bindings::governance::connector::http_client::{self, Request, Response};
use crate::bindings::governance::connector::types::{Error, Problem, RateLimit};

/// The one credential.
pub const CREDENTIAL: &str = "pagerduty";

/// Items to ask for on one page: the most that PagerDuty gives.
pub const PAGE: u64 = 100;

/// PagerDuty refuses `offset` and `limit` that are more than this together.
pub const LAST: u64 = 10_000;

/// What can be asked for. Identifiers are checked before they come here: see [`is_id`].
#[derive(Clone, Copy, Debug)]
pub enum Endpoint<'a> {
    /// The key's own user.
    Me,
    /// Users, so many from an offset on.
    Users(u64, u64),
    /// Teams from an offset on.
    Teams(u64),
    /// The members of a team from an offset on.
    Members(&'a str, u64),
}

/// Every path with the keys of its query and what is read there.
pub const TEMPLATES: [(&str, &[&str], &str); 4] = [
    (
        "/users/me",
        &[],
        "Says whose key it is. Keys of a whole account are nobody's, and are refused there.",
    ),
    (
        "/users",
        &["limit", "offset"],
        "Users with their base roles. Without it nobody is known.",
    ),
    (
        "/teams",
        &["limit", "offset"],
        "Teams. Plans without teams are refused there.",
    ),
    (
        "/teams/{id}/members",
        &["limit", "offset"],
        "The members of a team with their team roles.",
    ),
];

impl Endpoint<'_> {
    fn path(self) -> String {
        let page =
            |path: &str, limit: u64, offset: u64| format!("{path}?limit={limit}&offset={offset}");
        match self {
            Self::Me => "/users/me".to_owned(),
            Self::Users(limit, offset) => page("/users", limit, offset),
            Self::Teams(offset) => page("/teams", PAGE, offset),
            Self::Members(team, offset) => page(&format!("/teams/{team}/members"), PAGE, offset),
        }
    }

    /// The path without what differs from account to account, for logs.
    fn name(self) -> &'static str {
        match self {
            Self::Me => "/users/me",
            Self::Users(..) => "/users",
            Self::Teams(_) => "/teams",
            Self::Members(..) => "/teams/{id}/members",
        }
    }
}

/// Whether `id` has the form of PagerDuty's identifiers, such as `PXPGF42`: the only form that can
/// become a part of a path.
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A good answer.
#[derive(Debug)]
pub struct Answer<'a> {
    endpoint: Endpoint<'a>,
    /// The body, which is JSON.
    pub body: Value,
    /// PagerDuty's limits.
    pub rate_limit: Option<RateLimit>,
}

impl Answer<'_> {
    /// The error for an answer without what was asked for.
    pub fn lacks(&self, what: &str) -> Error {
        unreadable(self.endpoint, what)
    }
}

/// Asks for an endpoint.
///
/// # Errors
/// Whatever is no 200 with a JSON body, in the contract's cases.
pub fn get(endpoint: Endpoint<'_>) -> Result<Answer<'_>, Error> {
    let response = http_client::get(&Request {
        credential: CREDENTIAL.to_owned(),
        path_with_query: endpoint.path(),
        headers: vec![(
            "accept".to_owned(),
            "application/vnd.pagerduty+json;version=2".to_owned(),
        )],
    });
    let response = response.map_err(|failure| no_answer(endpoint, failure))?;
    if response.status != 200 {
        return Err(refused(endpoint, &response));
    }
    let body = serde_json::from_slice(&response.body);
    let body = body.map_err(|_| not_pagerduty(endpoint))?;
    let rate_limit = rate_limit(&response);
    Ok(Answer {
        endpoint,
        body,
        rate_limit,
    })
}

/// Refuses an argument. No request was sent.
pub fn invalid_argument(message: &str) -> Error {
    Error::InvalidArgument(problem(message, message.to_owned()))
}

fn problem(message: &str, detail: String) -> Problem {
    Problem {
        message: message.to_owned(),
        detail,
        credential: None,
        status: None,
        retry_after: None,
    }
}

fn unreadable(endpoint: Endpoint<'_>, what: &str) -> Error {
    let message = "PagerDuty answered something that this connector cannot read. Report it.";
    Error::UnexpectedResponse(Problem {
        status: Some(200),
        ..problem(message, format!("GET {}: {what}", endpoint.name()))
    })
}

/// The error for a 200 of something else, such as a page of HTML. Where PagerDuty has answered before, as
/// it has when `validate` is over, that passes.
fn not_pagerduty(endpoint: Endpoint<'_>) -> Error {
    let case = match endpoint {
        Endpoint::Me => Error::Misconfigured,
        _ => Error::Unavailable,
    };
    let message =
        "What answered is not PagerDuty's API. Check the base URL, and what stands before it.";
    case(Problem {
        status: Some(200),
        ..problem(
            message,
            format!("GET {}: the body is no JSON", endpoint.name()),
        )
    })
}

/// The texts of a failure are the host's own; they stay in its log.
fn no_answer(endpoint: Endpoint<'_>, failure: http_client::Error) -> Error {
    use http_client::Error as Failure;
    let (case, message): (fn(Problem) -> Error, _) = match &failure {
        Failure::Denied(_) => (
            Error::Misconfigured,
            "The host refuses to ask PagerDuty. Ask whoever operates it.",
        ),
        Failure::NoCredential => (
            Error::Misconfigured,
            "The host has no key for PagerDuty. Give it one.",
        ),
        Failure::Timeout | Failure::Connection(_) => {
            (Error::Unavailable, "PagerDuty cannot be reached.")
        }
        Failure::BodyTooLarge(_) => (
            Error::UnexpectedResponse,
            "PagerDuty's answer is larger than the host allows.",
        ),
        Failure::Other(_) => (Error::Other, "The host could not ask PagerDuty."),
    };
    case(about_key(problem(
        message,
        format!("GET {}: no answer", endpoint.name()),
    )))
}

fn about_key(problem: Problem) -> Problem {
    Problem {
        credential: Some(CREDENTIAL.to_owned()),
        ..problem
    }
}

/// What an answer other than 200 means. Of its body, `{"error": {"message", "code", "errors"}}`, the
/// number is told and no word.
fn refused(endpoint: Endpoint<'_>, response: &Response) -> Error {
    let (case, message) = classify(endpoint, response.status);
    let code = serde_json::from_slice(&response.body)
        .ok()
        .and_then(|body: Value| body.get("error")?.get("code")?.as_u64());
    let code = code.map_or(String::new(), |code| format!(", code {code}"));
    let detail = format!("GET {}: {}{code}", endpoint.name(), response.status);
    case(Problem {
        status: Some(response.status),
        retry_after: wait(response),
        ..about_key(problem(message, detail))
    })
}

/// 402 is PagerDuty's answer where the plan lacks an ability, such as teams.
fn classify(endpoint: Endpoint<'_>, status: u16) -> (fn(Problem) -> Error, &'static str) {
    match status {
        401 => (
            Error::Unauthenticated,
            "PagerDuty does not take the key. Make a new one under Integrations > API Access Keys.",
        ),
        402 => (Error::NotOffered, "The account's plan does not have this."),
        403 => (
            Error::Forbidden,
            "The key's owner may not read this. A key of an administrator may.",
        ),
        404 if matches!(endpoint, Endpoint::Members(..)) => {
            (Error::NotFound, "PagerDuty has no such team now.")
        }
        404 if matches!(endpoint, Endpoint::Me) => (
            Error::Misconfigured,
            "This is not PagerDuty's API. Check the base URL.",
        ),
        429 => (Error::RateLimited, "PagerDuty asks to wait."),
        408 | 425 | 500..=599 => (Error::Unavailable, "PagerDuty cannot answer at the moment."),
        _ => (
            Error::UnexpectedResponse,
            "PagerDuty answered something unforeseen. Report it.",
        ),
    }
}

/// Seconds to wait. PagerDuty says them in `ratelimit-reset`, and what stands before it in `Retry-After`.
fn wait(response: &Response) -> Option<u64> {
    let reset = || number(response, "ratelimit-reset").filter(|_| response.status == 429);
    number(response, "retry-after").or_else(reset)
}

/// PagerDuty counts by the minute: <https://support.pagerduty.com/main/docs/rest-api-rate-limits>.
fn rate_limit(response: &Response) -> Option<RateLimit> {
    let limit = number(response, "ratelimit-limit");
    Some(RateLimit {
        limit: Some(limit?),
        remaining: number(response, "ratelimit-remaining"),
        window: Some(60),
        reset_after: number(response, "ratelimit-reset"),
        month_limit: None,
        month_remaining: None,
    })
}

fn number(response: &Response, header: &str) -> Option<u64> {
    let (_, value) = response.headers.iter().find(|(name, _)| name == header)?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_separator_is_not_an_identifier() {
        for id in [
            "",
            ".",
            "..",
            "P/1",
            "P%2f1",
            "P?x",
            "é",
            "P 1",
            &"P".repeat(65),
        ] {
            assert!(!is_id(id), "{id}");
        }
        assert!(is_id("PXPGF42"));
    }

    #[test]
    fn every_status_has_one_case() {
        let case = |endpoint, status| {
            let (case, _) = classify(endpoint, status);
            let shown = format!("{:?}", case(problem("", String::new())));
            shown
                .split_once("::")
                .unwrap()
                .1
                .split('(')
                .next()
                .unwrap()
                .to_owned()
        };
        let members = Endpoint::Members("P1", 0);
        for (endpoint, status, wanted) in [
            (Endpoint::Me, 400, "UnexpectedResponse"),
            (Endpoint::Me, 401, "Unauthenticated"),
            (Endpoint::Teams(0), 402, "NotOffered"),
            (members, 403, "Forbidden"),
            (members, 404, "NotFound"),
            (Endpoint::Me, 404, "Misconfigured"),
            (Endpoint::Teams(0), 404, "UnexpectedResponse"),
            (members, 429, "RateLimited"),
            (members, 500, "Unavailable"),
            (members, 599, "Unavailable"),
            (members, 204, "UnexpectedResponse"),
            (members, 302, "UnexpectedResponse"),
        ] {
            assert_eq!(case(endpoint, status), wanted, "{endpoint:?} {status}");
        }
    }

    #[test]
    fn waits_and_limits_are_read_from_pagerdutys_headers() {
        let response = |status, headers: &[(&str, &str)]| Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: Vec::new(),
        };
        let limits = [
            ("ratelimit-limit", "960"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "17"),
        ];
        assert_eq!(wait(&response(429, &limits)), Some(17));
        assert_eq!(wait(&response(503, &limits)), None);
        assert_eq!(
            wait(&response(
                429,
                &[("ratelimit-reset", "17"), ("retry-after", "5")]
            )),
            Some(5)
        );
        let limit = rate_limit(&response(200, &limits)).unwrap();
        assert_eq!(
            (limit.limit, limit.remaining, limit.reset_after),
            (Some(960), Some(0), Some(17))
        );
        assert!(rate_limit(&response(200, &[("ratelimit-limit", "many")])).is_none());
    }
}
