//! Path segments that every parser reads alike.

use unicode_normalization::char::decompose_compatible;

use crate::percent::decode;
use crate::policy::PolicyRefusal;

/// Characters that Windows code pages turn into a slash or backslash where the exact character is
/// missing. Unicode's normal forms keep them.
const BEST_FIT: [char; 9] = [
    '\u{a5}', '\u{20a9}', '\u{2044}', '\u{2215}', '\u{2216}', '\u{29f5}', '\u{29f8}', '\u{29f9}',
    '\u{3002}',
];

/// Decodes one segment.
///
/// # Errors
///
/// Returns the first reason why another parser could read it differently.
pub(crate) fn decode_segment(segment: &str) -> Result<String, PolicyRefusal> {
    let decoded = decode(segment).ok_or(PolicyRefusal::Escape)?;
    if decoded.is_empty() {
        return Err(PolicyRefusal::NotAPath);
    }
    if segment.contains(['[', ']']) {
        return Err(PolicyRefusal::Character);
    }
    let hides_dot = segment.contains("%2e") || segment.contains("%2E");
    if hides_dot || decoded.contains(|c: char| is_special(c) || c.is_control()) {
        return Err(PolicyRefusal::Escape);
    }
    if decoded.contains(|c: char| is_invisible(c) || looks_special(c)) {
        return Err(PolicyRefusal::Lookalike);
    }
    // Some file systems cut spaces off, and some read three dots as two steps up.
    if decoded.trim().bytes().all(|byte| byte == b'.') {
        Err(PolicyRefusal::DotSegment)
    } else {
        Ok(decoded)
    }
}

/// Returns true for a character that ends a segment or a path for some parser, or begins an escape.
fn is_special(c: char) -> bool {
    matches!(c, '/' | '\\' | '%' | ';' | '?' | '#')
}

/// Returns true for a character that another parser may replace by a special one or by a dot: in its
/// compatibility form (NFKC), or by the nearest character of a code page.
fn looks_special(c: char) -> bool {
    let mut is_replaced = BEST_FIT.contains(&c);
    if !c.is_ascii() {
        decompose_compatible(c, |part| {
            is_replaced |= is_special(part) || part == '.' || BEST_FIT.contains(&part);
        });
    }
    is_replaced
}

/// Returns true for Unicode's default-ignorable characters and its line and paragraph separators:
/// parsers that fold text leave them out.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02x}")).collect()
    }

    #[test]
    fn no_character_turns_into_a_special_one_by_nfkc() {
        let beyond_ascii = ('\u{80}'..=char::MAX).filter(|c| {
            let mut normal = c.nfkc();
            normal.any(|part| is_special(part) || part == '.')
        });
        let mut found = 0;
        for c in beyond_ascii {
            found += 1;
            let segment = encoded(&format!("a{c}b"));
            assert!(decode_segment(&segment).is_err(), "{c:?}");
        }
        assert!(found > 50, "{found}");
    }

    #[test]
    fn letters_of_every_script_pass() {
        for text in [
            "é", "e\u{301}", "ß", "д", "中文", "ひ", "한", "ก็", "नि", "𝒳", "ﬁ", "Ａ", "😀", "≠",
        ] {
            assert_eq!(decode_segment(&encoded(text)).unwrap(), text);
        }
    }

    #[test]
    fn dots_are_dots_whatever_surrounds_them() {
        for segment in [
            ".",
            "..",
            "...",
            "..%20",
            "%20.",
            "..%c2%a0",
            ".%e2%80%8b.",
            "..%ef%bb%bf",
        ] {
            assert!(decode_segment(segment).is_err(), "{segment}");
        }
        for segment in ["..a", "a..", ".a.", "..."] {
            assert_eq!(
                decode_segment(segment).is_ok(),
                segment.contains('a'),
                "{segment}"
            );
        }
    }
}
