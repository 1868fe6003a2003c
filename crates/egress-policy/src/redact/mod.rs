//! Removing secrets from a provider's answers.
//!
//! A provider that repeats a key, in an error message for instance, must not bring it into a
//! database or a report. A secret is found as it is, in base64, in hexadecimal and in UTF-16, and
//! each of these with any of its characters written as an escape of JSON, of a URL or of HTML, or
//! of one in another.
//!
//! No search library is used: those store copies of the searched text that are never overwritten.
//! `forms` lists the texts to search for, `skip` finds them in one pass over a fraction of the
//! bytes, and `escape` makes plain text of escapes. Time and memory are linear in the size of the
//! answer.

mod escape;
mod forms;
mod skip;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use self::escape::DecodedText;
use self::skip::SkipTable;

/// The text that takes the place of a secret.
pub const REDACTED: &str = "[redacted]";
/// The number of nested encodings that are searched, such as HTML in JSON in JSON.
const DEPTH: usize = 3;
/// The longest way to write one character that is looked for.
const LONGEST_ESCAPE: usize = 24;
/// Escapes are decoded in pieces of this size at least, so that memory does not grow with a body.
const PIECE: usize = 256 << 10;

/// Finds the secrets of one tenant. Its tables are overwritten when it is dropped.
pub struct Redactor {
    search: Option<SkipTable>,
}

impl Redactor {
    /// Searches for these secrets. One of less than eight characters is left out: it would be found in
    /// ordinary text.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            search: SkipTable::new(secrets.into_iter().flat_map(forms::of).collect()),
        }
    }

    /// Replaces every secret. Bytes without one are handed back as they are.
    pub fn clean(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.replaced(&bytes).unwrap_or(bytes)
    }

    /// Replaces every secret in a text.
    pub fn clean_text(&self, text: String) -> String {
        match self.replaced(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text,
        }
    }

    /// Replaces every secret in the values of headers. A header whose name has one is left out.
    pub fn clean_headers(&self, headers: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
        let headers = headers
            .into_iter()
            .filter(|(name, _)| !self.is_in_name(name));
        headers
            .map(|(name, value)| (name, self.clean(value)))
            .collect()
    }

    /// The bytes with every secret replaced; `None` where there is none.
    fn replaced(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let search = self.search.as_ref()?;
        let mut found = Vec::new();
        search.find(bytes, |range| found.push(range));
        find_escaped(search, bytes, &mut found);
        found.sort_unstable_by_key(|range| range.start);
        (!found.is_empty()).then(|| without(bytes, &found))
    }

    /// Names come in lower case, whatever was sent.
    fn is_in_name(&self, name: &str) -> bool {
        let forms = self.search.iter().flat_map(SkipTable::forms);
        forms.into_iter().any(|form| {
            let lower = Zeroizing::new(form.to_ascii_lowercase());
            name.as_bytes()
                .windows(lower.len())
                .any(|part| part == *lower)
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// Adds the forms of which at least one character is escaped. Pieces overlap by as much as one can take.
fn find_escaped(search: &SkipTable, bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let overlap = search.longest().saturating_mul(LONGEST_ESCAPE);
    let step = overlap.max(PIECE);
    for from in (0..bytes.len()).step_by(step) {
        let to = from
            .saturating_add(step)
            .saturating_add(overlap)
            .min(bytes.len());
        let piece = bytes.get(from..to).unwrap_or_default();
        find_decoded(search, piece, |Range { start, end }| {
            found.push(from.saturating_add(start)..from.saturating_add(end));
        });
    }
}

/// Searches a piece with its escapes decoded, once, and again where that gave new ones.
fn find_decoded(search: &SkipTable, piece: &[u8], mut found: impl FnMut(Range<usize>)) {
    let mut levels: Vec<DecodedText> = Vec::new();
    while levels.len() < DEPTH
        && let Some(decoded) = escape::decode(levels.last().map_or(piece, DecodedText::text))
    {
        levels.push(decoded);
        let text = levels.last().map_or(piece, DecodedText::text);
        search.find(text, |range| {
            found(
                levels
                    .iter()
                    .rev()
                    .fold(range, |range, level| level.origin(range)),
            );
        });
    }
}

/// The bytes with other text in the place of these ranges, which are sorted and may overlap.
fn without(bytes: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for range in ranges {
        if range.start >= from {
            clean.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
            clean.extend_from_slice(REDACTED.as_bytes());
        }
        from = from.max(range.end);
    }
    clean.extend_from_slice(bytes.get(from..).unwrap_or_default());
    clean
}
