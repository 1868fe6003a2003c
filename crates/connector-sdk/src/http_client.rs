//! The contract's `http-client` as a transport.

use crate::bindings::governance::connector::http_client as host;
use crate::rate_limit::known_header;
use crate::transport::{Transport, TransportError};
use http::{HeaderValue, Request, Response};

/// The host's client.
pub struct Host;

impl Transport for Host {
    fn send(
        &self,
        credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let asked = host::Request {
            credential: credential.to_owned(),
            path_with_query: request.uri().to_string(),
            headers: request
                .headers()
                .iter()
                .filter_map(|(name, value)| {
                    Some((name.to_string(), value.to_str().ok()?.to_owned()))
                })
                .collect(),
        };
        answer(host::get(&asked).map_err(failure)?)
    }
}

/// Headers without a reader are left out.
fn answer(given: host::Response) -> Result<Response<Vec<u8>>, TransportError> {
    let mut response = Response::builder()
        .status(given.status)
        .body(given.body)
        .map_err(|_| TransportError::Other(format!("the host gave the status {}", given.status)))?;
    for (name, value) in &given.headers {
        if let (Some(name), Ok(value)) = (known_header(name), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn failure(error: host::Error) -> TransportError {
    match error {
        host::Error::Denied(why) => TransportError::Denied(why),
        host::Error::NoCredential => TransportError::NoCredential,
        host::Error::Timeout => TransportError::Timeout,
        host::Error::HeldBack(seconds) => TransportError::HeldBack(seconds),
        host::Error::Connection(why) => TransportError::Connection(why),
        host::Error::BodyTooLarge(limit) => TransportError::BodyTooLarge(limit),
        host::Error::Other(why) => TransportError::Other(why),
    }
}
