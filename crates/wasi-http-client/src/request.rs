//! What a connector may ask for. Refused is whatever could be read in two ways, so that no server
//! or proxy finds another path in it than was checked.

use http::{HeaderName, HeaderValue};

use crate::bindings::http_client::Error;
use crate::errors::denied;

/// The longest path and query, in bytes.
const MAX_LENGTH: usize = 8 << 10;
/// The longest value of a connector's header, in bytes.
const MAX_VALUE: usize = 1 << 10;
/// The most headers a connector may set.
const MAX_HEADERS: usize = 16;
/// Headers that say what kind of answer is wanted, and nothing else.
const FROM_GUEST: [&str; 2] = ["accept", "accept-language"];

/// Checks a path and query, which go behind the base URL as they stand.
///
/// # Errors
/// `denied`, with the reason; the text repeats nothing of the path.
pub fn check_path(path_with_query: &str) -> Result<(), Error> {
    if path_with_query.len() > MAX_LENGTH {
        return Err(denied(format!(
            "the path and query are longer than {MAX_LENGTH} bytes"
        )));
    }
    if !path_with_query.bytes().all(is_sendable) {
        return Err(refused("has a character that must be percent-encoded"));
    }
    let (path, query) = path_with_query
        .split_once('?')
        .unwrap_or((path_with_query, ""));
    let segments = path
        .strip_prefix('/')
        .ok_or_else(|| refused("does not start with /"))?;
    check_segments(segments)?;
    match decode(query) {
        Some(bytes) if bytes.iter().any(u8::is_ascii_control) => {
            Err(refused("has an encoded control character in its query"))
        }
        Some(_) => Ok(()),
        None => Err(refused("has a broken percent-escape")),
    }
}

/// Checks the segments of a path, without the slash before the first. The last may be empty, no
/// other may.
fn check_segments(segments: &str) -> Result<(), Error> {
    let inner = segments.strip_suffix('/').unwrap_or(segments);
    if inner.is_empty() && segments.is_empty() {
        return Ok(());
    }
    inner.split('/').try_for_each(check_segment)
}

fn check_segment(segment: &str) -> Result<(), Error> {
    if segment.contains(['[', ']']) {
        return Err(refused("has a character that must be percent-encoded"));
    }
    let decoded = decode(segment).ok_or_else(|| refused("has a broken percent-escape"))?;
    let hides = |byte: &u8| matches!(byte, b'/' | b'\\' | b'%') || byte.is_ascii_control();
    let hides_dot = segment.contains("%2e") || segment.contains("%2E");
    if hides_dot || decoded.iter().any(hides) {
        return Err(refused(
            "hides a dot, slash, backslash, percent sign or control character in an escape",
        ));
    }
    match decoded.as_slice() {
        b"" => Err(refused("has an empty segment")),
        b"." | b".." => Err(refused("has a dot segment")),
        _ => Ok(()),
    }
}

/// A connector's headers as they are sent.
///
/// # Errors
/// `denied` for every header but those that choose a kind of answer, and for values that cannot be
/// sent.
pub fn guest_headers(headers: &[(String, String)]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    if headers.len() > MAX_HEADERS {
        return Err(denied(format!(
            "a request has more than {MAX_HEADERS} headers"
        )));
    }
    headers.iter().map(guest_header).collect()
}

fn guest_header((name, value): &(String, String)) -> Result<(String, Vec<u8>), Error> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok();
    let name = name.filter(|name| FROM_GUEST.contains(&name.as_str()));
    let name = name.ok_or_else(|| {
        denied(format!(
            "a connector may set the headers {} only",
            FROM_GUEST.join(" and ")
        ))
    })?;
    let value = Some(value).filter(|value| value.len() <= MAX_VALUE);
    let value = value.and_then(|value| HeaderValue::from_str(value).ok());
    let value =
        value.ok_or_else(|| denied(format!("the value of the header {name} cannot be sent")))?;
    Ok((name.as_str().to_owned(), value.as_bytes().to_vec()))
}

/// RFC 3986's characters of a path and query, and the brackets that some APIs have in query keys.
fn is_sendable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%[]".contains(&byte)
}

/// Decodes percent-escapes. `None` where one is broken.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            plain => plain,
        });
    }
    Some(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn refused(reason: &str) -> Error {
    denied(format!("the path of the request {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_and_queries_pass() {
        for path in [
            "/",
            "/me",
            "/workspaces?limit=100&cursor=NDgzMjY1%3D",
            "/collections/12345678-026f/roles",
            "/a/",
            "/a.b/..c/...",
            "/users/anna%40example.com",
            "/users/%C3%A4",
            "/search?filter[name]=a/../b&at=%2e%2e%2f",
            "/q?",
            "/q?a=b?c",
            "/o'neil/(x)",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
        assert_eq!(
            check_path(&format!("/{}", "a".repeat(MAX_LENGTH - 1))),
            Ok(())
        );
    }

    #[test]
    fn paths_that_can_be_read_in_two_ways_are_denied() {
        for path in [
            "",
            "me",
            "?a",
            "//evil.example/me",
            "///",
            "//",
            "/a//b",
            "/a//",
            "https://evil.example/",
            "@evil.example/",
            ":80/",
            "\\\\evil.example",
            "/a\\b",
            "/\\evil.example",
            "/..",
            "/.",
            "/a/../b",
            "/a/./b",
            "/a/..?x=1",
            "/../",
            "/%2e%2e/b",
            "/%2E/b",
            "/.%2e",
            "/a/%2e./b",
            "/a%2ejson",
            "/a%2fb",
            "/a%2F..%2Fb",
            "/a%5cb",
            "/%252e%252e/",
            "/a%25",
            "/a%00b",
            "/a%0d%0aHost:x",
            "/a%7f",
            "/a b",
            "/a\r\nX: y",
            "/a\0",
            "/a\tb",
            "/a#b",
            "/ä",
            "/a\u{7f}",
            "/a|b",
            "/[a]",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/q?a=%",
            "/q?a=%g0",
            "/q?a=%0d%0aX",
            "/q?a=%00",
        ] {
            assert!(matches!(check_path(path), Err(Error::Denied(_))), "{path}");
        }
        let long = format!("/{}", "a".repeat(MAX_LENGTH));
        assert!(matches!(check_path(&long), Err(Error::Denied(_))));
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn headers_that_choose_an_answer_pass_in_lower_case() {
        let headers = [
            pair("Accept", "application/json"),
            pair("accept-language", "en"),
        ];
        let sent = guest_headers(&headers).unwrap();
        assert_eq!(sent[0], ("accept".to_owned(), b"application/json".to_vec()));
        assert_eq!(sent.len(), 2);
    }

    #[test]
    fn every_other_header_is_denied() {
        for name in [
            "host",
            "Authorization",
            "x-api-key",
            "content-length",
            "connection",
            "Cookie",
            "transfer-encoding",
            "user-agent",
            "accept-encoding",
            "proxy-authorization",
            "forwarded",
            "x-forwarded-for",
            "range",
            "accept:",
            "accept\r\nx",
            "",
            " accept",
            "äccept",
        ] {
            let refused = guest_headers(&[pair(name, "v")]);
            assert!(matches!(refused, Err(Error::Denied(_))), "{name}");
        }
    }

    #[test]
    fn values_that_cannot_be_sent_are_denied() {
        let long = "a".repeat(MAX_VALUE + 1);
        for value in ["a\r\nX: y", "a\nb", "a\0b", &long] {
            assert!(matches!(
                guest_headers(&[pair("accept", value)]),
                Err(Error::Denied(_))
            ));
        }
        let many = vec![pair("accept", "a"); MAX_HEADERS + 1];
        assert!(matches!(guest_headers(&many), Err(Error::Denied(_))));
    }
}
