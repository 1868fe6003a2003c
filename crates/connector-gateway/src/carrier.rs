//! What carries requests to the provider and answers back: the HTTPS client, or what stands in its
//! place.

use std::fmt::Debug;

use reqwest::header::HeaderMap;
use url::Url;

use super::{body, failure, headers};
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
/// checked addresses, time-outs) is whoever implements this to hold.
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
pub(super) struct Https(pub(super) reqwest::Client);

impl Carrier for Https {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<Carried, HttpError>> {
        Box::pin(async move {
            let sending = self.0.get(url).headers(headers).send();
            let mut answer = sending.await.map_err(|e| failure::sort(&e))?;
            headers::check_size(answer.headers())?;
            Ok(Carried {
                status: answer.status().as_u16(),
                headers: std::mem::take(answer.headers_mut()),
                body: body::read(answer, cap).await?,
            })
        })
    }
}
