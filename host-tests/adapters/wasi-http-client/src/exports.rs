//! The door: one request in, one answer out, nothing kept.

use crate::bindings::http_client::{Error, Guest, Request, Response};
use crate::credential::HeaderLine;
use crate::request::{check_path, guest_headers};
use crate::settings::Settings;
use crate::{response, send};

/// What this component exports.
struct Adapter;

impl Guest for Adapter {
    fn get(request: Request) -> Result<Response, Error> {
        check_path(&request.path_with_query)?;
        let mut headers = guest_headers(&request.headers)?;
        let variables = wasi::cli::environment::get_environment();
        let settings = Settings::read(&variables)?;
        let credential = HeaderLine::read(&variables, &request.credential)?;
        headers.push(credential.into_entry());
        let deadline = send::Deadline::start();
        let incoming = send::send(&settings, &request.path_with_query, headers, &deadline)?;
        response::read(&incoming, settings.max_body, &deadline)
    }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "generated from the contract")]
mod door {
    crate::bindings::export!(Adapter with_types_in crate::bindings);
    use super::Adapter;
}
