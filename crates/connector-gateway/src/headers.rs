//! Which headers a guest may set, and which it gets to see.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use connector_runtime::HttpError;

/// Headers that say what kind of answer is wanted, and nothing else.
const FROM_GUEST: [&str; 2] = ["accept", "accept-language"];
/// The longest value of a guest's header, in bytes.
const MAX_VALUE: usize = 1 << 10;
/// All headers of an answer together, in bytes, those that the guest does not see included.
const MAX_ANSWER: usize = 64 << 10;
/// Headers that a connector reads: what kind of answer it is and of when, where the list goes on,
/// and how long to wait. Everything else (cookies, the provider's software, names of its machines)
/// would only leave a guest something to keep or to follow.
const TO_GUEST: [&str; 8] = [
    "content-language",
    "content-type",
    "date",
    "link",
    "ratelimit",
    "retry-after",
    "retryafter",
    "x-total-count",
];
/// The dialects of rate limits: `RateLimit-Policy`, `X-RateLimit-Reset`, `X-Rate-Limit-Reset`.
const TO_GUEST_PREFIXES: [&str; 3] = ["ratelimit-", "x-ratelimit-", "x-rate-limit-"];

/// A guest's headers as they are sent.
pub(super) fn from_guest(headers: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if !FROM_GUEST.contains(&name.as_str()) {
            let shown: String = name
                .chars()
                .filter(char::is_ascii_graphic)
                .take(64)
                .collect();
            return Err(denied(format!(
                "the header {shown} is not a connector's to set"
            )));
        }
        let value = Some(value).filter(|value| value.len() <= MAX_VALUE);
        let value = value.and_then(|value| HeaderValue::from_str(value).ok());
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        let (Some(name), Some(value)) = (name, value) else {
            return Err(denied("a header value that cannot be sent".to_owned()));
        };
        if map.insert(name, value).is_some() {
            return Err(denied("a header that is there twice".to_owned()));
        }
    }
    Ok(map)
}

/// An answer's headers as whoever asked sees them: those that connectors read, and `further` ones.
pub(super) fn to_guest(
    headers: &HeaderMap,
    further: &[&str],
) -> Result<Vec<(String, Vec<u8>)>, HttpError> {
    check_size(headers)?;
    let is_shown = |name: &str| is_shown(name) || further.contains(&name);
    let shown = headers.iter().filter(|(name, _)| is_shown(name.as_str()));
    Ok(shown
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect())
}

/// Refuses an answer whose headers are larger than any provider's.
pub(super) fn check_size(headers: &HeaderMap) -> Result<(), HttpError> {
    let size = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    if headers.iter().map(size).sum::<usize>() > MAX_ANSWER {
        let text = format!("the answer has more than {MAX_ANSWER} bytes of headers");
        return Err(HttpError::Other(text));
    }
    Ok(())
}

fn is_shown(name: &str) -> bool {
    let mut dialects = TO_GUEST_PREFIXES.iter();
    TO_GUEST.contains(&name) || dialects.any(|prefix| name.starts_with(prefix))
}

fn denied(text: String) -> HttpError {
    HttpError::Denied(text)
}
