//! The delivery of an answer: complete, or not.

use crate::answer::SimulatedResponse;
use std::io;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

/// An answer, and how it is sent.
pub(in super::super) struct Delivery {
    pub(in super::super) answer: SimulatedResponse,
    /// Bytes that are sent instead of the answer's body.
    pub(in super::super) bytes: Option<Vec<u8>>,
    pub(in super::super) manner: Manner,
}

/// The form in which an answer is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Manner {
    Whole,
    Never,
    Reset,
    ResetWithin,
    Truncated,
    ShortLength,
    Slow(Duration),
    Endless,
}

/// The state of the connection after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum End {
    /// More requests may come.
    Open,
    /// It is closed in good order.
    Closed,
    /// It breaks.
    Reset,
}

/// White space that follows an endless body, piece by piece.
const SPACES: [u8; 4096] = [b' '; 4096];

impl Delivery {
    /// Returns an answer without a change.
    pub(in super::super) fn whole_answer(answer: SimulatedResponse) -> Self {
        Self::delivered_by(answer, Manner::Whole)
    }

    pub(super) fn delivered_by(answer: SimulatedResponse, manner: Manner) -> Self {
        Self {
            answer,
            bytes: None,
            manner,
        }
    }

    /// Sends it. `close` states that no more requests are read; any fault closes the connection
    /// too.
    pub(in super::super) async fn write<S>(
        &self,
        stream: &mut S,
        now: SystemTime,
        close: bool,
    ) -> io::Result<End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let close = close || self.manner != Manner::Whole;
        let text = self.answer.body.as_bytes();
        let body = self.bytes.as_deref().unwrap_or(text);
        let (half, rest) = body.split_at(body.len() / 2);
        let stated = match self.manner {
            Manner::Endless => None,
            Manner::ShortLength => Some(half.len()),
            Manner::Whole
            | Manner::Never
            | Manner::Reset
            | Manner::ResetWithin
            | Manner::Truncated
            | Manner::Slow(_) => Some(body.len()),
        };
        let mut head = self.answer.write_head(now, close, stated).into_bytes();
        match self.manner {
            Manner::Reset => return Ok(End::Reset),
            Manner::Never => {
                wait_for_the_end(stream).await;
                return Ok(End::Closed);
            }
            Manner::Slow(pause) => {
                send(stream, &head).await?;
                for byte in body {
                    sleep(pause).await;
                    send(stream, std::slice::from_ref(byte)).await?;
                }
                return Ok(End::Closed);
            }
            Manner::ResetWithin | Manner::Truncated => head.extend_from_slice(half),
            Manner::Whole | Manner::ShortLength | Manner::Endless => {
                // Whole in one write: waiting for more to send would only delay it.
                head.extend_from_slice(half);
                head.extend_from_slice(rest);
            }
        }
        send(stream, &head).await?;
        if self.manner == Manner::Endless {
            loop {
                send(stream, &SPACES).await?;
            }
        }
        Ok(match (self.manner, close) {
            (Manner::ResetWithin, _) => End::Reset,
            (_, true) => End::Closed,
            (_, false) => End::Open,
        })
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Waits until the client hangs up. What it sends meanwhile is passed over.
async fn wait_for_the_end<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut passed_over = [0; 1024];
    while stream
        .read(&mut passed_over)
        .await
        .is_ok_and(|read| read > 0)
    {}
}
