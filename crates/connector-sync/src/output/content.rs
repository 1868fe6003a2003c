//! The content of a file by its first bytes, so that a file of another kind is refused by its name.

/// The byte order mark of UTF-8, which Windows programs put before a text.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// The first bytes of every SQLite database.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// The first bytes of compressed files.
const COMPRESSED: [(&[u8], &str); 6] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
    (b"\x04\x22\x4d\x18", "lz4"),
];
/// The first bytes of text in other encodings, with a mark and without one.
const ENCODED: [(&[u8], &str); 6] = [
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"{\0", "UTF-16"),
    (b"\0{", "UTF-16"),
];

/// The content of a file that should hold stored syncs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// A SQLite database, of this program or another one.
    Database,
    /// Lines of JSON objects, in UTF-8.
    Ndjson,
    /// Something else: what it is, and what to do.
    Other(String),
}

impl FileContent {
    /// Returns the content of a file that begins with these bytes.
    pub fn of(start: &[u8]) -> Self {
        let named = |known: &[(&[u8], &'static str)]| {
            let mut known = known.iter();
            known
                .find(|(bytes, _)| start.starts_with(bytes))
                .map(|(_, name)| *name)
        };
        let text = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start);
        if start.starts_with(SQLITE) {
            Self::Database
        } else if let Some(name) = named(&COMPRESSED) {
            Self::Other(format!("it is compressed with {name}: unpack it first"))
        } else if let Some(name) = named(&ENCODED) {
            Self::Other(format!(
                "it is {name} text, as a redirection in PowerShell writes it: convert it to UTF-8, or let `sync --ndjson FILE` write the file"
            ))
        } else if text.trim_ascii_start().starts_with(b"{") {
            Self::Ndjson
        } else if text.trim_ascii_start().is_empty() {
            Self::Other(
                "it is empty: no sync was written to it, or another file is meant".to_owned(),
            )
        } else {
            let text = "it is neither a database of `sync --db` nor the NDJSON of `sync --ndjson`: name another file";
            Self::Other(text.to_owned())
        }
    }
}
