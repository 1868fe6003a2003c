//! The one import of a connector, as the host sees it.
//!
//! Any implementation of [`HttpClient`] can serve a connector: the gateway to the real provider, a
//! recording, or a table in a test.

use std::future::Future;
use std::pin::Pin;

use thiserror::Error;

use super::CallClock;

/// A future on the heap that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One GET request of a guest, before any policy has seen it. All of it is hostile input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Name of the credential to send along.
    pub credential: String,
    /// Path and query, percent-encoded, starting with `/`.
    pub path_with_query: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
}

/// The provider's answer, regardless of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names, in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body, decoded.
    pub body: Vec<u8>,
    /// The endpoint's index in the description, if known. Not for the guest.
    pub endpoint: Option<usize>,
}

/// The reason why there is no answer. Texts go to the guest: they contain no secret and no query
/// values.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// The host refuses this request and would refuse it again.
    #[error("refused by the host: {0}")]
    Denied(String),
    /// The tenant has no such credential.
    #[error("no such credential")]
    NoCredential,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The credential's limit is used up: another request may be sent after so many seconds.
    #[error("held back for {0} s")]
    HeldBack(u64),
    /// No connection, or one that broke.
    #[error("connection: {0}")]
    Connection(String),
    /// The decoded body is larger than this many bytes.
    #[error("the body is larger than {0} bytes")]
    BodyTooLarge(u64),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Sends a guest's request and waits for the whole answer.
pub trait HttpClient: Send + Sync {
    /// Sends one request. Time that is spent waiting for a turn, not for the provider, is taken
    /// out of the call's time with [`CallClock::pause`].
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>>;
}
