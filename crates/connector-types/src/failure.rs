//! The reason why a call of a connector did not finish, in the connector's own terms.

use serde::{Deserialize, Serialize};

/// The longest text of a problem that is stored, in bytes.
const MAX_TEXT: usize = 1 << 10;
/// The longest name of a credential: no description has longer ones.
const MAX_NAME: usize = 64;

/// The description of an error, for people. Its texts are short: see [`Problem::cut`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ReceivedProblem")]
pub struct Problem {
    /// The message for the tenant's administrator.
    pub message: String,
    /// The text for a log.
    pub detail: String,
    /// The credential it is about.
    pub credential: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Seconds to wait before another try.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// Returns a problem that the host itself found.
    pub fn new(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: detail.into(),
            credential: None,
            status: None,
            retry_after: None,
        }
    }

    /// Returns the problem with its texts cut to the length that is stored. Every problem that a
    /// connector, a service or a file states passes here.
    #[must_use]
    pub fn cut(mut self) -> Self {
        shorten(&mut self.message, MAX_TEXT);
        shorten(&mut self.detail, MAX_TEXT);
        if let Some(name) = &mut self.credential {
            shorten(name, MAX_NAME);
        }
        self
    }
}

/// Cuts a text between two characters, and gives back the memory of what was cut off.
fn shorten(text: &mut String, most: usize) {
    const MARK: char = '…';
    if text.len() <= most {
        return;
    }
    text.truncate(text.floor_char_boundary(most.saturating_sub(MARK.len_utf8())));
    text.push(MARK);
    text.shrink_to_fit();
}

/// A problem as it is read, its texts as long as they may be.
#[derive(Deserialize)]
struct ReceivedProblem {
    message: String,
    detail: String,
    credential: Option<String>,
    status: Option<u16>,
    retry_after: Option<u64>,
}

impl From<ReceivedProblem> for Problem {
    fn from(from: ReceivedProblem) -> Self {
        Self {
            message: from.message,
            detail: from.detail,
            credential: from.credential,
            status: from.status,
            retry_after: from.retry_after,
        }
        .cut()
    }
}

/// The contract's error cases, cut by what the host does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCase {
    /// Ask the operator.
    Misconfigured,
    /// Correct the call.
    InvalidArgument,
    /// Start the list again.
    Expired,
    /// Renew the credential.
    Unauthenticated,
    /// Leave the scope out: not allowed.
    Forbidden,
    /// Leave the scope out: not in the plan.
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

impl ErrorCase {
    /// Returns the case's name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Misconfigured => "misconfigured",
            Self::InvalidArgument => "invalid-argument",
            Self::Expired => "expired",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotOffered => "not-offered",
            Self::NotFound => "not-found",
            Self::RateLimited => "rate-limited",
            Self::QuotaExhausted => "quota-exhausted",
            Self::Unavailable => "unavailable",
            Self::UnexpectedResponse => "unexpected-response",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_short_however_long_it_was_stated() {
        let long = "é\u{1b}".repeat(1 << 20);
        let stated = serde_json::json!({"message": long, "detail": long, "credential": long,
            "status": 500, "retry_after": 7});
        let read: Problem = serde_json::from_value(stated).unwrap();
        let text = |text: &str| text.len() <= MAX_TEXT && text.ends_with('…');
        assert!(text(&read.message) && text(&read.detail), "{read:?}");
        assert!(read.message.capacity() <= MAX_TEXT);
        assert!(read.credential.is_some_and(|name| name.len() <= MAX_NAME));
        assert_eq!((read.status, read.retry_after), (Some(500), Some(7)));
        let short = Problem::new("What to do.", "what happened");
        assert_eq!(short.clone().cut(), short);
    }
}
