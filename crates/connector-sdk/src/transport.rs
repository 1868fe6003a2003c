//! Transport: the only connection of a connector to the outside.

use std::fmt;

use http::header::ACCEPT;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri};

use crate::error::ErrorKind;
use crate::manifest::EndpointTemplate;

/// Sends a GET request along with a credential that only the host knows.
///
/// Closures of the same form are transports too, so that a test's provider is one closure.
pub trait Transport {
    /// Sends `request`, whose URI is a path and query alone, and waits for the whole answer.
    /// An answer with a status of 400 or more is an answer, not a failure.
    fn send(
        &self,
        credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, TransportError>;
}

/// Sends a GET request to an endpoint, at this path and query, and asks for this media type.
///
/// # Errors
/// Returns an error if there is no answer.
pub fn get(
    transport: &impl Transport,
    endpoint: &EndpointTemplate,
    path: String,
    accept: &'static str,
) -> Result<Response<Vec<u8>>, TransportError> {
    transport.send(endpoint.credential, request(path, accept)?)
}

/// Builds a request. The URI is made from its one part: a parser of whole URIs would be most of the code that
/// makes requests.
fn request(path: String, accept: &'static str) -> Result<Request<()>, TransportError> {
    let path =
        PathAndQuery::try_from(path).map_err(|error| TransportError::Other(error.to_string()))?;
    let mut request = Request::new(());
    *request.uri_mut() = Uri::from(path);
    let accept = HeaderValue::from_static(accept);
    request.headers_mut().insert(ACCEPT, accept);
    Ok(request)
}

/// The reason why there is no answer. The cases of the contract's `http-client.error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The host refuses the request and would refuse it again.
    Denied(String),
    /// The host has no such credential.
    NoCredential,
    /// No answer in time.
    Timeout,
    /// The host holds the request back: another may be sent after so many seconds.
    HeldBack(u64),
    /// No connection, or one that broke.
    Connection(String),
    /// The body is larger than this many bytes, the host's limit.
    BodyTooLarge(u64),
    /// Anything else.
    Other(String),
}

impl TransportError {
    /// Returns the error case of a call that ends for this reason.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(_) | Self::NoCredential => ErrorKind::Misconfigured,
            Self::HeldBack(_) => ErrorKind::RateLimited,
            Self::Timeout | Self::Connection(_) => ErrorKind::Unavailable,
            Self::BodyTooLarge(_) => ErrorKind::UnexpectedResponse,
            Self::Other(_) => ErrorKind::Other,
        }
    }
}

/// For a log: the texts are the host's own.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) => write!(f, "denied: {why}"),
            Self::NoCredential => f.write_str("no credential"),
            Self::Timeout => f.write_str("time-out"),
            Self::HeldBack(seconds) => write!(f, "held back for {seconds} s"),
            Self::Connection(why) => write!(f, "connection: {why}"),
            Self::BodyTooLarge(limit) => write!(f, "body larger than {limit} bytes"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl<F> Transport for F
where
    F: Fn(&'static str, Request<()>) -> Result<Response<Vec<u8>>, TransportError>,
{
    fn send(
        &self,
        credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        self(credential, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_one_case() {
        let text = || "why".to_owned();
        for (failure, kind, shown) in [
            (
                TransportError::Denied(text()),
                ErrorKind::Misconfigured,
                "denied: why",
            ),
            (
                TransportError::NoCredential,
                ErrorKind::Misconfigured,
                "no credential",
            ),
            (TransportError::Timeout, ErrorKind::Unavailable, "time-out"),
            (
                TransportError::HeldBack(7),
                ErrorKind::RateLimited,
                "held back for 7 s",
            ),
            (
                TransportError::Connection(text()),
                ErrorKind::Unavailable,
                "connection: why",
            ),
            (
                TransportError::BodyTooLarge(1),
                ErrorKind::UnexpectedResponse,
                "body larger than 1 bytes",
            ),
            (TransportError::Other(text()), ErrorKind::Other, "why"),
        ] {
            assert_eq!((failure.kind(), &*failure.to_string()), (kind, shown));
        }
    }
}
