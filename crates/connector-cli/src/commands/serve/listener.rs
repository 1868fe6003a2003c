//! The HTTP listener of `serve`: health, metrics, and reports behind a token.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::metrics::expose_metrics;
use super::service::TenantService;
use crate::commands::{CliError, report, stored_sync};
use connector_store::Store;

/// Connections at once; further ones wait.
const CONNECTIONS: usize = 64;
/// The longest time for a request's head.
const HEAD: Duration = Duration::from_secs(10);

const TEXT: &str = "text/plain; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

type ListenerResponse = Response<Full<Bytes>>;

/// Answers requests until the task is aborted.
pub(super) async fn accept_connections(
    listener: TcpListener,
    service: Arc<TenantService>,
    token: Option<String>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let token = Arc::new(token);
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, as a rule: some are given back when connections end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (service, token) = (Arc::clone(&service), Arc::clone(&token));
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let (service, token) = (Arc::clone(&service), Arc::clone(&token));
                async move {
                    Ok::<_, Infallible>(answer_request(&request, &service, token.as_deref()).await)
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .serve_connection(TokioIo::new(stream), answer);
            // A client that has disconnected does not wait for an answer.
            let _ = connection.await;
            drop(permit);
        });
    }
}

async fn answer_request(
    request: &Request<Incoming>,
    service: &Arc<TenantService>,
    token: Option<&str>,
) -> ListenerResponse {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = text_response(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        let allowed = hyper::header::HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    match request.uri().path() {
        "/livez" => health_response(service.is_alive()),
        "/readyz" => health_response(service.is_ready()),
        "/metrics" => build_response(StatusCode::OK, METRICS, expose_metrics(service)),
        path => match path.strip_prefix("/tenants") {
            None => not_found(),
            Some(rest) => match check_token(request, token) {
                Err(refused) => *refused,
                Ok(()) => tenant_response(rest, service).await,
            },
        },
    }
}

/// Lets a request pass that has the token.
fn check_token(
    request: &Request<Incoming>,
    token: Option<&str>,
) -> Result<(), Box<ListenerResponse>> {
    let Some(token) = token else {
        let text = "reports are off: set CONNECTOR_REPORT_TOKEN\n";
        return Err(Box::new(text_response(StatusCode::FORBIDDEN, text)));
    };
    let given = request.headers().get(AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    // Digests are compared, so that the time says nothing of the token.
    if given.is_some_and(|given| Sha256::digest(given.trim()) == Sha256::digest(token)) {
        return Ok(());
    }
    let mut refused = text_response(
        StatusCode::UNAUTHORIZED,
        "send the token: Authorization: Bearer …\n",
    );
    let scheme = hyper::header::HeaderValue::from_static("Bearer");
    refused.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    Err(Box::new(refused))
}

async fn tenant_response(rest: &str, service: &Arc<TenantService>) -> ListenerResponse {
    let name = rest
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix("/report"));
    match (rest, name) {
        ("" | "/", _) => match serde_json::to_string_pretty(&service.tenant_statuses()) {
            Ok(text) => build_response(StatusCode::OK, JSON, text),
            Err(error) => text_response(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
        },
        (_, Some(name)) => report_of(name, service).await,
        (_, None) => not_found(),
    }
}

async fn report_of(name: &str, service: &Arc<TenantService>) -> ListenerResponse {
    let entry = service.entry(name);
    let db = entry.as_ref().and_then(|entry| entry.db.clone());
    let (Some(entry), Some(db)) = (entry, db) else {
        return not_found();
    };
    if !db.exists() {
        return text_response(
            StatusCode::NOT_FOUND,
            "no sync of this tenant has ended yet\n",
        );
    }
    let rendering = tokio::task::spawn_blocking(move || {
        let store = Store::open_to_read(&db)?;
        let run = stored_sync::select_run(&store, &db, None)?;
        report::render_report(&store, run, entry.accept.as_deref())
    });
    match rendering.await {
        Ok(Ok(page)) => build_response(StatusCode::OK, HTML, page),
        Ok(Err(CliError::Usage(_))) => text_response(
            StatusCode::NOT_FOUND,
            "no sync of this tenant has ended yet\n",
        ),
        Ok(Err(CliError::Failed { .. } | CliError::Interrupted(_))) | Err(_) => text_response(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the database cannot be read: see the process's standard error\n",
        ),
    }
}

fn health_response(is_well: bool) -> ListenerResponse {
    if is_well {
        text_response(StatusCode::OK, "ok\n")
    } else {
        text_response(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

fn not_found() -> ListenerResponse {
    let text = "there are /livez, /readyz, /metrics, /tenants and /tenants/NAME/report\n";
    text_response(StatusCode::NOT_FOUND, text)
}

fn text_response(status: StatusCode, text: &str) -> ListenerResponse {
    build_response(status, TEXT, text.to_owned())
}

fn build_response(
    status: StatusCode,
    content: &'static str,
    body: impl Into<Bytes>,
) -> ListenerResponse {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let content = hyper::header::HeaderValue::from_static(content);
    answer.headers_mut().insert(CONTENT_TYPE, content);
    answer
}
