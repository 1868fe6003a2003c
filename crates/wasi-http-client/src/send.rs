//! One GET by `wasi:http`. Redirects are answers: `wasi:http` follows none.

use wasi::clocks::monotonic_clock::{Duration, subscribe_duration};
use wasi::http::outgoing_handler::{self, FutureIncomingResponse, OutgoingRequest, RequestOptions};
use wasi::http::types::{ErrorCode, Fields, IncomingResponse, Scheme};
use wasi::io::poll::{Pollable, poll};

use crate::bindings::http_client::Error;
use crate::errors;
use crate::settings::ClientSettings;

const SECOND: Duration = 1_000_000_000;
const CONNECT_TIMEOUT: Duration = 10 * SECOND;
/// The longest silence: until the first byte, and between any two.
const READ_TIMEOUT: Duration = 30 * SECOND;

/// The user agent of this component; some providers reject clients without one.
const USER_AGENT: &str = concat!("wasi-http-client/", env!("CARGO_PKG_VERSION"));

/// The deadline of a request.
pub(crate) struct RequestDeadline {
    timer: Pollable,
}

impl RequestDeadline {
    /// Starts the time of one request.
    pub(crate) fn start(settings: &ClientSettings) -> Self {
        Self {
            timer: subscribe_duration(settings.timeout.saturating_mul(SECOND)),
        }
    }

    /// Waits until the event has happened; `timeout` when the time is up.
    pub(crate) fn wait(&self, event: &Pollable) -> Result<(), Error> {
        let ready = poll(&[event, &self.timer]);
        if ready.contains(&1) {
            Err(Error::Timeout)
        } else {
            Ok(())
        }
    }
}

/// Sends a request whose path and headers have been checked, and waits for the head of the answer.
pub(crate) fn send(
    settings: &ClientSettings,
    path_with_query: &str,
    mut headers: Vec<(String, Vec<u8>)>,
    deadline: &RequestDeadline,
) -> Result<IncomingResponse, Error> {
    headers.push(("user-agent".to_owned(), USER_AGENT.into()));
    headers.push(("accept-encoding".to_owned(), b"identity".to_vec()));
    let fields = Fields::from_list(&headers).map_err(|_| rejected_part("headers"))?;
    let request = outgoing(settings, path_with_query, fields)?;
    let pending =
        outgoing_handler::handle(request, Some(options())).map_err(|e| of_code(&e, settings))?;
    answer(&pending, settings, deadline)
}

fn outgoing(
    settings: &ClientSettings,
    path_with_query: &str,
    fields: Fields,
) -> Result<OutgoingRequest, Error> {
    let base = &settings.base_url;
    let scheme = if base.https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    // A request is a GET from the start.
    let request = OutgoingRequest::new(fields);
    request
        .set_scheme(Some(&scheme))
        .map_err(|()| rejected_part("scheme"))?;
    request
        .set_authority(Some(&base.authority))
        .map_err(|()| rejected_part("authority"))?;
    request
        .set_path_with_query(Some(&base.path(path_with_query)))
        .map_err(|()| rejected_part("path"))?;
    Ok(request)
}

/// Returns the options of a request. A runtime may know none of them; the deadline still applies.
fn options() -> RequestOptions {
    let options = RequestOptions::new();
    let _ = options.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let _ = options.set_first_byte_timeout(Some(READ_TIMEOUT));
    let _ = options.set_between_bytes_timeout(Some(READ_TIMEOUT));
    options
}

fn of_code(code: &ErrorCode, settings: &ClientSettings) -> Error {
    errors::of_code(code, &settings.base_url.address())
}

fn answer(
    pending: &FutureIncomingResponse,
    settings: &ClientSettings,
    deadline: &RequestDeadline,
) -> Result<IncomingResponse, Error> {
    let event = pending.subscribe();
    loop {
        deadline.wait(&event)?;
        match pending.get() {
            Some(Ok(answer)) => return answer.map_err(|e| of_code(&e, settings)),
            Some(Err(())) => return Err(Error::Other("the answer was taken before".to_owned())),
            None => {}
        }
    }
}

fn rejected_part(part: &str) -> Error {
    errors::denied(format!(
        "this runtime does not take the {part} of the request"
    ))
}
