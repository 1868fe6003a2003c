//! A provider's refusal is an error of the case that a host can act on, never an empty page.

use std::sync::Arc;

use super::bench::{AnswerReplacement, CompletedCall, ConformanceRun};
use super::{Check, ConformanceReport, ContractCall};
use connector_runtime::{CallFailure, HttpError, Response};
use connector_types::ErrorCase;

const NEVER_EMPTY: Check = Check {
    name: "refused-is-not-empty",
    rule: "An answer other than 200, or none, is an error and never a page.",
};
const CASES: Check = Check {
    name: "errors-say-what-to-do",
    rule: "Each failure has a case of the contract that fits: 401 unauthenticated or forbidden, 429 rate-limited or quota-exhausted, 5xx and no answer unavailable, what the host refuses misconfigured.",
};
const WAITS: Check = Check {
    name: "waits-are-read",
    rule: "The seconds of Retry-After on a 429 are handed on.",
};
const NO_BODY: Check = Check {
    name: "bodies-stay-inside",
    rule: "Neither messages nor details repeat what the provider's body says.",
};
/// A text that a body contains and an error must not.
const CANARY: &str = "c4n4ry-w0rds-0f-a-b0dy";

const CHECKS: [Check; 4] = [NEVER_EMPTY, CASES, WAITS, NO_BODY];

/// Makes the calls that need no resource with every failure, and one of each other kind that was
/// read.
pub(super) async fn check_failures(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    verdict: &mut ConformanceReport,
) {
    let calls = failing_calls(bench, walked);
    let asking = walked.iter().filter(|made| is_page(&made.call));
    let asking = asking.filter(|made| !made.asked.is_empty()).count();
    let tried = calls.iter().filter(|call| is_page(call)).count();
    let left = asking.saturating_sub(tried);
    verdict.left_out(
        "pages that fail, one of each kind of list",
        tried,
        left,
        &CHECKS,
    );
    let mut found = ProviderFailure::default();
    for call in &calls {
        for status in [
            201, 204, 301, 302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503,
        ] {
            found
                .add(
                    call,
                    bench,
                    &format!("{status}"),
                    fitting_cases(status),
                    of_status(status),
                )
                .await;
        }
        for (error, case) in client_failures() {
            let name = format!("{error}");
            found
                .add(
                    call,
                    bench,
                    &name,
                    vec![case],
                    Arc::new(move |_| Err(error.clone())),
                )
                .await;
        }
        found.wait(call, bench).await;
    }
    let ProviderFailure {
        tried,
        asked,
        pages,
        cases,
        waits,
        bodies,
    } = found;
    verdict.add(NEVER_EMPTY, asked, pages);
    verdict.add(CASES, asked, cases);
    verdict.add(WAITS, tried, waits);
    verdict.add(NO_BODY, asked, bodies);
}

fn failing_calls(bench: &ConformanceRun<'_>, walked: &[CompletedCall]) -> Vec<ContractCall> {
    let types = &bench.descriptor().resource_types;
    let roots = types
        .iter()
        .filter(|one| one.parent.is_none() && !one.reference_only);
    let mut calls = vec![ContractCall::Validate];
    calls.extend(roots.map(|one| ContractCall::Resources(one.id.clone(), None, None)));
    for made in walked {
        let alike = |call: &ContractCall| kind(call) == kind(&made.call);
        if is_page(&made.call) && !made.asked.is_empty() && !calls.iter().any(alike) {
            calls.push(made.call.clone());
        }
    }
    calls
}

/// Catalogs may have fallback texts for missing ones; a page has none.
fn is_page(call: &ContractCall) -> bool {
    matches!(call, ContractCall::Resources(..) | ContractCall::Grants(..))
}

/// Returns the common key of calls of one kind: all of them send the same kind of request.
fn kind(call: &ContractCall) -> (u8, &str) {
    match call {
        ContractCall::Validate => (0, ""),
        ContractCall::Entitlements(of) => (1, of),
        ContractCall::Resources(of, ..) => (2, of),
        ContractCall::Grants(on, _) => (3, &on.resource_type),
    }
}

#[derive(Default)]
struct ProviderFailure {
    tried: usize,
    asked: usize,
    pages: Vec<String>,
    cases: Vec<String>,
    waits: Vec<String>,
    bodies: Vec<String>,
}

impl ProviderFailure {
    async fn add(
        &mut self,
        call: &ContractCall,
        bench: &ConformanceRun<'_>,
        what: &str,
        fits: Vec<ErrorCase>,
        instead: AnswerReplacement,
    ) {
        let made = bench.make_call(call, Some(instead)).await;
        if made.asked.is_empty() {
            return;
        }
        self.asked += 1;
        let name = format!("{} answered {what}", call.name());
        match &made.result {
            Ok(_) => self.pages.push(name),
            Err(CallFailure::Reported { case, problem }) => {
                if !fits.is_empty() && !fits.contains(case) {
                    self.cases.push(format!("{name}: {}", case.name()));
                }
                if problem.message.contains(CANARY) || problem.detail.contains(CANARY) {
                    self.bodies.push(name);
                }
            }
            Err(other) => self.cases.push(format!("{name}: {other}")),
        }
    }

    async fn wait(&mut self, call: &ContractCall, bench: &ConformanceRun<'_>) {
        let instead: AnswerReplacement = Arc::new(|_| {
            let mut answer = status_response(429);
            let wait = ("retry-after".to_owned(), b"7".to_vec());
            answer.headers.push(wait);
            Ok(answer)
        });
        let made = bench.make_call(call, Some(instead)).await;
        if let Err(CallFailure::Reported {
            case: ErrorCase::RateLimited,
            problem,
        }) = &made.result
        {
            self.tried += 1;
            if problem.retry_after != Some(7) {
                self.waits
                    .push(format!("{}: {:?}", call.name(), problem.retry_after));
            }
        }
    }
}

/// Returns the cases that fit a status; none where any does.
fn fitting_cases(status: u16) -> Vec<ErrorCase> {
    match status {
        401 => vec![ErrorCase::Unauthenticated, ErrorCase::Forbidden],
        429 => vec![ErrorCase::RateLimited, ErrorCase::QuotaExhausted],
        500.. => vec![ErrorCase::Unavailable],
        _ => Vec::new(),
    }
}

fn client_failures() -> Vec<(HttpError, ErrorCase)> {
    vec![
        (HttpError::Timeout, ErrorCase::Unavailable),
        (
            HttpError::Connection("reset".to_owned()),
            ErrorCase::Unavailable,
        ),
        (HttpError::NoCredential, ErrorCase::Misconfigured),
        (
            HttpError::Denied("refused".to_owned()),
            ErrorCase::Misconfigured,
        ),
        (HttpError::BodyTooLarge(1), ErrorCase::UnexpectedResponse),
        (HttpError::Other("odd".to_owned()), ErrorCase::Other),
    ]
}

fn of_status(status: u16) -> AnswerReplacement {
    Arc::new(move |_| Ok(status_response(status)))
}

fn status_response(status: u16) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        body: format!(
            r#"{{"error":{{"name":"someError","message":"{CANARY}"}},"detail":"{CANARY}"}}"#
        )
        .into_bytes(),
        endpoint: None,
    }
}
