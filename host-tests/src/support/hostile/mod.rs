//! The attempts of a hostile guest, as tables: a reader who finds another spelling that could get past the
//! gateway adds a row.

mod paths;

use connector_host::records::Endpoint;
#[allow(unused_imports, reason = "not every binary tries paths")]
pub use paths::PATHS;

pub fn endpoint(path: &str, query: &[&str], credential: &str) -> Endpoint {
    Endpoint {
        path: path.to_owned(),
        query: query.iter().map(|key| (*key).to_owned()).collect(),
        credential: credential.to_owned(),
        rate: None,
        purpose: String::new(),
    }
}

/// The endpoints that the tables are made against; those with the credential `other` are out of
/// reach.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint("/me", &[], "key"),
        endpoint("/things", &["limit", "cursor", "filter[name]"], "key"),
        endpoint("/things/{id}", &[], "key"),
        endpoint("/things/{id}/parts", &["cursor"], "key"),
        endpoint("/things/archive", &["since"], "key"),
        endpoint("/accounts/v2/Users", &["startIndex"], "other"),
        endpoint("/shared", &["a"], "key"),
        endpoint("/shared", &["b"], "other"),
    ]
}

/// Headers that are not a guest's to set, or cannot be sent.
pub const HEADERS: &[(&str, &str)] = &[
    ("Authorization", "Bearer x"),
    ("authorization", "Basic eDp5"),
    ("AUTHORIZATION", ""),
    ("Authorization ", "Bearer x"),
    (" Authorization", "Bearer x"),
    ("Authorization:", "Bearer x"),
    ("Authorization\0", "Bearer x"),
    ("X-API-Key", "x"),
    ("x-api-key", "x"),
    ("X_API_KEY", "x"),
    ("Proxy-Authorization", "Basic eDp5"),
    ("Host", "evil.example"),
    ("hOST", "evil.example"),
    (":authority", "evil.example"),
    (":path", "/undeclared"),
    (":method", "DELETE"),
    (":scheme", "http"),
    ("Content-Length", "5"),
    ("Content-Length", "-1"),
    ("Content-Type", "application/json"),
    ("Content-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked"),
    ("Transfer-Encoding", "identity, chunked"),
    ("TE", "trailers"),
    ("Trailer", "X-API-Key"),
    ("Connection", "upgrade"),
    ("Connection", "close, X-API-Key"),
    ("Keep-Alive", "timeout=9999"),
    ("Proxy-Connection", "keep-alive"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
    ("Expect", "100-continue"),
    ("Cookie", "a=b"),
    ("Set-Cookie", "a=b"),
    ("Referer", "https://evil.example"),
    ("Origin", "https://evil.example"),
    ("Forwarded", "for=127.0.0.1"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Proto", "http"),
    ("X-Real-IP", "127.0.0.1"),
    ("Via", "1.1 evil.example"),
    ("X-HTTP-Method", "DELETE"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-Method-Override", "DELETE"),
    ("X-Original-URL", "/undeclared"),
    ("X-Rewrite-URL", "/undeclared"),
    ("User-Agent", "x"),
    ("Accept-Encoding", "zstd"),
    ("Accept-Encoding", "identity"),
    ("Range", "bytes=0-1"),
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("Cache-Control", "no-store"),
    ("Alt-Used", "evil.example"),
    ("Early-Data", "1"),
    ("X-Anything", "x"),
    ("", ""),
    ("", "x"),
    (" ", "x"),
    ("\r\n", "x"),
    ("Accept\r\nHost", "evil.example"),
    ("Accept\nHost", "evil.example"),
    ("Accept: x\r\nHost", "evil.example"),
    ("Accept\0", "x"),
    ("Accept\t", "x"),
    ("Acc\u{e9}pt", "x"),
    ("\u{212a}eep-Alive", "x"),
    ("Accept", "a\r\nHost: evil.example"),
    ("Accept", "a\nHost: evil.example"),
    ("Accept", "a\rHost: evil.example"),
    ("Accept", "a\r\n\r\nGET /undeclared HTTP/1.1"),
    ("Accept", "a\0b"),
    ("Accept", "a\u{1b}[2J"),
    ("Accept", "a\u{7f}"),
    ("Accept-Language", "\r\n"),
];
