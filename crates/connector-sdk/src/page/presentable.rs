//! Texts of a provider as people read them.

use super::MAX_TEXT;
use crate::error::without_controls;

/// Returns text without control characters (each a space), without blanks at its ends, at most 1,024
/// characters. None where nothing is left.
pub fn presentable(text: &str) -> Option<String> {
    if is_presentable(text.as_bytes()) {
        return Some(text.to_owned());
    }
    let clean = without_controls(text.to_owned());
    let clean = clean.trim();
    let end = clean
        .char_indices()
        .nth(MAX_TEXT)
        .map_or(clean.len(), |(end, _)| end);
    let cut = clean.get(..end)?.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Returns whether a text can be used as it is, at a glance: most texts are short and ASCII.
fn is_presentable(text: &[u8]) -> bool {
    let ([b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~']) = text else {
        return false;
    };
    let (words, rest) = text.as_chunks();
    text.len() <= MAX_TEXT
        && words.iter().all(|word| are_printable(*word))
        && match text.last_chunk() {
            Some(last) => are_printable(*last),
            None => rest.iter().all(|byte| matches!(byte, b' '..=b'~')),
        }
}

/// Returns whether all bytes are printable ASCII, blanks included: the sums set a high bit where one is not.
fn are_printable(word: [u8; 8]) -> bool {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    (word | word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1))) & each(0x80) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unpresentable_text_is_changed() {
        for text in ["a", "ab", "a b", "!~", &"x".repeat(MAX_TEXT), "\u{e9}"] {
            assert_eq!(presentable(text).as_deref(), Some(text));
        }
        for (text, wanted) in [
            ("", None),
            ("abcd\u{7f}fgh", Some("abcd fgh")),
            ("abcd\u{1f}fgh", Some("abcd fgh")),
            ("abcd\0fgh", Some("abcd fgh")),
            ("abc\u{e9}~ gh", Some("abc\u{e9}~ gh")),
            (" ", None),
            ("\t\n", None),
            (" a", Some("a")),
            ("a ", Some("a")),
            ("a\tb", Some("a b")),
            ("a\u{7f}b", Some("a b")),
            ("\u{a0}a", Some("a")),
            (&"x".repeat(MAX_TEXT + 1), Some(&*"x".repeat(MAX_TEXT))),
        ] {
            assert_eq!(presentable(text).as_deref(), wanted, "{text:?}");
        }
    }
}
