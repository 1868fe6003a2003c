//! Pages of a sync that is under way: JSON in LZ4 frames, written to be read once, if at all, by
//! this program. A frame may hold 255 times its size, so that what is unpacked is counted.

use std::io::{self, BufReader, BufWriter, Read, Write};

use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// The largest page that is written and read, in bytes of JSON.
const MAX_PAGE: u64 = 128 << 20;
/// The most that is unpacked of one sync, in bytes of JSON.
const MAX_SYNC: u64 = 2 << 30;

/// Packs a record.
///
/// # Errors
/// Returns an error if it is larger than a page may be.
pub(super) fn pack(record: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let failed = |error| StoreError::Damaged(format!("a page could not be packed: {error}"));
    pack_within(record, MAX_PAGE).map_err(failed)
}

fn pack_within(record: &impl Serialize, most: u64) -> io::Result<Vec<u8>> {
    let frame = Limited {
        inner: FrameEncoder::new(Vec::new()),
        left: most,
    };
    // A word at a time is slow for a frame.
    let mut buffer = BufWriter::with_capacity(1 << 16, frame);
    serde_json::to_writer(&mut buffer, record)?;
    Ok(buffer.into_inner()?.inner.finish()?)
}

/// A writer that takes so many bytes and no more.
struct Limited<W> {
    inner: W,
    left: u64,
}

impl<W: Write> Write for Limited<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let count = u64::try_from(written).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(count);
        self.left = left.ok_or_else(|| io::Error::other("it is too large to be kept"))?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Unpacks the pages of one sync, as far as their sizes are plausible.
#[derive(Debug)]
pub(super) struct Unpacker {
    left: u64,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self { left: MAX_SYNC }
    }

    /// Returns a record from what [`pack`] made of it.
    ///
    /// # Errors
    /// Returns an error if it is another record's, is damaged, or is larger than this program
    /// writes.
    pub(super) fn unpack<T: DeserializeOwned>(&mut self, frame: &[u8]) -> Result<T, StoreError> {
        let most = self.left.min(MAX_PAGE);
        let mut json = BufReader::with_capacity(1 << 16, FrameDecoder::new(frame)).take(most);
        let record = serde_json::from_reader(&mut json);
        let left = json.limit();
        self.left = self.left.saturating_sub(most.saturating_sub(left));
        match (record, left) {
            (Ok(record), _) => Ok(record),
            (Err(_), 0) => Err(StoreError::Damaged(
                "a page in it is larger than this program writes".to_owned(),
            )),
            (Err(error), _) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_unpacks_as_it_was_packed() {
        let page: Vec<String> = (0..10_000).map(|n| format!("entry {n} é")).collect();
        let frame = pack(&page).unwrap();
        let mut unpacker = Unpacker::new();
        assert_eq!(unpacker.unpack::<Vec<String>>(&frame).unwrap(), page);
        assert!(
            unpacker
                .unpack::<Vec<String>>(&frame[..frame.len() / 2])
                .is_err()
        );
    }

    #[test]
    fn what_is_too_large_is_neither_packed_nor_unpacked() {
        let page = vec!["a".repeat(100); 100];
        assert!(pack_within(&page, 9_000).is_err());
        let frame = pack_within(&page, 11_000).unwrap();
        let mut unpacker = Unpacker { left: 25_000 };
        assert!(unpacker.unpack::<Vec<String>>(&frame).is_ok());
        assert!(unpacker.unpack::<Vec<String>>(&frame).is_ok());
        let error = unpacker.unpack::<Vec<String>>(&frame).unwrap_err();
        assert!(error.to_string().contains("larger"), "{error}");
    }
}
