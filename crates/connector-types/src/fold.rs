//! Comparison of texts that people write in several forms.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// Returns the form that two texts share if they differ in case or in how letters are composed
/// alone: Unicode's canonical caseless matching.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed = UniCase::unicode(text.nfd().collect::<String>());
    decomposed.to_folded_case().nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_make_no_difference() {
        for (one, other) in [
            ("Ana.Doe@Example.com", "ana.doe@example.com"),
            ("JÜRGEN@example.com", "jürgen@example.com"),
            ("J\u{dc}RGEN@x", "ju\u{308}rgen@x"),
            ("STRASSE@x", "straße@x"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("\u{1e9e}", "ss"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("a@x", "b@x"), ("jürgen@x", "jurgen@x"), ("", " ")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }
}
