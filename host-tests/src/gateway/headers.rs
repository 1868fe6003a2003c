//! Which headers a guest may set, and which it gets to see.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::runtime::HttpError;

/// Headers that say what kind of answer is wanted, and nothing else.
const FROM_GUEST: [&str; 2] = ["accept", "accept-language"];
/// The longest value of a guest's header, in bytes.
const MAX_VALUE: usize = 1 << 10;
/// All headers of an answer together, in bytes.
const MAX_ANSWER: usize = 64 << 10;
/// Headers that would leave a guest something to keep or to follow.
const NOT_TO_GUEST: [&str; 4] = ["set-cookie", "set-cookie2", "proxy-authenticate", "alt-svc"];

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
        map.append(name, value);
    }
    Ok(map)
}

/// An answer's headers as the guest sees them.
pub(super) fn to_guest(headers: &HeaderMap) -> Result<Vec<(String, Vec<u8>)>, HttpError> {
    let size = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    if headers.iter().map(size).sum::<usize>() > MAX_ANSWER {
        let text = format!("the answer has more than {MAX_ANSWER} bytes of headers");
        return Err(HttpError::Other(text));
    }
    let shown = headers
        .iter()
        .filter(|(name, _)| !NOT_TO_GUEST.contains(&name.as_str()));
    Ok(shown
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect())
}

fn denied(text: String) -> HttpError {
    HttpError::Denied(text)
}
