//! Transport: the only way out of a connector.

use http::header::ACCEPT;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri};

use crate::error::{Error, ErrorKind};

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
    ) -> Result<Response<Vec<u8>>, Failure>;
}

/// Returns a GET request for a path and query that asks for this media type.
///
/// The URI is made from its one part: a parser of whole URIs would be most of the component's code that
/// makes requests.
///
/// # Errors
/// Returns an error if the path is no path.
pub fn get_request(path: String, accept: &'static str) -> Result<Request<()>, Error> {
    let path = PathAndQuery::try_from(path)
        .map_err(|error| Error::new(ErrorKind::Other, error.to_string(), "request"))?;
    let mut request = Request::new(());
    *request.uri_mut() = Uri::from(path);
    let accept = HeaderValue::from_static(accept);
    request.headers_mut().insert(ACCEPT, accept);
    Ok(request)
}

/// The reason why there is no answer. The cases of the contract's `http-client.error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
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

impl<F> Transport for F
where
    F: Fn(&'static str, Request<()>) -> Result<Response<Vec<u8>>, Failure>,
{
    fn send(
        &self,
        credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, Failure> {
        self(credential, request)
    }
}
