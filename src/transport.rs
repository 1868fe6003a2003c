//! The one way out of the connector.

use http::{Request, Response};

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

/// Why there is no answer. The cases of the contract's `http-client.error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The host refuses the request and would refuse it again.
    Denied(String),
    /// The host has no such credential.
    NoCredential,
    /// No answer in time.
    Timeout,
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
