//! JSON with strings that no JSON text may have. A connector repairs such a body, so its names have to be
//! replaced, and what is broken in it has to stay broken.

use json_repair::repair;
use serde_json::Value;

/// Characters that replace unreadable parts of a text while its words are replaced.
const MARKS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';
/// Stands there afterwards: half a character.
const HALF: &str = "\\ud83d";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A JSON value, and how it was written.
pub(super) struct ParsedValue {
    pub(super) value: Value,
    has_byte_order_mark: bool,
    /// The character that replaces unreadable parts in the value's texts.
    mark: Option<char>,
}

impl ParsedValue {
    /// Reads a body as JSON. Returns `None` if it is not JSON, regardless of the contents of its
    /// strings.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let order = BYTE_ORDER_MARK.to_string();
        let text = body.strip_prefix(order.as_bytes());
        let (text, has_byte_order_mark) = (text.unwrap_or(body), text.is_some());
        let parsed = |value, mark| Self {
            value,
            has_byte_order_mark,
            mark,
        };
        if let Ok(value) = serde_json::from_slice(text) {
            return Some(parsed(value, None));
        }
        let own = String::from_utf8_lossy(text);
        let mark = MARKS.into_iter().find(|mark| !own.contains(*mark))?;
        let value = serde_json::from_slice(&repair(text, mark)?).ok()?;
        Some(parsed(value, Some(mark)))
    }

    /// Returns the body as text, broken at the same positions.
    pub(super) fn bytes_written(&self) -> String {
        let mut text = self.value.to_string();
        if let Some(mark) = self.mark {
            text = text.replace(mark, HALF);
        }
        if self.has_byte_order_mark {
            text.insert(0, BYTE_ORDER_MARK);
        }
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_stays_so_and_all_else_is_there() {
        for (body, wanted) in [
            (&b"{\"a\":\"Cut \\ud83d\"}"[..], r#"{"a":"Cut \ud83d"}"#),
            (b"[\"\\ude00 cut\"]", r#"["\ud83d cut"]"#),
            (b"[\"\\ud83d\\u0041\"]", r#"["\ud83dA"]"#),
            (b"[\"Jos\xe9 M\", 7]", r#"["Jos\ud83d M",7]"#),
            (b"[\"a\tb\"]", r#"["a\ud83db"]"#),
            (b"[\"\\x41\\\"\"]", r#"["\ud83dx41\""]"#),
            (
                b"[\"\\u12\",\"\\ud83d\\ude00\"]",
                "[\"\\ud83d\",\"\u{1f600}\"]",
            ),
            (b"\xef\xbb\xbf[\"\xe9\"]", "\u{feff}[\"\\ud83d\"]"),
            ("[\"\u{fdd0}\n\"]".as_bytes(), "[\"\u{fdd0}\\ud83d\"]"),
        ] {
            let parsed = ParsedValue::read(body).unwrap();
            assert_eq!(parsed.bytes_written(), wanted, "{body:?}");
        }
    }

    #[test]
    fn what_is_broken_beside_its_strings_is_no_json() {
        for body in [&b"[\xe9]"[..], b"[\"\\ud8", b"<html>", b"", b"[\"a\"]\0"] {
            assert!(ParsedValue::read(body).is_none(), "{body:?}");
        }
    }
}
