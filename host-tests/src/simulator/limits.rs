//! Postman's rate limits: 300 requests a minute, 10 in 10 seconds for some lists, a month's quota.
//! A window opens with its first request, or follows the one before by the clock: how windows really
//! slide is not published.

use super::answer::{Answer, PLAIN_JSON, PROBLEM};
use super::options::Options;
use super::route::Endpoint;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How limits are told in headers and, where they are exceeded, how long to wait. Postman's own words
/// are that headers "vary, depending on the API called"; all of these are published or seen live.
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

    /// Headers that tell the state of a window: what every answer may say.
    fn state(self, window: &Window, now: SystemTime) -> Vec<(&'static str, String)> {
        let (limit, remaining) = (window.limit.to_string(), window.remaining(now).to_string());
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
                ("X-RateLimit-Reset", self.epoch(now, seconds)),
            ],
            _ => vec![
                ("RateLimit-Limit", limit),
                ("RateLimit-Remaining", remaining),
                ("RateLimit-Reset", seconds.to_string()),
            ],
        }
    }

    /// Headers that tell how long to wait.
    fn refusal(self, window: &Window, now: SystemTime) -> Vec<(&'static str, String)> {
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
            _ => self.state(window, now),
        }
    }

    fn epoch(self, now: SystemTime, seconds: u64) -> String {
        let epoch =
            now.duration_since(UNIX_EPOCH).unwrap_or_default() + Duration::from_secs(seconds);
        match self {
            Self::ResetEpochMilliseconds => epoch.as_millis().to_string(),
            _ => epoch.as_secs().to_string(),
        }
    }

    /// The whole refusal.
    fn answer(self, window: &Window, now: SystemTime, refusals: usize) -> Answer {
        let (content_type, body) = self.body(window, now, refusals);
        let mut answer = Answer::new(429, content_type, body);
        answer.headers = self.refusal(window, now);
        answer
    }

    /// One of the published bodies, which for `Body` names the time.
    fn body(self, window: &Window, now: SystemTime, refusals: usize) -> (&'static str, String) {
        if self == Self::Body {
            let at = Self::ResetEpochMilliseconds.epoch(now, window.wait_seconds(now));
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

/// A refusal for the minute whose window ends in so many seconds.
pub(super) fn refusal(dialect: Dialect, seconds: u64, now: SystemTime) -> Answer {
    // Whole seconds, as dialects tell them: the wait is neither more nor less than that.
    let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = UNIX_EPOCH + Duration::from_secs(second);
    let mut window = Window::new(300, seconds);
    window.opened = Some(now);
    window.used = window.limit;
    dialect.answer(&window, now, 0)
}

/// A refusal for the month, in the words that are seen live.
pub(super) fn exhausted() -> Answer {
    Answer::new(429, PLAIN_JSON, EXHAUSTED)
}

/// So many requests in so long.
#[derive(Clone, Debug)]
struct Window {
    limit: u64,
    length: Duration,
    /// Where windows follow each other by the clock: how far they are from its whole minutes.
    phase: Option<Duration>,
    opened: Option<SystemTime>,
    used: u64,
}

impl Window {
    fn new(limit: u64, seconds: u64) -> Self {
        Self {
            limit,
            length: Duration::from_secs(seconds),
            phase: None,
            opened: None,
            used: 0,
        }
    }

    /// Time until the window ends; `None` when none is open.
    fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.opened? + self.length;
        end.duration_since(now).ok().filter(|left| !left.is_zero())
    }

    /// Whole seconds after which the window has certainly ended.
    fn wait_seconds(&self, now: SystemTime) -> u64 {
        let left = self.left(now).unwrap_or_default();
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    fn remaining(&self, now: SystemTime) -> u64 {
        match self.left(now) {
            Some(_) => self.limit.saturating_sub(self.used),
            None => self.limit,
        }
    }

    /// When the window that a request opens now began.
    fn beginning(&self, now: SystemTime) -> SystemTime {
        let Some(phase) = self.phase else {
            return now;
        };
        let since = now.duration_since(UNIX_EPOCH + phase).unwrap_or_default();
        let length = self.length.as_nanos().max(1);
        let into = u64::try_from(since.as_nanos() % length).unwrap_or_default();
        now - Duration::from_nanos(into)
    }

    fn take(&mut self, now: SystemTime) {
        if self.left(now).is_none() {
            self.opened = Some(self.beginning(now));
            self.used = 0;
        }
        self.used += 1;
    }
}

/// The state of all limits of one key's owner.
pub(super) struct Limiter {
    general: Window,
    /// Of `/collections`, `/workspaces` and `/workspaces/{id}`.
    lists: [(Endpoint, Window); 3],
    /// Of the whole team.
    scim: Window,
    month_limit: u64,
    month_used: u64,
    tells: bool,
    dialect: Option<Dialect>,
    refusals: usize,
}

impl Limiter {
    /// The limits of these options, with no request made but those of the month before.
    pub(super) fn new(options: &Options) -> Self {
        let lists = [
            Endpoint::Collections,
            Endpoint::Workspaces,
            Endpoint::Workspace,
        ];
        let window = |limit, seconds| Window {
            phase: options.limit_phase,
            ..Window::new(limit, seconds)
        };
        Self {
            general: window(300, 60),
            lists: lists.map(|endpoint| (endpoint, window(10, 10))),
            scim: window(300, 60),
            tells: options.tells_limits,
            month_limit: options.month_limit.unwrap_or(options.plan.month_limit()),
            month_used: options.month_used,
            dialect: options.dialect,
            refusals: 0,
        }
    }

    /// Requests of this month so far.
    pub(super) fn month_used(&self) -> u64 {
        self.month_used
    }

    /// Lets a request through and gives the headers that its answer carries, or refuses it.
    pub(super) fn admit(
        &mut self,
        endpoint: Endpoint,
        now: SystemTime,
    ) -> Result<Vec<(&'static str, String)>, Answer> {
        if !endpoint.is_scim() && self.month_used >= self.month_limit {
            return Err(self.exhausted());
        }
        let exceeded = self
            .windows(endpoint)
            .find(|window| window.remaining(now) == 0)
            .cloned();
        if let Some(window) = exceeded {
            return Err(self.refuse(&window, now));
        }
        self.windows(endpoint).for_each(|window| window.take(now));
        self.month_used += u64::from(!endpoint.is_scim());
        Ok(self.headers(endpoint, now))
    }

    fn windows(&mut self, endpoint: Endpoint) -> impl Iterator<Item = &mut Window> {
        let general = if endpoint.is_scim() {
            &mut self.scim
        } else {
            &mut self.general
        };
        let lists = self
            .lists
            .iter_mut()
            .filter(move |(known, _)| *known == endpoint);
        lists
            .map(|(_, window)| window)
            .chain(std::iter::once(general))
    }

    /// The state of the tightest window, and of the month.
    fn headers(&mut self, endpoint: Endpoint, now: SystemTime) -> Vec<(&'static str, String)> {
        if !self.tells {
            return Vec::new();
        }
        let place = Endpoint::ALL
            .iter()
            .position(|known| *known == endpoint)
            .unwrap_or_default();
        let dialect = self
            .dialect
            .or(Dialect::ALL.get((place + 4) % Dialect::ALL.len()).copied());
        let dialect = dialect.unwrap_or(Dialect::RateLimit);
        let tightest = self
            .windows(endpoint)
            .min_by_key(|window| window.remaining(now))
            .cloned();
        let mut headers = tightest
            .map(|window| dialect.state(&window, now))
            .unwrap_or_default();
        if !endpoint.is_scim() {
            headers.extend(self.month_headers(place.is_multiple_of(2)));
        }
        headers
    }

    fn month_headers(&self, prefixed: bool) -> [(&'static str, String); 2] {
        let (limit, remaining) = match prefixed {
            true => ("X-RateLimit-Limit-Month", "X-RateLimit-Remaining-Month"),
            false => ("RateLimit-Limit-Month", "RateLimit-Remaining-Month"),
        };
        let left = self.month_limit.saturating_sub(self.month_used);
        [
            (limit, self.month_limit.to_string()),
            (remaining, left.to_string()),
        ]
    }

    fn refuse(&mut self, window: &Window, now: SystemTime) -> Answer {
        let rotating = Dialect::ALL
            .get(self.refusals % Dialect::ALL.len())
            .copied();
        let dialect = self.dialect.or(rotating).unwrap_or(Dialect::RetryAfter);
        let answer = dialect.answer(window, now, self.refusals);
        self.refusals += 1;
        answer
    }

    fn exhausted(&mut self) -> Answer {
        self.refusals += 1;
        let mut answer = exhausted();
        answer.headers = self.month_headers(self.refusals.is_multiple_of(2)).to_vec();
        answer
    }
}
