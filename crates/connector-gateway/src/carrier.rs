//! What carries requests to the provider and answers back: the HTTPS client, or what stands in its
//! place.

use std::fmt::Debug;

use reqwest::header::HeaderMap;
use url::Url;

use super::failure::{Route, is_proxy_refusal};
use super::{body, headers};
use connector_runtime::{BoxFuture, HttpError};

/// A provider's answer as it came.
#[derive(Clone, Debug)]
pub struct Carried {
    /// HTTP status.
    pub status: u16,
    /// All headers: which of them the connector sees is the gateway's to say.
    pub headers: HeaderMap,
    /// The whole body, decoded.
    pub body: Vec<u8>,
}

/// Carries requests that the gateway has let pass. What holds of the HTTPS client (no redirects,
/// checked addresses, time-outs) is whoever implements this to hold; [`super::DecodedBody`] decodes.
pub trait Carrier: Debug + Send + Sync {
    /// Sends one GET request, credential included, and reads the whole answer: at most `cap` bytes of
    /// decoded body.
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<Carried, HttpError>>;
}

/// The HTTPS client.
#[derive(Debug)]
pub(super) struct Https {
    pub(super) client: reqwest::Client,
    pub(super) route: Route,
}

impl Https {
    async fn answer(&self, url: Url, headers: HeaderMap, cap: u64) -> Result<Carried, HttpError> {
        let sending = self.client.get(url).headers(headers).send();
        let answer = match sending.await {
            Ok(answer) => answer,
            Err(error) if is_proxy_refusal(&error) => return Ok(proxy_refusal()),
            Err(error) => return Err(self.route.failure(&error)),
        };
        headers::check_size(answer.headers())?;
        Ok(Carried {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: body::read(answer, cap, &self.route).await?,
        })
    }
}

/// What a proxy answers that wants to know who asks. Of its words nothing is left.
fn proxy_refusal() -> Carried {
    Carried {
        status: 407,
        headers: HeaderMap::new(),
        body: Vec::new(),
    }
}

impl Carrier for Https {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<Carried, HttpError>> {
        Box::pin(self.answer(url, headers, cap))
    }
}
