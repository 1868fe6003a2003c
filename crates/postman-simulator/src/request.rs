//! A request as it came.

use url::form_urlencoded;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct SimulatedRequest {
    pub(super) method: String,
    /// Path as sent.
    pub(super) path: String,
    /// Query as sent.
    raw_query: String,
    /// Decoded query, in order.
    query: Vec<(String, String)>,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// Empty but for a POST, the only one that is read.
    pub(super) body: String,
}

impl SimulatedRequest {
    /// Makes a request of its head; `target` is path and query, or the absolute form.
    pub(super) fn new(method: &str, target: &str, headers: Vec<(String, String)>) -> Self {
        let target = origin_form(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            raw_query: query.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body: String::new(),
        }
    }

    /// Returns the path and query as sent.
    pub(super) fn request_target(&self) -> String {
        match self.raw_query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// Returns the value of the first header of this name (in lower case).
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Returns the value of the first query parameter of this name.
    pub(super) fn query_value(&self, name: &str) -> Option<&str> {
        let mut named = self.query.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Returns whether a query parameter that is a list, by commas or by repetition, contains this
    /// value.
    pub(super) fn query_has(&self, name: &str, word: &str) -> bool {
        let named = self.query.iter().filter(|(known, _)| known == name);
        named
            .flat_map(|(_, value)| value.split(','))
            .any(|value| value == word)
    }

    /// Returns the decoded segments of the path, without the empty one before the first slash.
    pub(super) fn path_segments(&self) -> Vec<String> {
        self.path.split('/').skip(1).map(percent_decoded).collect()
    }
}

fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    }
}

/// Decodes `%` escapes; what is no UTF-8 becomes the replacement character.
fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        match after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
