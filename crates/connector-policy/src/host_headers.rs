//! Headers that are never a connector's, nor a credential's. The adapter for WASI hosts is built with
//! this file too, so that a credential which one of the two hosts takes is taken by the other.

/// Whether a header is the host's own or the connection's, so that not even a credential may be
/// carried by it. The name is in lower case.
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

/// Headers by which some servers and proxies take a request for another one than it is.
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
