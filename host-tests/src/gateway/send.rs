//! The gateway of one tenant: policy, headers, pacing, credential, network, in this order.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use reqwest::header::HeaderMap;
use url::Url;

use super::client::{ClientError, EgressOptions, client};
use super::{BaseUrl, Credentials, Pacer, body, failure, headers};
use crate::manifest::Policy;
use crate::records::Descriptor;
use crate::runtime::{BoxFuture, CallClock, HttpClient, HttpError, Request, Response};

/// Sends the requests of one tenant's connector to that tenant's provider.
pub struct Gateway {
    policy: Policy,
    base_url: BaseUrl,
    credentials: Credentials,
    client: reqwest::Client,
    pacer: Pacer,
    max_body: u64,
    sent: AtomicU64,
    refused: AtomicU64,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
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
            policy: Policy::new(descriptor).map_err(ClientError::Policy)?,
            client: client(&base_url, egress)?,
            base_url,
            credentials,
            pacer,
            max_body: egress.max_body,
            sent: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
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

    /// Requests that went to the network so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// Requests that the policy refused so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    async fn answer(&self, request: Request, clock: &CallClock) -> Result<Response, HttpError> {
        let (url, headers, endpoint) = self.vet(&request)?;
        if !self.credentials.has(&request.credential) {
            return Err(HttpError::NoCredential);
        }
        let rate = self.policy.rate(endpoint);
        let paused = clock.pause();
        let turn = self.pacer.turn(&request.credential, endpoint, rate).await;
        drop(paused);
        let _turn = turn.map_err(|_| HttpError::Timeout)?;
        let answer = self.send(url, headers, &request.credential).await?;
        Ok(Response {
            endpoint: Some(endpoint),
            ..answer
        })
    }

    /// What of the request may be sent: all of it, or nothing.
    fn vet(&self, request: &Request) -> Result<(Url, HeaderMap, usize), HttpError> {
        let vetted = self.vet_uncounted(request);
        if vetted.is_err() {
            self.refused.fetch_add(1, Relaxed);
        }
        vetted
    }

    fn vet_uncounted(&self, request: &Request) -> Result<(Url, HeaderMap, usize), HttpError> {
        let allowed = self
            .policy
            .check(&request.credential, &request.path_with_query)
            .map_err(|refusal| HttpError::Denied(refusal.to_string()))?;
        let headers = headers::from_guest(&request.headers)?;
        let url = self.base_url.join(&request.path_with_query);
        let url = url.ok_or_else(|| HttpError::Denied("it leads away from the base URL".into()))?;
        Ok((url, headers, allowed.index))
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
        self.sent.fetch_add(1, Relaxed);
        let sending = self.client.get(url).headers(headers).send();
        let answer = sending.await.map_err(|e| failure::sort(&e))?;
        let status = answer.status().as_u16();
        let headers = headers::to_guest(answer.headers())?;
        let body = body::read(answer, self.max_body).await?;
        Ok(Response {
            status,
            headers,
            body,
            endpoint: None,
        })
    }
}

impl HttpClient for Gateway {
    fn get<'a>(
        &'a self,
        request: Request,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(self.answer(request, clock))
    }
}
