//! Reading an answer's body without letting it grow beyond its cap.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};

use super::failure::Route;
use connector_runtime::HttpError;

/// The most that is reserved because an answer states its length, in bytes.
const MOST_RESERVED: u64 = 16 << 20;

/// Reads the decoded body, piece by piece. A body that ends before its stated length is an error of the
/// client's.
pub(super) async fn read(
    mut response: Response,
    cap: u64,
    route: &Route,
) -> Result<Vec<u8>, HttpError> {
    let mut body = DecodedBody::new(response.headers(), cap)?;
    while let Some(piece) = response.chunk().await.map_err(|e| route.http_error(&e))? {
        body.push(&piece)?;
    }
    body.finish()
}

/// A body that is decoded as its pieces come, and does not grow beyond its cap. For implementations of
/// [`super::HttpTransport`] too.
#[derive(Debug)]
pub struct DecodedBody {
    coding: Coding,
    cap: u64,
    /// True if no byte has come yet: an empty body is not decoded, regardless of its headers.
    is_empty: bool,
}

#[derive(Debug)]
enum Coding {
    Plain(CappedBuffer),
    Gzip(Box<MultiGzDecoder<CappedBuffer>>),
}

impl DecodedBody {
    /// Returns an empty body with the coding that the headers state: none, or gzip by any of its
    /// names.
    ///
    /// # Errors
    ///
    /// Returns an error if it is another coding, which the request did not accept.
    pub fn new(headers: &HeaderMap, cap: u64) -> Result<Self, HttpError> {
        let bytes = |length| CappedBuffer {
            bytes: Vec::with_capacity(length),
            cap,
        };
        Ok(Self {
            coding: if is_gzip(headers)? {
                Coding::Gzip(Box::new(MultiGzDecoder::new(bytes(0))))
            } else {
                Coding::Plain(bytes(reserved_length(headers, cap)))
            },
            cap,
            is_empty: true,
        })
    }

    /// Adds a piece as it came.
    ///
    /// # Errors
    /// Returns an error if the decoded body is larger than its cap, or not packed as stated.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), HttpError> {
        self.is_empty &= piece.is_empty();
        let written = match &mut self.coding {
            Coding::Plain(bytes) => bytes.write_all(piece),
            Coding::Gzip(packed) => packed.write_all(piece),
        };
        written.map_err(|e| body_failure(&e, self.cap))
    }

    /// Returns the whole body, decoded.
    ///
    /// # Errors
    /// Returns an error if the packed body is not whole.
    pub fn finish(self) -> Result<Vec<u8>, HttpError> {
        match self.coding {
            _ if self.is_empty => Ok(Vec::new()),
            Coding::Plain(capped) => Ok(capped.bytes),
            Coding::Gzip(packed) => {
                let capped = packed.finish().map_err(|e| body_failure(&e, self.cap))?;
                Ok(capped.bytes)
            }
        }
    }
}

/// Returns the length to reserve for a body: a body that grows by doubling leaves the allocator with
/// memory of twice its size, which it does not return to the system.
fn reserved_length(headers: &HeaderMap, cap: u64) -> usize {
    let stated = headers.get(CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let length = stated.unwrap_or(0).min(cap).min(MOST_RESERVED);
    usize::try_from(length).unwrap_or(0)
}

/// Names of codings have no case, and several may be listed (RFC 9110, 8.4).
fn is_gzip(headers: &HeaderMap) -> Result<bool, HttpError> {
    let lines = headers.get_all(CONTENT_ENCODING).iter();
    let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
    let names = lines.iter().flat_map(|line| line.split(','));
    let names = names.map(|name| name.trim().to_ascii_lowercase());
    let codings: Vec<_> = names
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    match codings.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(false),
        ["gzip" | "x-gzip"] => Ok(true),
        _ => Err(HttpError::Other(
            "the body has a coding that was not asked for".to_owned(),
        )),
    }
}

fn body_failure(error: &io::Error, cap: u64) -> HttpError {
    if error.kind() == io::ErrorKind::FileTooLarge {
        HttpError::BodyTooLarge(cap)
    } else {
        HttpError::Connection("the body cannot be decompressed".to_owned())
    }
}

/// Bytes that refuse to become more than allowed.
#[derive(Debug)]
struct CappedBuffer {
    bytes: Vec<u8>,
    cap: u64,
}

impl Write for CappedBuffer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let size = u64::try_from(self.bytes.len().saturating_add(piece.len()));
        if size.is_ok_and(|size| size <= self.cap) {
            self.bytes.extend_from_slice(piece);
            return Ok(piece.len());
        }
        Err(io::ErrorKind::FileTooLarge.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
