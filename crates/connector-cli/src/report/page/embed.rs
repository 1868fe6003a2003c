//! JSON that can stand within a `script` element: names of others are in it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Writes a record as JSON without a character that HTML or JavaScript takes for more than text.
pub(super) fn write_json(record: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, WithinScript);
    Ok(record.serialize(&mut serializer)?)
}

/// Characters that end a script or begin a comment or tag are written as numeric escapes. They
/// occur in strings alone: JSON itself has no such character.
struct WithinScript;

impl Formatter for WithinScript {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_special) {
            let (before, from) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut from = from.chars();
            if let Some(special) = from.next() {
                write!(out, "\\u{:04x}", u32::from(special))?;
            }
            rest = from.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_data_round_trips_without_html() {
        let text = "</script><!-- & \u{2028}\u{2029} \"quoted\" \\u003c plain \u{202e}";
        let mut out = Vec::new();
        write_json(&[text], &mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(!json.contains(is_special), "{json}");
        let read: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, [text]);
    }
}
