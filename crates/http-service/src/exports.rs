//! The entry point: one request in, one answer out, nothing stored.

use serde::Serialize;
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{
    Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasi::io::streams::{OutputStream, StreamError};

use crate::answer::ServiceResponse;
use crate::call::call;
use crate::problem::{of_refusal, of_settings, of_stranger};
use crate::route::{HEALTH, RouteError, route};
use crate::settings::ServiceAccess;

/// The exports of this component.
pub struct HttpService;

/// That the service is set up. The provider is not asked.
#[derive(Serialize)]
struct Health {
    status: &'static str,
}

impl Guest for HttpService {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let answer = answer(&request);
        // If the caller has disconnected, no recipient is left for the error.
        let _ = send(&answer, out);
    }
}

fn answer(request: &IncomingRequest) -> ServiceResponse {
    let access = match ServiceAccess::read(&wasi::cli::environment::get_environment()) {
        Ok(access) => access,
        Err(reason) => return of_settings(&reason),
    };
    let method = method(request.method());
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path == HEALTH {
        return match method.as_str() {
            "GET" => ServiceResponse::record(&Health { status: "ok" }),
            _ => of_refusal(&RouteError::Method("GET")),
        };
    }
    if !access.admits(&request.headers().get("authorization")) {
        return of_stranger();
    }
    match route(&method, path, query) {
        Ok(asked) => call(asked),
        Err(refusal) => of_refusal(&refusal),
    }
}

fn method(method: Method) -> String {
    match method {
        Method::Get => "GET".to_owned(),
        Method::Post => "POST".to_owned(),
        Method::Other(name) => name,
        Method::Head
        | Method::Put
        | Method::Delete
        | Method::Connect
        | Method::Options
        | Method::Trace
        | Method::Patch => String::new(),
    }
}

fn send(answer: &ServiceResponse, out: ResponseOutparam) -> Option<()> {
    let fields = Fields::from_list(&answer.fields()).ok()?;
    let response = OutgoingResponse::new(fields);
    response.set_status_code(answer.status).ok()?;
    let body = response.body().ok()?;
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().ok()?;
    write(&stream, &answer.body).ok()?;
    drop(stream);
    OutgoingBody::finish(body, None).ok()
}

/// Writes as much at a time as the engine takes.
fn write(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if room == 0 {
            stream.subscribe().block();
            continue;
        }
        let (piece, rest) = bytes.split_at(room.min(bytes.len()));
        stream.write(piece)?;
        bytes = rest;
    }
    stream.blocking_flush()
}

#[cfg(target_arch = "wasm32")]
mod door {
    use super::HttpService;

    wasi::http::proxy::export!(HttpService with_types_in wasi);
}
