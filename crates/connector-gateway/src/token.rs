//! OAuth access tokens, which the host obtains at the provider's own token endpoint and renews.
//!
//! A token is obtained with the first request that needs it, and again shortly before it expires.
//! Requests that need it at that time wait for the one in progress, and fail as that one does. Client
//! id, client secret and parameters are read again for each token. `form` is the request, `answer` the
//! response.

mod answer;
mod form;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::Secret;
use super::credential::MAX_FORMER;
use connector_types::lock;

pub use answer::TokenFailure;
pub(super) use answer::read_answer;
pub use form::{NamedSecret, TokenClient, TokenForm};

/// The time before its end at which a token counts as expired: a request with it has to arrive.
const MARGIN: Duration = Duration::from_secs(60);
/// The time in which an endpoint that refused a new token causes no renewal.
const REFUSAL_HOLDS: Duration = Duration::from_secs(600);

/// An access token as it was obtained.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) secret: Secret,
    /// Its time from the request for it on, where the provider states it.
    pub(super) lifetime: Option<Duration>,
}

/// A token in use.
#[derive(Clone, Debug)]
pub(super) struct UsedToken {
    pub(super) secret: Secret,
    /// Its number among those of its source.
    pub(super) number: u64,
}

/// The source of a credential's access tokens. Clones share the token.
#[derive(Clone)]
pub struct TokenSource(Arc<SharedTokens>);

struct SharedTokens {
    path: String,
    label: String,
    client: Arc<dyn TokenClient>,
    fetching: tokio::sync::Mutex<()>,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    token: Option<CurrentToken>,
    /// Secrets that were sent or received so far, the newest first.
    secrets: Vec<Secret>,
    /// Counts what changes `secrets`.
    version: u64,
    /// Tokens that were asked for.
    attempts: u64,
    tokens: u64,
    failure: Option<TokenFailure>,
    /// Endpoints that refused a new token too, and when: what they refuse is not the token.
    refusals: HashMap<usize, Instant>,
}

struct CurrentToken {
    used: UsedToken,
    renew_at: Option<Instant>,
}

impl TokenSource {
    /// Makes the source of the tokens that this path of the provider gives out, below the base URL.
    ///
    /// # Errors
    /// As [`check_path`](Self::check_path).
    pub fn new(path: &str, client: Arc<dyn TokenClient>) -> Result<Self, &'static str> {
        Self::check_path(path)?;
        Ok(Self(Arc::new(SharedTokens {
            path: path.to_owned(),
            label: format!("POST {path}"),
            client,
            fetching: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        })))
    }

    /// Checks the path of a token endpoint.
    ///
    /// # Errors
    /// Returns an error if it is not a plain path.
    pub fn check_path(path: &str) -> Result<(), &'static str> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        let segments = path.strip_prefix('/').unwrap_or_default().split('/');
        let mut is_dots = segments.map(|segment| segment.chars().all(|c| c == '.'));
        if path.len() > 1_024 || !path.chars().all(plain) || is_dots.any(|is_dots| is_dots) {
            return Err(
                "it is a path below the base URL, such as /oauth2/token: letters, digits and -._~/, without a query and without an empty or a dot segment",
            );
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the name of the request in the audit trail.
    pub(super) fn label(&self) -> &str {
        &self.0.label
    }

    pub(super) fn client(&self) -> &Arc<dyn TokenClient> {
        &self.0.client
    }

    /// Returns the secrets that were sent or received so far, the newest first.
    pub(super) fn known_secrets(&self) -> Vec<Secret> {
        self.lock_state().secrets.clone()
    }

    /// Returns a number that changes with [`known_secrets`](Self::known_secrets).
    pub(super) fn secrets_version(&self) -> u64 {
        self.lock_state().version
    }

    /// Returns the reason why there is no token, if the last attempt failed.
    pub(super) fn last_failure(&self) -> Option<TokenFailure> {
        self.lock_state().failure.clone()
    }

    /// Has these secrets redacted, before they are sent.
    pub(super) fn redact_form(&self, form: &TokenForm) {
        let mut state = self.lock_state();
        form.form_secrets()
            .for_each(|secret| state.remember_secret(secret));
    }

    /// Returns the token, and obtains one where there is none, it is about to expire, or it is the one of
    /// the number `refused`.
    ///
    /// # Errors
    /// Returns an error if none can be obtained.
    pub(super) async fn find_token<F>(
        &self,
        refused: Option<u64>,
        obtain: impl FnOnce() -> F,
    ) -> Result<UsedToken, TokenFailure>
    where
        F: Future<Output = Result<AccessToken, TokenFailure>>,
    {
        let before = match self.lock_state().usable_token(refused) {
            Ok(token) => return Ok(token),
            Err(attempts) => attempts,
        };
        let _fetching = self.0.fetching.lock().await;
        {
            let state = self.lock_state();
            match (state.usable_token(refused), &state.failure) {
                (Ok(token), _) => return Ok(token),
                (Err(attempts), Some(failure)) if attempts != before => return Err(failure.clone()),
                (Err(_), _) => {}
            }
        }
        let began = Instant::now();
        let obtained = obtain().await;
        self.lock_state().record_attempt(obtained, began)
    }

    /// Returns whether an endpoint's 401 may be about the token: it is not where the endpoint refused a new
    /// one a short time ago.
    pub(super) fn may_be_expired(&self, endpoint: Option<usize>) -> bool {
        let state = self.lock_state();
        let refused_at = endpoint.and_then(|endpoint| state.refusals.get(&endpoint));
        refused_at.is_none_or(|at| at.elapsed() > REFUSAL_HOLDS)
    }

    /// Records that an endpoint refused a new token too.
    pub(super) fn note_refusal(&self, endpoint: Option<usize>) {
        if let Some(endpoint) = endpoint {
            self.lock_state().refusals.insert(endpoint, Instant::now());
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, TokenState> {
        lock(&self.0.state)
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenSource").field(&self.0.path).finish()
    }
}

impl TokenState {
    /// Returns the token that can be used.
    ///
    /// # Errors
    /// Returns the number of attempts so far if there is none.
    fn usable_token(&self, refused: Option<u64>) -> Result<UsedToken, u64> {
        let current = self.token.as_ref();
        let current = current.filter(|current| Some(current.used.number) != refused);
        let current =
            current.filter(|current| current.renew_at.is_none_or(|at| at > Instant::now()));
        current
            .map(|current| current.used.clone())
            .ok_or(self.attempts)
    }

    fn record_attempt(
        &mut self,
        obtained: Result<AccessToken, TokenFailure>,
        began: Instant,
    ) -> Result<UsedToken, TokenFailure> {
        self.attempts += 1;
        self.token = None;
        self.failure = obtained.as_ref().err().cloned();
        let AccessToken { secret, lifetime } = obtained?;
        self.tokens += 1;
        self.remember_secret(&secret);
        let used = UsedToken {
            secret,
            number: self.tokens,
        };
        let renew_after = lifetime.map(|lifetime| lifetime - MARGIN.min(lifetime / 5));
        self.token = Some(CurrentToken {
            used: used.clone(),
            renew_at: renew_after.and_then(|after| began.checked_add(after)),
        });
        Ok(used)
    }

    /// Puts a secret first, so that those in use are never among the ones that are forgotten.
    fn remember_secret(&mut self, secret: &Secret) {
        match self.secrets.iter().position(|known| known.is_same(secret)) {
            Some(at) => {
                let known = self.secrets.remove(at);
                self.secrets.insert(0, known);
            }
            None => {
                self.secrets.insert(0, secret.clone());
                self.secrets.truncate(MAX_FORMER);
                self.version += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn named(text: &str) -> NamedSecret {
        NamedSecret {
            secret: Secret::new(text).unwrap(),
            location: "a test".to_owned(),
        }
    }

    #[test]
    fn secrets_in_use_outlive_any_number_of_tokens() {
        let form = TokenForm {
            client_id: named("client"),
            client_secret: named("secret-of-a-client"),
            parameters: vec![("jwt".to_owned(), named("signed-token"))],
        };
        let source = TokenSource::new("/token", Arc::new(form.clone())).unwrap();
        for number in 0..100 {
            source.redact_form(&form);
            let token = AccessToken {
                secret: Secret::new(&format!("token-{number}")).unwrap(),
                lifetime: None,
            };
            let used = source
                .lock_state()
                .record_attempt(Ok(token), Instant::now())
                .unwrap();
            let known = source.known_secrets();
            let is_known = |secret: &Secret| known.iter().any(|one| one.is_same(secret));
            assert!(form.form_secrets().all(is_known) && is_known(&used.secret));
            assert!(known.len() <= MAX_FORMER);
        }
    }
}
