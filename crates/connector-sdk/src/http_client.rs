//! The contract's `http-client` as a transport.

use crate::bindings::governance::connector::http_client as host;
use crate::rate_limit::known_header;
use crate::transport::{Failure, Transport};
use http::{HeaderValue, Request, Response};

/// The host's client.
pub struct Host;

impl Transport for Host {
    fn send(
        &self,
        credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, Failure> {
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

/// Headers that nobody reads are left out.
fn answer(given: host::Response) -> Result<Response<Vec<u8>>, Failure> {
    let mut response = Response::builder()
        .status(given.status)
        .body(given.body)
        .map_err(|_| Failure::Other(format!("the host gave the status {}", given.status)))?;
    for (name, value) in &given.headers {
        if let (Some(name), Ok(value)) = (known_header(name), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn failure(error: host::Error) -> Failure {
    match error {
        host::Error::Denied(why) => Failure::Denied(why),
        host::Error::NoCredential => Failure::NoCredential,
        host::Error::Timeout => Failure::Timeout,
        host::Error::HeldBack(seconds) => Failure::HeldBack(seconds),
        host::Error::Connection(why) => Failure::Connection(why),
        host::Error::BodyTooLarge(limit) => Failure::BodyTooLarge(limit),
        host::Error::Other(why) => Failure::Other(why),
    }
}
