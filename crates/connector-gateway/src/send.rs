//! The gateway of one tenant: policy, headers, pacing, credential, network, in this order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use egress_policy::{Redactor, guest_headers};
use reqwest::header::HeaderMap;
use tokio::task::spawn_blocking;
use tracing::Instrument;
use url::Url;

use super::audit::{AuditEntry, Counters};
use super::carrier::{Carrier, Https};
use super::client::{ClientError, EgressOptions, client};
use super::failure::Route;
use super::{BaseUrl, Credentials, Pacer, TooLong, Traffic, headers};
use connector_policy::{Allowed, EndpointPolicy};
use connector_runtime::{BoxFuture, CallClock, HttpClient, HttpError, HttpRequest, Response};
use connector_types::Descriptor;

/// The largest body that is searched for secrets on the runtime's own thread, in bytes: a fraction of a
/// millisecond.
const REDACTED_AT_ONCE: usize = 256 << 10;

/// Sends the requests of one tenant's connector to that tenant's provider.
pub struct Gateway {
    tenant: String,
    policy: EndpointPolicy,
    base_url: BaseUrl,
    credentials: Credentials,
    redactor: Arc<Redactor>,
    carrier: Arc<dyn Carrier>,
    pacer: Pacer,
    max_body: u64,
    further_headers: &'static [&'static str],
    counters: Arc<Counters>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("tenant", &self.tenant)
            .field("base_url", &self.base_url)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Makes a gateway for one tenant of the connector that is described.
    ///
    /// # Errors
    /// The certificate roots cannot be read, or TLS cannot be set up.
    pub fn new(
        descriptor: &Descriptor,
        base_url: BaseUrl,
        credentials: Credentials,
        egress: &EgressOptions,
        pacer: Pacer,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            tenant: base_url.to_string(),
            policy: EndpointPolicy::new(descriptor).map_err(ClientError::Policy)?,
            carrier: carrier(&base_url, egress)?,
            base_url,
            redactor: Arc::new(credentials.redactor()),
            credentials,
            pacer,
            max_body: egress.max_body,
            further_headers: &[],
            counters: Arc::default(),
        })
    }

    /// Names the tenant in the audit trail; without it, the base URL stands there.
    #[must_use]
    pub fn for_tenant(mut self, name: &str) -> Self {
        name.clone_into(&mut self.tenant);
        self
    }

    /// Hands back these headers of an answer too, beside those that connectors read.
    #[must_use]
    pub fn showing(mut self, headers: &'static [&'static str]) -> Self {
        self.further_headers = headers;
        self
    }

    /// Takes the place of `former`: goes on counting where that one is, and redacts its secrets too.
    #[must_use]
    pub fn replacing(mut self, former: &Self) -> Self {
        self.counters = Arc::clone(&former.counters);
        self.credentials = self.credentials.replacing(&former.credentials);
        self.redactor = Arc::new(self.credentials.redactor());
        self
    }

    /// Where this tenant's requests go.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Whether there is a secret of this name.
    pub fn has_credential(&self, name: &str) -> bool {
        self.credentials.has(name)
    }

    /// What gives requests their turn.
    pub fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    /// What the requests so far came to.
    pub fn traffic(&self) -> Traffic {
        self.counters.traffic()
    }

    /// Writes the sums to the audit trail, at the end of what took this long.
    pub fn log_traffic(&self, took: Duration) {
        self.traffic().log(&self.tenant, took);
    }

    async fn answer(&self, request: HttpRequest, clock: &CallClock) -> Result<Response, HttpError> {
        let mut entry = AuditEntry::new(&self.tenant, &self.counters);
        let span = entry.span();
        let passing = self.pass(&request, clock, &mut entry);
        let answer = passing.instrument(span).await;
        match &answer {
            Ok(answer) => entry.answered(answer.status, answer.body.len()),
            Err(error) => entry.failed(error),
        }
        answer
    }

    async fn pass<'a>(
        &'a self,
        request: &HttpRequest,
        clock: &CallClock,
        entry: &mut AuditEntry<'a>,
    ) -> Result<Response, HttpError> {
        let (url, headers, allowed) = self.vet(request, entry)?;
        if !self.credentials.has(&request.credential) {
            return Err(HttpError::NoCredential);
        }
        let endpoint = allowed.index;
        let rate = self.policy.rate(endpoint);
        let paused = clock.pause();
        let turn = self.pacer.turn(&request.credential, endpoint, rate).await;
        drop(paused);
        let _turn = turn.map_err(|TooLong(wait)| held_back(wait))?;
        entry.sending();
        let answer = self.send(url, headers, &request.credential).await?;
        Ok(Response {
            endpoint: Some(endpoint),
            ..answer
        })
    }

    /// What of the request may be sent: all of it, or nothing.
    fn vet<'a>(
        &'a self,
        request: &HttpRequest,
        entry: &mut AuditEntry<'a>,
    ) -> Result<(Url, HeaderMap, Allowed<'a>), HttpError> {
        let allowed = self
            .policy
            .check(&request.credential, &request.path_with_query)
            .map_err(|refusal| HttpError::Denied(refusal.to_string()))?;
        entry.is_of(&allowed.endpoint.path);
        // The guest is told the header's name; the audit trail keeps no words of a guest's.
        let headers = guest_headers(&request.headers).map_err(|refusal| {
            entry.refused("a header that a guest may not set");
            HttpError::Denied(refusal.to_string())
        })?;
        let url = self.base_url.join(&request.path_with_query);
        let url = url.ok_or_else(|| HttpError::Denied("it leads away from the base URL".into()))?;
        Ok((url, headers, allowed))
    }

    async fn send(
        &self,
        url: Url,
        mut headers: HeaderMap,
        credential: &str,
    ) -> Result<Response, HttpError> {
        let (name, value) = self
            .credentials
            .header(credential)
            .ok_or(HttpError::NoCredential)?;
        headers.insert(name, value);
        let answer = self.carrier.get(url, headers, self.max_body).await;
        let answer = answer.map_err(|error| self.redact_error(error))?;
        let headers = headers::to_guest(&answer.headers, self.further_headers)?;
        Ok(Response {
            status: answer.status,
            headers: self.redactor.clean_headers(headers),
            body: self.redact_body(answer.body).await?,
            endpoint: None,
        })
    }

    /// Removes every secret that the provider repeats. A large body keeps no runtime thread busy.
    async fn redact_body(&self, body: Vec<u8>) -> Result<Vec<u8>, HttpError> {
        if body.len() <= REDACTED_AT_ONCE {
            return Ok(self.redactor.clean(body));
        }
        let redactor = Arc::clone(&self.redactor);
        let cleaned = spawn_blocking(move || redactor.clean(body)).await;
        cleaned.map_err(|_| HttpError::Other("the answer could not be searched for keys".into()))
    }

    /// The texts are ours, but some name what a server calls itself.
    fn redact_error(&self, error: HttpError) -> HttpError {
        let clean = |text| self.redactor.clean_text(text);
        match error {
            HttpError::Denied(text) => HttpError::Denied(clean(text)),
            HttpError::Connection(text) => HttpError::Connection(clean(text)),
            HttpError::Other(text) => HttpError::Other(clean(text)),
            textless @ (HttpError::NoCredential
            | HttpError::Timeout
            | HttpError::HeldBack(_)
            | HttpError::BodyTooLarge(_)) => textless,
        }
    }
}

/// The error of a request that waits for longer than it may: how long a queue of others takes is not known.
fn held_back(wait: Option<Duration>) -> HttpError {
    wait.map_or(HttpError::Timeout, |wait| {
        HttpError::HeldBack(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// What stands in the client's place, or the client.
fn carrier(base_url: &BaseUrl, egress: &EgressOptions) -> Result<Arc<dyn Carrier>, ClientError> {
    Ok(match &egress.carrier {
        Some(carrier) => Arc::clone(carrier),
        None => Arc::new(Https {
            client: client(base_url, egress)?,
            route: Route::new(base_url, egress.proxy.as_ref()),
        }),
    })
}

impl HttpClient for Gateway {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(self.answer(request, clock))
    }
}
