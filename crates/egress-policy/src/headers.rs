//! The headers that a guest may set, and those that only the host sets.

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// Headers that say what kind of answer is wanted, and nothing else.
const FROM_GUEST: [&str; 2] = ["accept", "accept-language"];
/// The longest value of a guest's header, in bytes.
const MAX_VALUE: usize = 1 << 10;

/// The reason why a guest's header is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderRefusal {
    /// Not one of those that a guest may set.
    #[error("a connector may not set the header {0}")]
    Name(String),
    /// Too long, or with a character that no header has.
    #[error("a header value that cannot be sent")]
    Value,
    /// The same header a second time.
    #[error("a header that is there twice")]
    Repeated,
}

/// Returns a guest's headers as they are sent.
///
/// # Errors
/// Returns the first reason to refuse one.
pub fn guest_headers(headers: &[(String, String)]) -> Result<HeaderMap, HeaderRefusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = Some(value).filter(|value| value.len() <= MAX_VALUE);
        let value = value.and_then(|value| HeaderValue::from_str(value).ok());
        if map
            .insert(guest_name(name)?, value.ok_or(HeaderRefusal::Value)?)
            .is_some()
        {
            return Err(HeaderRefusal::Repeated);
        }
    }
    Ok(map)
}

fn guest_name(name: &str) -> Result<HeaderName, HeaderRefusal> {
    let lower = name.to_ascii_lowercase();
    let known = FROM_GUEST.iter().find(|known| **known == lower);
    known
        .map(|known| HeaderName::from_static(known))
        .ok_or_else(|| {
            let shown = lower.chars().filter(char::is_ascii_graphic).take(64);
            HeaderRefusal::Name(shown.collect())
        })
}

/// Returns true for a header of the host or of the connection, which not even a credential may use. The
/// name is in lower case.
pub fn is_host_header(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "content-length"
            | "transfer-encoding"
            | "connection"
            | "keep-alive"
            | "upgrade"
            | "te"
            | "trailer"
            | "expect"
            | "user-agent"
            | "accept-encoding"
            | "cookie"
            | "proxy-authorization"
            | "proxy-connection"
            | "http2-settings"
            | "forwarded"
            | "via"
    ) || changes_the_request(name)
}

/// Returns true for a header by which some servers and proxies take a request for another one.
fn changes_the_request(name: &str) -> bool {
    let prefixes = [
        "x-forwarded-",
        "x-http-method",
        "x-method-",
        "x-original-",
        "x-rewrite-",
    ];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}
