//! Error cases, by what the host does next.

use std::fmt;

use crate::manifest::EndpointTemplate;
use crate::model::RateLimit;
use crate::transport::TransportError;

/// The longest message or detail that is handed out, in bytes.
const MAX_TEXT: usize = 1024;

/// An error case of the contract, by what the host does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Ask the operator.
    Misconfigured,
    /// Correct the call; no request was sent.
    InvalidArgument,
    /// Start the list again.
    Expired,
    /// Renew the credential.
    Unauthenticated,
    /// Leave the scope out and inform the administrator.
    Forbidden,
    /// Leave the scope out: not part of the tenant's plan.
    NotOffered,
    /// Leave the scope out: nothing under this id now.
    NotFound,
    /// Wait, then call again.
    RateLimited,
    /// Stop until the quota is renewed.
    QuotaExhausted,
    /// Call again after a pause.
    Unavailable,
    /// Report a fault.
    UnexpectedResponse,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Returns true if the case is about the credential that was sent.
    pub fn is_about_credential(self) -> bool {
        matches!(
            self,
            Self::Misconfigured
                | Self::Unauthenticated
                | Self::Forbidden
                | Self::NotOffered
                | Self::RateLimited
                | Self::QuotaExhausted
        )
    }

    /// Returns true if another try ends the same, so that a page may do without what was asked for. Any other
    /// case passes, or concerns every request.
    pub fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::Forbidden | Self::NotOffered | Self::NotFound | Self::UnexpectedResponse
        )
    }
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The case, which decides what the host does next.
    pub kind: ErrorKind,
    /// The texts for people.
    pub problem: Problem,
    /// The limits that a refusal stated, for a page that does without it.
    pub rate_limit: Option<Box<RateLimit>>,
}

/// The texts of an error, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// For the tenant's administrator, with what to do. At most 1 KiB, no control characters.
    pub message: String,
    /// For a log. At most 1 KiB, no control characters, never a body or a credential.
    pub detail: String,
    /// The credential it is about.
    pub credential: Option<&'static str>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Seconds to wait before another try.
    pub retry_after: Option<u64>,
}

impl Error {
    /// Returns an error of this kind, its texts made fit to hand out.
    pub fn new(kind: ErrorKind, message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem {
                message: presentable(message.into()),
                detail: presentable(detail.into()),
                ..Problem::default()
            },
            rate_limit: None,
        }
    }

    /// Returns the error of a request: `detail` follows the endpoint in the log, and the credential is named
    /// where the error is about one.
    pub fn of_request(
        endpoint: &EndpointTemplate,
        kind: ErrorKind,
        message: impl Into<String>,
        detail: impl fmt::Display,
    ) -> Self {
        let mut error = Self::new(kind, message, format!("GET {}: {detail}", endpoint.path));
        if kind.is_about_credential() {
            error.problem.credential = Some(endpoint.credential);
        }
        error
    }

    /// Returns the error of a request that has no answer.
    pub fn of_failure(
        endpoint: &EndpointTemplate,
        failure: &TransportError,
        message: impl Into<String>,
    ) -> Self {
        let mut error = Self::of_request(endpoint, failure.kind(), message, failure);
        if let TransportError::HeldBack(seconds) = failure {
            error.problem.retry_after = Some(*seconds);
        }
        error
    }

    /// Returns an argument that does not fit the call.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(ErrorKind::InvalidArgument, message.clone(), message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.problem.message)
    }
}

impl std::error::Error for Error {}

/// Returns the same text with each control character as a space.
pub fn without_controls(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.replace(char::is_control, " ")
    } else {
        text
    }
}

/// Replaces control characters by spaces, and cuts the text between two characters.
fn presentable(text: String) -> String {
    let mut text = without_controls(text);
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_texts_are_clean_and_at_most_one_kibibyte() {
        let error = Error::new(ErrorKind::Other, "a\r\nb\0", "é".repeat(1000));
        assert_eq!(error.problem.message, "a  b ");
        assert_eq!(error.problem.detail.len(), MAX_TEXT);
        assert_eq!(error.to_string(), "Other: a  b ");
    }

    #[test]
    fn a_request_error_names_endpoint_and_credential() {
        let endpoint = EndpointTemplate {
            path: "/users/{user}",
            query: &[],
            credential: "key",
            rate: None,
            purpose: "Users.",
            what: "the user",
        };
        for (kind, credential) in [
            (ErrorKind::Forbidden, Some("key")),
            (ErrorKind::NotFound, None),
        ] {
            let Error { problem, .. } = Error::of_request(&endpoint, kind, "m", 404);
            assert_eq!(problem.detail, "GET /users/{user}: 404");
            assert_eq!(problem.credential, credential);
        }
    }
}
