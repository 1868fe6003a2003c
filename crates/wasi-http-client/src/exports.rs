//! The entry point: one request in, one answer out, nothing stored but their number.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use egress_policy::Redactor;

use crate::bindings::http_client::{Error, Guest, Request, Response};
use crate::bindings::{account, description};
use crate::credential::HeaderLine;
use crate::manifest::{Headers, JoinedManifest};
use crate::settings::ClientSettings;
use crate::{response, send};

/// The exports of this component.
struct Adapter;

/// Requests of this instance that were not refused.
static SENT: AtomicU64 = AtomicU64::new(0);

/// The joined connector's manifest: it answers the same whenever it is asked.
static MANIFEST: OnceLock<Result<JoinedManifest, Error>> = OnceLock::new();

impl Guest for Adapter {
    fn get(request: Request) -> Result<Response, Error> {
        let manifest = MANIFEST.get_or_init(|| JoinedManifest::new(description::describe()));
        let manifest = manifest.as_ref().map_err(Clone::clone)?;
        let mut headers = manifest.check(&request)?;
        let variables = wasi::cli::environment::get_environment();
        let settings = ClientSettings::read(&variables)?;
        let credential = manifest.credential(&variables, &request.credential)?;
        headers.push(credential.into_entry());
        let answer = ask(&settings, &request.path_with_query, headers);
        if !matches!(answer, Err(Error::Denied(_))) {
            SENT.fetch_add(1, Relaxed);
        }
        answer.map(|answer| redacted(answer, &manifest.all_credentials(&variables)))
    }
}

impl account::Guest for Adapter {
    fn requests() -> u64 {
        SENT.load(Relaxed)
    }

    fn has_credential(name: String) -> bool {
        // One that is set wrongly is there: the request that takes it says what is wrong.
        HeaderLine::is_set(&wasi::cli::environment::get_environment(), &name)
    }
}

fn ask(
    settings: &ClientSettings,
    path_with_query: &str,
    headers: Headers,
) -> Result<Response, Error> {
    let deadline = send::RequestDeadline::start(settings);
    let incoming = send::send(settings, path_with_query, headers, &deadline)?;
    response::read(&incoming, settings, &deadline)
}

/// Returns the answer without the secrets that the provider repeats.
fn redacted(answer: Response, credentials: &[HeaderLine]) -> Response {
    let redactor = Redactor::new(credentials.iter().map(HeaderLine::secret));
    Response {
        headers: redactor.clean_headers(answer.headers),
        body: redactor.clean(answer.body),
        ..answer
    }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "generated from the contract")]
mod door {
    crate::bindings::export!(Adapter with_types_in crate::bindings);
    use super::Adapter;
}
