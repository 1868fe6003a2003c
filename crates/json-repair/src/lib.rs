//! Repairs the strings of a JSON text, so that one bad byte in one name does not cost the whole
//! answer.
//!
//! A connector reads a repaired answer, and a host that sanitizes a recording finds the same
//! positions.

/// Returns the text with `mark` for everything that a JSON string cannot have: bytes that are no UTF-8,
/// control characters, and escapes that stand for no character. `None` if its strings have none of these.
pub fn repair(text: &[u8], mark: char) -> Option<Vec<u8>> {
    let mut utf8 = [0; 4];
    let mark = mark.encode_utf8(&mut utf8).as_bytes();
    let mut repaired = Vec::with_capacity(text.len());
    let (mut is_sound, mut in_string) = (true, false);
    let mut rest = text;
    while let Some(first) = rest.first() {
        let piece = if in_string { piece(rest) } else { SOUND_BYTE };
        in_string ^= *first == b'"';
        let (taken, after) = rest.split_at_checked(piece.length).unwrap_or((rest, b""));
        repaired.extend_from_slice(if piece.is_sound { taken } else { mark });
        is_sound &= piece.is_sound;
        rest = after;
    }
    (!is_sound).then_some(repaired)
}

/// A character of a string, an escape, or an invalid byte sequence.
struct StringPiece {
    /// Bytes that it takes.
    length: usize,
    is_sound: bool,
}

const SOUND_BYTE: StringPiece = sound(1);

const fn sound(length: usize) -> StringPiece {
    StringPiece {
        length,
        is_sound: true,
    }
}

const fn broken(length: usize) -> StringPiece {
    StringPiece {
        length,
        is_sound: false,
    }
}

/// Returns the first piece of a string's rest.
fn piece(rest: &[u8]) -> StringPiece {
    match rest {
        [b'\\', b'u', ..] => code_unit_escape(rest),
        [
            b'\\',
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            ..,
        ] => sound(2),
        [b'\\' | 0..=0x1f, ..] => broken(1),
        [0x20..=0x7f, ..] => SOUND_BYTE,
        _ => character(rest),
    }
}

/// Returns a `\u` escape: a character by itself, or half of one that the next escape completes.
fn code_unit_escape(rest: &[u8]) -> StringPiece {
    match code_unit(rest) {
        Some(0xd800..=0xdbff) => match rest.get(6..).and_then(code_unit) {
            Some(0xdc00..=0xdfff) => sound(12),
            _ => broken(6),
        },
        Some(0xdc00..=0xdfff) => broken(6),
        Some(_) => sound(6),
        None => {
            let digits = rest.iter().skip(2).take(4);
            broken(2 + digits.take_while(|byte| byte.is_ascii_hexdigit()).count())
        }
    }
}

/// Returns the code unit of the `\u` escape that a text begins with.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    // A sign before the number would be taken, too.
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Returns a character of several bytes, or as many of them as belong together.
fn character(rest: &[u8]) -> StringPiece {
    let longest = rest.get(..4).unwrap_or(rest);
    let Some(chunk) = longest.utf8_chunks().next() else {
        return broken(1);
    };
    match chunk.valid().chars().next() {
        Some(character) => sound(character.len_utf8()),
        None => broken(chunk.invalid().len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const MARK: char = char::REPLACEMENT_CHARACTER;

    fn repaired(text: &[u8]) -> Option<String> {
        repair(text, MARK).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn what_no_string_can_have_becomes_u_fffd() {
        for (text, wanted) in [
            (&b"\"Cut \\ud83d\""[..], "\"Cut \u{fffd}\""),
            (b"\"\\ude00 cut\"", "\"\u{fffd} cut\""),
            (b"\"\\ud83d\\u0041\"", "\"\u{fffd}\\u0041\""),
            (b"\"\\ud83d\\ud83d\\ude00\"", "\"\u{fffd}\\ud83d\\ude00\""),
            (b"\"Jos\xe9 M\"", "\"Jos\u{fffd} M\""),
            (b"\"\xc0\xaf\"", "\"\u{fffd}\u{fffd}\""),
            (b"\"\xe2\x82\"", "\"\u{fffd}\""),
            (b"\"\xed\xa0\xbd\"", "\"\u{fffd}\u{fffd}\u{fffd}\""),
            (b"\"a\tb\nc\0\"", "\"a\u{fffd}b\u{fffd}c\u{fffd}\""),
            (b"\"\\x41\"", "\"\u{fffd}x41\""),
            (b"\"\\u12\",\"\\u+123\"", "\"\u{fffd}\",\"\u{fffd}+123\""),
            (b"\"\\\xe9\\\"\"", "\"\u{fffd}\u{fffd}\\\"\""),
            (b"{\"k\xe9y\":\"v\"}", "{\"k\u{fffd}y\":\"v\"}"),
            // What is cut off stays cut off: no repair makes a whole of a half.
            (b"\"\\ud8", "\"\u{fffd}"),
        ] {
            assert_eq!(repaired(text).as_deref(), Some(wanted), "{text:?}");
        }
    }

    #[test]
    fn what_is_sound_or_in_no_string_stays() {
        for text in [
            "",
            "{\"a\":\"b\\\"c\\\\\",\"d\":[1,\"\\ud83d\\ude00 é \u{1f600}\\u0000\"]}",
            "\n\t{ }\r\n",
            "<html>\t\\x</html>",
        ] {
            assert_eq!(repaired(text.as_bytes()), None, "{text}");
        }
        assert_eq!(repair(b"[\xe9]", MARK), None);
        assert_eq!(repair(b"[\"\n\"]", '?').as_deref(), Some(&b"[\"?\"]"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_in_a_string_become_readable(bytes in vec(any::<u8>(), 0..40)) {
            let inside: Vec<u8> = bytes.into_iter().filter(|byte| *byte != b'"').collect();
            // A backslash at the end would take the quote along.
            let text = [b"\"".as_slice(), &inside, b"|\""].concat();
            let text = repair(&text, MARK).unwrap_or(text);
            prop_assert!(serde_json::from_slice::<String>(&text).is_ok(), "{text:?}");
            prop_assert_eq!(repair(&text, MARK), None);
        }
    }
}
