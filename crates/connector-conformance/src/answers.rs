//! The answers of a provider, by credential and path.

use std::collections::HashMap;

use connector_host::recording::Recording;
use connector_runtime::Response;

/// Statuses with which a provider refuses what a team does not have: a connector may read on.
const REFUSALS: [u16; 3] = [400, 403, 404];

/// Answers of a provider: the last good one for each request, else its last refusal.
#[derive(Clone, Debug, Default)]
pub struct Answers(HashMap<(String, String), Response>);

impl Answers {
    /// Returns the answer to a request, where there is one.
    pub(super) fn recorded_answer(&self, credential: &str, path: &str) -> Option<&Response> {
        self.0.get(&(credential.to_owned(), path.to_owned()))
    }

    /// Returns whether the provider refuses a request.
    pub(super) fn refuses_request(&self, credential: &str, path: &str) -> bool {
        let answer = self.recorded_answer(credential, path);
        answer.is_some_and(|answer| REFUSALS.contains(&answer.status))
    }
}

impl From<Recording> for Answers {
    /// Takes the answers of 200, and refusals, out of a recording.
    fn from(recording: Recording) -> Self {
        let mut answers = HashMap::new();
        for exchange in recording.exchanges {
            let Ok(response) = exchange.heard.repeat_answer() else {
                continue;
            };
            let key = (exchange.credential, exchange.path);
            if response.status == 200 {
                answers.insert(key, response);
            } else if REFUSALS.contains(&response.status) {
                answers.entry(key).or_insert(response);
            }
        }
        Self(answers)
    }
}
