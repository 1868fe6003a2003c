//! Error bodies in every shape that Postman is known to send, and in those that stand before it.

use crate::answer::{PLAIN_JSON, PROBLEM, SimulatedResponse};
use crate::json::json_text;
use crate::problem;

/// The shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorBody {
    /// `{"error":{"name","message"}}`.
    Error,
    /// As `Error`, with `statusCode` inside.
    ErrorStatusCode,
    /// As `Error`, with `statusCode` outside.
    StatusCodeOutside,
    /// As `Error`, with `"status":"error"`.
    StatusText,
    /// As `Error`, with an object `details`.
    Details,
    /// A problem of RFC 9457.
    Problem,
    /// A problem with `instance`, without `status`, and with an empty `detail`.
    Instance,
    /// A problem whose `detail` is an object.
    DetailObject,
    /// A problem with `link` instead of `type`.
    Link,
    /// `{"name","message"}`.
    Flat,
    /// `{"title","type"}`.
    Title,
    /// SCIM's, whose status is a text.
    Scim,
    /// `{"error":"…","message":"…"}`.
    ErrorText,
    /// A page of HTML, as proxies send it.
    Html,
    /// Nothing.
    Empty,
}

impl ErrorBody {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 15] = [
        ("error", Self::Error),
        ("error-status-code", Self::ErrorStatusCode),
        ("status-code-outside", Self::StatusCodeOutside),
        ("status-text", Self::StatusText),
        ("details", Self::Details),
        ("problem", Self::Problem),
        ("instance", Self::Instance),
        ("detail-object", Self::DetailObject),
        ("link", Self::Link),
        ("flat", Self::Flat),
        ("title", Self::Title),
        ("scim", Self::Scim),
        ("error-text", Self::ErrorText),
        ("html", Self::Html),
        ("empty", Self::Empty),
    ];

    /// Its name in a rule.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }

    /// Returns the whole answer.
    pub(super) fn error_answer(self, status: u16, says: &str) -> SimulatedResponse {
        let text = json_text(says);
        let plain = |body: String| SimulatedResponse::new(status, PLAIN_JSON, body);
        let problem = |body: String| SimulatedResponse::new(status, PROBLEM, body);
        match self {
            Self::Error => problem::named_error(status, "someError", says),
            Self::ErrorStatusCode => plain(format!(
                r#"{{"error":{{"name":"someError","message":{text},"statusCode":{status}}}}}"#
            )),
            Self::StatusCodeOutside => plain(format!(
                r#"{{"error":{{"name":"someError","message":{text}}},"statusCode":{status}}}"#
            )),
            Self::StatusText => plain(format!(
                r#"{{"error":{{"name":"someError","message":{text}}},"status":"error"}}"#
            )),
            Self::Details => plain(format!(
                r#"{{"error":{{"name":"someError","message":{text},"details":{{"param":["name"]}}}}}}"#
            )),
            Self::Problem => problem::problem_answer(status, "some-problem", "Some Problem", says),
            Self::Instance => problem(format!(
                r#"{{"type":"https://api.postman.com/problems/some-problem","title":{text},"detail":"","instance":"/"}}"#
            )),
            Self::DetailObject => problem(format!(
                r#"{{"type":"https://api.postman.com/problems/some-problem","status":{status},"title":"Some Problem","detail":{{"error":{{"name":"SomeError","message":{text}}}}},"instance":"/"}}"#
            )),
            Self::Link => problem(format!(
                r#"{{"detail":{text},"link":"https://api.postman.com/problems/some-problem","status":{status},"title":"Some Problem"}}"#
            )),
            Self::Flat => plain(format!(r#"{{"name":"someError","message":{text}}}"#)),
            Self::Title => plain(format!(r#"{{"title":{text},"type":"someError"}}"#)),
            Self::Scim => problem::scim_error(status, says),
            Self::ErrorText => plain(format!(r#"{{"error":"someError","message":{text}}}"#)),
            Self::Html => SimulatedResponse::new(
                status,
                "text/html",
                format!("<html><head><title>{status}</title></head><body>{says}</body></html>"),
            ),
            Self::Empty => SimulatedResponse::new(status, "text/plain", ""),
        }
    }
}
