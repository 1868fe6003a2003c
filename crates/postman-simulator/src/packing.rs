//! Bodies as they are packed for those who take them so.

use super::faults::{Delivery, Manner};
use super::request::SimulatedRequest;
use super::service::SimulatorService;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// The names that gzip has; names of codings have no case.
const NAMES: [&str; 4] = ["gzip", "GZIP", "x-gzip", "X-GZip"];

/// Returns the delivery, packed where its quirk says so, in one member of gzip or in several.
pub(super) fn pack_delivery(
    service: &SimulatorService,
    request: &SimulatedRequest,
    delivery: Delivery,
) -> Delivery {
    let accepted = request.header("accept-encoding").unwrap_or_default();
    let body = delivery.answer.body.as_bytes();
    let is_packed = service.options.quirks.packed_bodies
        && accepted.contains("gzip")
        && !body.is_empty()
        && delivery.bytes.is_none()
        && delivery.manner != Manner::Endless;
    let draws = service.item_draws(&request.path);
    let name = usize::try_from(draws.draw_below("packed as", 5)).unwrap_or_default();
    let Some(name) = NAMES.get(name).filter(|_| is_packed) else {
        return delivery;
    };
    let members = usize::try_from(1 + draws.draw_below("members", 3)).unwrap_or(1);
    // Packing into memory cannot fail.
    let bytes = gzip_members(body, members).ok();
    let mut answer = delivery.answer.clone();
    let header = ("Content-Encoding", (*name).to_owned());
    answer.headers.push(header);
    Delivery {
        answer,
        bytes,
        ..delivery
    }
}

fn gzip_members(body: &[u8], members: usize) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    for part in body.chunks(body.len().div_ceil(members)) {
        let mut member = GzEncoder::new(&mut packed, Compression::fast());
        member.write_all(part)?;
        member.finish()?;
    }
    Ok(packed)
}
