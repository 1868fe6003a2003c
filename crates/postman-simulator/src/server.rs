//! HTTP/1.1 over any stream: reads heads, writes answers, keeps connections alive.

use super::answer::SimulatedResponse;
use super::faults::{Delivery, End};
use super::request::SimulatedRequest;
use super::service::SimulatorService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Longest head that is read, and longest body of a POST.
const LONGEST_HEAD: usize = 64 * 1024;

/// Accepts connections until the task is aborted, which ends the connections too.
pub(super) async fn accept_connections(listener: TcpListener, service: Arc<SimulatorService>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are whole in one write: waiting for more to send would only delay them.
                let _ = stream.set_nodelay(true);
                connections.spawn(serve_connection(stream, Arc::clone(&service)));
            }
            // Out of file handles, as a rule: some are given back when connections end.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection over TCP, which alone can be reset.
async fn serve_connection(mut stream: TcpStream, service: Arc<SimulatorService>) -> io::Result<()> {
    match serve_requests(&mut stream, &service).await? {
        End::Reset => stream.set_zero_linger(),
        End::Open | End::Closed => Ok(()),
    }
}

/// Serves one connection until the client closes it, and says how to end it.
pub(super) async fn serve_requests<S>(stream: &mut S, service: &SimulatorService) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut received = Vec::new();
    while let Some(head) = read_head(stream, &mut received).await? {
        let (delivery, close) = match head {
            RequestHead::Whole { request, close } => (service.answer_request(&request), close),
            RequestHead::Unreadable(answer) => (Delivery::whole_answer(answer), true),
        };
        match delivery.write(stream, service.now(), close).await? {
            End::Open => {}
            End::Closed => break,
            End::Reset => return Ok(End::Reset),
        }
    }
    stream.shutdown().await?;
    Ok(End::Closed)
}

enum RequestHead {
    Whole {
        request: SimulatedRequest,
        close: bool,
    },
    Unreadable(SimulatedResponse),
}

/// Returns the next head; `None` where the connection ended before one began.
async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    received: &mut Vec<u8>,
) -> io::Result<Option<RequestHead>> {
    loop {
        if let Some(head) = parse(received) {
            return Ok(Some(head));
        }
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            return Ok(None);
        }
        received.extend_from_slice(chunk.get(..length).unwrap_or_default());
    }
}

/// Takes a whole head off the front; `None` while there is none.
fn parse(received: &mut Vec<u8>) -> Option<RequestHead> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if received.len() < LONGEST_HEAD => return None,
        Ok(httparse::Status::Partial) => return Some(RequestHead::Unreadable(refuse_request(431))),
        Err(_) => return Some(RequestHead::Unreadable(refuse_request(400))),
    };
    let mut request = SimulatedRequest::new(
        parsed.method.unwrap_or_default(),
        parsed.path.unwrap_or_default(),
        owned_headers(parsed.headers),
    );
    let close = closes_connection(&request, parsed.version == Some(0));
    let whole = length + posted_length(&request);
    if received.len() < whole {
        return None;
    }
    let body = received.get(length..whole).unwrap_or_default();
    request.body = String::from_utf8_lossy(body).into_owned();
    received.drain(..whole);
    Some(RequestHead::Whole { request, close })
}

fn owned_headers(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let owned = headers.iter().map(|header| {
        (
            header.name.to_ascii_lowercase(),
            String::from_utf8_lossy(header.value).into_owned(),
        )
    });
    owned.collect()
}

/// Returns the length of a POST's body, or 0 if it is too long to be read.
fn posted_length(request: &SimulatedRequest) -> usize {
    let length = request
        .header("content-length")
        .filter(|_| request.method == "POST");
    let length = length.and_then(|length| length.trim().parse().ok());
    length.filter(|length| *length <= LONGEST_HEAD).unwrap_or(0)
}

/// Returns whether a request ends the connection: one that may have a body does, for only that of a POST is read.
fn closes_connection(request: &SimulatedRequest, old: bool) -> bool {
    let has_body = request.header("transfer-encoding").is_some()
        || request
            .header("content-length")
            .is_some_and(|length| length.trim() != "0");
    let connection = request.header("connection").unwrap_or_default();
    old || has_body || request.method != "GET" || connection.to_ascii_lowercase().contains("close")
}

fn refuse_request(status: u16) -> SimulatedResponse {
    SimulatedResponse::new(
        status,
        "text/html",
        "<html><body><h1>Bad SimulatedRequest</h1></body></html>",
    )
}
