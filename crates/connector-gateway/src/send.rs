//! The gateway of one tenant: policy, headers, pacing, credential, network, in this order.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use egress_policy::{Redactor, guest_headers};
use reqwest::header::HeaderMap;
use tokio::task::spawn_blocking;
use tracing::Instrument;
use url::Url;

use super::audit::{AuditEntry, Counters};
use super::client::{ClientError, EgressOptions, build_client};
use super::failure::Route;
use super::token::{AccessToken, UsedToken, read_answer};
use super::transport::{HttpTransport, Https};
use super::{
    BaseUrl, Credentials, RateLimiter, Secret, TokenFailure, TokenSource, Traffic, WaitTooLong,
    headers,
};
use connector_policy::{Allowed, EndpointPolicy};
use connector_runtime::{BoxFuture, CallClock, HttpClient, HttpError, HttpRequest, Response};
use connector_types::{Descriptor, ErrorCase, lock};

/// The largest body that is searched for secrets on the runtime's own thread, in bytes: a fraction of a
/// millisecond.
const REDACTED_AT_ONCE: usize = 256 << 10;

/// The largest answer of a token endpoint, in bytes.
const MAX_TOKEN_ANSWER: u64 = 64 << 10;

/// An answer, and the number of the access token that was sent for it.
type NumberedResponse = (Response, Option<u64>);

/// Sends the requests of one tenant's connector to that tenant's provider.
pub struct Gateway {
    tenant: String,
    policy: EndpointPolicy,
    base_url: BaseUrl,
    credentials: Credentials,
    /// The secrets of a version of the credentials.
    redactor: Mutex<(u64, Arc<Redactor>)>,
    transport: Arc<dyn HttpTransport>,
    rate_limiter: RateLimiter,
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
    /// Returns an error if the certificate roots cannot be read or TLS cannot be set up.
    pub fn new(
        descriptor: &Descriptor,
        base_url: BaseUrl,
        credentials: Credentials,
        egress: &EgressOptions,
        rate_limiter: RateLimiter,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            tenant: base_url.to_string(),
            policy: EndpointPolicy::new(descriptor).map_err(ClientError::Policy)?,
            transport: build_transport(&base_url, egress)?,
            base_url,
            redactor: Mutex::new((
                credentials.secrets_version(),
                Arc::new(credentials.redactor()),
            )),
            credentials,
            rate_limiter,
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
    pub fn show_headers(mut self, headers: &'static [&'static str]) -> Self {
        self.further_headers = headers;
        self
    }

    /// Replaces `former`: continues its counters, and redacts its secrets too.
    #[must_use]
    pub fn replace_gateway(mut self, former: &Self) -> Self {
        self.counters = Arc::clone(&former.counters);
        self.credentials = self.credentials.replace_secrets(&former.credentials);
        let redactor = Arc::new(self.credentials.redactor());
        self.redactor = Mutex::new((self.credentials.secrets_version(), redactor));
        self
    }

    /// Returns the destination of this tenant's requests.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Returns whether there is a secret of this name.
    pub fn has_credential(&self, name: &str) -> bool {
        self.credentials.has_credential(name)
    }

    /// Returns the rate limiter of the requests.
    pub fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    /// Returns the totals of the requests so far.
    pub fn traffic(&self) -> Traffic {
        self.counters.traffic()
    }

    /// Writes the sums to the audit trail, at the end of what took this long.
    pub fn log_traffic(&self, took: Duration) {
        self.traffic().log_requests(&self.tenant, took);
    }

    /// Returns the reason why a credential has no access token, if the last attempt to obtain one
    /// failed.
    pub fn token_failure(&self, credential: &str) -> Option<TokenFailure> {
        self.credentials.token_source(credential)?.last_failure()
    }

    /// Sends a request and reads the answer; once more with a new token if the provider refuses the
    /// one that was sent.
    async fn send_and_read(
        &self,
        request: HttpRequest,
        clock: &CallClock,
    ) -> Result<Response, HttpError> {
        let (answer, token) = self.send_once(&request, None, clock).await?;
        let source = self.credentials.token_source(&request.credential);
        let (Some(source), Some(refused), 401) = (source, token, answer.status) else {
            return Ok(answer);
        };
        if !source.may_be_expired(answer.endpoint) {
            return Ok(answer);
        }
        let (again, _) = self.send_once(&request, Some(refused), clock).await?;
        if again.status == 401 {
            source.note_refusal(again.endpoint);
        }
        Ok(again)
    }

    /// Sends a request once; `refused` is the number of a token that is not to be used again.
    async fn send_once(
        &self,
        request: &HttpRequest,
        refused: Option<u64>,
        clock: &CallClock,
    ) -> Result<NumberedResponse, HttpError> {
        let mut entry = AuditEntry::new(&self.tenant, &self.counters);
        let span = entry.span();
        let passing = self.pass_policy(request, refused, clock, &mut entry);
        let answer = passing.instrument(span).await;
        match &answer {
            Ok((answer, _)) => entry.note_answer(answer.status, answer.body.len()),
            Err(error) => entry.note_failure(error),
        }
        answer
    }

    async fn pass_policy<'a>(
        &'a self,
        request: &HttpRequest,
        refused: Option<u64>,
        clock: &CallClock,
        entry: &mut AuditEntry<'a>,
    ) -> Result<NumberedResponse, HttpError> {
        let (url, headers, allowed) = self.vet_request(request, entry)?;
        if !self.credentials.has_credential(&request.credential) {
            return Err(HttpError::NoCredential);
        }
        let endpoint = allowed.index;
        let rate = self.policy.rate(endpoint);
        let paused = clock.pause();
        let permit = self
            .rate_limiter
            .acquire(&request.credential, endpoint, rate)
            .await;
        let _permit = permit.map_err(|WaitTooLong(wait)| held_back(wait))?;
        let token = self.find_token(&request.credential, refused).await;
        drop(paused);
        let token = token.map_err(|failure| {
            entry.note_missing_token(&failure.problem.message);
            failure.http_error()
        })?;
        entry.note_sending();
        let secret = token.as_ref().map(|token| &token.secret);
        let answer = self.send(url, headers, &request.credential, secret).await?;
        let answer = Response {
            endpoint: Some(endpoint),
            ..answer
        };
        Ok((answer, token.map(|token| token.number)))
    }

    /// Returns the access token of a credential, or `None` if it has a secret of its own.
    async fn find_token(
        &self,
        credential: &str,
        refused: Option<u64>,
    ) -> Result<Option<UsedToken>, TokenFailure> {
        match self.credentials.token_source(credential) {
            None => Ok(None),
            Some(source) => {
                let token = source.find_token(refused, || self.obtain_token(source));
                token.await.map(Some)
            }
        }
    }

    /// Requests a token from the provider's token endpoint. Like every request, it is sent to this
    /// origin alone.
    async fn obtain_token(&self, source: &TokenSource) -> Result<AccessToken, TokenFailure> {
        let misconfigured = |text: String| TokenFailure::new(ErrorCase::Misconfigured, text);
        let client = Arc::clone(source.client());
        let read = spawn_blocking(move || client.read_form()).await;
        let read = read.unwrap_or_else(|lost| Err(lost.to_string()));
        let form = read.map_err(misconfigured)?;
        source.redact_form(&form);
        let url = self.base_url.join(source.path());
        let request = url.zip(form.request_headers());
        let request = request.ok_or_else(|| {
            misconfigured("The request for an access token cannot be put together.".to_owned())
        });
        let (url, headers) = request?;
        let mut entry = AuditEntry::new(&self.tenant, &self.counters);
        entry.is_of(source.label());
        entry.note_sending();
        let sent = self
            .transport
            .post_token(url, headers, form.request_body(), MAX_TOKEN_ANSWER);
        match sent.await.map_err(|error| self.redact_error(error)) {
            Ok(answer) => {
                entry.note_answer(answer.status, answer.body.len());
                read_answer(source.path(), &form, &answer)
            }
            Err(error) => {
                entry.note_failure(&error);
                Err(TokenFailure::from_http_error(&error, source.path()))
            }
        }
    }

    /// Returns the parts of the request to send if all of it is allowed.
    fn vet_request<'a>(
        &'a self,
        request: &HttpRequest,
        entry: &mut AuditEntry<'a>,
    ) -> Result<(Url, HeaderMap, Allowed<'a>), HttpError> {
        let allowed = self
            .policy
            .check(&request.credential, &request.path_with_query)
            .map_err(|refusal| HttpError::Denied(refusal.to_string()))?;
        entry.is_of(&allowed.endpoint.path);
        // The guest receives the header's name; the audit trail contains no text from a guest.
        let headers = guest_headers(&request.headers).map_err(|refusal| {
            entry.note_refusal("a header that a guest may not set");
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
        token: Option<&Secret>,
    ) -> Result<Response, HttpError> {
        let (name, value) = self
            .credentials
            .header(credential, token)
            .ok_or(HttpError::NoCredential)?;
        headers.insert(name, value);
        let answer = self.transport.get(url, headers, self.max_body).await;
        let answer = answer.map_err(|error| self.redact_error(error))?;
        let headers = headers::to_guest(&answer.headers, self.further_headers)?;
        Ok(Response {
            status: answer.status,
            headers: self.redactor().clean_headers(headers),
            body: self.redact_body(answer.body).await?,
            endpoint: None,
        })
    }

    /// Returns the redactor of the present secrets: access tokens change.
    fn redactor(&self) -> Arc<Redactor> {
        let version = self.credentials.secrets_version();
        let mut known = lock(&self.redactor);
        if known.0 != version {
            *known = (version, Arc::new(self.credentials.redactor()));
        }
        Arc::clone(&known.1)
    }

    /// Removes every secret that the provider repeats. A large body keeps no runtime thread busy.
    async fn redact_body(&self, body: Vec<u8>) -> Result<Vec<u8>, HttpError> {
        if body.len() <= REDACTED_AT_ONCE {
            return Ok(self.redactor().clean(body));
        }
        let redactor = self.redactor();
        let cleaned = spawn_blocking(move || redactor.clean(body)).await;
        cleaned.map_err(|_| HttpError::Other("the answer could not be searched for keys".into()))
    }

    /// Redacts the texts of an error: they are the host's own, but some repeat a name from a server.
    fn redact_error(&self, error: HttpError) -> HttpError {
        let redactor = self.redactor();
        let clean = |text| redactor.clean_text(text);
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

/// Returns the error of a request that waits for longer than it may: how long a queue of others takes is
/// not known.
fn held_back(wait: Option<Duration>) -> HttpError {
    wait.map_or(HttpError::Timeout, |wait| {
        HttpError::HeldBack(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// Returns the configured transport, or else the HTTPS client.
fn build_transport(
    base_url: &BaseUrl,
    egress: &EgressOptions,
) -> Result<Arc<dyn HttpTransport>, ClientError> {
    Ok(match &egress.transport {
        Some(transport) => Arc::clone(transport),
        None => Arc::new(Https {
            client: build_client(base_url, egress)?,
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
        Box::pin(self.send_and_read(request, clock))
    }
}
