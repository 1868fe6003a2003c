//! Taking an answer in: the headers a connector may see, and the whole body up to its cap.

use wasi::http::types::IncomingResponse;
use wasi::io::streams::{InputStream, StreamError};

use crate::bindings::http_client::{Error, Response};
use crate::errors;
use crate::send::RequestDeadline;
use crate::settings::ClientSettings;

/// All headers of an answer together, in bytes.
const MAX_HEADERS: usize = 64 << 10;
/// The most bytes of one read.
const PIECE: u64 = 256 << 10;
/// Headers that would leave a connector something to keep or to follow.
const NOT_TO_GUEST: [&str; 4] = ["set-cookie", "set-cookie2", "proxy-authenticate", "alt-svc"];

/// Reads the rest of an answer.
pub(crate) fn read(
    incoming: &IncomingResponse,
    settings: &ClientSettings,
    deadline: &RequestDeadline,
) -> Result<Response, Error> {
    let status = incoming.status();
    let headers = headers(incoming.headers().entries())?;
    let announced = announced(status, &headers, settings.max_body)?;
    let body = incoming.consume().map_err(|()| taken())?;
    let stream = body.stream().map_err(|()| taken())?;
    let address = settings.base_url.address();
    let body = CappedBody::new(announced, settings.max_body).read(&stream, deadline, &address)?;
    Ok(Response {
        status,
        headers,
        body: body.whole(&address)?,
    })
}

/// Returns the headers that a connector sees, names in lower case.
///
/// # Errors
/// Returns `other` if they are larger than 64 KiB together.
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

/// Returns how many bytes of body the headers announce, where they do and a body can be there.
///
/// # Errors
/// Returns `body-too-large` if the stated length exceeds the cap, and `other` for a body that was
/// compressed against the request.
pub fn announced(
    status: u16,
    headers: &[(String, Vec<u8>)],
    max_body: u64,
) -> Result<Option<u64>, Error> {
    let encoding = header(headers, "content-encoding").unwrap_or(b"identity");
    if !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(Error::Other(
            "the answer is compressed, although the request asked for it plain".to_owned(),
        ));
    }
    // Where the body comes in chunks, their ends count; some statuses have no body.
    let is_stated = header(headers, "transfer-encoding").is_none() && !matches!(status, 204 | 304);
    let announced = header(headers, "content-length").filter(|_| is_stated);
    let announced = announced.and_then(|value| str::from_utf8(value).ok()?.parse().ok());
    match announced {
        Some(length) if length > max_body => Err(Error::BodyTooLarge(max_body)),
        length => Ok(length),
    }
}

fn header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.trim_ascii())
}

/// A body that does not grow beyond its cap, in bytes, and is whole where its length was announced.
pub struct CappedBody {
    bytes: Vec<u8>,
    announced: Option<u64>,
    cap: u64,
}

impl CappedBody {
    /// Returns an empty body with capacity for the stated length.
    pub fn new(announced: Option<u64>, cap: u64) -> Self {
        let room = announced.and_then(|length| usize::try_from(length).ok());
        Self {
            bytes: Vec::with_capacity(room.unwrap_or(0)),
            announced,
            cap,
        }
    }

    /// Returns the body. Some engines return an incomplete one as if it were whole.
    ///
    /// # Errors
    /// Returns `connection` if it is shorter than its `Content-Length`.
    pub fn whole(self, address: &str) -> Result<Vec<u8>, Error> {
        let length = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        if self.announced.is_some_and(|announced| length < announced) {
            Err(errors::not_whole(address))
        } else {
            Ok(self.bytes)
        }
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// Returns `body-too-large`, with the cap, if the piece does not fit any more.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        let size = self.bytes.len().saturating_add(piece.len());
        if u64::try_from(size).unwrap_or(u64::MAX) > self.cap {
            return Err(Error::BodyTooLarge(self.cap));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn read(
        mut self,
        stream: &InputStream,
        deadline: &RequestDeadline,
        address: &str,
    ) -> Result<Self, Error> {
        let event = stream.subscribe();
        loop {
            deadline.wait(&event)?;
            match stream.read(PIECE) {
                Ok(piece) => self.push(&piece)?,
                Err(StreamError::Closed) => return Ok(self),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(errors::of_stream(&error, address));
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
    fn names_are_lower_case_and_cookies_are_left_out() {
        let entries = vec![
            entry("Date", "d"),
            entry("Set-Cookie", "c"),
            entry("RateLimit", "r"),
        ];
        let seen = headers(entries).unwrap();
        assert_eq!(seen, [entry("date", "d"), entry("ratelimit", "r")]);
    }

    #[test]
    fn response_headers_have_a_size_limit() {
        let fits = vec![entry("a", &"x".repeat(MAX_HEADERS - 1))];
        assert!(headers(fits).is_ok());
        let large = vec![entry("a", &"x".repeat(MAX_HEADERS))];
        assert!(matches!(headers(large), Err(Error::Other(_))));
    }

    #[test]
    fn an_announced_body_is_refused_before_it_is_read() {
        let length = |text| [entry("content-length", text)];
        assert_eq!(announced(200, &length("10"), 10), Ok(Some(10)));
        let larger = announced(200, &length("11"), 10);
        assert_eq!(larger, Err(Error::BodyTooLarge(10)));
        assert_eq!(announced(200, &length("nonsense"), 10), Ok(None));
        assert_eq!(announced(200, &[], 10), Ok(None));
    }

    #[test]
    fn a_length_counts_where_a_body_has_one() {
        let chunked = [
            entry("content-length", "10"),
            entry("transfer-encoding", "chunked"),
        ];
        assert_eq!(announced(200, &chunked, 10), Ok(None));
        for status in [204, 304] {
            assert_eq!(announced(status, &chunked[..1], 10), Ok(None));
        }
    }

    #[test]
    fn a_body_shorter_than_announced_is_no_answer() {
        let read = |bytes: &[u8], announced| {
            let mut body = CappedBody::new(announced, 10);
            body.push(bytes).unwrap();
            body.whole("api.example.com:443")
        };
        assert_eq!(read(b"whole", Some(5)), Ok(b"whole".to_vec()));
        assert_eq!(read(b"whole", None), Ok(b"whole".to_vec()));
        assert_eq!(read(b"", Some(0)), Ok(Vec::new()));
        for (bytes, announced) in [(&b"whol"[..], 5), (b"", 1)] {
            let cut = read(bytes, Some(announced));
            assert!(matches!(cut, Err(Error::Connection(_))), "{cut:?}");
        }
    }

    #[test]
    fn a_compressed_body_is_not_handed_out_as_plain() {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let refused = announced(200, &[entry("content-encoding", encoding)], 10);
            assert!(matches!(refused, Err(Error::Other(_))));
        }
        assert_eq!(
            announced(200, &[entry("content-encoding", " Identity ")], 10),
            Ok(None)
        );
    }

    #[test]
    fn a_body_stops_at_its_cap_whatever_was_announced() {
        let mut body = CappedBody::new(None, 10);
        assert_eq!(body.push(b"12345"), Ok(()));
        assert_eq!(body.push(b"67890"), Ok(()));
        assert_eq!(body.push(b""), Ok(()));
        assert_eq!(body.push(b"x"), Err(Error::BodyTooLarge(10)));
        assert_eq!(body.bytes, b"1234567890");
    }
}
