//! The writers under all output: a terminal gets no control characters and no invisible ones from
//! any text, except for the styles of this program.

use std::io::{self, IsTerminal, Write};

use connector_types::is_unsafe;

/// The start of every sequence that a terminal acts on.
const ESCAPE: char = '\u{1b}';
/// The rest of the escape sequences of this program: bold, underlined, red, green, yellow, and
/// their end.
const STYLES: [&str; 6] = ["[1m", "[4m", "[31m", "[32m", "[33m", "[0m"];

/// A writer that replaces unsafe characters by their numbers.
#[derive(Debug)]
pub struct CleanWriter<W: Write> {
    inner: W,
    form: OutputForm,
    /// The beginning of a character whose end has not been written yet.
    partial: Vec<u8>,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutputForm {
    /// Text for people, with styles.
    Text,
    /// JSON, or HTML with JSON in it: there the numbers read back as the characters.
    Json,
}

impl<W: Write> CleanWriter<W> {
    /// Writes text for people. Lines and the styles of this program stay.
    pub fn text(inner: W) -> Self {
        Self::new(inner, OutputForm::Text)
    }

    /// Writes JSON, in which the same values can be read.
    pub fn json(inner: W) -> Self {
        Self::new(inner, OutputForm::Json)
    }

    fn new(inner: W, form: OutputForm) -> Self {
        Self {
            inner,
            form,
            partial: Vec::new(),
        }
    }

    fn write_clean(&mut self, text: &str) -> io::Result<()> {
        let mut clean = 0;
        for (at, c) in text.char_indices() {
            if !is_unsafe(c) || self.is_allowed(c, text.get(at..).unwrap_or_default()) {
                continue;
            }
            self.write_between(text, clean, at)?;
            self.write_number(c)?;
            clean = at + c.len_utf8();
        }
        self.write_between(text, clean, text.len())
    }

    fn write_between(&mut self, text: &str, from: usize, to: usize) -> io::Result<()> {
        self.inner
            .write_all(text.get(from..to).unwrap_or_default().as_bytes())
    }

    fn is_allowed(&self, c: char, from: &str) -> bool {
        match (self.form, c) {
            (_, '\n') | (OutputForm::Json, '\t' | '\r') => true,
            (OutputForm::Text, ESCAPE) => {
                let after = from.strip_prefix(ESCAPE).unwrap_or_default();
                STYLES.iter().any(|style| after.starts_with(style))
            }
            _ => false,
        }
    }

    fn write_number(&mut self, c: char) -> io::Result<()> {
        match self.form {
            OutputForm::Text => write!(self.inner, "{}", c.escape_unicode()),
            OutputForm::Json => {
                let mut units = [0; 2];
                let mut units = c.encode_utf16(&mut units).iter();
                units.try_for_each(|unit| write!(self.inner, "\\u{unit:04x}"))
            }
        }
    }
}

impl<W: Write> Write for CleanWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.partial.extend_from_slice(bytes);
        let waiting = std::mem::take(&mut self.partial);
        for chunk in waiting.utf8_chunks() {
            self.write_clean(chunk.valid())?;
            match chunk.invalid() {
                [] => {}
                // The end of the character may be in what is written next.
                cut if waiting.ends_with(cut) && is_beginning(cut) => self.partial = cut.to_vec(),
                _ => self.write_clean("\u{fffd}")?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Returns whether bytes that are no text may become a character with further ones.
fn is_beginning(bytes: &[u8]) -> bool {
    let Err(error) = std::str::from_utf8(bytes) else {
        return false;
    };
    error.error_len().is_none()
}

/// Returns standard output for JSON, or for HTML with JSON in it: a terminal gets no unsafe
/// character, and any other reader gets the bytes unchanged.
pub fn json_stdout() -> Box<dyn Write + Send> {
    let out = io::stdout();
    if out.is_terminal() {
        Box::new(CleanWriter::json(out))
    } else {
        Box::new(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written<'a>(form: OutputForm, parts: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut out = Vec::new();
        let mut writer = CleanWriter::new(&mut out, form);
        for part in parts {
            writer.write_all(part).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_styles_of_this_program_reach_a_terminal() {
        let text = "\u{1b}[1m\u{1b}[4m\u{1b}[31merror\u{1b}[0m: \u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{3164}\rok\n";
        let clean = "\u{1b}[1m\u{1b}[4m\u{1b}[31merror\u{1b}[0m: \\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{9b}31m\\u{202e}\\u{3164}\\u{d}ok\n";
        assert_eq!(written(OutputForm::Text, [text.as_bytes()]), clean);
    }

    #[test]
    fn invalid_bytes_become_replacement_characters() {
        let bytes: &[u8] = b"a\xff\xc3(\xf0\x9f\x98";
        assert_eq!(
            written(OutputForm::Text, [bytes, b"\x80b"]),
            "a\u{fffd}\u{fffd}(\u{1f600}b"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        /// Wherever a text is cut.
        #[test]
        fn json_reads_back_and_has_nothing_unsafe(text in "\\PC{0,9}[\u{0}-\u{ff}\u{200b}-\u{206f}\u{e0001}]{0,9}", cut in 0_usize..40) {
            let json = serde_json::to_vec(&text).unwrap();
            let (head, tail) = json.split_at(cut.min(json.len()));
            let clean = written(OutputForm::Json, [head, tail]);
            prop_assert!(!clean.chars().any(is_unsafe), "{:?}", clean);
            let read: String = serde_json::from_str(&clean).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
