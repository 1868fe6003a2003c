//! The simulator asked from within its own process, without a connection: for clocks that stand still
//! and for very many teams.

use super::answer::SimulatedResponse;
use super::faults::{Delivery, Manner};
use super::request::SimulatedRequest;
use super::running::Simulator;
use super::service::SimulatorService;
use std::io::ErrorKind;
use std::time::Duration;

/// The answer that a client would receive on its connection.
#[derive(Clone, Debug)]
pub struct SimulatedAnswer {
    /// HTTP status.
    pub status: u16,
    /// Names and values, `Date` and `Content-Type` included.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes of the body, packed where `Content-Encoding` says so: where the stated length is
    /// wrong, those that a client reads.
    pub body: Vec<u8>,
    /// The delivery of the answer.
    pub delivery: DeliveryKind,
}

/// The delivery of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryKind {
    /// It arrives.
    Whole,
    /// The connection stays open, and nothing comes.
    Never,
    /// The connection ends before the answer is whole.
    Broken(ErrorKind),
    /// The body comes byte by byte, so far apart.
    Slow(Duration),
    /// After the body, white space comes without end.
    Endless,
}

impl Simulator {
    /// Answers one GET request. `target` is path and query; names of headers are in lower case.
    pub fn ask_directly(&self, target: &str, headers: Vec<(String, String)>) -> SimulatedAnswer {
        let request = SimulatedRequest::new("GET", target, headers);
        let service = self.service();
        read_delivery(service, service.answer_request(&request))
    }
}

fn read_delivery(service: &SimulatorService, delivery: Delivery) -> SimulatedAnswer {
    let Delivery {
        answer,
        bytes,
        manner,
    } = delivery;
    let mut body = bytes.unwrap_or_else(|| answer.body.as_bytes().to_vec());
    if manner == Manner::ShortLength {
        body.truncate(body.len() / 2);
    }
    SimulatedAnswer {
        status: answer.status,
        headers: headers(service, answer),
        body,
        delivery: match manner {
            Manner::Whole | Manner::ShortLength => DeliveryKind::Whole,
            Manner::Never => DeliveryKind::Never,
            Manner::Reset | Manner::ResetWithin => DeliveryKind::Broken(ErrorKind::ConnectionReset),
            Manner::Truncated => DeliveryKind::Broken(ErrorKind::UnexpectedEof),
            Manner::Slow(pause) => DeliveryKind::Slow(pause),
            Manner::Endless => DeliveryKind::Endless,
        },
    }
}

fn headers(service: &SimulatorService, answer: SimulatedResponse) -> Vec<(&'static str, String)> {
    let date = httpdate::fmt_http_date(service.now());
    let first = [
        ("Date", date),
        ("Content-Type", answer.content_type.to_owned()),
    ];
    first.into_iter().chain(answer.headers).collect()
}
