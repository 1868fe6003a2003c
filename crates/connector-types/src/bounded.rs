//! Files and lines of others' making, read no further than anything can be that they are read for: a
//! file without content can have any size.

use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

/// The longest line of a stored sync or recording, in bytes. An answer of the provider is one line, and
/// so is each record.
pub const MAX_LINE: u64 = 256 << 20;

/// Reads a whole file.
///
/// # Errors
/// Returns an error if the file cannot be read, or has more bytes than `most`.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check(bytes, most, "it is")
}

/// Reads a whole file of text.
///
/// # Errors
/// Returns an error if the file cannot be read, has more bytes than `most`, or is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read_file(path, most)?).map_err(|_| {
        let reason = "it is not UTF-8 text: save it as plain UTF-8";
        io::Error::new(ErrorKind::InvalidData, reason)
    })
}

/// Reads a line with its end into `line`, whose room is used again. Nothing is left where there is none.
///
/// # Errors
/// Returns an error if nothing can be read, or the line has more bytes than `most`.
pub fn read_line(lines: &mut impl BufRead, mut line: Vec<u8>, most: u64) -> io::Result<Vec<u8>> {
    line.clear();
    lines
        .take(most.saturating_add(1))
        .read_until(b'\n', &mut line)?;
    check(line, most, "a line of it is")
}

fn check(bytes: Vec<u8>, most: u64, what: &str) -> io::Result<Vec<u8>> {
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= most => Ok(bytes),
        _ => {
            let reason = format!("{what} longer than {} MiB: name another file", most >> 20);
            Err(io::Error::new(ErrorKind::FileTooLarge, reason))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_up_to_the_longest() {
        let mut text = &b"abc\nabcd\nab"[..];
        let mut line = Vec::new();
        for wanted in [&b"abc\n"[..], b"abcd\n", b"ab", b""] {
            line = read_line(&mut text, line, 5).unwrap();
            assert_eq!(line, wanted);
        }
        for text in ["abcde\n", "abcdef", "abcdefgh\nab"] {
            let error = read_line(&mut text.as_bytes(), Vec::new(), 5).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FileTooLarge, "{text}");
        }
    }

    #[test]
    fn an_endless_file_is_refused_by_its_size() {
        let endless = Path::new("/dev/zero");
        if endless.exists() {
            let error = read_file(endless, 2 << 20).unwrap_err();
            assert_eq!(
                error.to_string(),
                "it is longer than 2 MiB: name another file"
            );
        }
        let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let length = std::fs::metadata(own).unwrap().len();
        assert_eq!(read_file(own, length).unwrap(), std::fs::read(own).unwrap());
        read_file(own, length - 1).unwrap_err();
    }
}
