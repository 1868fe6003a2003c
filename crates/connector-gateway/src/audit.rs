//! One line for each request of a guest, regardless of its outcome, and the sums of them.
//!
//! A line states the tenant, the endpoint and the outcome. It contains no key, no body, no query,
//! no path but the endpoint's template, and nothing else that a guest or provider made up. The span
//! of a request, for traces, contains less: no scope and no reason.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tracing::Span;
use tracing::field::Empty;

use connector_runtime::HttpError;

/// The target of all events of the audit trail.
pub const TARGET: &str = "connector_host::audit";
/// The target of the spans of syncs. They contain kinds, counts and outcomes, and no id of a provider.
pub const TRACE_TARGET: &str = "connector_host::trace";

/// The outcome of a request whose credential is not set. It was not sent, which is no error.
const NO_CREDENTIAL: &str = "no-credential";

tokio::task_local! {
    static SCOPE: String;
}

/// Runs a future; requests that it makes are noted as made for `scope`, such as
/// `list-grants workspace 1f0d`. What the text may hold is the caller's to see to.
pub fn in_scope<F: Future>(scope: String, future: F) -> impl Future<Output = F::Output> {
    SCOPE.scope(scope, future)
}

/// Returns the scope that requests are made for at present, if there is one.
pub fn current_scope() -> Option<String> {
    SCOPE.try_with(Clone::clone).ok()
}

/// The request totals of one tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were handed to the network.
    pub sent: u64,
    /// Requests that the host refused: by the endpoint policy, for a header, or because the
    /// provider's name, address or certificate did not hold.
    pub refused: u64,
    /// Requests that were sent and had no answer, or were given up.
    pub failed: u64,
    /// Bytes of decoded bodies.
    pub bytes: u64,
    /// Time that the provider took, summed over requests that may have run side by side.
    pub waited: Duration,
}

impl Traffic {
    /// Writes the last line of a tenant into the audit trail.
    pub(super) fn log_requests(&self, tenant: &str, took: Duration) {
        tracing::info!(
            target: TARGET,
            tenant,
            sent = self.sent,
            refused = self.refused,
            failed = self.failed,
            bytes = self.bytes,
            ms = whole_milliseconds(took),
            provider_ms = whole_milliseconds(self.waited),
            "summary"
        );
    }
}

fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// [`Traffic`] while it is counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sent: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
    microseconds: AtomicU64,
}

impl Counters {
    pub(super) fn traffic(&self) -> Traffic {
        Traffic {
            sent: self.sent.load(Relaxed),
            refused: self.refused.load(Relaxed),
            failed: self.failed.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            waited: Duration::from_micros(self.microseconds.load(Relaxed)),
        }
    }
}

/// A request in progress. Dropped without an end, it counts as canceled.
pub(super) struct AuditEntry<'a> {
    tenant: &'a str,
    counters: &'a Counters,
    endpoint: Option<&'a str>,
    sent: Option<Instant>,
    ended: bool,
    span: Span,
}

impl<'a> AuditEntry<'a> {
    pub(super) fn new(tenant: &'a str, counters: &'a Counters) -> Self {
        Self {
            tenant,
            counters,
            endpoint: None,
            sent: None,
            ended: false,
            span: request_span(),
        }
    }

    /// Returns the span of the request.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records that the policy allows it, as an instance of this template.
    pub(super) fn is_of(&mut self, endpoint: &'a str) {
        self.endpoint = Some(endpoint);
    }

    /// Records that it is sent.
    pub(super) fn note_sending(&mut self) {
        self.sent = Some(Instant::now());
        self.counters.sent.fetch_add(1, Relaxed);
    }

    /// Records the whole answer.
    pub(super) fn note_answer(&mut self, status: u16, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.counters.bytes.fetch_add(bytes, Relaxed);
        self.write_entry("answered", Some((status, bytes)), None);
    }

    /// Records that the host does not send it, with a reason that repeats no text of the guest.
    pub(super) fn note_refusal(&mut self, reason: &str) {
        self.counters.refused.fetch_add(1, Relaxed);
        self.write_entry("refused", None, Some(reason));
    }

    /// Records that it is not sent, because the host has no access token for it.
    pub(super) fn note_missing_token(&mut self, reason: &str) {
        self.write_entry("no-token", None, Some(reason));
    }

    /// Records that there was no answer, unless the end is recorded already.
    pub(super) fn note_failure(&mut self, error: &HttpError) {
        match error {
            _ if self.ended => {}
            HttpError::Denied(reason) => self.note_refusal(reason),
            HttpError::NoCredential => self.write_entry(NO_CREDENTIAL, None, None),
            HttpError::Timeout
            | HttpError::HeldBack(_)
            | HttpError::Connection(_)
            | HttpError::BodyTooLarge(_)
            | HttpError::Other(_) => {
                self.counters.failed.fetch_add(1, Relaxed);
                self.write_entry("failed", None, Some(&error.to_string()));
            }
        }
    }

    fn write_entry(&mut self, outcome: &str, answer: Option<(u16, u64)>, reason: Option<&str>) {
        self.ended = true;
        let scope = current_scope();
        let took = self.sent.map(|sent| sent.elapsed()).unwrap_or_default();
        let took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.counters.microseconds.fetch_add(took_micros, Relaxed);
        let (status, bytes) = answer.unzip();
        self.record_outcome(outcome, status, bytes);
        tracing::info!(
            target: TARGET,
            tenant = self.tenant,
            scope,
            endpoint = self.endpoint,
            outcome,
            status,
            bytes,
            ms = took_micros / 1_000,
            reason,
            "request"
        );
    }
}

impl AuditEntry<'_> {
    /// Records the outcome of the request in its span.
    fn record_outcome(&self, outcome: &str, status: Option<u16>, bytes: Option<u64>) {
        self.span.record("outcome", outcome);
        self.span.record("url.template", self.endpoint);
        self.span.record("http.response.status_code", status);
        self.span.record("http.response.body.size", bytes);
        if outcome != NO_CREDENTIAL && status.is_none_or(|status| status >= 400) {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// Returns the span of a request, with the names of OpenTelemetry's conventions.
fn request_span() -> Span {
    tracing::info_span!(
        target: TRACE_TARGET,
        "request",
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = "GET",
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        url.template = Empty,
        outcome = Empty,
    )
}

impl Drop for AuditEntry<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.counters.failed.fetch_add(1, Relaxed);
            self.write_entry("given-up", None, None);
        }
    }
}
