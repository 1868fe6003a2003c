//! Postman's rate limits: 300 requests a minute, 10 in 10 seconds for some lists, a month's quota.

use std::time::SystemTime;

use super::answer::SimulatedResponse;
use super::dialect::{Dialect, quota_exhausted};
use super::options::Options;
use super::route::SimulatedEndpoint;
use super::window::RequestWindow;

/// The state of all limits of one key's owner.
pub(super) struct Limiter {
    general: RequestWindow,
    /// Of `/collections`, `/workspaces` and `/workspaces/{id}`.
    lists: [(SimulatedEndpoint, RequestWindow); 3],
    /// Of the whole team.
    scim: RequestWindow,
    month_limit: u64,
    month_used: u64,
    tells: bool,
    dialect: Option<Dialect>,
    refusals: usize,
}

impl Limiter {
    /// Returns the limits of these options, with no request made but those of the month before.
    pub(super) fn new(options: &Options) -> Self {
        let lists = [
            SimulatedEndpoint::Collections,
            SimulatedEndpoint::Workspaces,
            SimulatedEndpoint::Workspace,
        ];
        let window = |limit, seconds| RequestWindow::new(limit, seconds, options.limit_phase);
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
    pub(super) fn admit_request(
        &mut self,
        endpoint: SimulatedEndpoint,
        now: SystemTime,
    ) -> Result<Vec<(&'static str, String)>, SimulatedResponse> {
        if !endpoint.is_scim() && self.month_used >= self.month_limit {
            return Err(self.refuse_exhausted());
        }
        let exceeded = self
            .endpoint_windows(endpoint)
            .find(|window| window.remaining_requests(now) == 0)
            .cloned();
        if let Some(window) = exceeded {
            return Err(self.refuse_request(&window, now));
        }
        self.endpoint_windows(endpoint)
            .for_each(|window| window.take(now));
        self.month_used += u64::from(!endpoint.is_scim());
        Ok(self.headers(endpoint, now))
    }

    fn endpoint_windows(
        &mut self,
        endpoint: SimulatedEndpoint,
    ) -> impl Iterator<Item = &mut RequestWindow> {
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

    /// Returns the state of the tightest window, and of the month.
    fn headers(
        &mut self,
        endpoint: SimulatedEndpoint,
        now: SystemTime,
    ) -> Vec<(&'static str, String)> {
        if !self.tells {
            return Vec::new();
        }
        let place = SimulatedEndpoint::ALL
            .iter()
            .position(|known| *known == endpoint)
            .unwrap_or_default();
        let dialect = self
            .dialect
            .or(Dialect::ALL.get((place + 4) % Dialect::ALL.len()).copied());
        let dialect = dialect.unwrap_or(Dialect::RateLimit);
        let tightest = self
            .endpoint_windows(endpoint)
            .min_by_key(|window| window.remaining_requests(now))
            .cloned();
        let mut headers = tightest
            .map(|window| dialect.limit_headers(&window, now))
            .unwrap_or_default();
        if !endpoint.is_scim() {
            headers.extend(self.month_headers(place.is_multiple_of(2)));
        }
        headers
    }

    fn month_headers(&self, prefixed: bool) -> [(&'static str, String); 2] {
        let (limit, remaining) = if prefixed {
            ("X-RateLimit-Limit-Month", "X-RateLimit-Remaining-Month")
        } else {
            ("RateLimit-Limit-Month", "RateLimit-Remaining-Month")
        };
        let left = self.month_limit.saturating_sub(self.month_used);
        [
            (limit, self.month_limit.to_string()),
            (remaining, left.to_string()),
        ]
    }

    fn refuse_request(&mut self, window: &RequestWindow, now: SystemTime) -> SimulatedResponse {
        let rotating = Dialect::ALL
            .get(self.refusals % Dialect::ALL.len())
            .copied();
        let dialect = self.dialect.or(rotating).unwrap_or(Dialect::RetryAfter);
        let answer = dialect.refusal_answer(window, now, self.refusals);
        self.refusals += 1;
        answer
    }

    fn refuse_exhausted(&mut self) -> SimulatedResponse {
        self.refusals += 1;
        let mut answer = quota_exhausted();
        answer.headers = self.month_headers(self.refusals.is_multiple_of(2)).to_vec();
        answer
    }
}
