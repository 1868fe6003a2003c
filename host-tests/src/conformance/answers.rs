//! What a provider says, by credential and path.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::recording::{Body, Heard, Recording};
use crate::runtime::Response;

/// Answers of a provider: the last good one for each request.
#[derive(Clone, Debug, Default)]
pub struct Answers(HashMap<(String, String), Response>);

impl Answers {
    /// The answer to a request, where there is one.
    pub(super) fn to(&self, credential: &str, path: &str) -> Option<&Response> {
        self.0.get(&(credential.to_owned(), path.to_owned()))
    }
}

impl From<Recording> for Answers {
    /// Takes the answers of 200 out of a recording.
    fn from(recording: Recording) -> Self {
        let mut answers = HashMap::new();
        for exchange in recording.exchanges {
            if let Heard::Answer {
                status: 200,
                headers,
                body,
            } = exchange.heard
            {
                let headers = headers.into_iter();
                let response = Response {
                    status: 200,
                    headers: headers
                        .map(|(name, value)| (name, value.into_bytes()))
                        .collect(),
                    body: bytes(body),
                    endpoint: None,
                };
                answers.insert((exchange.credential, exchange.path), response);
            }
        }
        Self(answers)
    }
}

fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Body(text) => text.into_bytes(),
        // What is no base64 was altered; it is a body all the same.
        Body::BodyBase64(text) => STANDARD.decode(text.as_bytes()).unwrap_or_default(),
    }
}
