//! A file that is said to be a recording: read to what it says, up to where it was cut, or refused
//! with the line that is wrong.

use connector_host::recording::{Recording, RecordingError};

/// Reads a recording.
pub type Reader<'r> = &'r dyn Fn(&[u8]) -> Result<Recording, RecordingError>;

/// The product's own reader.
pub fn read(bytes: &[u8]) -> Result<Recording, RecordingError> {
    Recording::read(bytes)
}

/// Whatever the bytes: a recording that holds no more than the lines do, or an error that names one
/// of them.
pub fn any_file(reader: Reader<'_>, bytes: &[u8]) -> Result<(), String> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
    match reader(bytes) {
        Ok(found) => {
            let reported = 1 + found.exchanges.len() + usize::from(found.started_at.is_some());
            let read = lines - usize::from(found.cut);
            if reported == read {
                Ok(())
            } else {
                Err(format!("{reported} records of {read} lines"))
            }
        }
        Err(RecordingError::Line { line, .. }) if !(2..=lines).contains(&line) => {
            Err(format!("line {line} of {lines} is blamed"))
        }
        Err(RecordingError::Io(error)) => Err(format!("{error} in memory")),
        Err(_) => Ok(()),
    }
}

/// A whole recording that ends early: what stands before the cut is read, and nothing else; the cut
/// is reported unless it lies between two lines.
pub fn a_cut_file_is_good_up_to_the_cut(
    reader: Reader<'_>,
    whole: &[u8],
    end: usize,
) -> Result<(), String> {
    let all = reader(whole).map_err(|error| error.to_string())?;
    let stored = &whole[..end.min(whole.len())];
    let lines = stored.iter().filter(|byte| **byte == b'\n').count();
    let (Ok(found), true) = (reader(stored), lines > 0) else {
        return match (reader(stored), lines) {
            // The first line without its end may be read as well: it is whole.
            (Err(RecordingError::Foreign), 0) => Ok(()),
            (Ok(found), 0) if found.exchanges.is_empty() => Ok(()),
            (other, _) => Err(format!("{end}: {other:?}")),
        };
    };
    let exchanges = all.exchanges.iter().take(lines - 1);
    let same = found.head == all.head && found.exchanges.iter().eq(exchanges);
    let ended = found.started_at.is_some() == (lines == all.exchanges.len() + 2);
    let reported = found.cut != stored.ends_with(b"\n");
    if same && ended && reported {
        Ok(())
    } else {
        Err(format!("cut at {end}: {found:?}"))
    }
}
