//! Removing personal data from a recording: every text and every number that can identify a person
//! is replaced, except for those that `words` allows. Objects keep their keys, texts their form and
//! length, times stay.

use std::io::{BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use super::address;
use super::broken::ParsedValue;
use super::format::{
    Exchange, Failed, RecordedBody, RecordedResult, Recording, RecordingError, RecordingHeader,
    RecordingLine,
};
use super::header;
use super::pseudonym::Pseudonyms;
use super::words::{self, ValuePosition};

/// The base URL of a sanitized recording.
const NOWHERE: &str = "https://provider.invalid";
/// The smallest number that can be an id of something.
const SMALLEST_ID: u64 = 1_000;

/// Sanitises one recording, line by line.
#[derive(Debug)]
pub struct Sanitizer {
    names: Pseudonyms,
    /// The paths that the connector describes: what varies in them names something.
    paths: Vec<String>,
    /// The base URLs of the provider that the connector describes: their names are not personal.
    places: Vec<String>,
}

/// Writes a recording again, without names, addresses and ids.
///
/// # Errors
/// Returns an error if it is no recording, or cannot be written.
pub fn sanitize_recording(input: impl BufRead, out: &mut impl Write) -> Result<(), RecordingError> {
    let recording = Recording::read(input)?;
    let mut sanitizer = Sanitizer::new();
    let exchanges = recording.exchanges.into_iter().map(RecordingLine::Exchange);
    let end = recording
        .started_at
        .map(|started_at| RecordingLine::End { started_at });
    let lines = std::iter::once(RecordingLine::Recording(recording.head))
        .chain(exchanges)
        .chain(end);
    for line in lines {
        let line = serde_json::to_vec(&sanitizer.line(line)).map_err(std::io::Error::other)?;
        out.write_all(&line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

impl Sanitizer {
    /// Returns a sanitizer without any pseudonyms.
    #[allow(
        clippy::new_without_default,
        reason = "there is nothing ordinary about it"
    )]
    pub fn new() -> Self {
        Self {
            names: Pseudonyms::default(),
            paths: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Returns the line with pseudonyms: equal names have equal pseudonyms.
    pub fn line(&mut self, line: RecordingLine) -> RecordingLine {
        match line {
            RecordingLine::Recording(head) => {
                self.paths.clone_from(&head.paths);
                self.places.clone_from(&head.places);
                RecordingLine::Recording(RecordingHeader {
                    base_url: NOWHERE.to_owned(),
                    sanitized: true,
                    ..head
                })
            }
            RecordingLine::Exchange(exchange) => RecordingLine::Exchange(Exchange {
                scope: exchange.scope.map(|scope| self.sanitize_scope(&scope)),
                path: self.path(&exchange.path),
                heard: self.sanitize_answer(exchange.heard),
                ..exchange
            }),
            end @ RecordingLine::End { .. } => end,
        }
    }

    /// Returns the scope `CALL TYPE ID` with another id.
    fn sanitize_scope(&mut self, scope: &str) -> String {
        let mut parts: Vec<_> = scope.splitn(3, ' ').map(str::to_owned).collect();
        if let Some(id) = parts.get_mut(2) {
            *id = self.names.replace_text(id);
        }
        parts.join(" ")
    }

    fn sanitize_answer(&mut self, heard: RecordedResult) -> RecordedResult {
        match heard {
            RecordedResult::Nothing { failure } => RecordedResult::Nothing {
                failure: match failure {
                    Failed::Denied(why) => Failed::Denied(self.names.replace_prose(&why)),
                    Failed::Other(why) => Failed::Other(self.names.replace_prose(&why)),
                    impersonal @ (Failed::NoCredential
                    | Failed::Timeout
                    | Failed::HeldBack(_)
                    | Failed::Connection(_)
                    | Failed::BodyTooLarge(_)
                    | Failed::GivenUp) => impersonal,
                },
            },
            RecordedResult::Answer {
                status,
                headers,
                body,
            } => RecordedResult::Answer {
                status,
                headers: self.headers(headers),
                body: self.body(body, status == 200),
            },
        }
    }

    fn headers(&mut self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let names = &mut self.names;
        let headers = headers.into_iter();
        headers
            .map(|(name, value)| {
                (
                    header::name(&name, names),
                    header::value(&name, &value, names),
                )
            })
            .collect()
    }

    fn body(&mut self, body: RecordedBody, is_good: bool) -> RecordedBody {
        let parsed = match &body {
            RecordedBody::Body(text) => ParsedValue::read(text.as_bytes()),
            RecordedBody::BodyBase64(text) => STANDARD
                .decode(text)
                .ok()
                .as_deref()
                .and_then(ParsedValue::read),
        };
        match (parsed, body) {
            (Some(mut parsed), _) => {
                self.value(ValuePosition::default(), &mut parsed.value, is_good);
                RecordedBody::Body(parsed.bytes_written())
            }
            (None, RecordedBody::Body(text)) => RecordedBody::Body(self.names.replace_prose(&text)),
            // What is neither text nor JSON is never read: its length and that it is none are enough.
            (None, RecordedBody::BodyBase64(text)) => {
                RecordedBody::BodyBase64("/".repeat(text.len() / 4 * 4))
            }
        }
    }

    fn value(&mut self, at: ValuePosition<'_>, value: &mut Value, is_good: bool) {
        match value {
            Value::String(text) if words::is_structural(at, text) && is_good => {}
            Value::String(text) if is_time(text) => {}
            Value::String(text) => {
                *text = if is_good {
                    self.sanitize_text(text)
                } else {
                    self.names.replace_prose(text)
                };
            }
            Value::Number(number) if !words::is_count(at.key) => {
                *number = self.sanitize_number(number)
            }
            Value::Array(items) => {
                for item in items {
                    self.value(at, item, is_good);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let at = ValuePosition {
                        parent: at.key,
                        key: name,
                    };
                    self.value(at, field, is_good);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Returns the text with its words replaced, except for the provider's own name in addresses of
    /// its pages.
    fn sanitize_text(&mut self, text: &str) -> String {
        match address::split_address(text, &self.places) {
            Some([scheme, own, provider, rest]) => {
                let (own, rest) = (self.names.replace_text(own), self.names.replace_text(rest));
                format!("{scheme}{own}{provider}{rest}")
            }
            None => self.names.replace_text(text),
        }
    }

    /// Returns the number that stands for the text of this one.
    fn sanitize_number(&mut self, number: &Number) -> Number {
        let id = number.as_u64().filter(|id| *id >= SMALLEST_ID);
        let other = id.and_then(|id| self.names.replace_text(&id.to_string()).parse::<u64>().ok());
        match (id, other) {
            (None, _) => number.clone(),
            (Some(_), Some(other)) => other.into(),
            (Some(_), None) => 0.into(),
        }
    }

    /// Returns the path with other ids and other values, but for those that count.
    fn path(&mut self, path: &str) -> String {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut replaced = self.sanitize_segments(path);
        for (at, pair) in query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .enumerate()
        {
            replaced.push(if at == 0 { '?' } else { '&' });
            match pair.split_once('=') {
                Some((key, value)) if !is_safe_in_query(key, value) => {
                    replaced.push_str(&format!("{key}={}", self.sanitize_escaped(value)));
                }
                _ => replaced.push_str(pair),
            }
        }
        replaced
    }

    fn sanitize_segments(&mut self, path: &str) -> String {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &&String| {
            let literals: Vec<&str> = template.split('/').collect();
            literals.len() == segments.len()
                && literals
                    .iter()
                    .zip(&segments)
                    .all(|(one, other)| is_variable(one) || one == other)
        };
        // The one with the most literals is meant.
        let fitting = self.paths.iter().filter(fits);
        let template = fitting
            .min_by_key(|template| template.matches('{').count())
            .cloned();
        let literals: Vec<String> = template
            .iter()
            .flat_map(|it| it.split('/'))
            .map(str::to_owned)
            .collect();
        let named = segments
            .iter()
            .enumerate()
            .map(|(at, segment)| match literals.get(at) {
                Some(literal) if !is_variable(literal) => (*segment).to_owned(),
                _ => self.sanitize_escaped(segment),
            });
        named.collect::<Vec<_>>().join("/")
    }

    /// Returns the text with its words replaced; percent escapes are not part of a word.
    fn sanitize_escaped(&mut self, text: &str) -> String {
        let mut parts = text.split('%');
        let mut replaced = self.names.replace_text(parts.next().unwrap_or_default());
        for part in parts {
            let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
            replaced.push('%');
            replaced.push_str(escape);
            replaced.push_str(&self.names.replace_text(rest));
        }
        replaced
    }
}

/// Returns whether the value of a query counts something, or says what kind of thing is asked for.
fn is_safe_in_query(key: &str, value: &str) -> bool {
    let at = ValuePosition { parent: "", key };
    words::is_count(key) || words::is_structural(at, value)
}

fn is_variable(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Returns whether a text is a date such as `2024-09-27`, with or without a time.
pub(super) fn is_time(text: &str) -> bool {
    let is_date = text.get(..10).is_some_and(|date| {
        date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    is_date
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.+TZ ".contains(&byte))
}
