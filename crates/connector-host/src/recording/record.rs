//! Writing an exchange down while it happens.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use super::format::{Exchange, Failed, Head, Heard, Line, RecordingError};
use super::sanitize::Sanitizer;
use connector_gateway::Gateway;
use connector_runtime::{BoxFuture, CallClock, HttpClient, HttpError, Request, Response};
use connector_sync::output::create_private;
use connector_types::lock;

/// Writes the exchange of one sync into a file of its own.
#[derive(Debug)]
pub struct Recorder(Mutex<State>);

#[derive(Debug)]
struct State {
    file: File,
    sanitizer: Option<Sanitizer>,
    /// The first error of writing: the file ends before it.
    failed: Option<io::Error>,
}

impl Recorder {
    /// Makes a file that its owner alone can read, and writes the head. With `sanitized` in the head,
    /// everything is written with other names, addresses and ids.
    ///
    /// # Errors
    /// The file is there already, or cannot be made or written; the text names it.
    pub fn create(path: &Path, head: &Head) -> Result<Self, RecordingError> {
        let recorder = Self(Mutex::new(State {
            file: create_private(path)?,
            sanitizer: head.sanitized.then(Sanitizer::new),
            failed: None,
        }));
        recorder
            .state()
            .write(Line::Recording(head.clone()), &Vec::clone);
        recorder.check()?;
        Ok(recorder)
    }

    /// Writes the last line.
    ///
    /// # Errors
    /// That, or a line before it, could not be written.
    pub fn end(&self, started_at: &str) -> io::Result<()> {
        let started_at = started_at.to_owned();
        self.state().write(Line::End { started_at }, &Vec::clone);
        self.check()
    }

    fn check(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.failed.take() {
            None => state.file.sync_all(),
            Some(error) => Err(error),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl State {
    /// A whole line in one write, so that what is there is always whole but for the last line.
    fn write(&mut self, line: Line, scrub: &impl Fn(&Vec<u8>) -> Vec<u8>) {
        if self.failed.is_some() {
            return;
        }
        let line = match &mut self.sanitizer {
            Some(sanitizer) => sanitizer.line(line),
            None => line,
        };
        let written = serde_json::to_vec(&line).map_err(io::Error::other);
        let written = written.and_then(|bytes| {
            let mut bytes = scrub(&bytes);
            bytes.push(b'\n');
            self.file.write_all(&bytes)
        });
        self.failed = written.err();
    }
}

/// A gateway whose exchange is written down. What a provider repeats of a secret is taken out of the
/// answer before anybody sees it, so that the connector reads what the file has.
pub struct Recorded {
    recorder: Arc<Recorder>,
    gateway: Arc<Gateway>,
}

impl Recorded {
    /// Stands before a gateway.
    pub fn new(recorder: Arc<Recorder>, gateway: Arc<Gateway>) -> Self {
        Self { recorder, gateway }
    }
}

/// A request that is under way: dropped without an answer, it was given up.
struct UnderWay<'a> {
    of: &'a Recorded,
    credential: String,
    path: String,
    heard: Heard,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let exchange = Exchange {
            credential: std::mem::take(&mut self.credential),
            path: std::mem::take(&mut self.path),
            heard: self.heard.clone(),
        };
        let gateway = &self.of.gateway;
        let mut state = self.of.recorder.state();
        state.write(Line::Exchange(exchange), &|bytes| {
            gateway.without_secrets(bytes)
        });
    }
}

impl HttpClient for Recorded {
    fn get<'a>(
        &'a self,
        request: Request,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            let mut under_way = UnderWay {
                of: self,
                credential: request.credential.clone(),
                path: request.path_with_query.clone(),
                heard: Heard::Nothing {
                    failure: Failed::GivenUp,
                },
            };
            let answer = self.gateway.get(request, clock).await;
            let answer = answer.map(|answer| self.clean(answer));
            under_way.heard = Heard::of(&answer);
            answer
        })
    }
}

impl Recorded {
    /// The answer without secrets, and with headers that a line can hold.
    fn clean(&self, mut answer: Response) -> Response {
        answer.body = self.gateway.without_secrets(&answer.body);
        for (_, value) in &mut answer.headers {
            let text = self.gateway.without_secrets(value);
            *value = String::from_utf8_lossy(&text).into_owned().into_bytes();
        }
        answer
    }
}
