//! The shapes of wasmtime's published advisories that a guest of ours could try: each ends typed,
//! in a process that lives on, with a good tenant beside it that answers as if it were alone.
//!
//! Advisories are named where their shape is known. Those in code that is not compiled into this
//! host, or that no guest of the contract reaches (WASI, Winch, the C API, garbage collection,
//! shared memory, async components), show in `refused`: such a component is not loaded.

use host_tests::support;

mod compiled;
mod lift;
mod lower;
mod passenger;
mod refused;

use std::sync::Arc;
use std::time::Duration;

use connector_host::runtime::{
    BoxFuture, CallClock, CallFailure, HttpClient, HttpError, HttpRequest, LoadError, Response,
};
use connector_host::{CallLimits, Connector, Sandbox};

/// Answers every request with one header and a small body.
struct Provider;

impl HttpClient for Provider {
    fn get<'a>(
        &'a self,
        _request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            Ok(Response {
                status: 200,
                headers: vec![("content-type".into(), b"application/json".to_vec())],
                body: br#"{"user":{"id":1,"teamId":123,"teamName":"Northwind"},"operations":[]}"#
                    .to_vec(),
                endpoint: None,
            })
        })
    }
}

/// A sandbox with a good tenant in it.
struct House {
    sandbox: Sandbox,
    good: Connector,
    alone: String,
}

impl House {
    async fn new() -> Self {
        let sandbox = support::sandbox();
        let good = support::load(&sandbox, &support::connector()).await;
        let alone = answer(&good).await;
        assert!(alone.contains("Northwind"), "{alone}");
        Self {
            sandbox,
            good,
            alone,
        }
    }

    /// The good tenant answers as it did before.
    async fn stands(&self, after: &str) {
        assert_eq!(answer(&self.good).await, self.alone, "after {after}");
    }

    /// Loads a guest.
    async fn load(&self, bytes: &[u8], what: &str) -> Result<Connector, LoadError> {
        let loaded = Connector::load(&self.sandbox, bytes).await;
        self.stands(what).await;
        loaded
    }

    /// Why a guest that ends badly in `describe` already is not loaded.
    async fn refused(&self, bytes: &[u8], what: &str) -> LoadError {
        match self.load(bytes, what).await {
            Ok(loaded) => panic!("{what}: {loaded:?}"),
            Err(error) => {
                // A compiler that panics would take a host along that is built to abort.
                assert!(!error.to_string().contains("panicked"), "{what}: {error}");
                error
            }
        }
    }

    /// Returns the result of `validate` of a guest.
    async fn validate(&self, bytes: &[u8], what: &str) -> Result<(), CallFailure> {
        let guest = self.load(bytes, what).await;
        let guest = guest.unwrap_or_else(|error| panic!("{what}: {error}"));
        let ended = guest.validate(Arc::new(Provider), &limits()).await;
        self.stands(what).await;
        ended.result.map(|_| ())
    }
}

/// Small enough that a test sees them met.
fn limits() -> CallLimits {
    CallLimits {
        wall_clock: Duration::from_secs(60),
        cpu: Duration::from_millis(200),
        memory: 64 << 20,
        requests: 20_000,
        returned_bytes: 4 << 20,
        ..CallLimits::default()
    }
}

async fn answer(good: &Connector) -> String {
    let called = good
        .validate(Arc::new(Provider), &CallLimits::default())
        .await;
    serde_json::to_string(&called.result.unwrap()).unwrap()
}

/// Asserts that a call trapped with these words.
fn trapped(ended: &Result<(), CallFailure>, words: &str, what: &str) {
    match ended {
        Err(CallFailure::Trapped(text)) if text.contains(words) => {}
        other => panic!("{what}: {other:?} is no trap with {words:?}"),
    }
}

/// Returns the result of `list-resources` of a guest, from this page token on.
async fn list(guest: &Connector, cursor: Option<&str>) -> Result<(), CallFailure> {
    let ended = guest
        .list_resources(Arc::new(Provider), &limits(), "thing", None, cursor)
        .await;
    ended.result.map(|_| ())
}
