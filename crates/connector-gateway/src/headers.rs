//! Which headers of an answer a guest gets to see.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use connector_runtime::HttpError;

/// All headers of an answer together, in bytes, those that the guest does not see included.
const MAX_ANSWER: usize = 64 << 10;
/// Headers that a connector reads: content type, date, the link to the next page, and waits. A guest has no
/// use for the others (cookies, the provider's software, names of its machines), and could store or follow them.
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

/// Returns an answer's headers as the guest sees them: those that connectors read, and `further`
/// ones.
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
