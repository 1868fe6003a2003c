//! The notation of Postman's limits: headers, bodies of refusals, waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::answer::{PLAIN_JSON, PROBLEM, SimulatedResponse};
use super::window::RequestWindow;

/// The notation of limits in headers and, if they are exceeded, of the wait. Postman states that
/// headers "vary, depending on the API called"; all of these are published or seen live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `Retry-After` in seconds.
    RetryAfter,
    /// `Retry-After` as an HTTP date.
    RetryAfterDate,
    /// `RetryAfter` in seconds.
    RetryAfterJoined,
    /// `X-RateLimit-RetryAfter` in seconds.
    XRateLimitRetryAfter,
    /// `RateLimit: limit=…, remaining=…, reset=…` and `RateLimit-Policy`.
    RateLimit,
    /// `RateLimit-Limit`, `-Remaining` and `-Reset`, the last in seconds from now.
    ResetSeconds,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset`, the last in seconds since 1970.
    ResetEpoch,
    /// As `ResetEpoch`, in milliseconds since 1970.
    ResetEpochMilliseconds,
    /// No header; the body says `Please retry at` and milliseconds since 1970.
    Body,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::RetryAfter,
        Self::RetryAfterDate,
        Self::RetryAfterJoined,
        Self::XRateLimitRetryAfter,
        Self::RateLimit,
        Self::ResetSeconds,
        Self::ResetEpoch,
        Self::ResetEpochMilliseconds,
        Self::Body,
    ];

    /// Its name in a rule.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RetryAfter => "retry-after",
            Self::RetryAfterDate => "retry-after-date",
            Self::RetryAfterJoined => "retryafter",
            Self::XRateLimitRetryAfter => "x-ratelimit-retryafter",
            Self::RateLimit => "ratelimit",
            Self::ResetSeconds => "reset-seconds",
            Self::ResetEpoch => "reset-epoch",
            Self::ResetEpochMilliseconds => "reset-epoch-milliseconds",
            Self::Body => "body",
        }
    }

    /// Returns headers that state the usage of a window, which any answer may have.
    pub(super) fn limit_headers(
        self,
        window: &RequestWindow,
        now: SystemTime,
    ) -> Vec<(&'static str, String)> {
        let (limit, remaining) = (
            window.limit.to_string(),
            window.remaining_requests(now).to_string(),
        );
        let seconds = window.wait_seconds(now);
        match self {
            Self::RateLimit => vec![
                (
                    "RateLimit",
                    format!("limit={limit}, remaining={remaining}, reset={seconds}"),
                ),
                (
                    "RateLimit-Policy",
                    format!("{limit};w={}", window.length.as_secs()),
                ),
            ],
            Self::ResetEpoch | Self::ResetEpochMilliseconds => vec![
                ("X-RateLimit-Limit", limit),
                ("X-RateLimit-Remaining", remaining),
                ("X-RateLimit-Reset", self.epoch_seconds(now, seconds)),
            ],
            Self::RetryAfter
            | Self::RetryAfterDate
            | Self::RetryAfterJoined
            | Self::XRateLimitRetryAfter
            | Self::ResetSeconds
            | Self::Body => vec![
                ("RateLimit-Limit", limit),
                ("RateLimit-Remaining", remaining),
                ("RateLimit-Reset", seconds.to_string()),
            ],
        }
    }

    /// Returns headers that state the wait.
    fn refusal_headers(
        self,
        window: &RequestWindow,
        now: SystemTime,
    ) -> Vec<(&'static str, String)> {
        let seconds = window.wait_seconds(now);
        match self {
            Self::RetryAfter => vec![("Retry-After", seconds.to_string())],
            Self::RetryAfterDate => {
                let end = now + Duration::from_secs(seconds);
                vec![("Retry-After", httpdate::fmt_http_date(end))]
            }
            Self::RetryAfterJoined => vec![("RetryAfter", seconds.to_string())],
            Self::XRateLimitRetryAfter => vec![("X-RateLimit-RetryAfter", seconds.to_string())],
            Self::Body => Vec::new(),
            Self::RateLimit
            | Self::ResetSeconds
            | Self::ResetEpoch
            | Self::ResetEpochMilliseconds => self.limit_headers(window, now),
        }
    }

    fn epoch_seconds(self, now: SystemTime, seconds: u64) -> String {
        let epoch =
            now.duration_since(UNIX_EPOCH).unwrap_or_default() + Duration::from_secs(seconds);
        if self == Self::ResetEpochMilliseconds {
            epoch.as_millis().to_string()
        } else {
            epoch.as_secs().to_string()
        }
    }

    /// Returns the whole refusal.
    pub(super) fn refusal_answer(
        self,
        window: &RequestWindow,
        now: SystemTime,
        refusals: usize,
    ) -> SimulatedResponse {
        let (content_type, body) = self.body(window, now, refusals);
        let mut answer = SimulatedResponse::new(429, content_type, body);
        answer.headers = self.refusal_headers(window, now);
        answer
    }

    /// Returns one of the published bodies, which for `Body` names the time.
    fn body(
        self,
        window: &RequestWindow,
        now: SystemTime,
        refusals: usize,
    ) -> (&'static str, String) {
        if self == Self::Body {
            let at = Self::ResetEpochMilliseconds.epoch_seconds(now, window.wait_seconds(now));
            let message = format!("Rate Limit exceeded. Please retry at {at}");
            let body =
                format!("{{\"error\":{{\"name\":\"rateLimitError\",\"message\":\"{message}\"}}}}");
            return (PLAIN_JSON, body);
        }
        let bodies = [
            (PROBLEM, EXCEEDED),
            (PROBLEM, RETRY_AFTER),
            (PLAIN_JSON, RATE_LIMITED),
            (PLAIN_JSON, ERROR_AS_TEXT),
        ];
        let (content_type, body) = bodies
            .get(refusals % bodies.len())
            .copied()
            .unwrap_or((PROBLEM, EXCEEDED));
        (content_type, body.to_owned())
    }
}

const EXCEEDED: &str = r#"{"type":"https://api.postman.com/problems/too-many-requests","title":"Too Many Requests","detail":"You have exceeded your request limit","status":429}"#;
const RETRY_AFTER: &str = r#"{"type":"https://api.postman.com/problems/rate-limit-exceeded","title":"Too Many Requests","status":429,"detail":"Rate limit exceeded. Retry after the period indicated by the Retry-After header."}"#;
const RATE_LIMITED: &str =
    r#"{"error":{"name":"rateLimited","message":"Rate limit exceeded. Please retry later."}}"#;
const ERROR_AS_TEXT: &str = r#"{"error":"rateLimited","message":"Rate limit exceeded."}"#;
const EXHAUSTED: &str = r#"{"error":{"name":"serviceLimitExhausted","message":"Service limit exhausted. Please contact your team admin."}}"#;

/// Returns a refusal for the minute whose window ends in so many seconds.
pub(super) fn limit_refusal(dialect: Dialect, seconds: u64, now: SystemTime) -> SimulatedResponse {
    // Whole seconds, as dialects state them: the wait is neither more nor less than that.
    let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = UNIX_EPOCH + Duration::from_secs(second);
    dialect.refusal_answer(&RequestWindow::used_up(300, seconds, now), now, 0)
}

/// Returns a refusal for the month, with the text that is seen live.
pub(super) fn quota_exhausted() -> SimulatedResponse {
    SimulatedResponse::new(429, PLAIN_JSON, EXHAUSTED)
}
