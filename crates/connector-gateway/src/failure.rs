//! Every failure without an answer, sorted by the error that a connector can report for it.

use std::error::Error;
use std::io;

use super::resolver::ResolveError;
use super::{BaseUrl, Proxy};
use connector_runtime::HttpError;

/// The address that requests go to, as errors name it.
#[derive(Clone, Debug)]
pub(super) struct Route(String);

impl Route {
    /// Returns the host and port of the provider, and of the proxy where there is one.
    pub(super) fn new(base_url: &BaseUrl, proxy: Option<&Proxy>) -> Self {
        let proxy = proxy.filter(|_| !base_url.is_loopback());
        let over = proxy.map(|proxy| format!(" over the proxy {}", proxy.authority()));
        Self(base_url.authority() + &over.unwrap_or_default())
    }

    /// Sorts a client's error. The texts are ours: a library's may repeat the URL.
    pub(super) fn http_error(&self, error: &reqwest::Error) -> HttpError {
        let sorted = sort_error(error);
        if let HttpError::Connection(text) = sorted {
            HttpError::Connection(format!("{text} ({})", self.0))
        } else {
            sorted
        }
    }
}

/// Returns whether the proxy wants to know who asks: its answer to the client, and not the provider's.
pub(super) fn is_proxy_refusal(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(current) = next {
        // The library does not show the type.
        if current.to_string() == "tunnel error: proxy authorization required" {
            return true;
        }
        next = current.source();
    }
    false
}

fn sort_error(error: &reqwest::Error) -> HttpError {
    match find::<ResolveError>(error) {
        // A name server may know the name a little later, and the connection be made.
        Some(unknown @ ResolveError::Unknown(_)) => {
            return HttpError::Connection(unknown.to_string());
        }
        Some(refused) => return HttpError::Denied(refused.to_string()),
        None => {}
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return of_tls(tls);
    }
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    if let Some(io) = find::<io::Error>(error) {
        return of_io(io);
    }
    if error.is_connect() {
        return HttpError::Connection("no connection could be made".to_owned());
    }
    HttpError::Connection("the connection broke before the answer was whole".to_owned())
}

/// Returns the error of a TLS failure: a certificate that is invalid now is invalid on the next attempt.
fn of_tls(error: &rustls::Error) -> HttpError {
    if let rustls::Error::InvalidCertificate(reason) = error {
        HttpError::Denied(format!(
            "the server's certificate does not hold ({reason}): wrong base URL, or a company's own certificate authority, which --ca-file adds"
        ))
    } else {
        HttpError::Connection(format!("TLS: {error}"))
    }
}

fn of_io(error: &io::Error) -> HttpError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds have no end")]
    let text = match error.kind() {
        _ if is_out_of_files(error) => {
            "this process may open no more files: allow it more (ulimit -n), or read fewer tenants at once"
        }
        io::ErrorKind::TimedOut => return HttpError::Timeout,
        io::ErrorKind::ConnectionRefused => "the server refused the connection",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "the connection was reset",
        io::ErrorKind::UnexpectedEof => "the answer ended too early",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            "the network or the server cannot be reached"
        }
        _ => "the connection broke",
    };
    HttpError::Connection(text.to_owned())
}

#[cfg(unix)]
fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let full = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error
        .raw_os_error()
        .is_some_and(|code| full.contains(&code))
}

#[cfg(not(unix))]
fn is_out_of_files(_error: &io::Error) -> bool {
    false
}

/// Looks for an error of type `E` in a chain, inside of wrapping I/O errors too: those do not show
/// what they wrap as their source.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<E>(inner)) {
            return Some(found);
        }
        next = current.source();
    }
    None
}
