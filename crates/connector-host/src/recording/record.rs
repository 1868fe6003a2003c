//! Writing an exchange down while it happens, on a thread of its own: sanitising takes time that no other
//! tenant's call should wait for.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::format::{
    Exchange, Failed, RecordedBody, RecordedResult, RecordingError, RecordingHeader, RecordingLine,
};
use super::sanitize::Sanitizer;
use connector_gateway::{Gateway, current_scope};
use connector_runtime::{BoxFuture, CallClock, HttpClient, HttpError, HttpRequest, Response};
use connector_sync::output::create_private;
use connector_types::lock;

/// Bytes of bodies that may wait to be written. A call that brings more waits until there is room.
const WAITING: usize = 64 << 20;
/// Bytes that one permit stands for.
const UNIT: usize = 1 << 10;

/// Writes the exchange of one sync into a file of its own.
#[derive(Debug)]
pub struct Recorder {
    writer: Mutex<Option<RecordingWriter>>,
    room: Arc<Semaphore>,
}

/// The thread that writes, and the channel to it.
#[derive(Debug)]
struct RecordingWriter {
    lines: Sender<QueuedLine>,
    thread: JoinHandle<io::Result<()>>,
}

/// A line that waits to be written, and the room that it takes until then.
#[derive(Debug)]
struct QueuedLine {
    line: RecordingLine,
    _room: Option<OwnedSemaphorePermit>,
}

impl Recorder {
    /// Makes a file that its owner alone can read, and writes the head. With `sanitized` in the head,
    /// everything is written with other names, addresses and ids.
    ///
    /// # Errors
    /// Returns an error that names the file if it exists already or cannot be written.
    pub fn create_file(path: &Path, head: &RecordingHeader) -> Result<Self, RecordingError> {
        let mut output = RecordingFile {
            file: create_private(path)?,
            sanitizer: head.sanitized.then(Sanitizer::new),
        };
        output.write(RecordingLine::Recording(head.clone()))?;
        output.file.sync_all()?;
        let (lines, waiting) = channel();
        let thread = thread::Builder::new().name("recording".to_owned());
        let thread = thread.spawn(move || output.write_all(waiting))?;
        Ok(Self {
            writer: Mutex::new(Some(RecordingWriter { lines, thread })),
            room: Arc::new(Semaphore::new(WAITING / UNIT)),
        })
    }

    /// Writes the last line, behind all that wait, and returns when it is on the disk.
    ///
    /// # Errors
    /// Returns an error if this line or an earlier one could not be written.
    pub fn finish_recording(&self, started_at: &str) -> io::Result<()> {
        let started_at = started_at.to_owned();
        self.send(RecordingLine::End { started_at }, None);
        self.finish()
    }

    fn send(&self, line: RecordingLine, room: Option<OwnedSemaphorePermit>) {
        if let Some(writer) = &*lock(&self.writer) {
            // A thread that is gone has failed, which the end reports.
            let _ = writer.lines.send(QueuedLine { line, _room: room });
        }
    }

    /// Waits for the thread to have written all that waits.
    fn finish(&self) -> io::Result<()> {
        let Some(RecordingWriter { lines, thread }) = lock(&self.writer).take() else {
            return Ok(());
        };
        drop(lines);
        let ended = thread.join();
        ended.unwrap_or_else(|_| {
            Err(io::Error::other(
                "the thread that writes the recording failed",
            ))
        })
    }

    /// Waits until there is room for an answer.
    async fn reserve_room(&self, heard: &RecordedResult) -> Option<OwnedSemaphorePermit> {
        let units = (answer_weight(heard) / UNIT)
            .saturating_add(1)
            .min(WAITING / UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(units).await.ok()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // If a sync fails, the exchanges before its end are recorded too.
        let _ = self.finish();
    }
}

fn answer_weight(heard: &RecordedResult) -> usize {
    match heard {
        RecordedResult::Answer {
            body: RecordedBody::Body(text) | RecordedBody::BodyBase64(text),
            ..
        } => text.len(),
        RecordedResult::Nothing { .. } => 0,
    }
}

/// The file, and what every line passes before it is written.
struct RecordingFile {
    file: File,
    sanitizer: Option<Sanitizer>,
}

impl RecordingFile {
    /// Writes until every sender is closed; an error ends the file before it.
    fn write_all(mut self, waiting: Receiver<QueuedLine>) -> io::Result<()> {
        for QueuedLine { line, _room } in waiting {
            self.write(line)?;
        }
        self.file.sync_all()
    }

    /// Writes a whole line at once, so that only the last line of a file can be incomplete.
    fn write(&mut self, line: RecordingLine) -> io::Result<()> {
        let line = match &mut self.sanitizer {
            Some(sanitizer) => sanitizer.line(line),
            None => line,
        };
        let mut bytes = serde_json::to_vec(&line).map_err(io::Error::other)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }
}

/// A gateway whose exchange is written down. The gateway has redacted its answers.
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

/// A request in progress: dropped without an answer, it counts as canceled.
struct PendingRequest<'a> {
    of: &'a Recorded,
    scope: Option<String>,
    credential: String,
    path: String,
    heard: RecordedResult,
    room: Option<OwnedSemaphorePermit>,
}

impl Drop for PendingRequest<'_> {
    fn drop(&mut self) {
        let exchange = Exchange {
            scope: self.scope.take(),
            credential: std::mem::take(&mut self.credential),
            path: std::mem::take(&mut self.path),
            heard: std::mem::replace(&mut self.heard, GIVEN_UP),
        };
        let recorder = &self.of.recorder;
        recorder.send(RecordingLine::Exchange(exchange), self.room.take());
    }
}

/// The recorded form of a request whose call ended before an answer came.
const GIVEN_UP: RecordedResult = RecordedResult::Nothing {
    failure: Failed::GivenUp,
};

impl HttpClient for Recorded {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async {
            let mut under_way = PendingRequest {
                of: self,
                scope: current_scope(),
                credential: request.credential.clone(),
                path: request.path_with_query.clone(),
                heard: GIVEN_UP,
                room: None,
            };
            let answer = self.gateway.get(request, clock).await.map(as_written);
            let heard = RecordedResult::of(&answer);
            let paused = clock.pause();
            under_way.room = self.recorder.reserve_room(&heard).await;
            drop(paused);
            under_way.heard = heard;
            answer
        })
    }
}

/// Returns the answer with headers that a line can hold, so that the connector reads what the file has.
fn as_written(mut answer: Response) -> Response {
    for (_, value) in &mut answer.headers {
        *value = String::from_utf8_lossy(value).into_owned().into_bytes();
    }
    answer
}
