//! The transport that sends requests to the provider and returns its answers: the HTTPS client, or
//! a replacement.

use std::fmt::Debug;

use bytes::Bytes;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use url::Url;

use super::failure::{Route, is_proxy_refusal};
use super::{body, headers};
use connector_runtime::{BoxFuture, HttpError};

/// A provider's answer as it came.
#[derive(Clone, Debug)]
pub struct TransportResponse {
    /// HTTP status.
    pub status: u16,
    /// All headers: which of them the connector sees is the gateway's to say.
    pub headers: HeaderMap,
    /// The whole body, decoded.
    pub body: Vec<u8>,
}

/// Sends requests that the gateway has allowed. An implementation must provide the guarantees of
/// the HTTPS client (no redirects, checked addresses, time-outs) itself; [`super::DecodedBody`]
/// decodes.
pub trait HttpTransport: Debug + Send + Sync {
    /// Sends one GET request, credential included, and reads the whole answer: at most `cap` bytes of
    /// decoded body.
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>>;

    /// Sends the host's request for an access token, the only one that is a POST, and reads the whole
    /// answer as [`get`](Self::get) does. A transport without it obtains no tokens.
    fn post_token(
        &self,
        _url: Url,
        _headers: HeaderMap,
        _body: Bytes,
        _cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        let reason = "this transport sends no requests for access tokens".to_owned();
        Box::pin(async { Err(HttpError::Denied(reason)) })
    }
}

/// The HTTPS client.
#[derive(Debug)]
pub(super) struct Https {
    pub(super) client: reqwest::Client,
    pub(super) route: Route,
}

impl Https {
    async fn read_answer(
        &self,
        request: RequestBuilder,
        cap: u64,
    ) -> Result<TransportResponse, HttpError> {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_proxy_refusal(&error) => return Ok(proxy_refusal()),
            Err(error) => return Err(self.route.http_error(&error)),
        };
        headers::check_size(answer.headers())?;
        Ok(TransportResponse {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: body::read(answer, cap, &self.route).await?,
        })
    }
}

/// Returns the answer of a proxy that requires authentication, without any of its text.
fn proxy_refusal() -> TransportResponse {
    TransportResponse {
        status: 407,
        headers: HeaderMap::new(),
        body: Vec::new(),
    }
}

impl HttpTransport for Https {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        Box::pin(self.read_answer(self.client.get(url).headers(headers), cap))
    }

    fn post_token(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        let request = self.client.post(url).headers(headers).body(body);
        Box::pin(self.read_answer(request, cap))
    }
}
