//! Why a call of a connector did not finish, in the connector's own words.

use serde::{Deserialize, Serialize};

/// What went wrong, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What to tell the tenant's administrator.
    pub message: String,
    /// What to write in a log.
    pub detail: String,
    /// The credential it is about.
    pub credential: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Seconds to wait before another try.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem that the host itself found.
    pub fn new(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: detail.into(),
            credential: None,
            status: None,
            retry_after: None,
        }
    }
}

/// The contract's error cases, cut by what the host does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCase {
    /// Ask the operator.
    Misconfigured,
    /// Mend the call.
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
    /// The case's name in the contract.
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
