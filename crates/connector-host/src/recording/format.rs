//! A recording: JSON, one object a line. The head, then an exchange a line in the order in which answers
//! came, then the end. A file that was cut is good up to its last whole line.

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use connector_runtime::{HttpError, Response};
use connector_types::bounded::{MAX_LINE, read_line};

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingLine {
    /// The first line.
    Recording(RecordingHeader),
    /// One request, and what came of it.
    Exchange(Exchange),
    /// The last line, where the sync came to its end.
    End {
        /// The start time of the sync, as its own records state it.
        started_at: String,
    },
}

/// The origin and the options of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingHeader {
    /// Version of the lines.
    pub format: u32,
    /// Name of the connector.
    pub connector: String,
    /// Version of the connector.
    pub version: String,
    /// SHA-256 of the component.
    pub component_sha256: String,
    /// SHA-256 of its description.
    pub manifest_sha256: String,
    /// The base URL of the recorded provider.
    pub base_url: String,
    /// The options of the recorded sync.
    pub asked: RecordedOptions,
    /// Names of the credentials that were there.
    pub credentials: Vec<String>,
    /// The paths that the connector describes.
    pub paths: Vec<String>,
    /// The base URLs of the provider that it describes. Older recordings have none.
    #[serde(default)]
    pub places: Vec<String>,
    /// True if names, addresses and ids are replaced by pseudonyms.
    pub sanitized: bool,
}

/// Options that decide what a sync reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedOptions {
    /// `TYPE` or `TYPE:grants`.
    pub include: Vec<String>,
    /// Types that were left out.
    pub exclude: Vec<String>,
    /// Requests of the month that were left to others.
    pub month_reserve: u64,
    /// True if a low quota led to a warning only.
    pub low_quota_warns: bool,
}

/// One request, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The scope that the request was made for, if there was one. Older recordings have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Name of the credential that went along.
    pub credential: String,
    /// Path and query, as the connector gave them.
    pub path: String,
    /// The result of the request.
    #[serde(flatten)]
    pub heard: RecordedResult,
}

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RecordedResult {
    /// An answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// The headers that a connector gets to see.
        headers: Vec<(String, String)>,
        /// The decoded body, as text or else as base64.
        #[serde(flatten)]
        body: RecordedBody,
    },
    /// None.
    Nothing {
        /// The reason.
        failure: Failed,
    },
}

/// A body: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedBody {
    /// UTF-8.
    Body(String),
    /// Anything else, as base64.
    BodyBase64(String),
}

/// The reason why there was no answer. Texts are the host's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failed {
    /// The host refused the request.
    Denied(String),
    /// There was no such credential.
    NoCredential,
    /// No answer in time.
    Timeout,
    /// The credential's limit was used up: another request could be sent after so many seconds.
    HeldBack(u64),
    /// No connection, or one that broke.
    Connection(String),
    /// The decoded body was larger than this many bytes.
    BodyTooLarge(u64),
    /// The call ended before an answer came.
    GivenUp,
    /// Anything else.
    Other(String),
}

/// The reason why a file is not a recording.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It begins with something else.
    #[error("it is no recording: `sync --record FILE` makes one")]
    Foreign,
    /// Another format.
    #[error(
        "it is a recording of format {0}, and this version reads format {FORMAT}: replay it with the version that made it"
    )]
    Format(u32),
    /// A line in the middle is none of a recording's.
    #[error("line {line}: {reason}. The file was altered: copy it again from its origin")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// The description of the error.
        reason: String,
    },
}

/// A whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The header of the recording.
    pub head: RecordingHeader,
    /// The exchanges, in order.
    pub exchanges: Vec<Exchange>,
    /// The start time of the sync; `None` if it did not complete.
    pub started_at: Option<String>,
    /// True if the last line was truncated, and left out.
    pub cut: bool,
}

impl RecordingHeader {
    /// Returns the present version of the format.
    pub fn format_version() -> u32 {
        FORMAT
    }
}

impl Recording {
    /// Reads a recording. A last line that was cut off is left out.
    ///
    /// # Errors
    /// Returns an error if it is no recording, has another format, or was altered.
    pub fn read(mut lines: impl BufRead) -> Result<Self, RecordingError> {
        let mut recording: Option<Self> = None;
        let (mut number, mut bytes) = (0, Vec::new());
        loop {
            bytes = read_line(&mut lines, bytes, MAX_LINE)?;
            if bytes.is_empty() {
                return recording.ok_or(RecordingError::Foreign);
            }
            number += 1;
            let is_whole = bytes.ends_with(b"\n");
            match (&mut recording, serde_json::from_slice(&bytes)) {
                (None, Ok(RecordingLine::Recording(head))) => {
                    recording = Some(Self::from_parts(head)?)
                }
                (None, _) => return Err(RecordingError::Foreign),
                (Some(found), _) if !is_whole => found.cut = true,
                (Some(found), Ok(line)) => found.add(number, line)?,
                (Some(_), Err(error)) => return Err(altered_error(number, &error.to_string())),
            }
        }
    }

    fn from_parts(head: RecordingHeader) -> Result<Self, RecordingError> {
        match head.format {
            FORMAT => Ok(Self {
                head,
                exchanges: Vec::new(),
                started_at: None,
                cut: false,
            }),
            other => Err(RecordingError::Format(other)),
        }
    }

    fn add(&mut self, number: usize, line: RecordingLine) -> Result<(), RecordingError> {
        match line {
            _ if self.started_at.is_some() => {
                return Err(altered_error(number, "it stands after the end"));
            }
            RecordingLine::Recording(_) => return Err(altered_error(number, "a second beginning")),
            RecordingLine::Exchange(exchange) => self.exchanges.push(exchange),
            RecordingLine::End { started_at } => self.started_at = Some(started_at),
        }
        Ok(())
    }
}

fn altered_error(line: usize, reason: &str) -> RecordingError {
    RecordingError::Line {
        line,
        reason: reason.to_owned(),
    }
}

impl RecordedResult {
    /// Returns the recorded form of an answer or of a failure.
    pub(super) fn of(result: &Result<Response, HttpError>) -> Self {
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                return Self::Nothing {
                    failure: error.clone().into(),
                };
            }
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers.iter();
        Self::Answer {
            status: response.status,
            headers: headers
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: match std::str::from_utf8(&response.body) {
                Ok(body) => RecordedBody::Body(body.to_owned()),
                Err(_) => RecordedBody::BodyBase64(STANDARD.encode(&response.body)),
            },
        }
    }

    /// Returns the same as a connector gets it.
    pub fn repeat_answer(&self) -> Result<Response, HttpError> {
        match self {
            Self::Nothing { failure } => Err(failure.clone().into()),
            Self::Answer {
                status,
                headers,
                body,
            } => Ok(Response {
                status: *status,
                headers: headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
                    .collect(),
                body: match body {
                    RecordedBody::Body(text) => text.clone().into_bytes(),
                    RecordedBody::BodyBase64(text) => STANDARD.decode(text).map_err(|_| {
                        HttpError::Other("a body of the recording is no base64".to_owned())
                    })?,
                },
                endpoint: None,
            }),
        }
    }
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Denied(why) => Self::Denied(why),
            HttpError::NoCredential => Self::NoCredential,
            HttpError::Timeout => Self::Timeout,
            HttpError::HeldBack(seconds) => Self::HeldBack(seconds),
            HttpError::Connection(why) => Self::Connection(why),
            HttpError::BodyTooLarge(limit) => Self::BodyTooLarge(limit),
            HttpError::Other(why) => Self::Other(why),
        }
    }
}

impl From<Failed> for HttpError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Denied(why) => Self::Denied(why),
            Failed::NoCredential => Self::NoCredential,
            Failed::Timeout | Failed::GivenUp => Self::Timeout,
            Failed::HeldBack(seconds) => Self::HeldBack(seconds),
            Failed::Connection(why) => Self::Connection(why),
            Failed::BodyTooLarge(limit) => Self::BodyTooLarge(limit),
            Failed::Other(why) => Self::Other(why),
        }
    }
}
