//! The meaning of an answer that is no success, for the host and for the account's administrator.

use connector_sdk::error::ErrorKind;
use connector_sdk::model::BorrowedText;
use connector_sdk::transport::TransportError;

use crate::api::endpoints::PagerDutyRequest;

/// Returns the case and the message of an answer with another status than 200. 402 is PagerDuty's answer
/// where the plan lacks an ability, such as teams.
pub fn refusal(endpoint: &PagerDutyRequest<'_>, status: u16) -> (ErrorKind, BorrowedText) {
    let what = endpoint.template().what;
    let (kind, message) = match status {
        401 => (
            ErrorKind::Unauthenticated,
            "PagerDuty does not take the key. Make a new one under Integrations > API Access Keys.",
        ),
        402 => {
            let message = format!("The account's plan does not have {what}.");
            return (ErrorKind::NotOffered, message.into());
        }
        403 => {
            let message =
                format!("The key's owner may not read {what}. A key of an administrator may.");
            return (ErrorKind::Forbidden, message.into());
        }
        404 if matches!(endpoint, PagerDutyRequest::Members { .. }) => {
            (ErrorKind::NotFound, "PagerDuty has no such team now.")
        }
        404 if *endpoint == PagerDutyRequest::Me => (
            ErrorKind::Misconfigured,
            "This is not PagerDuty's API. Check the base URL.",
        ),
        429 => (ErrorKind::RateLimited, "PagerDuty asks to wait."),
        408 | 425 | 500..=599 => (
            ErrorKind::Unavailable,
            "PagerDuty cannot answer at the moment.",
        ),
        _ => (
            ErrorKind::UnexpectedResponse,
            "PagerDuty answered something unforeseen. Report it.",
        ),
    };
    (kind, message.into())
}

/// Returns the case of a 200 of something else, such as a page of HTML. Where PagerDuty has answered
/// before, as it has when `validate` is over, that passes.
pub fn foreign(endpoint: &PagerDutyRequest<'_>) -> ErrorKind {
    match endpoint {
        PagerDutyRequest::Me => ErrorKind::Misconfigured,
        PagerDutyRequest::FirstUser
        | PagerDutyRequest::Users { .. }
        | PagerDutyRequest::Teams { .. }
        | PagerDutyRequest::Members { .. } => ErrorKind::Unavailable,
    }
}

/// Returns the message where there is no answer. The texts of a failure are the host's own; they stay in
/// its log.
pub fn no_answer(failure: &TransportError) -> &'static str {
    match failure {
        TransportError::Denied(_) => "The host refuses to ask PagerDuty. Ask its operator.",
        TransportError::NoCredential => "The host has no key for PagerDuty. Give it one.",
        TransportError::HeldBack(_) => {
            "PagerDuty's limit is used up, and the host sends nothing for now."
        }
        TransportError::Timeout | TransportError::Connection(_) => "PagerDuty cannot be reached.",
        TransportError::BodyTooLarge(_) => "PagerDuty's answer is larger than the host allows.",
        TransportError::Other(_) => "The host could not ask PagerDuty.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;
    use connector_sdk::model::ResourceId;

    #[test]
    fn every_status_of_an_answer_has_one_case() {
        let team = &ResourceId::fixed(ResourceKind::Team, "P1");
        let members = PagerDutyRequest::Members { team, offset: 0 };
        let teams = PagerDutyRequest::Teams { offset: 0 };
        for (endpoint, status, wanted) in [
            (PagerDutyRequest::Me, 400, ErrorKind::UnexpectedResponse),
            (PagerDutyRequest::Me, 401, ErrorKind::Unauthenticated),
            (teams, 402, ErrorKind::NotOffered),
            (members, 403, ErrorKind::Forbidden),
            (members, 404, ErrorKind::NotFound),
            (PagerDutyRequest::Me, 404, ErrorKind::Misconfigured),
            (teams, 404, ErrorKind::UnexpectedResponse),
            (members, 429, ErrorKind::RateLimited),
            (members, 500, ErrorKind::Unavailable),
            (members, 599, ErrorKind::Unavailable),
            (members, 204, ErrorKind::UnexpectedResponse),
            (members, 302, ErrorKind::UnexpectedResponse),
        ] {
            let (kind, message) = refusal(&endpoint, status);
            assert_eq!(kind, wanted, "{endpoint:?} {status}");
            assert!(message.ends_with('.'), "{message}");
        }
    }
}
