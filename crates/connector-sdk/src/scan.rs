//! Lengths of the parts of a text, found by words of eight bytes: WebAssembly counts each instruction, and most
//! texts of an answer are short.

/// Returns the number of bytes before the first quotes, backslash or control character.
pub(crate) fn simple_text(text: &str) -> usize {
    length_before(text, special_bytes)
}

/// Returns the number of digits that a text begins with.
pub(crate) fn leading_digits(text: &str) -> usize {
    length_before(text, other_than_digits)
}

/// Returns the number of bytes before the first one for which `marks` sets the high bit, as it does for zeros.
fn length_before(text: &str, marks: impl Fn([u8; 8]) -> u64) -> usize {
    let mut rest = text.as_bytes();
    let mut length = 0;
    while let Some((word, after)) = rest.split_first_chunk() {
        let marked = marks(*word);
        if marked != 0 {
            return length + first_byte(marked);
        }
        length += word.len();
        rest = after;
    }
    let mut word = [0; 8];
    for (to, byte) in word.iter_mut().zip(rest) {
        *to = *byte;
    }
    length + first_byte(marks(word))
}

/// Returns a high bit for each byte that ends a simple string: quotes, backslashes, control characters.
/// Bytes after the first of them may be wrong.
fn special_bytes(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let is_below = |word: u64, byte: u8| word.wrapping_sub(each(byte)) & !word;
    let is = |byte: u8| is_below(word ^ each(byte), 1);
    (is_below(word, b' ') | is(b'"') | is(b'\\')) & each(0x80)
}

/// Returns a high bit for each byte that is no digit. Bytes after the first of them may be wrong.
fn other_than_digits(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let digits = word ^ each(b'0');
    (digits.wrapping_add(each(0x80 - 10)) | digits) & each(0x80)
}

/// Returns the place in a word of the first byte that is marked.
fn first_byte(marked: u64) -> usize {
    marked.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_ends_a_text_or_does_not() {
        for byte in 0..=127_u8 {
            for before in 0..20 {
                let text = format!("{}{}9", "7".repeat(before), char::from(byte));
                let whole = before + 2;
                let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
                let simple = if is_special { before } else { whole };
                let digits = if byte.is_ascii_digit() { whole } else { before };
                assert_eq!(simple_text(&text), simple, "{text:?}");
                assert_eq!(leading_digits(&text), digits, "{text:?}");
            }
        }
        for text in ["\u{e9}", "1234567\u{7ff}\u{10000}89"] {
            assert_eq!(simple_text(text), text.len());
            assert_eq!(
                leading_digits(text),
                if text.starts_with('1') { 7 } else { 0 }
            );
        }
    }
}
