//! What a provider says, by credential and path.

use std::collections::HashMap;

use connector_host::recording::Recording;
use connector_runtime::Response;

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
        let heard = recording.exchanges.into_iter().filter_map(|exchange| {
            let response = exchange.heard.again().ok()?;
            let key = (exchange.credential, exchange.path);
            (response.status == 200).then_some((key, response))
        });
        Self(heard.collect())
    }
}
