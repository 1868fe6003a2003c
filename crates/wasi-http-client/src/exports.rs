//! The door: one request in, one answer out, nothing kept but their number.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::bindings::account;
use crate::bindings::http_client::{Error, Guest, Request, Response};
use crate::credential::HeaderLine;
use crate::request::{check_path, guest_headers};
use crate::settings::Settings;
use crate::{response, send};

/// What this component exports.
struct Adapter;

/// Requests of this instance that were not refused.
static SENT: AtomicU64 = AtomicU64::new(0);

impl Guest for Adapter {
    fn get(request: Request) -> Result<Response, Error> {
        check_path(&request.path_with_query)?;
        let mut headers = guest_headers(&request.headers)?;
        let variables = wasi::cli::environment::get_environment();
        let settings = Settings::read(&variables)?;
        let credential = HeaderLine::read(&variables, &request.credential)?;
        headers.push(credential.into_entry());
        let answer = ask(&settings, &request.path_with_query, headers);
        if !matches!(answer, Err(Error::Denied(_))) {
            SENT.fetch_add(1, Relaxed);
        }
        answer
    }
}

impl account::Guest for Adapter {
    fn requests() -> u64 {
        SENT.load(Relaxed)
    }

    fn has_credential(name: String) -> bool {
        // One that is set wrongly is there: the request that takes it says what is wrong.
        let variables = wasi::cli::environment::get_environment();
        !matches!(
            HeaderLine::read(&variables, &name),
            Err(Error::NoCredential)
        )
    }
}

fn ask(
    settings: &Settings,
    path_with_query: &str,
    headers: Vec<(String, Vec<u8>)>,
) -> Result<Response, Error> {
    let deadline = send::Deadline::start();
    let incoming = send::send(settings, path_with_query, headers, &deadline)?;
    response::read(&incoming, settings, &deadline)
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "generated from the contract")]
mod door {
    crate::bindings::export!(Adapter with_types_in crate::bindings);
    use super::Adapter;
}
