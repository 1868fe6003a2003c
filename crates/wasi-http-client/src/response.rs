//! Taking an answer in: the headers a connector may see, and the whole body up to its cap.

use wasi::http::types::IncomingResponse;
use wasi::io::streams::{InputStream, StreamError};

use crate::bindings::http_client::{Error, Response};
use crate::errors;
use crate::send::Deadline;

/// All headers of an answer together, in bytes.
const MAX_HEADERS: usize = 64 << 10;
/// How much is asked for at a time, in bytes.
const PIECE: u64 = 256 << 10;
/// Headers that would leave a connector something to keep or to follow.
const NOT_TO_GUEST: [&str; 4] = ["set-cookie", "set-cookie2", "proxy-authenticate", "alt-svc"];

/// Reads the rest of an answer.
pub(crate) fn read(
    incoming: &IncomingResponse,
    max_body: u64,
    deadline: &Deadline,
) -> Result<Response, Error> {
    let headers = headers(incoming.headers().entries())?;
    let expected = expected(&headers, max_body)?;
    let body = incoming.consume().map_err(|()| taken())?;
    let stream = body.stream().map_err(|()| taken())?;
    Ok(Response {
        status: incoming.status(),
        headers,
        body: Body::new(expected, max_body).read(&stream, deadline)?,
    })
}

/// The headers that a connector sees, names in lower case.
///
/// # Errors
/// `other` where they are larger than 64 KiB together.
pub fn headers(entries: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let size = |(name, value): &(String, Vec<u8>)| name.len().saturating_add(value.len());
    if entries.iter().map(size).fold(0, usize::saturating_add) > MAX_HEADERS {
        let text = format!("the answer has more than {MAX_HEADERS} bytes of headers");
        return Err(Error::Other(text));
    }
    let lower = entries
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    Ok(lower
        .filter(|(name, _)| !NOT_TO_GUEST.contains(&name.as_str()))
        .collect())
}

/// How many bytes of body to make room for, as the headers announce them.
///
/// # Errors
/// `body-too-large` where more are announced than the cap allows; `other` for a body that was
/// compressed against the request.
pub fn expected(headers: &[(String, Vec<u8>)], max_body: u64) -> Result<usize, Error> {
    let encoding = header(headers, "content-encoding").unwrap_or(b"identity");
    if !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(Error::Other(
            "the answer is compressed, although the request asked for it plain".to_owned(),
        ));
    }
    let announced = header(headers, "content-length").and_then(|value| str::from_utf8(value).ok());
    let announced = announced
        .and_then(|text| text.parse().ok())
        .unwrap_or(0_u64);
    match announced > max_body {
        true => Err(Error::BodyTooLarge(max_body)),
        false => Ok(usize::try_from(announced).unwrap_or(0)),
    }
}

fn header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.trim_ascii())
}

/// A body that does not grow beyond its cap, in bytes.
pub struct Body {
    bytes: Vec<u8>,
    cap: u64,
}

impl Body {
    /// An empty body with room for what was announced.
    pub fn new(expected: usize, cap: u64) -> Self {
        Self {
            bytes: Vec::with_capacity(expected),
            cap,
        }
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// `body-too-large`, with the cap, where the piece does not fit any more.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        let size = self.bytes.len().saturating_add(piece.len());
        if u64::try_from(size).unwrap_or(u64::MAX) > self.cap {
            return Err(Error::BodyTooLarge(self.cap));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn read(mut self, stream: &InputStream, deadline: &Deadline) -> Result<Vec<u8>, Error> {
        let event = stream.subscribe();
        loop {
            deadline.wait(&event)?;
            match stream.read(PIECE) {
                Ok(piece) => self.push(&piece)?,
                Err(StreamError::Closed) => return Ok(self.bytes),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(errors::of_stream(&error));
                }
            }
        }
    }
}

fn taken() -> Error {
    Error::Other("the runtime gave the body of the answer away before".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, value: &str) -> (String, Vec<u8>) {
        (name.to_owned(), value.as_bytes().to_vec())
    }

    #[test]
    fn names_are_lower_case_and_cookies_are_kept_back() {
        let entries = vec![
            entry("Date", "d"),
            entry("Set-Cookie", "c"),
            entry("RateLimit", "r"),
        ];
        let seen = headers(entries).unwrap();
        assert_eq!(seen, [entry("date", "d"), entry("ratelimit", "r")]);
    }

    #[test]
    fn headers_have_a_cap() {
        let fits = vec![entry("a", &"x".repeat(MAX_HEADERS - 1))];
        assert!(headers(fits).is_ok());
        let large = vec![entry("a", &"x".repeat(MAX_HEADERS))];
        assert!(matches!(headers(large), Err(Error::Other(_))));
    }

    #[test]
    fn an_announced_body_is_refused_before_it_is_read() {
        let length = |text| [entry("content-length", text)];
        assert_eq!(expected(&length("10"), 10), Ok(10));
        assert_eq!(expected(&length("11"), 10), Err(Error::BodyTooLarge(10)));
        assert_eq!(expected(&length("nonsense"), 10), Ok(0));
        assert_eq!(expected(&[], 10), Ok(0));
    }

    #[test]
    fn a_compressed_body_is_not_handed_out_as_plain() {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let refused = expected(&[entry("content-encoding", encoding)], 10);
            assert!(matches!(refused, Err(Error::Other(_))));
        }
        assert_eq!(
            expected(&[entry("content-encoding", " Identity ")], 10),
            Ok(0)
        );
    }

    #[test]
    fn a_body_stops_at_its_cap_whatever_was_announced() {
        let mut body = Body::new(0, 10);
        assert_eq!(body.push(b"12345"), Ok(()));
        assert_eq!(body.push(b"67890"), Ok(()));
        assert_eq!(body.push(b""), Ok(()));
        assert_eq!(body.push(b"x"), Err(Error::BodyTooLarge(10)));
        assert_eq!(body.bytes, b"1234567890");
    }
}
