//! An answer, and its bytes.

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

/// Content types of bodies; Postman uses both of the last for errors of either shape.
pub(super) const JSON: &str = "application/json; charset=utf-8";
/// As above.
pub(super) const PLAIN_JSON: &str = "application/json";
/// As above.
pub(super) const PROBLEM: &str = "application/problem+json";
/// The content type of SCIM's answers.
pub(super) const SCIM: &str = "application/scim+json; charset=utf-8";

/// An answer of the simulator.
#[derive(Clone, Debug)]
pub(super) struct SimulatedResponse {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// More headers, in order.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Arc<str>,
}

impl SimulatedResponse {
    /// Returns a good answer with a JSON body.
    pub(super) fn json_answer(body: impl Into<Arc<str>>) -> Self {
        Self::new(200, JSON, body)
    }

    /// Returns an answer with any status and body.
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Arc<str>>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Returns the same with another body.
    pub(super) fn with_body(&self, body: impl Into<Arc<str>>) -> Self {
        Self {
            body: body.into(),
            ..self.clone()
        }
    }

    /// Returns the head as bytes on the wire, with the length that it states of the body; `close` says that
    /// no more requests are read.
    pub(super) fn write_head(&self, now: SystemTime, close: bool, length: Option<usize>) -> String {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason_phrase(self.status)
        );
        let mut header = |name: &str, value: &str| {
            // Writing into a text cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        };
        header("Date", &httpdate::fmt_http_date(now));
        header("Content-Type", self.content_type);
        if let Some(length) = length {
            header("Content-Length", &length.to_string());
        }
        for (name, value) in &self.headers {
            header(name, value);
        }
        if close {
            header("Connection", "close");
        }
        head.push_str("\r\n");
        head
    }
}

/// Returns the reason phrase of a status.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        _ => "Status",
    }
}
