//! Access tokens: the client that gets them, and the time for which they are accepted.

use super::options::sample_key;
use std::time::{Duration, SystemTime};

/// A client that gets access tokens at `/oauth2/token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// The user name of the Basic scheme.
    pub client_id: String,
    /// Its password.
    pub client_secret: String,
    /// The parameter `installationAuthId`.
    pub installation_id: String,
    /// The parameter `jwt`: any text, because nothing is published of who signs it with what.
    pub jwt: String,
    /// The lifetime that answers state (`expires_in`), as JSON.
    pub stated: String,
    /// The time for which a token is accepted.
    pub valid: Duration,
}

impl Default for OAuthClient {
    /// A client whose names and secrets open nothing but a simulator, with tokens for an hour.
    fn default() -> Self {
        Self {
            client_id: "client-of-nobody".to_owned(),
            client_secret: sample_key("client-secret"),
            installation_id: "installation-of-nobody".to_owned(),
            jwt: sample_key("jwt"),
            stated: "3600".to_owned(),
            valid: Duration::from_secs(3_600),
        }
    }
}

/// The tokens that were issued.
#[derive(Debug, Default)]
pub(super) struct IssuedTokens(Vec<(String, SystemTime)>);

impl IssuedTokens {
    /// Issues a new token.
    pub(super) fn issue_token(&mut self, now: SystemTime) -> String {
        let token = sample_key(&format!("access-token-{}", self.0.len() + 1));
        self.0.push((token.clone(), now));
        token
    }

    /// Returns whether a token was issued, and is valid at this time.
    pub(super) fn accepts_token(&self, token: &str, now: SystemTime, valid: Duration) -> bool {
        let age = |given: SystemTime| now.duration_since(given).unwrap_or_default();
        let mut all = self.0.iter();
        all.any(|(known, given)| known == token && age(*given) < valid)
    }
}
