//! Makes foreign text safe for a terminal: anyone who can rename something at the provider chooses
//! its name.

use std::fmt::Write;
use std::ops::RangeInclusive;

/// Characters that cannot be seen, or turn the reading direction: with one of them a name looks like
/// another one. What Unicode lets a font ignore, what separates lines, marks of annotations, and
/// letters that are blank. Tables, CSV and the page of `report` all go by this list.
const HIDDEN: [RangeInclusive<char>; 26] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{fffe}'..='\u{ffff}',
    '\u{13439}'..='\u{13446}',
    '\u{16fe4}'..='\u{16fe4}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d159}'..='\u{1d159}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{1fffe}'..='\u{1ffff}',
    '\u{e0000}'..='\u{e0fff}',
    '\u{ffffe}'..='\u{fffff}',
    '\u{10fffe}'..='\u{10ffff}',
];

/// Returns the text without what could move the cursor, recolor the screen, or turn the reading
/// direction so that a name looks like another one.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .filter(|c| !is_unsafe(*c))
        .collect()
}

/// Returns whether a character does more, or less, on a terminal than to be shown.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || HIDDEN.iter().any(|range| range.contains(&c))
}

/// Returns the unsafe characters as a class of a regular expression in JavaScript, without its
/// brackets; the expression has the flag `u`.
pub fn unsafe_class() -> String {
    let mut class = "\\u{0}-\\u{1f}\\u{7f}-\\u{9f}".to_owned();
    for range in &HIDDEN {
        let (start, end) = (u32::from(*range.start()), u32::from(*range.end()));
        // Writing to a text does not fail.
        let _ = write!(class, "\\u{{{start:x}}}-\\u{{{end:x}}}");
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_made_alike() {
        for hidden in "\u{3164}\u{2800}\u{115f}\u{ffa0}\u{34f}\u{200b}\u{202e}\u{e0041}\u{fe0f}\u{9b}\u{1b}\u{7f}".chars() {
            assert_eq!(plain(&format!("ad{hidden}min")), "admin", "{hidden:?}");
        }
        assert_eq!(
            plain("Łukasz Ðặng 山田 😀 e\u{301}"),
            "Łukasz Ðặng 山田 😀 e\u{301}"
        );
        assert_eq!(plain("two\nlines\tand"), "two lines and");
    }

    #[test]
    fn the_list_is_sorted_and_has_nothing_twice() {
        let ends = HIDDEN
            .iter()
            .flat_map(|range| [*range.start(), *range.end()]);
        let mut sorted: Vec<_> = ends.clone().collect();
        sorted.sort_unstable();
        assert!(ends.eq(sorted));
    }
}
