//! The answers that are sent over the network.

use serde::Serialize;

/// A whole answer: JSON, or a problem.
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those of the body, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl ServiceResponse {
    /// Returns a record as JSON, with status 200.
    pub fn record(record: &impl Serialize) -> Self {
        Self::json(200, "application/json", record)
    }

    /// Returns JSON of any media type.
    pub(crate) fn json(status: u16, media_type: &'static str, record: &impl Serialize) -> Self {
        Self {
            status,
            headers: Vec::new(),
            media_type,
            // Texts, numbers and lists always have a form in JSON.
            body: serde_json::to_vec(record).unwrap_or_default(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns all headers, as `wasi:http` takes them.
    pub fn fields(&self) -> Vec<(String, Vec<u8>)> {
        let length = self.body.len().to_string();
        let own = [
            ("content-type", self.media_type),
            ("content-length", length.as_str()),
            // What is in it is people's data, and the next page is another one.
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ];
        let further = self.headers.iter();
        let further = further.map(|(name, value)| (*name, value.as_str()));
        let all = own.into_iter().chain(further);
        all.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .collect()
    }
}
